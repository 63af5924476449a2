import { decodeResultMessage } from "../wire/v1-messages.js";
import { resultJson } from "../wire/v2-json.js";
import { ServedAddData, ServedCreateMeasurement } from "../wire/v2-server.js";
import { invalidRequest } from "./refusal.js";
import type { Call, Reply } from "./rest.js";
import { requireProfile } from "./rest-profiles.js";
import { pageOfQuery, textOfQuery } from "./rest-query.js";
import { listedBody, retrievedBody } from "./retrieved.js";

const LIST_LIMIT = 50;
const DAY_MS = 86_400_000;

export async function createMeasurement504({ service, credentials, body }: Call): Promise<Reply> {
  service.accounts.tokens.holderOf(credentials);
  const { StudyID, Resolution, UserProfileID, PartnerID, Mode } = await body(ServedCreateMeasurement);
  // Version 2 has no modes.
  const { ownerId, deviceId, licenceId } = service.accounts.ownerOf(credentials, Mode === undefined);
  if (UserProfileID) requireProfile(service, credentials, UserProfileID);
  const id = service.createMeasurement({
    ownerId,
    deviceId,
    licenceId,
    partnerId: PartnerID ?? "",
    studyId: StudyID,
    userProfileId: UserProfileID ?? "",
    mode: Mode ?? "DISCRETE",
    resolution: Resolution,
  });
  return { body: { ID: id } };
}

export async function addData506({ service, credentials, id, body }: Call): Promise<Reply> {
  const owner = service.accounts.ownerOf(credentials);
  const data = await body(ServedAddData);
  const stored = service.addData(owner, {
    measurementId: id,
    action: data.Action,
    chunkOrder: data.ChunkOrder ?? undefined,
    durationS: data.Duration,
    payload: Buffer.from(data.Payload, "base64"),
  });
  return { body: { ID: stored.dataId, ChunkOrder: stored.chunkOrder }, afterwards: stored.startAnalysis };
}

export function retrieve500({ service, credentials, id, query }: Call): Reply {
  const measurement = service.measurement(service.accounts.ownerOf(credentials), id);
  return { body: retrievedBody(measurement, query.get("ExpandResults")?.toLowerCase() !== "false") };
}

export function end522({ service, credentials, id }: Call): Reply {
  const { progress } = service.endMeasurement(service.accounts.ownerOf(credentials), id);
  return { body: { ID: id, StatusID: progress.status } };
}

/** An empty object stands for "not yet". */
export function intermediate({ service, credentials, id, order }: Call): Reply {
  const message = service.measurement(service.accounts.ownerOf(credentials), id).resultOf(order);
  return { body: message ? resultJson(decodeResultMessage(message)) : {} };
}

export function list501({ service, credentials, query }: Call): Reply {
  const { ownerId } = service.accounts.ownerOf(credentials);
  const { measurements, count } = service.store.measurements.list(ownerId, {
    studyId: textOfQuery(query, "StudyID"),
    statusId: textOfQuery(query, "StatusID"),
    mode: textOfQuery(query, "Mode"),
    userProfileId: textOfQuery(query, "UserProfileID"),
    userProfileName: textOfQuery(query, "UserProfileName"),
    partnerId: textOfQuery(query, "PartnerID"),
    fromMs: timeOf(query, "Date", 0),
    toMs: timeOf(query, "EndDate", DAY_MS),
    ...pageOfQuery(query, LIST_LIMIT),
  });
  return { body: measurements.map((measurement) => listedBody(measurement, count)) };
}

/**
 * A date, a time (ISO 8601) or seconds since 1970.
 * @param dayMs what is added to a date without a time.
 */
function timeOf(query: URLSearchParams, name: string, dayMs: number): number | undefined {
  const text = textOfQuery(query, name);
  if (text === "") return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000;
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) throw invalidRequest(`${name} is no date.`);
  return timeMs + (isDate ? dayMs : 0);
}

import { KNOWN_SIGNALS, signalInfo } from "../domain/result.js";
import { decodeResultMessage, type ResultMessage } from "../wire/v1-messages.js";
import type { Measurement } from "./measurement.js";
import type { ListedMeasurement } from "./store/measurement-table.js";

const CATEGORY = "Vital signs";

/**
 * The body of endpoint 500.
 * @param expand false leaves the results away.
 */
export function retrievedBody(measurement: Measurement, expand: boolean): Record<string, unknown> {
  const { setup, progress } = measurement;
  const encoded = expand ? measurement.latest : undefined;
  const latest = encoded && decodeResultMessage(encoded);
  // One published client divides by the number of values of every signal that has a name.
  const named = (latest?.channels ?? []).filter(({ id, data }) => data.length > 0 && KNOWN_SIGNALS.includes(id));
  const signals = <Value>(valueOf: (id: string) => Value): Record<string, Value> =>
    Object.fromEntries(named.map(({ id }) => [id, valueOf(id)]));
  return {
    ...commonKeys({ id: measurement.id, createdAtMs: measurement.createdAtMs, ...setup, ...progress }),
    Resolution: setup.resolution,
    OrganizationID: setup.licenceId,
    PartnerID: setup.partnerId,
    City: "",
    State: "",
    Country: "",
    Region: "local",
    Comments: {},
    DataSizeBytes: progress.bytesReceived,
    Files: {},
    Results: latest ? resultsOf(latest) : {},
    SignalNames: signals((id) => signalInfo(id).label),
    SignalUnits: signals((id) => signalInfo(id).unit),
    SignalDescriptions: signals(descriptionOf),
    SignalConfig: signals(() => ({ category: CATEGORY })),
  };
}

function descriptionOf(id: string): string {
  const { label, unit } = signalInfo(id);
  return unit === "" ? `${label}.` : `${label} in ${unit}.`;
}

/** A row of endpoint 501. */
export function listedBody(measurement: ListedMeasurement, count: number): Record<string, unknown> {
  const { userProfileName } = measurement;
  return { ...commonKeys(measurement), UserProfileName: userProfileName, TotalCount: count };
}

type Common = Omit<ListedMeasurement, "userProfileName">;

/** Times in seconds since 1970. */
function commonKeys(measurement: Common): Record<string, unknown> {
  const { ownerId, deviceId } = measurement;
  return {
    ID: measurement.id,
    StudyID: measurement.studyId,
    StatusID: measurement.status,
    UserID: ownerId.startsWith("device ") ? "" : ownerId,
    UserProfileID: measurement.userProfileId,
    DeviceID: deviceId,
    DeviceVersion: "",
    Mode: measurement.mode,
    Created: Math.floor(measurement.createdAtMs / 1000),
    Updated: Math.floor(measurement.updatedAtMs / 1000),
  };
}

function resultsOf(message: ResultMessage): Record<string, unknown> {
  return Object.fromEntries(
    message.channels.map(({ id, data, notes }) => [id, [{ Data: data, Multiplier: message.multiplier, Notes: notes }]]),
  );
}

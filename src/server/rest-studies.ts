import { ServedStudyConfig } from "../wire/v2-server.js";
import { MEASURED_SIGNALS } from "./analysis/analyse.js";
import { invalidStudy, noStudyConfig } from "./refusal.js";
import type { Call, Reply } from "./rest.js";
import { pageOfQuery, textOfQuery } from "./rest-query.js";
import { checkText, type Service } from "./service.js";
import { pageOf } from "./store/page.js";
import type { Study, StudyConfig } from "./store/study-table.js";

const LIST_LIMIT = 25;
const ACTIVE = "ACTIVE";

export function list805({ service, credentials, query }: Call): Reply {
  service.accounts.tokens.holderOf(credentials);
  const name = textOfQuery(query, "Name").toLowerCase();
  const status = textOfQuery(query, "StatusID");
  const [limit, offset] = pageOf(pageOfQuery(query, LIST_LIMIT));
  const all = service.store.studies.all().filter((study) => study.name.toLowerCase().includes(name));
  const found = status === "" || status === ACTIVE ? all : [];
  return {
    body: found
      .slice(offset, offset + limit)
      .map((study) => ({ ...studyBody(study, service), TotalCount: found.length })),
  };
}

export function retrieve804({ service, credentials, id }: Call): Reply {
  const { licenceId } = service.accounts.tokens.holderOf(credentials);
  const study = service.store.studies.byId(id);
  if (!study) throw invalidStudy();
  return { body: { ...studyBody(study, service), OrganizationID: licenceId, Signals: MEASURED_SIGNALS } };
}

/** 304 when the client has it already. */
export async function config809(call: Call): Promise<Reply> {
  const { file, md5, asked } = await configOf(call);
  if (asked.toLowerCase() === md5) return { status: 304 };
  return { body: { ConfigFile: Buffer.from(file).toString("base64"), MD5Hash: md5 } };
}

export async function configHash810(call: Call): Promise<Reply> {
  const { md5 } = await configOf(call);
  return { body: { MD5Hash: md5 } };
}

async function configOf({ service, credentials, body }: Call): Promise<StudyConfig & { asked: string }> {
  service.accounts.tokens.holderOf(credentials);
  const { StudyID, MD5Hash } = await body(ServedStudyConfig);
  checkText(StudyID, "StudyID");
  if (!service.store.studies.byId(StudyID)) throw invalidStudy();
  const config = service.store.studies.configOf(StudyID);
  if (!config) throw noStudyConfig();
  return { ...config, asked: MD5Hash ?? "" };
}

function studyBody({ id, name, description, createdAtMs }: Study, service: Service): object {
  const { measurements, participants } = service.store.measurements.ofStudy(id);
  const seconds = Math.floor(createdAtMs / 1000);
  return {
    ID: id,
    Name: name,
    Description: description,
    StatusID: ACTIVE,
    Measurements: measurements,
    Participants: participants,
    Created: seconds,
    Updated: seconds,
  };
}

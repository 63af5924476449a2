import { AddData, CreateMeasurement, CreateUser, Login, RegisterLicense } from "../wire/v1-rest.js";
import type { Call, Endpoint, Reply } from "./rest.js";

// The numbers are the vendor's action IDs.

/** Every REST endpoint; the first one that fits a request answers it. */
export const ENDPOINTS: readonly Endpoint[] = [
  { name: "100", method: "GET", path: /^\/status$/, answer: status100 },
  { name: "metrics", method: "GET", path: /^\/metrics$/, answer: metrics },
  { name: "705", method: "POST", path: /^\/organizations\/licenses$/, answer: registerLicense705 },
  { name: "200", method: "POST", path: /^\/users$/, answer: createUser200 },
  { name: "201", method: "POST", path: /^\/users\/auth$/, answer: login201 },
  { name: "504", method: "POST", path: /^\/measurements$/, answer: createMeasurement504 },
  { name: "506", method: "POST", path: /^\/measurements\/(?<id>[^/]{1,64})\/data$/, answer: addData506 },
  { name: "500", method: "GET", path: /^\/measurements\/(?<id>[^/]{1,64})$/, answer: retrieve500 },
];

function status100({ service }: Call): Reply {
  return { body: service.status() };
}

function metrics({ service }: Call): Reply {
  return { body: service.metrics.text() };
}

/** One published client cuts the token out of the text: `UserID` must stand right behind `Token`. */
async function registerLicense705({ service, body }: Call): Promise<Reply> {
  const { Key, DeviceTypeID, Name } = await body(RegisterLicense);
  const grant = service.accounts.registerDevice(Key, { type: DeviceTypeID, name: Name });
  return { body: { DeviceID: grant.deviceId, Token: grant.token, UserID: grant.userId, RoleID: "DEVICE" } };
}

async function createUser200({ service, authorization, body }: Call): Promise<Reply> {
  const device = service.accounts.deviceOf(authorization);
  const { Email, Password } = await body(CreateUser);
  return { body: { ID: await service.accounts.createUser(device, Email, Password) } };
}

async function login201({ service, authorization, body }: Call): Promise<Reply> {
  const device = service.accounts.deviceOf(authorization);
  const { Email, Password } = await body(Login);
  return { body: { Token: await service.accounts.login(device, Email, Password) } };
}

async function createMeasurement504({ service, authorization, body }: Call): Promise<Reply> {
  const { userId } = service.accounts.userOf(authorization);
  const { StudyID, Resolution, UserProfileID, Mode } = await body(CreateMeasurement);
  const id = service.createMeasurement({
    ownerId: userId,
    studyId: StudyID,
    userProfileId: UserProfileID ?? "",
    mode: Mode,
    resolution: Resolution,
  });
  return { body: { ID: id } };
}

async function addData506({ service, authorization, id, body }: Call): Promise<Reply> {
  const user = service.accounts.userOf(authorization);
  const data = await body(AddData);
  const stored = service.addData(user, {
    measurementId: id,
    action: data.Action,
    chunkOrder: data.ChunkOrder,
    durationS: data.Duration,
    payload: Buffer.from(data.Payload, "base64"),
  });
  return { body: { ID: stored.dataId, ChunkOrder: data.ChunkOrder }, afterwards: stored.startAnalysis };
}

function retrieve500({ service, authorization, id }: Call): Reply {
  return { body: service.retrieve(service.accounts.userOf(authorization), id) };
}

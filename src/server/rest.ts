import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

import type { z } from "zod";

import { failureOf } from "../domain/errors.js";
import { AddData, CreateMeasurement, CreateUser, Login, RegisterLicense } from "../wire/v1-rest.js";
import { internalError, invalidRequest, notFound, Refusal, tooLarge } from "./refusal.js";
import type { Service } from "./service.js";

/** A request whose endpoint is known. */
interface Call {
  readonly service: Service;
  readonly authorization: string | undefined;
  /** The measurement in the path, "" where the path has none. */
  readonly id: string;
  /** Reads the body once it is known that the token is good. */
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>;
}

interface Reply {
  readonly body: Record<string, unknown>;
  /** Called when the reply is on its way. */
  readonly afterwards?: () => void;
}

interface Endpoint {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (call: Call) => Promise<Reply>;
}

const LOGGED_LENGTH_MAX = 100;

// The numbers are the vendor's action IDs.
const ENDPOINTS: readonly Endpoint[] = [
  { method: "POST", path: /^\/organizations\/licenses$/, answer: registerLicense705 },
  { method: "POST", path: /^\/users$/, answer: createUser200 },
  { method: "POST", path: /^\/users\/auth$/, answer: login201 },
  { method: "POST", path: /^\/measurements$/, answer: createMeasurement504 },
  { method: "POST", path: /^\/measurements\/(?<id>[^/]{1,64})\/data$/, answer: addData506 },
  { method: "GET", path: /^\/measurements\/(?<id>[^/]{1,64})$/, answer: retrieve500 },
];

/** Answers the REST endpoints of version 1. Every answer, also a refusal, is compact JSON. */
export function restListener(service: Service): RequestListener {
  return (request, response) => {
    void handle(service, request, response);
  };
}

async function handle(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const reply = await answer(service, request);
    try {
      send(response, service, 200, reply.body);
    } finally {
      reply.afterwards?.();
    }
  } catch (thrown) {
    if (request.destroyed && !request.complete) return;
    const refusal = refusalOf(thrown, service);
    send(response, service, refusal.status, { Code: refusal.code, Message: refusal.message });
    // Whatever of the body is still to come is dropped as it comes; `requestMsMax` ends that.
    request.resume();
    const what = `${request.method ?? ""} ${pathOf(request)}`.slice(0, LOGGED_LENGTH_MAX);
    service.log("warning", `${what}: ${refusal.status} ${refusal.code}`);
  }
}

async function answer(service: Service, request: IncomingMessage): Promise<Reply> {
  const path = pathOf(request);
  for (const endpoint of ENDPOINTS) {
    const match = endpoint.method === request.method ? endpoint.path.exec(path) : null;
    if (!match) continue;
    return await endpoint.answer({
      service,
      authorization: request.headers.authorization,
      id: match.groups?.["id"] ?? "",
      body: (schema) => readBody(request, schema, service.limits.restBodyBytesMax),
    });
  }
  throw notFound();
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

async function retrieve500({ service, authorization, id }: Call): Promise<Reply> {
  return { body: service.retrieve(service.accounts.userOf(authorization), id) };
}

/** @throws Refusal PAYLOAD_TOO_LARGE, VALIDATION_ERROR */
async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>, bytesMax: number): Promise<T> {
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early would destroy the socket, and the refusal with it.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw tooLarge();
    parts.push(part);
  }
  const { success, data, error } = schema.safeParse(jsonOf(Buffer.concat(parts)));
  if (!success) throw invalidRequest(`${fieldsOf(error)} missing or of the wrong form.`);
  return data;
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalidRequest("The body is not JSON.");
  }
}

function fieldsOf(error: z.ZodError): string {
  const names = error.issues.map((issue) => issue.path.join(".")).filter((name) => name !== "");
  return names.length > 0 ? names.join(", ") : "The body is";
}

function refusalOf(thrown: unknown, service: Service): Refusal {
  if (thrown instanceof Refusal) return thrown;
  service.log("error", `a request failed: ${failureOf(thrown).message}`);
  return internalError();
}

function send(response: ServerResponse, service: Service, status: number, body: Record<string, unknown>): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": text.length,
    "cache-control": "no-store",
    ...(service.closing ? { connection: "close" } : {}),
  });
  response.end(text);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

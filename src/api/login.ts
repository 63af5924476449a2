import { AppError } from "../domain/errors.js";
import { CreateUserReply, LoginReply, RegisterLicenseReply } from "../wire/v1-rest.js";
import { DfxError, type Refusal, refusalError } from "./failures.js";
import type { RestAnswer, RestClient, RestRequest } from "./rest-client.js";

/** The fields of a user record that version 1 knows; absent ones are sent empty. */
interface UserProfile {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly phoneNumber?: string;
  readonly gender?: "male" | "female";
  /** YYYY-MM-DD. */
  readonly dateOfBirth?: string;
  readonly heightCm?: number;
  readonly weightKg?: number;
}

export interface Credentials {
  readonly licenseKey: string;
  readonly email: string;
  readonly password: string;
  /** Used when the user does not exist yet. */
  readonly profile?: UserProfile;
}

/** What the service knows this program as; "DFX desktop" is the name that SimpleClient gives. */
export const DEFAULT_DEVICE_NAME = "DFX desktop";

export interface LoginContext {
  readonly rest: RestClient;
  readonly serverName: string;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
  /** Called with every token as soon as it is known, so that it can be kept out of all texts. */
  readonly onSecret: (secret: string) => void;
}

/**
 * Registers the licence (705), logs in (201) and, for an unknown e-mail, creates the user (200) first.
 * @returns the user token.
 * @throws AppError AUTH, NETWORK, SERVER, WIRE or CANCELLED.
 */
export async function logIn(credentials: Credentials, deviceName: string, context: LoginContext): Promise<string> {
  context.onStep("registering the licence");
  const deviceToken = await registerLicense(credentials.licenseKey, deviceName, context);
  context.onSecret(deviceToken);
  context.onStep("logging in");
  const first = await authenticate(credentials, deviceToken, context);
  if (typeof first === "string") return first;
  if (first.code !== "INVALID_USER") throw loginError(credentials, context.serverName, first);
  context.onStep("creating the user");
  await createUser(credentials, deviceToken, context);
  context.onStep("logging in");
  const second = await authenticate(credentials, deviceToken, context);
  if (typeof second === "string") return second;
  throw loginError(credentials, context.serverName, second);
}

// Each registration takes a device slot of the licence: never repeated unless it was surely not done.
async function registerLicense(licenseKey: string, deviceName: string, context: LoginContext): Promise<string> {
  const body = {
    Key: licenseKey,
    DeviceTypeID: process.platform === "darwin" ? "DARWIN" : "LINUX",
    Name: deviceName,
    Identifier: "DFXCLIENT",
    Version: "1.0.0",
  };
  const request: RestRequest = { method: "POST", path: "/organizations/licenses", body };
  const answer = await context.rest.call(request, "once", context.signal);
  const token = tokenIn(answer, RegisterLicenseReply);
  if (token !== undefined) return token;
  const { refusal } = answer;
  if (isNotOurs(refusal)) {
    const sentence = `Server ${context.serverName} does not answer as a DFX server does (status ${refusal.status}). Check the address.`;
    throw new DfxError("SERVER", sentence, refusal.code, refusal.status);
  }
  // Every official client takes any answer without a token as a refusal of the licence.
  if (isOutage(refusal)) throw refusalError(context.serverName, "to register the licence", refusal);
  const code = refusal.code === "" ? `status ${refusal.status}` : refusal.code;
  throw new DfxError(
    "AUTH",
    `Server ${context.serverName} refused the licence key (${code}). Check the key and that it has a free device.`,
    refusal.code,
    refusal.status,
  );
}

async function authenticate(
  { email, password }: Credentials,
  token: string,
  { rest, signal, onSecret }: LoginContext,
): Promise<string | Refusal> {
  const body = { Email: email, Password: password };
  const answer = await rest.call({ method: "POST", path: "/users/auth", token, body }, "again", signal);
  const userToken = tokenIn(answer, LoginReply);
  if (userToken === undefined) return answer.refusal;
  onSecret(userToken);
  return userToken;
}

async function createUser(credentials: Credentials, token: string, context: LoginContext): Promise<void> {
  const profile = credentials.profile ?? {};
  const body = {
    FirstName: profile.firstName ?? "",
    LastName: profile.lastName ?? "",
    Email: credentials.email,
    Password: credentials.password,
    PhoneNumber: profile.phoneNumber ?? "",
    Gender: profile.gender ?? "",
    DateOfBirth: profile.dateOfBirth ?? "",
    HeightCm: profile.heightCm === undefined ? "" : String(profile.heightCm),
    WeightKg: profile.weightKg === undefined ? "" : String(profile.weightKg),
  };
  const answer = await context.rest.call({ method: "POST", path: "/users", token, body }, "again", context.signal);
  if (answer.status < 300 && CreateUserReply.safeParse(answer.json).success) return;
  const { refusal } = answer;
  // A duplicate: an earlier attempt, or another client, has created the user. The login will tell.
  if (refusal.status === 409 || refusal.code === "USER_ALREADY_EXISTS") return;
  if (refusal.code === "INTERNAL_ERROR") {
    throw new DfxError(
      "AUTH",
      `Server ${context.serverName} could not create the user; this licence may not create users. Use an existing one.`,
      refusal.code,
      refusal.status,
    );
  }
  throw refusalError(context.serverName, "to create the user", refusal);
}

function loginError(credentials: Credentials, server: string, refusal: Refusal): AppError {
  if (refusal.code === "INVALID_PASSWORD") {
    const sentence = `Server ${server} refused the password of ${credentials.email}. Check the password.`;
    return new DfxError("AUTH", sentence, refusal.code, refusal.status);
  }
  if (refusal.status < 300 && refusal.code === "") {
    return new AppError("WIRE", `Server ${server} sent an unreadable answer to the login.`);
  }
  return refusalError(server, "the login", refusal);
}

/** Web pages, redirections and the like: a DFX server gives a token or a code. */
function isNotOurs({ status, code }: Refusal): boolean {
  return code === "" && (status < 400 || status === 404 || status === 405);
}

function isOutage({ status, code }: Refusal): boolean {
  return status >= 500 || status === 429 || code === "INTERNAL_ERROR";
}

function tokenIn(answer: RestAnswer, reply: typeof RegisterLicenseReply | typeof LoginReply): string | undefined {
  if (answer.status >= 300) return undefined;
  const { success, data } = reply.safeParse(answer.json);
  return success ? data.Token : undefined;
}

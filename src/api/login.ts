import { AppError } from "../domain/errors.js";
import type { ApiVersion } from "../domain/measurement-terms.js";
import { CreateUserReply } from "../wire/v1-rest.js";
import { RegisterReplyV2, TOKEN_SECONDS, TokenPairReply } from "../wire/v2-rest.js";
import { DfxError, notDfx, type Refusal, refusalError } from "./failures.js";
import type { RestAnswer, RestClient, RestRequest } from "./rest-client.js";
import { meaningOf } from "./service-codes.js";

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

export interface UserCredentials {
  readonly email: string;
  readonly password: string;
  /** Used when the user does not exist yet. */
  readonly profile?: UserProfile;
}

export interface Credentials extends UserCredentials {
  readonly licenseKey: string;
}

/** What the service knows this program as; "DFX desktop" is the name that SimpleClient gives. */
export const DEFAULT_DEVICE_NAME = "DFX desktop";

export interface LoginContext {
  readonly rest: RestClient;
  readonly serverName: string;
  /** Version 1 when absent. */
  readonly api?: ApiVersion;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
  /** Called with every token as soon as it is known, so that it can be kept out of all texts. */
  readonly onSecret: (secret: string) => void;
}

/** Only version 2 gives a token that renews the other. */
export interface TokenGrant {
  readonly token: string;
  readonly refreshToken?: string;
}

export interface DeviceGrant extends TokenGrant {
  readonly id?: string;
}

/**
 * Registers the licence (705), logs in (201) and, for an unknown e-mail, creates the user (200) first.
 * @returns the user token.
 * @throws AppError AUTH, NETWORK, SERVER, WIRE or CANCELLED.
 */
export async function logIn(credentials: Credentials, deviceName: string, context: LoginContext): Promise<string> {
  const device = await registerDevice(credentials.licenseKey, deviceName, context);
  return (await logInUser(credentials, device.token, true, context)).token;
}

/**
 * Registers the licence (705). Each registration takes a device slot of the licence, so it is never repeated unless it
 * was surely not done.
 * @throws AppError AUTH, NETWORK, SERVER, WIRE or CANCELLED.
 */
export async function registerDevice(
  licenseKey: string,
  deviceName: string,
  context: LoginContext,
): Promise<DeviceGrant> {
  context.onStep("registering the licence");
  const body = {
    Key: licenseKey,
    DeviceTypeID: process.platform === "darwin" ? "DARWIN" : "LINUX",
    Name: deviceName,
    Identifier: "DFXCLIENT",
    Version: "1.0.0",
    ...(context.api === "v2" && { TokenSubject: "", ...lifetimes() }),
  };
  const request: RestRequest = { method: "POST", path: "/organizations/licenses", body };
  const answer = await context.rest.call(request, "once", context.signal);
  const reply = RegisterReplyV2.safeParse(answer.status < 300 ? answer.json : undefined);
  if (!reply.success) throw licenceError(context.serverName, answer.refusal);
  const { DeviceID } = reply.data;
  return { ...grantOf(reply.data, context), ...(DeviceID && { id: DeviceID }) };
}

function licenceError(serverName: string, refusal: Refusal): AppError {
  if (isNotOurs(refusal)) return notDfx(serverName, refusal.status);
  // Every official client takes any answer without a token as a refusal of the licence.
  if (isOutage(refusal)) return refusalError(serverName, "to register the licence", refusal);
  const code = refusal.code === "" ? `status ${refusal.status}` : refusal.code;
  const needsNewKey = code === "LICENSE_EXPIRED" || code === "INACTIVE_LICENSE";
  const advice = needsNewKey ? meaningOf(code, refusal.status).advice : "Check the key and that it has a free device.";
  return new DfxError(
    "AUTH",
    `Server ${serverName} refused the licence key (${code}). ${advice}`,
    refusal.code,
    refusal.status,
  );
}

/**
 * Logs a user in (201) on a registered device; with `mayCreate` an unknown one is created (200) first.
 * @throws AppError AUTH, NETWORK, SERVER, WIRE or CANCELLED.
 */
export async function logInUser(
  credentials: UserCredentials,
  deviceToken: string,
  mayCreate: boolean,
  context: LoginContext,
): Promise<TokenGrant> {
  context.onStep("logging in");
  const first = await authenticate(credentials, deviceToken, context);
  if ("token" in first) return first;
  if (first.code !== "INVALID_USER" || !mayCreate) throw loginError(context.serverName, first);
  context.onStep("creating the user");
  await createUser(credentials, deviceToken, context);
  context.onStep("logging in");
  const second = await authenticate(credentials, deviceToken, context);
  if ("token" in second) return second;
  throw loginError(context.serverName, second);
}

async function authenticate(
  { email, password }: UserCredentials,
  token: string,
  context: LoginContext,
): Promise<TokenGrant | Refusal> {
  const more = context.api === "v2" ? { MFAToken: "", ...lifetimes() } : {};
  const body = { Email: email, Password: password, ...more };
  const request: RestRequest = { method: "POST", path: "/users/auth", token, body };
  const answer = await context.rest.call(request, "again", context.signal);
  return tokensIn(answer, context) ?? answer.refusal;
}

async function createUser(credentials: UserCredentials, token: string, context: LoginContext): Promise<void> {
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

/** The sentences go into the summary, which is kept: nothing of the account is in them. */
function loginError(server: string, refusal: Refusal): AppError {
  if (refusal.code === "INVALID_PASSWORD") {
    const sentence = `Server ${server} refused the password. Check the e-mail address and the password.`;
    return new DfxError("AUTH", sentence, refusal.code, refusal.status);
  }
  if (refusal.code === "INVALID_USER") {
    const sentence = `Server ${server} does not know this e-mail address. Check it, or log in with --create-user.`;
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

/** The tokens of an answer to a login or a renewal; undefined when there are none. */
export function tokensIn(answer: RestAnswer, context: Pick<LoginContext, "onSecret">): TokenGrant | undefined {
  if (answer.status >= 300) return undefined;
  const { success, data } = TokenPairReply.safeParse(answer.json);
  return success ? grantOf(data, context) : undefined;
}

function grantOf(
  { Token, RefreshToken }: { Token: string; RefreshToken?: string | null | undefined },
  { onSecret }: Pick<LoginContext, "onSecret">,
): TokenGrant {
  onSecret(Token);
  if (!RefreshToken) return { token: Token };
  onSecret(RefreshToken);
  return { token: Token, refreshToken: RefreshToken };
}

function lifetimes(): { TokenExpiresIn: number; RefreshTokenExpiresIn: number } {
  return { TokenExpiresIn: TOKEN_SECONDS.token, RefreshTokenExpiresIn: TOKEN_SECONDS.refresh };
}

import {
  ServedCreateUser,
  ServedGenerateToken,
  ServedLogin,
  ServedRegisterLicense,
  ServedRenew,
  ServedUpdateUser,
} from "../wire/v2-server.js";
import { invalidToken } from "./refusal.js";
import type { Call, Reply } from "./rest.js";
import type { TokenWishes } from "./tokens.js";

const SUBJECT_LENGTH_MAX = 255;
const DETAIL_LENGTH_MAX = 100;

/** One published client cuts the token out of the text: `UserID` must stand right behind `Token`. */
export async function registerLicense705({ service, body }: Call): Promise<Reply> {
  const request = await body(ServedRegisterLicense);
  const device = { licenceKey: request.Key, type: request.DeviceTypeID, name: request.Name };
  const grant = service.accounts.registerDevice(device, wishesOf(request));
  const { deviceId, token, userId, refreshToken } = grant;
  return {
    body: {
      DeviceID: deviceId,
      Token: token,
      UserID: userId,
      RoleID: "DEVICE",
      RefreshToken: refreshToken,
    },
  };
}

export function unregister706({ service, credentials }: Call): Reply {
  service.accounts.removeDevice(credentials);
  return { body: { success: true } };
}

export async function createUser200({ service, credentials, body }: Call): Promise<Reply> {
  const device = service.accounts.deviceOf(credentials);
  const { Email, Password, ...details } = await body(ServedCreateUser);
  const login = { email: Email, password: Password };
  return { body: { ID: await service.accounts.createUser(device, login, textsOf(details)) } };
}

/** The e-mail address is what a user logs in with: it stays. */
export async function updateAccount208({ service, credentials, body }: Call): Promise<Reply> {
  const { userId } = service.accounts.userOf(credentials);
  const { Email: _email, Password, ...details } = await body(ServedUpdateUser);
  const user = service.store.users.byId(userId);
  if (!user) throw invalidToken();
  const given = Object.entries(textsOf(details)).filter(([, text]) => text !== "");
  const known = JSON.parse(user.details) as Record<string, string>;
  service.store.users.updateDetails(userId, JSON.stringify({ ...known, ...Object.fromEntries(given) }));
  if (Password) await service.accounts.changePassword(userId, Password);
  return { body: { ID: userId } };
}

/** What a client says of a person, as texts of a bounded length. */
function textsOf(details: Record<string, unknown>): Record<string, string> {
  const kept = Object.entries(details).map(([name, value]) => [name, textOf(value).slice(0, DETAIL_LENGTH_MAX)]);
  return Object.fromEntries(kept) as Record<string, string>;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The answer of version 1 is the token and nothing else: one published client cuts it out of the text. */
export async function login201({ service, credentials, body }: Call): Promise<Reply> {
  const device = service.accounts.deviceOf(credentials);
  const request = await body(ServedLogin);
  // A device that was registered with version 2 logs users in with version 2, whether it says so again or not.
  const wishes = wishesOf(request) ?? (device.api === 2 ? NO_WISHES : undefined);
  const login = { email: request.Email, password: request.Password };
  const { token, refreshToken } = await service.accounts.login(device, login, wishes);
  return { body: { Token: token, ...(wishes ? { RefreshToken: refreshToken } : {}) } };
}

export function logout226({ service, credentials }: Call): Reply {
  service.accounts.userOf(credentials);
  service.accounts.tokens.end(credentials);
  return { body: { success: true } };
}

export function account202({ service, credentials }: Call): Reply {
  const { userId, deviceId } = service.accounts.userOf(credentials);
  const user = service.store.users.byId(userId);
  if (!user) throw invalidToken();
  const seconds = Math.floor(user.createdAtMs / 1000);
  return {
    body: {
      ID: user.id,
      ...(JSON.parse(user.details) as object),
      Email: user.email,
      OrganizationID: user.licenceId,
      DeviceID: deviceId,
      RoleID: "USER",
      StatusID: "ACTIVE",
      Region: "local",
      Created: seconds,
      Updated: seconds,
    },
  };
}

export function deleteAccount206({ service, credentials }: Call): Reply {
  service.deleteUser(service.accounts.userOf(credentials).userId);
  return { body: { success: true } };
}

export function role211({ service, credentials }: Call): Reply {
  service.accounts.userOf(credentials);
  return { body: { ID: "USER", Name: "USER" } };
}

export function verify107({ service, credentials }: Call): Reply {
  return { body: service.accounts.tokens.facts(credentials) };
}

export async function renew2304({ service, body }: Call): Promise<Reply> {
  const { Token, RefreshToken, RefreshTokenExpiresIn } = await body(ServedRenew);
  const pair = { token: Token, refreshToken: RefreshToken };
  const { token, refreshToken } = service.accounts.tokens.renew(pair, RefreshTokenExpiresIn ?? undefined);
  return { body: { Token: token, RefreshToken: refreshToken } };
}

export async function generateToken2305({ service, body }: Call): Promise<Reply> {
  const { Token, RefreshToken, expiryInSec } = await body(ServedGenerateToken);
  const pair = { token: Token, refreshToken: RefreshToken };
  return { body: { Token: service.accounts.tokens.child(pair, expiryInSec ?? undefined) } };
}

const NO_WISHES: TokenWishes = { tokenSeconds: undefined, refreshSeconds: undefined, subject: "" };

interface Asked {
  readonly TokenExpiresIn?: number | null | undefined;
  readonly RefreshTokenExpiresIn?: number | null | undefined;
  readonly TokenSubject?: string | null | undefined;
  readonly MFAToken?: string | null | undefined;
}

/** Undefined for a client of version 1, which knows none of these keys. */
function wishesOf({ TokenExpiresIn, RefreshTokenExpiresIn, TokenSubject, MFAToken }: Asked): TokenWishes | undefined {
  const keys = [TokenExpiresIn, RefreshTokenExpiresIn, TokenSubject, MFAToken];
  if (keys.every((value) => value === undefined || value === null)) return undefined;
  const subject = (TokenSubject ?? "").slice(0, SUBJECT_LENGTH_MAX).replaceAll(/\p{Cc}+/gu, "");
  return { tokenSeconds: TokenExpiresIn ?? undefined, refreshSeconds: RefreshTokenExpiresIn ?? undefined, subject };
}

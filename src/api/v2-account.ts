import { type ServerStatus, StatusReply, type TokenFacts, UserReply, VerifyReply } from "../wire/v2-rest.js";
import { type Refusal, refusalError } from "./failures.js";
import { type LoginContext, type TokenGrant, tokensIn } from "./login.js";
import { isSuccess, type RestAnswer } from "./rest-client.js";

/** Codes that mean that a device has to be registered again. */
const REGISTER_AGAIN: ReadonlySet<string> = new Set([
  "INVALID_TOKEN",
  "LICENSE_EXPIRED",
  "INACTIVE_LICENSE",
  "INACTIVE_DEVICE",
]);

/** No measurement has this ID: asking for it tells what a version 1 server thinks of a token, and nothing else. */
const NO_MEASUREMENT = "00000000-0000-0000-0000-000000000000";

/** What a server says of a token. */
export type TokenState =
  | { readonly kind: "valid"; readonly facts: TokenFacts | undefined }
  | { readonly kind: "expired" }
  /** Of no use any more: log in, or register, again. */
  | { readonly kind: "dead"; readonly refusal: Refusal }
  /** Something else: the token may still be good. */
  | { readonly kind: "unclear"; readonly refusal: Refusal };

export type Renewal =
  | { readonly kind: "renewed"; readonly grant: TokenGrant }
  | Exclude<TokenState, { readonly kind: "valid" }>;

// What begins a conversation is asked with "again": a wrong address is to be heard of at once.
type Context = Pick<LoginContext, "rest" | "serverName" | "signal" | "onSecret">;

/**
 * The state of the service (100).
 * @throws AppError NETWORK, SERVER, WIRE, CANCELLED.
 */
export async function serverStatus({ rest, serverName, signal }: Context): Promise<ServerStatus> {
  const answer = await rest.call({ method: "GET", path: "/status" }, "again", signal);
  const reply = StatusReply.safeParse(answer.json);
  if (isSuccess(answer) && reply.success) return reply.data;
  throw refusalError(serverName, "to give its status", answer.refusal);
}

/**
 * Whether a token is still good: by 107 in version 2; in version 1, which has no such endpoint, by 202 and 500.
 * @throws AppError NETWORK, CANCELLED.
 */
export async function tokenState(token: string, api: "v1" | "v2", context: Context): Promise<TokenState> {
  const { rest, signal } = context;
  if (api === "v2") {
    const answer = await rest.call({ method: "GET", path: "/auth", token }, "again", signal);
    if (isSuccess(answer)) return { kind: "valid", facts: VerifyReply.safeParse(answer.json).data };
    return stateOf(answer);
  }
  const user = await rest.call({ method: "GET", path: "/users", token }, "again", signal);
  if (isSuccess(user)) return { kind: "valid", facts: undefined };
  const state = stateOf(user);
  if (state.kind !== "unclear" || user.status >= 500) return state;
  const probe = await rest.call({ method: "GET", path: `/measurements/${NO_MEASUREMENT}`, token }, "again", signal);
  const probed = stateOf(probe);
  return probed.kind === "unclear" && probe.status < 500 ? { kind: "valid", facts: undefined } : probed;
}

/**
 * New tokens for expired ones (2304). A refresh token works once, so this is never repeated.
 * @throws AppError NETWORK, CANCELLED.
 */
export async function renewTokens({ token, refreshToken }: TokenGrant, context: Context): Promise<Renewal> {
  if (refreshToken === undefined) return { kind: "expired" };
  const body = { Token: token, RefreshToken: refreshToken, RefreshTokenExpiresIn: null };
  const answer = await context.rest.call({ method: "POST", path: "/auths/renew", body }, "once", context.signal);
  const grant = tokensIn(answer, context);
  return grant === undefined ? stateOf(answer) : { kind: "renewed", grant };
}

/**
 * The e-mail address of a user token (202), where the server tells it.
 * @throws AppError NETWORK, CANCELLED.
 */
export async function emailOf(token: string, { rest, signal }: Context): Promise<string | undefined> {
  const answer = await rest.call({ method: "GET", path: "/users", token }, "read", signal);
  return (isSuccess(answer) ? UserReply.safeParse(answer.json).data?.Email : undefined) ?? undefined;
}

/**
 * Ends a user's session (226) or, with a device token, frees the device's place in the licence (706).
 * @throws AppError NETWORK, SERVER, AUTH, CANCELLED.
 */
export async function endTokens(what: "user" | "device", token: string, context: Context): Promise<void> {
  const path = what === "user" ? "/users/auth" : "/organizations/licenses";
  const answer = await context.rest.call({ method: "DELETE", path, token }, "again", context.signal);
  if (answer.status < 300 && answer.refusal.code === "") return;
  // What is of no use any more has been ended already.
  if (stateOf(answer).kind === "dead" || stateOf(answer).kind === "expired") return;
  throw refusalError(context.serverName, what === "user" ? "the log-out" : "to free the device", answer.refusal);
}

function stateOf({ refusal }: RestAnswer): Exclude<TokenState, { readonly kind: "valid" }> {
  if (refusal.code === "TOKEN_EXPIRED") return { kind: "expired" };
  if (REGISTER_AGAIN.has(refusal.code) || (refusal.status === 401 && refusal.code === "")) {
    return { kind: "dead", refusal };
  }
  return { kind: "unclear", refusal };
}

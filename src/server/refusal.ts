/**
 * What the server answers instead of a reply: an HTTP-like status and a code of the protocol.
 *
 * A WebSocket error must not be longer than 60 bytes in all, because one published client takes anything
 * longer for a result: 13 bytes of head, 2 + length of the code, 2 + length of the message. So sentences
 * that travel there are short: code and message have 43 characters together.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  /** When it may be tried again, where that is known. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterS?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export const invalidLicense = (): Refusal => new Refusal(403, "INVALID_LICENSE", "This licence key is not known here.");
export const licenceExpired = (): Refusal => new Refusal(403, "LICENSE_EXPIRED", "The licence has ended.");
/** The protocol's published parts name no code for it; every client takes an answer without a token for a refused licence. */
export const noDeviceSlot = (): Refusal =>
  new Refusal(403, "INVALID_LICENSE", "All device slots of this licence are taken.");
export const tokenExpired = (): Refusal => new Refusal(401, "TOKEN_EXPIRED", "Renew the token.");
export const invalidToken = (): Refusal => new Refusal(401, "INVALID_TOKEN", "Log in to get a new token.");
export const restricted = (): Refusal => new Refusal(403, "RESTRICTED", "This token may not do that.");
export const invalidUser = (): Refusal => new Refusal(404, "INVALID_USER", "This e-mail address is not known here.");
export const invalidPassword = (): Refusal => new Refusal(401, "INVALID_PASSWORD", "The password is wrong.");
export const userExists = (): Refusal =>
  new Refusal(409, "USER_ALREADY_EXISTS", "This e-mail address has a user already.");
export const invalidStudy = (): Refusal => new Refusal(404, "INVALID_STUDY", "This study is not known here.");
export const noStudyConfig = (): Refusal =>
  new Refusal(404, "NOT_FOUND", "This study has no configuration for an engine.");
export const invalidProfile = (): Refusal => new Refusal(404, "INVALID_USER_PROFILE", "No such profile.");
export const profileExists = (): Refusal => new Refusal(409, "USER_PROFILE_ALREADY_EXISTS", "The name is taken.");
/** Also for the measurement of someone else: whether it exists is nobody's business. */
export const invalidMeasurement = (): Refusal => new Refusal(404, "INVALID_MEASUREMENT", "No such measurement.");
export const measurementClosed = (): Refusal => new Refusal(405, "MEASUREMENT_CLOSED", "Start a new measurement.");
export const misalignedChunk = (expected: number): Refusal =>
  new Refusal(400, "MISALIGNED_CHUNK", `Chunk ${expected} is expected.`);
export const unreadablePayload = (message: string): Refusal => new Refusal(400, "UNPACKER_RPC_ERROR", message);
export const invalidRequest = (message: string): Refusal => new Refusal(400, "VALIDATION_ERROR", message);
export const tooMany = (message: string, retryAfterS?: number): Refusal =>
  new Refusal(429, "TOO_MANY_REQUESTS", message, retryAfterS);
/** More seconds of data than have passed. */
export const rateLimit = (retryAfterS: number): Refusal =>
  new Refusal(429, "RATE_LIMIT", "Send no faster.", retryAfterS);
export const tooLarge = (): Refusal => new Refusal(413, "PAYLOAD_TOO_LARGE", "The body is too large.");
export const notFound = (): Refusal => new Refusal(404, "NOT_FOUND", "There is no such endpoint.");
/** The words "Invalid Route Number" are the service's own. */
export const invalidRoute = (action: string): Refusal =>
  new Refusal(400, "INCORRECT_REQUEST", `Invalid Route Number ${action}`);
export const closing = (): Refusal => new Refusal(503, "SERVICE_UNAVAILABLE", "The server is closing.");
export const storeFailed = (): Refusal => new Refusal(503, "SERVICE_UNAVAILABLE", "Nothing can be stored.");
export const internalError = (): Refusal => new Refusal(500, "INTERNAL_ERROR", "The server failed.");

import type { ErrorCode } from "../domain/errors.js";

/** What a code of the service means to whoever measures. */
export interface CodeMeaning {
  /** Decides about the exit status. */
  readonly kind: ErrorCode;
  /** What it means or what to do, one sentence. */
  readonly advice: string;
}

const LATER = "Try again later.";
const LOG_IN = "Log in again.";
const NEW_KEY = "Ask for a new licence key.";
const MISFIT = "This program and the server do not fit: check the address and --api.";

/**
 * The codes of requests. Sources: the service's documentation, the published clients, and for INVALID_LICENSE,
 * INVALID_STUDY, INVALID_USER_PROFILE and PAYLOAD_TOO_LARGE our own server. docs/errors.md shows the table to people.
 *
 *   AUTH      the account is the reason: licence, user, token
 *   REFUSED   the request is the reason, and the same request would be refused again
 *   SERVER    the server is the reason, and the same request may do later
 */
export const SERVICE_CODES: Readonly<Record<string, CodeMeaning>> = {
  INVALID_USER: { kind: "AUTH", advice: "No user has this e-mail address: check it." },
  INVALID_PASSWORD: { kind: "AUTH", advice: "Check the password." },
  INVALID_LICENSE: { kind: "AUTH", advice: "Check the licence key." },
  INVALID_TOKEN: { kind: "AUTH", advice: LOG_IN },
  TOKEN_EXPIRED: { kind: "AUTH", advice: LOG_IN },
  LICENSE_EXPIRED: { kind: "AUTH", advice: NEW_KEY },
  INACTIVE_LICENSE: { kind: "AUTH", advice: NEW_KEY },
  INACTIVE_DEVICE: { kind: "AUTH", advice: "Register the device again: log in anew." },
  RESTRICTED: { kind: "AUTH", advice: "This account may not do that." },
  USER_ALREADY_EXISTS: { kind: "REFUSED", advice: "A user with this e-mail address exists: log in." },
  MEASUREMENT_CLOSED: { kind: "REFUSED", advice: "The measurement has ended and takes no more data." },
  MISALIGNED_CHUNK: { kind: "REFUSED", advice: "It expected another chunk: measure again." },
  INVALID_MEASUREMENT: { kind: "REFUSED", advice: "The server does not know this measurement." },
  INVALID_STUDY: { kind: "REFUSED", advice: "The server does not know this study: check its ID." },
  INVALID_USER_PROFILE: { kind: "REFUSED", advice: "The server does not know this profile: check its ID." },
  UNPACKER_RPC_ERROR: { kind: "REFUSED", advice: "It does not understand the data of this engine." },
  VALIDATION_ERROR: { kind: "REFUSED", advice: "It does not take these values: correct them." },
  BAD_REQUEST: { kind: "REFUSED", advice: MISFIT },
  INCORRECT_REQUEST: { kind: "REFUSED", advice: MISFIT },
  NOT_FOUND: { kind: "REFUSED", advice: "There is no such thing: check the ID, the address and --api." },
  PAYLOAD_TOO_LARGE: { kind: "REFUSED", advice: "The chunk is too large: give a smaller --chunklength." },
  RATE_LIMIT: { kind: "SERVER", advice: "It got data faster than real time: try again later." },
  TOO_MANY_REQUESTS: { kind: "SERVER", advice: LATER },
  INTERNAL_ERROR: { kind: "SERVER", advice: LATER },
  SERVICE_UNAVAILABLE: { kind: "SERVER", advice: LATER },
  UNSUPPORTED_RESPONSE_CONTENT_TYPE: { kind: "SERVER", advice: LATER },
  SYNTAX_ERROR: { kind: "SERVER", advice: LATER },
  UNEXPECTED_ERROR: { kind: "SERVER", advice: LATER },
  UNKNOWN: { kind: "SERVER", advice: LATER },
};

/** The codes of results: the chunk was taken, its analysis has failed. The measurement goes on. */
export const RESULT_CODES: Readonly<Record<string, string>> = {
  WORKER_ERROR: "its analysis broke down and will not recover",
  LIVENESS_ERROR: "the pulse is too weak to be one of a living person (SNR below 0.5 dB)",
  ANALYSIS_ERROR: "a signal could not be computed",
  INTERNAL_ERROR: "the server failed",
};

/** For a code that is known, or by the status for one that is not. */
export function meaningOf(code: string, status: number): CodeMeaning {
  const known = Object.hasOwn(SERVICE_CODES, code) ? SERVICE_CODES[code] : undefined;
  if (known) return known;
  if (status === 401 || status === 403) return { kind: "AUTH", advice: "Check the account." };
  if (status === 429 || status >= 500) return { kind: "SERVER", advice: LATER };
  return { kind: "REFUSED", advice: MISFIT };
}

import { AppError, type ErrorCode } from "../domain/errors.js";
import { printable } from "../domain/printable.js";
import type { ChunkResult } from "../domain/result.js";
import type { WireError } from "../wire/v1-messages.js";
import { meaningOf, RESULT_CODES } from "./service-codes.js";

// How refusals by the service become sentences. Nothing of a request is ever part of one.

/** A refusal by the service, with the code it gave ("MEASUREMENT_CLOSED"); "" when it gave none. */
export class DfxError extends AppError {
  readonly dfxCode: string;
  /** HTTP-like. */
  readonly status: number;

  constructor(code: ErrorCode, message: string, dfxCode: string, status: number) {
    super(code, message);
    this.dfxCode = dfxCode;
    this.status = status;
  }
}

/** What a server said about a failure. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Its sentence and the reasons for each field, fit to be shown. */
  readonly message: string;
}

/** The server's own code is trusted for branching only when it looks like one. */
export function refusal(status: number, said: WireError | undefined, secrets: readonly string[]): Refusal {
  if (said === undefined) return { status, code: "", message: "" };
  const code = /^[A-Z0-9_]{1,64}$/.test(said.code) ? said.code : "";
  const parts = [said.message, ...(said.reasons ?? [])].filter((part) => part !== "");
  return { status, code, message: safeText(parts.join("; "), secrets) };
}

/** `what` completes "The server ... refused ": "chunk 3", "to create the measurement". */
export function refusalError(server: string, what: string, refused: Refusal): DfxError {
  const { status, code, message } = refused;
  if (code === "" && (status < 400 || status === 404 || status === 405)) return notDfx(server, status);
  const { kind, advice } = meaningOf(code, status);
  const reason = code === "" ? `status ${status}` : code;
  const said = message === "" ? "" : `: ${message}`;
  return new DfxError(kind, `Server ${server} refused ${what} (${reason}${said}). ${advice}`, code, status);
}

/** Web pages, redirections and the like: a DFX server gives what was asked for or a code. */
export function notDfx(server: string, status: number): DfxError {
  const sentence = `Server ${server} does not answer as a DFX server does (status ${status}). Check the address and --api.`;
  return new DfxError("SERVER", sentence, "", status);
}

/** True when the same request with a new token is what the service wants. */
export function isExpired({ code }: Pick<Refusal, "code">): boolean {
  return code === "TOKEN_EXPIRED";
}

/** For a token that has expired and cannot be renewed. */
export function loginExpired(server: string): DfxError {
  const sentence = `The login at server ${server} has expired and cannot be renewed. Log in again.`;
  return new DfxError("AUTH", sentence, "TOKEN_EXPIRED", 401);
}

/** True when the service wants the same request again, later. */
export function isTooFast({ status, code }: Pick<Refusal, "status" | "code">): boolean {
  return status === 429 || code === "RATE_LIMIT" || code === "TOO_MANY_REQUESTS";
}

/** The sentence for a result that says that the analysis has failed. */
export function resultProblem(server: string, { errorCode, chunkNumber, reasons = [] }: ChunkResult): string {
  const meaning = Object.hasOwn(RESULT_CODES, errorCode) ? RESULT_CODES[errorCode] : "the analysis failed";
  const said = [errorCode, ...reasons].join("; ");
  const what = chunkNumber === undefined ? "a chunk" : `chunk ${chunkNumber}`;
  return `Server ${server} has no result for ${what}: ${meaning} (${safeText(said, [])}).`;
}

/** Text from a server, fit for a terminal: no control characters, no secrets, not long. */
export function safeText(text: string, secrets: readonly string[]): string {
  let clean = printable(text).trim();
  for (const secret of secrets) {
    if (secret !== "") clean = clean.replaceAll(secret, "***");
  }
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
}

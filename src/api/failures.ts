import { AppError, type ErrorCode } from "../domain/errors.js";
import { printable } from "../domain/printable.js";

// How failures of the network and of the service become sentences. Nothing of a request is ever part of
// one, and nothing that a library threw is kept as a cause: those objects hold headers and bodies.

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
  readonly message: string;
}

/** Codes that mean that the licence, the user or the token is the reason (documented, or checked by a published client). */
const AUTH_CODES: ReadonlySet<string> = new Set([
  "INVALID_USER",
  "INVALID_PASSWORD",
  "INVALID_LICENSE",
  "INVALID_TOKEN",
  "TOKEN_EXPIRED",
  "LICENSE_EXPIRED",
  "INACTIVE_LICENSE",
  "INACTIVE_DEVICE",
  "RESTRICTED",
]);

const ADVICE: Readonly<Record<string, string>> = {
  INVALID_TOKEN: "Log in again.",
  TOKEN_EXPIRED: "Log in again.",
  LICENSE_EXPIRED: "Ask for a new licence key.",
  INACTIVE_LICENSE: "Ask for a new licence key.",
  INACTIVE_DEVICE: "Register the device again.",
  RESTRICTED: "This account may not do that.",
  INVALID_MEASUREMENT: "The server does not know this measurement.",
  MEASUREMENT_CLOSED: "The measurement has ended and takes no more data.",
  MISALIGNED_CHUNK: "It expected another chunk of the measurement.",
  UNPACKER_RPC_ERROR: "It does not understand the data of this engine.",
  RATE_LIMIT: "Send no faster than real time.",
  TOO_MANY_REQUESTS: "Try again later.",
  SERVICE_UNAVAILABLE: "Try again later.",
};

/** `what` completes "The server ... refused ": "chunk 3", "to create the measurement". */
export function refusalError(server: string, what: string, refusal: Refusal): DfxError {
  const code: ErrorCode =
    AUTH_CODES.has(refusal.code) || refusal.status === 401 || refusal.status === 403 ? "AUTH" : "SERVER";
  const reason = refusal.code === "" ? `status ${refusal.status}` : refusal.code;
  const said = refusal.message === "" ? "" : `: ${refusal.message}`;
  const advice = ADVICE[refusal.code] ?? (refusal.status >= 500 ? "Try again later." : "");
  const sentence = `Server ${server} refused ${what} (${reason}${said}).`;
  return new DfxError(code, advice === "" ? sentence : `${sentence} ${advice}`, refusal.code, refusal.status);
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

/** A failure below HTTP, as Node names it. */
export interface Trouble {
  /** "ECONNREFUSED", "CERT_HAS_EXPIRED", "ETIMEDOUT", ... */
  readonly code: string;
  /** True when the request surely never left this computer. */
  readonly beforeSending: boolean;
}

const BEFORE_SENDING: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

const TLS_CODE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_)/;

/** What is known of an error that a socket, `got` or `ws` reported. */
export function troubleOf(thrown: unknown): Trouble {
  const error = innermost(thrown);
  const code = textOf(error, "code") || "unknown reason";
  const connecting = ["lookup", "connect", "secureConnect"].includes(textOf(thrown, "event"));
  const atConnect = textOf(error, "syscall") === "connect";
  return { code, beforeSending: connecting || atConnect || BEFORE_SENDING.has(code) || TLS_CODE.test(code) };
}

/** The sentence for it; `url` is the server's, without secrets (see `serverAddress`). */
export function networkError(server: string, url: string, trouble: Trouble): AppError {
  return new AppError("NETWORK", networkSentence(`API server ${server} (${url})`, trouble));
}

function networkSentence(place: string, { code, beforeSending }: Trouble): string {
  if (code === "ECONNREFUSED") {
    return `Cannot connect to ${place}: nothing answers there. Check the address and that the server runs.`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `Cannot connect to ${place}: its name cannot be found. Check the address and the network.`;
  }
  if (TLS_CODE.test(code)) {
    return (
      `Cannot connect to ${place}: no trusted TLS connection (${code}). Check the address; ` +
      "a private certificate authority goes into NODE_EXTRA_CA_CERTS."
    );
  }
  if (code === "ETIMEDOUT") return `Cannot connect to ${place}: no answer in time. Try again later.`;
  const what = beforeSending ? "Cannot connect to" : "The connection was lost to";
  return `${what} ${place} (${code}). Check the network and try again.`;
}

/** Text from a server, fit for a terminal: no control characters, no secrets, not long. */
export function safeText(text: string, secrets: readonly string[]): string {
  let clean = printable(text).trim();
  for (const secret of secrets) {
    if (secret !== "") clean = clean.replaceAll(secret, "***");
  }
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
}

function innermost(thrown: unknown): unknown {
  let error = thrown;
  for (let depth = 0; depth < 5; depth += 1) {
    // Happy eyeballs: one error per address that was tried.
    if (error instanceof AggregateError && error.errors.length > 0) error = error.errors[0];
    else if (error instanceof Error && error.cause instanceof Error) error = error.cause;
    else return error;
  }
  return error;
}

function textOf(thrown: unknown, key: string): string {
  if (typeof thrown !== "object" || thrown === null || !(key in thrown)) return "";
  const value: unknown = Reflect.get(thrown, key);
  return typeof value === "string" ? value : "";
}

import { AppError } from "../domain/errors.js";
import { isUsualLocal } from "./servers.js";

// How failures below the protocol become sentences. Nothing that a library threw is kept as a cause: those
// objects hold headers and bodies.

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

const TLS_CODE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** What is known of an error that a socket, `got` or `ws` reported. */
export function troubleOf(thrown: unknown): Trouble {
  const error = innermost(thrown);
  const code = textOf(error, "code") || "unknown reason";
  const connecting = ["lookup", "connect", "secureConnect"].includes(textOf(thrown, "event"));
  const atConnect = textOf(error, "syscall") === "connect";
  return { code, beforeSending: connecting || atConnect || BEFORE_SENDING.has(code) || TLS_CODE.test(code) };
}

export class NetworkError extends AppError {
  readonly trouble: Trouble;

  constructor(message: string, trouble: Trouble) {
    super("NETWORK", message);
    this.trouble = trouble;
  }
}

/** The sentence for it; `url` is the server's, without secrets (see `serverAddress`). */
export function networkError(server: string, url: string, trouble: Trouble): NetworkError {
  return new NetworkError(networkSentence(`API server ${server} (${url})`, trouble, isUsualLocal(url)), trouble);
}

function networkSentence(place: string, { code, beforeSending }: Trouble, isLocal: boolean): string {
  if (code === "ECONNREFUSED") {
    const advice = isLocal ? 'Start it with "dfxterm serve".' : "Check the address and that the server runs.";
    return `Cannot connect to ${place}: nothing answers there. ${advice}`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `Cannot connect to ${place}: its name cannot be found. Check the address and the network.`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || code === "HOSTNAME_MISMATCH") {
    return `Cannot connect to ${place}: its certificate is for another host (${code}). Check the address.`;
  }
  if (TLS_CODE.test(code)) {
    return (
      `Cannot connect to ${place}: no trusted TLS connection (${code}). Check the address; ` +
      "a private certificate authority goes into NODE_EXTRA_CA_CERTS."
    );
  }
  if (code === "ETIMEDOUT") return `Cannot connect to ${place}: no answer in time. Try again later.`;
  if (code.startsWith("HPE_")) {
    return `What answers at ${place} does not speak HTTP as a DFX server does (${code}). Check the address.`;
  }
  const what = beforeSending ? "Cannot connect to" : "The connection was lost to";
  return `${what} ${place} (${code}). Check the network and try again.`;
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

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

import { got, type Request } from "got";

import { AppError } from "../domain/errors.js";
import { readReasons } from "../wire/reasons.js";
import { ErrorReply } from "../wire/v1-rest.js";
import { isExpired, loginExpired, type Refusal, refusal } from "./failures.js";
import { networkError, type Trouble, troubleOf } from "./network-failures.js";
import { awaited, cancelled, jittered, pause, type Timing, within } from "./timing.js";
import type { Bearer } from "./token-source.js";

const MIB = 1024 * 1024;
/** Answers to everything but GET are a few hundred bytes. */
const POST_ANSWER_BYTES_MAX = MIB;
const GET_ANSWER_BYTES_MAX = 32 * MIB;

/** Idle connections are closed after this; servers commonly close theirs after five seconds. */
const KEEP_ALIVE_MS = 4_000;

export interface RestRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Begins with a slash; parts are already encoded. */
  readonly path: string;
  readonly token?: string | undefined;
  /** In place of `token`: an expired token is renewed and the request repeated. */
  readonly bearer?: Bearer;
  readonly body?: unknown;
  /** For the few answers that are longer than the usual limit. */
  readonly answerBytesMax?: number;
}

export interface RestAnswer {
  readonly kind: "answer";
  readonly status: number;
  /** Undefined when the body is not JSON. */
  readonly json: unknown;
  readonly refusal: Refusal;
  readonly retryAfterMs: number | undefined;
}

/** No answer: when it broke before sending, the server surely knows nothing of the request. */
export interface RestLoss {
  readonly kind: "lost";
  readonly trouble: Trouble;
  readonly error: AppError;
}

/**
 * When a request may be sent again, by what it does on the server.
 *
 *             nothing sent   answer lost   429   503   other 5xx
 *   read         yes            yes        yes   yes      yes      GET
 *   again        no             yes        yes   yes      yes      log in, create user: twice is as once
 *   once         no             no         yes   yes      no       register, create: twice costs something
 *
 * "Nothing sent" is not repeated while connecting: whoever waits wants to hear of a wrong address at once.
 */
export type RepeatPolicy = "read" | "again" | "once";

export interface RestClientOptions {
  readonly serverName: string;
  readonly restUrl: string;
  readonly timing: Timing;
  readonly random: () => number;
  /** Never part of a sentence, even when the server echoes them. */
  readonly secrets: readonly string[];
  readonly onNotice: (text: string) => void;
}

/** Sends JSON to one server. Every wait has an end and every body a limit. */
export class RestClient {
  readonly #options: RestClientOptions;
  readonly #agents = {
    http: new HttpAgent({ keepAlive: true, timeout: KEEP_ALIVE_MS }),
    https: new HttpsAgent({ keepAlive: true, timeout: KEEP_ALIVE_MS }),
  };

  #lastTrouble = "";

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /** Why the newest request is being repeated, in a few words; "" when it is not. */
  get lastTrouble(): string {
    return this.#lastTrouble;
  }

  /** Closes every connection; requests that run fail. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /**
   * An answer of any status, after the repeats that the policy allows.
   * @throws AppError NETWORK without an answer; SERVER for an answer that is too long; AUTH when the token cannot
   * be renewed; CANCELLED.
   */
  async call(request: RestRequest, policy: RepeatPolicy, signal: AbortSignal): Promise<RestAnswer> {
    const { timing, random, onNotice, serverName } = this.#options;
    this.#lastTrouble = "";
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.attempt(request, signal);
      const usualMs = timing.retryMs[attempt];
      const askedMs = outcome.kind === "answer" ? (outcome.retryAfterMs ?? 0) : 0;
      if (usualMs === undefined || askedMs > timing.retryAfterMsMax || !mayRepeat(outcome, policy)) {
        if (outcome.kind === "lost") throw outcome.error;
        return outcome;
      }
      const waitMs = askedMs > 0 ? askedMs : jittered(usualMs, random);
      this.#lastTrouble = outcome.kind === "lost" ? outcome.trouble.code : `status ${outcome.status}`;
      onNotice(`Server ${serverName}: ${this.#lastTrouble}; trying again in ${(waitMs / 1000).toFixed(1)} s.`);
      await pause(waitMs, signal);
    }
  }

  /**
   * Sends the request once, and once more when that has to be with a new token.
   * @throws AppError SERVER for an answer that is too long; AUTH when the token cannot be renewed; CANCELLED.
   */
  async attempt(request: RestRequest, signal: AbortSignal): Promise<RestAnswer | RestLoss> {
    const { bearer } = request;
    if (bearer === undefined) return await this.#attemptAs(request, request.token, signal);
    const { token } = bearer;
    const outcome = await this.#attemptAs(request, token, signal);
    if (outcome.kind === "lost" || !isExpired(outcome.refusal)) return outcome;
    if (!(await this.#renewed(bearer, token, signal))) throw loginExpired(this.#options.serverName);
    return await this.#attemptAs(request, bearer.token, signal);
  }

  async #renewed(bearer: Bearer, expired: string, signal: AbortSignal): Promise<boolean> {
    const { serverName, restUrl, timing } = this.#options;
    const late = (): AppError => networkError(serverName, restUrl, { code: "ETIMEDOUT", beforeSending: false });
    return await awaited(timing.requestMs, signal, late, bearer.replace(expired));
  }

  async #attemptAs(
    request: RestRequest,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<RestAnswer | RestLoss> {
    const { serverName, restUrl, timing } = this.#options;
    const lost = (trouble: Trouble): RestLoss => ({
      kind: "lost",
      trouble,
      error: networkError(serverName, restUrl, trouble),
    });
    const late = (): AppError => lost({ code: "ETIMEDOUT", beforeSending: false }).error;
    try {
      return await within(timing.requestMs, signal, late, async (inner) => await this.#exchange(request, token, inner));
    } catch (error) {
      if (signal.aborted) throw cancelled();
      if (error instanceof AppError && error.code !== "NETWORK") throw error;
      return lost(error instanceof AppError ? { code: "ETIMEDOUT", beforeSending: false } : troubleOf(error));
    }
  }

  async #exchange(request: RestRequest, token: string | undefined, signal: AbortSignal): Promise<RestAnswer> {
    const { restUrl, timing, secrets } = this.#options;
    const stream = got.stream(restUrl + request.path, {
      method: request.method,
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "user-agent": "dfxterm",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...bodyOf(request),
      agent: this.#agents,
      // Said here, NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
      https: { rejectUnauthorized: true },
      signal,
      // A redirect would carry the token to wherever it points; the service has none.
      followRedirect: false,
      throwHttpErrors: false,
      // A compressed body could grow past any limit.
      decompress: false,
      retry: { limit: 0 },
      timeout: {
        lookup: timing.connectMs,
        connect: timing.connectMs,
        secureConnect: timing.connectMs,
        socket: timing.idleMs,
      },
    });
    const usualMax = request.method === "GET" ? GET_ANSWER_BYTES_MAX : POST_ANSWER_BYTES_MAX;
    const limit = request.answerBytesMax ?? usualMax;
    const text = await this.#collect(stream, limit);
    const status = stream.response?.statusCode ?? 0;
    const json = parsed(text);
    const waitMs = retryAfterMs(stream.response?.headers["retry-after"]);
    return { kind: "answer", status, json, refusal: refusalOf(status, json, waitMs, secrets), retryAfterMs: waitMs };
  }

  async #collect(stream: Request, limit: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    // Leaving the loop destroys the stream and with it the connection.
    for await (const part of stream as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length > limit) {
        throw new AppError(
          "SERVER",
          `Server ${this.#options.serverName} sent more than ${limit / MIB} MiB; giving up.`,
        );
      }
      parts.push(part);
    }
    return Buffer.concat(parts).toString("utf8");
  }
}

/** Whatever is no GET ends with its body, so that `got` does not wait for one. */
function bodyOf({ method, body }: RestRequest): { body?: string } {
  if (body !== undefined) return { body: JSON.stringify(body) };
  return method === "GET" ? {} : { body: "" };
}

/** True for a status that says yes and a body that is JSON and no failure. */
export function isSuccess(answer: RestAnswer): boolean {
  return answer.status >= 200 && answer.status < 300 && answer.json !== undefined && answer.refusal.code === "";
}

function mayRepeat(outcome: RestAnswer | RestLoss, policy: RepeatPolicy): boolean {
  if (outcome.kind === "lost") return policy === "read" || (policy === "again" && !outcome.trouble.beforeSending);
  if (outcome.status === 429 || outcome.status === 503) return true;
  // INTERNAL_ERROR is an answer of the service itself; other 5xx come from whatever stands before it.
  return policy !== "once" && outcome.status >= 500 && (policy === "read" || outcome.refusal.code !== "INTERNAL_ERROR");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalOf(status: number, json: unknown, waitMs: number | undefined, secrets: readonly string[]): Refusal {
  const { data } = ErrorReply.safeParse(json);
  const asked = waitMs === undefined ? [] : [`it asks to wait ${Math.ceil(waitMs / 1000)} s`];
  const reasons = [...readReasons(data?.Errors), ...asked];
  return refusal(status, { code: data?.Code ?? "", message: data?.Message ?? "", reasons }, secrets);
}

/** Retry-After in seconds or as a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}

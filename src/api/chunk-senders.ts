import type { ChunkAction, ChunkPayload } from "../domain/chunk.js";
import { AppError, toAppError } from "../domain/errors.js";
import { ADD_DATA, type ResponseFrame } from "../wire/frames.js";
import { encodeAddDataRequest } from "../wire/v1-messages.js";
import type { Outcome } from "./delivery.js";
import type { DfxSocket } from "./dfx-socket.js";
import { isTooFast, networkError, type Refusal } from "./failures.js";
import { isSuccess, type RestClient } from "./rest-client.js";
import type { Timing } from "./timing.js";
import type { Bearer } from "./token-source.js";

// The two ways to make one attempt at sending a chunk (506).

export interface ChunkToSend {
  readonly measurementId: string;
  readonly chunk: ChunkPayload;
  readonly action: ChunkAction;
}

export interface ChunkSender {
  readonly attempt: () => Promise<Outcome>;
  /** True when an answer that says yes came after its attempt was over. */
  readonly isAccepted: () => boolean;
}

/** The JSON body of 506, keys in the order of SimpleClient. */
function restBody({ chunk, action }: ChunkToSend): Record<string, unknown> {
  return {
    ChunkOrder: chunk.chunkNumber,
    Action: action,
    StartTime: chunk.startTimeS,
    EndTime: chunk.endTimeS,
    Duration: chunk.durationS,
    Meta: restMeta(chunk),
    Payload: Buffer.from(chunk.payload).toString("base64"),
  };
}

/** The metadata as JSON text with the chunk's place; metadata that is no JSON object goes out as it is. */
function restMeta(chunk: ChunkPayload): string {
  const text = Buffer.from(chunk.metadata).toString("utf8");
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return text;
    const place = { StartTime: chunk.startTimeS, EndTime: chunk.endTimeS, Duration: chunk.durationS };
    return JSON.stringify({ ...fields, Order: chunk.chunkNumber, ...place });
  } catch {
    return text;
  }
}

export function restSender(item: ChunkToSend, rest: RestClient, bearer: Bearer, signal: AbortSignal): ChunkSender {
  const path = `/measurements/${encodeURIComponent(item.measurementId)}/data`;
  const body = restBody(item);
  const attempt = async (): Promise<Outcome> => {
    const answer = await rest.attempt({ method: "POST", path, bearer, body }, signal);
    if (answer.kind === "lost") {
      return { kind: answer.trouble.beforeSending ? "not-sent" : "unknown", error: answer.error };
    }
    return isSuccess(answer) ? { kind: "accepted" } : declined(answer.refusal, answer.retryAfterMs);
  };
  return { attempt, isAccepted: () => false };
}

export interface SocketSenderContext {
  readonly socket: DfxSocket;
  readonly serverName: string;
  readonly wsUrl: string;
  readonly timing: Timing;
}

/** A request that gets no answer in time stays known, so that a late one still counts. */
export function socketSender({ measurementId, chunk, action }: ChunkToSend, context: SocketSenderContext): ChunkSender {
  const { socket, serverName, wsUrl, timing } = context;
  const body = encodeAddDataRequest({
    measurementId,
    action,
    chunkOrder: chunk.chunkNumber,
    startTimeS: chunk.startTimeS,
    endTimeS: chunk.endTimeS,
    durationS: chunk.durationS,
    payload: chunk.payload,
    meta: chunk.metadata,
  });
  let accepted = false;
  let finish: ((outcome: Outcome) => void) | undefined;
  const unknown = (code: string): Outcome => ({
    kind: "unknown",
    error: networkError(serverName, wsUrl, { code, beforeSending: false }),
  });
  const outcomeOf = (frame: ResponseFrame | undefined): Outcome => {
    if (frame === undefined) return unknown("connection closed");
    return frame.status < 300 ? { kind: "accepted" } : declined(socket.refusalIn(frame), undefined);
  };
  const attempt = async (): Promise<Outcome> => {
    try {
      await socket.ready();
    } catch (error) {
      const failure = toAppError(error);
      // When the connection was given up, all waits for the server are behind us.
      if (failure.code !== "NETWORK" || socket.isLost) throw failure;
      return { kind: "not-sent", error: failure };
    }
    if (accepted) return { kind: "accepted" };
    const sentAtMs = performance.now();
    return await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => {
        // Nothing at all since then, not even the answer to a ping: the connection is dead.
        if (socket.silentMs() > performance.now() - sentAtMs) socket.drop("no answer to a chunk");
        finish?.(unknown("ETIMEDOUT"));
      }, timing.ackMs);
      finish = (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      socket.ask(ADD_DATA, body, (frame) => {
        const outcome = outcomeOf(frame);
        accepted ||= outcome.kind === "accepted";
        finish?.(outcome);
      });
    });
  };
  return { attempt, isAccepted: () => accepted };
}

/** An answer that is no success. */
function declined(refusal: Refusal, waitMs: number | undefined): Outcome {
  if (isTooFast(refusal)) return { kind: "too-fast", waitMs, refusal };
  // A 5xx that the service itself explains is its answer; without a code it comes from whatever stands
  // before the service, and the chunk may have passed that.
  const explained = refusal.code !== "" && refusal.code !== "INTERNAL_ERROR" && refusal.code !== "SERVICE_UNAVAILABLE";
  if (refusal.status >= 500 && !explained) {
    return { kind: "unknown", error: new AppError("SERVER", outage(refusal)) };
  }
  return { kind: "refused", refusal };
}

function outage({ status, code }: Refusal): string {
  return `The server could not take a chunk (${code === "" ? `status ${status}` : code}). Try again later.`;
}

import { AppError, toAppError } from "../domain/errors.js";
import { ADD_DATA, type ResponseFrame } from "../wire/frames.js";
import { DataReply } from "../wire/v1-rest.js";
import type { Outcome } from "./delivery.js";
import { type ChunkToSend, type DfxApi, measurementPath } from "./dfx-api.js";
import type { DfxSocket } from "./dfx-socket.js";
import { isExpired, isTooFast, loginExpired, notDfx, type Refusal } from "./failures.js";
import { networkError } from "./network-failures.js";
import { isSuccess, type RestClient } from "./rest-client.js";
import type { Timing } from "./timing.js";
import type { Bearer } from "./token-source.js";

// The two ways to make one attempt at sending a chunk (506).

export interface ChunkSender {
  readonly attempt: () => Promise<Outcome>;
  /** True when an answer that says yes came after its attempt was over. */
  readonly isAccepted: () => boolean;
}

interface SenderContext {
  readonly api: DfxApi;
  readonly serverName: string;
  readonly signal: AbortSignal;
}

export interface RestSenderContext extends SenderContext {
  readonly rest: RestClient;
  readonly bearer: Bearer;
}

export function restSender(item: ChunkToSend, context: RestSenderContext): ChunkSender {
  const { api, rest, bearer, serverName, signal } = context;
  const path = `${measurementPath(item.measurementId)}/data`;
  const body = api.addDataBody(item);
  const attempt = async (): Promise<Outcome> => {
    const answer = await rest.attempt({ method: "POST", path, bearer, body }, signal);
    if (answer.kind === "lost") {
      return { kind: answer.trouble.beforeSending ? "not-sent" : "unknown", error: answer.error };
    }
    if (isSuccess(answer)) return { kind: "accepted", order: DataReply.safeParse(answer.json).data?.ChunkOrder };
    const { status, code } = answer.refusal;
    // Something between here and the service may have answered, in front of a service that got the chunk.
    if (code === "" && status < 400) return { kind: "unknown", error: notDfx(serverName, status) };
    return declined(answer.refusal, answer.retryAfterMs);
  };
  return { attempt, isAccepted: () => false };
}

export interface SocketSenderContext extends SenderContext {
  readonly socket: DfxSocket;
  readonly wsUrl: string;
  readonly timing: Timing;
}

/** A request that gets no answer in time stays known, so that a late one still counts. */
export function socketSender(item: ChunkToSend, context: SocketSenderContext): ChunkSender {
  const { api, socket, serverName, wsUrl, timing } = context;
  const body = api.bodies.encodeAddData(dataRequest(item));
  let accepted = false;
  let timeOuts = 0;
  let finish: ((outcome: Outcome) => void) | undefined;
  const unknown = (code: string): Outcome => ({
    kind: "unknown",
    error: networkError(serverName, wsUrl, { code, beforeSending: false }),
  });
  const outcomeOf = (frame: ResponseFrame | undefined): Outcome => {
    if (frame === undefined) return unknown("connection closed");
    if (frame.status < 300) return { kind: "accepted", order: orderIn(frame, api) };
    return declined(socket.refusalIn(frame), undefined);
  };
  const exchange = async (): Promise<Outcome> =>
    await new Promise<Outcome>((resolve) => {
      const sentAtMs = performance.now();
      const timer = setTimeout(() => {
        timeOuts += 1;
        // Nothing at all since then, not even the answer to a ping: the connection is dead. When it answers pings and
        // nothing else, a new one is worth trying.
        const isDead = socket.silentMs() > performance.now() - sentAtMs;
        if (isDead || timeOuts > 1) socket.drop("no answer to a chunk");
        finish?.(unknown("ETIMEDOUT"));
      }, timing.ackMs);
      finish = (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      socket.ask(ADD_DATA, body, (frame) => {
        const outcome = outcomeOf(frame);
        if (outcome.kind === "accepted") {
          accepted = true;
          socket.noteProgress();
        }
        finish?.(outcome);
      });
    });
  const attempt = async (): Promise<Outcome> => {
    try {
      await socket.ready();
      if (accepted) return { kind: "accepted", order: undefined };
      const outcome = await exchange();
      if (outcome.kind !== "refused" || !isExpired(outcome.refusal)) return outcome;
      await socket.renewLogin();
    } catch (error) {
      const failure = toAppError(error);
      // When the connection was given up, all waits for the server are behind us.
      if (failure.code !== "NETWORK" || socket.isLost) throw failure;
      return { kind: "not-sent", error: failure };
    }
    const again = await exchange();
    if (again.kind === "refused" && isExpired(again.refusal)) throw loginExpired(serverName);
    return again;
  };
  return { attempt, isAccepted: () => accepted };
}

function dataRequest({ measurementId, chunk, action }: ChunkToSend): Parameters<DfxApi["bodies"]["encodeAddData"]>[0] {
  return {
    measurementId,
    action,
    chunkOrder: chunk.chunkNumber,
    startTimeS: chunk.startTimeS,
    endTimeS: chunk.endTimeS,
    durationS: chunk.durationS,
    payload: chunk.payload,
    meta: chunk.metadata,
  };
}

/** The number under which the server has stored the chunk; undefined when the answer does not say. */
function orderIn({ body }: ResponseFrame, { bodies, version }: DfxApi): number | undefined {
  try {
    const { id, chunkOrder } = bodies.decodeAddDataAck(body);
    // Our own server leaves large numbers away in version 1, and zero never is on the wire.
    const isTold = id !== "" && (version !== "v1" || chunkOrder > 0);
    return isTold ? chunkOrder : undefined;
  } catch {
    return undefined;
  }
}

/** An answer that is no success. */
function declined(refusal: Refusal, waitMs: number | undefined): Outcome {
  if (isTooFast(refusal)) return { kind: "too-fast", waitMs, refusal };
  // A 5xx that the service itself explains is its answer; without a code it comes from whatever stands
  // before the service, and the chunk may have passed that.
  const explained = refusal.code !== "" && refusal.code !== "INTERNAL_ERROR" && refusal.code !== "SERVICE_UNAVAILABLE";
  if (refusal.status >= 500 && !explained) {
    // 503 means by itself that nothing was taken.
    return { kind: "unknown", error: new AppError("SERVER", outage(refusal)), waitMs, saysNo: refusal.status === 503 };
  }
  return { kind: "refused", refusal };
}

function outage({ status, code }: Refusal): string {
  return `The server could not take a chunk (${code === "" ? `status ${status}` : code}). Try again later.`;
}

import type { ChunkAction } from "../domain/chunk.js";
import type { AppError } from "../domain/errors.js";
import { type Refusal, refusalError } from "./failures.js";
import { jittered, pause, type Timing } from "./timing.js";

// Sending one chunk until the server surely has it, exactly once.
//
// Chunks go out one at a time, each after the answer to the one before. So the server's next expected
// number is this chunk's, or, when an answer was lost on the way, the one after it. Sending the chunk
// again then settles which of the two it is:
//
//   answer to the repeat   FIRST                 CHUNK                 LAST
//   success                stored now; FIRST discards what an earlier copy left
//   MISALIGNED_CHUNK       stored before         stored before         stored before
//   MEASUREMENT_CLOSED     not stored            not stored            stored before: LAST closes
//
// A time limit of the measurement also gives MEASUREMENT_CLOSED. For a LAST chunk that cannot be told
// apart, and nothing could be sent any more either way; the results show what the server has.
// A result for the chunk is proof that it is stored, so nothing is sent again once one has come.
// (Source: the service's documentation of the order of chunks and of both codes. A server that takes repeats of
// the same chunk and answers with success is fine too.)

/** What one attempt came to. */
export type Outcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Surely not stored; try again after `waitMs`, or after the length of the chunk. */
  | { readonly kind: "too-fast"; readonly waitMs: number | undefined; readonly refusal: Refusal }
  /** Surely not stored: it never left this computer. */
  | { readonly kind: "not-sent"; readonly error: AppError }
  /** No answer, or one from something in between: it may be stored. */
  | { readonly kind: "unknown"; readonly error: AppError };

export interface Delivery {
  readonly serverName: string;
  readonly chunkNumber: number;
  readonly durationS: number;
  readonly action: ChunkAction;
  /** True when an earlier process may have sent this chunk and did not see the answer. */
  readonly mayBeStored: boolean;
  readonly attempt: () => Promise<Outcome>;
  /** True when a result for this chunk, or a late answer to an attempt, has come. */
  readonly isProven: () => boolean;
}

export interface DeliveryContext {
  readonly timing: Timing;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
}

/**
 * Resolves when the server has the chunk.
 * @returns the time from the last sending to its answer, in ms; 0 when nothing had to be sent.
 * @throws DfxError SERVER or AUTH with the service's code when it is refused; AppError NETWORK when it
 * could not be delivered in time; CANCELLED. In all these cases the chunk counts as not delivered.
 */
export async function deliver(delivery: Delivery, context: DeliveryContext): Promise<number> {
  const { timing, onNotice } = context;
  const { serverName, chunkNumber, action, attempt, isProven } = delivery;
  const startedAtMs = performance.now();
  let mayBeStored = delivery.mayBeStored;
  if (mayBeStored && isProven()) return 0;
  for (let repeats = 0; ; repeats += 1) {
    const sentAtMs = performance.now();
    const outcome = await attempt();
    const roundTripMs = performance.now() - sentAtMs;
    if (outcome.kind === "accepted") return roundTripMs;
    if (outcome.kind === "unknown") mayBeStored = true;
    if (mayBeStored && isProven()) return roundTripMs;
    if (outcome.kind === "refused") {
      if (mayBeStored && meansStored(action, outcome.refusal.code)) return roundTripMs;
      throw refusalError(serverName, `chunk ${chunkNumber}`, outcome.refusal);
    }
    const waitMs = waitBefore(outcome, repeats, delivery, context);
    if (waitMs === undefined || performance.now() - startedAtMs + waitMs > timing.deliverMs) {
      throw outcome.kind === "too-fast"
        ? refusalError(serverName, `chunk ${chunkNumber}`, outcome.refusal)
        : outcome.error;
    }
    onNotice(noticeOf(outcome, delivery, waitMs));
    await pause(waitMs, context.signal);
    if (mayBeStored && isProven()) return roundTripMs;
  }
}

/** True when this answer to a repeat says that an earlier copy was stored (see the table above). */
function meansStored(action: ChunkAction, code: string): boolean {
  return code === "MISALIGNED_CHUNK" || (code === "MEASUREMENT_CLOSED" && action === "LAST::PROCESS");
}

/** Undefined when the attempts are used up. */
function waitBefore(
  outcome: Outcome,
  repeats: number,
  { durationS }: Delivery,
  { timing, random }: DeliveryContext,
): number | undefined {
  const waitMs = timing.reconnectMs[repeats];
  if (waitMs === undefined) return undefined;
  // The service takes data no faster than real time: a chunk's own length is the longest that it asks for.
  if (outcome.kind === "too-fast") return outcome.waitMs ?? Math.min(durationS * 1000, timing.retryAfterMsMax);
  return jittered(waitMs, random);
}

function noticeOf(outcome: Outcome, { serverName, chunkNumber }: Delivery, waitMs: number): string {
  const seconds = (waitMs / 1000).toFixed(1);
  if (outcome.kind === "too-fast") return `Server ${serverName} takes no more data yet; waiting ${seconds} s.`;
  const what = outcome.kind === "not-sent" ? "could not be sent" : "was not confirmed";
  return `Chunk ${chunkNumber} ${what}; trying again in ${seconds} s.`;
}

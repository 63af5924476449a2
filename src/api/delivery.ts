import type { ChunkAction } from "../domain/chunk.js";
import { AppError } from "../domain/errors.js";
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
//
// A server that numbers the chunks itself (version 2) would store a repeat in the middle a second time. There the
// result of the chunk is waited for before anything is sent again, and the number in the answer is looked at.

/** What one attempt came to. */
export type Outcome =
  /** `order` is the number under which the server has stored it, where the answer says so. */
  | { readonly kind: "accepted"; readonly order: number | undefined }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Surely not stored; try again after `waitMs`, or after the length of the chunk. */
  | { readonly kind: "too-fast"; readonly waitMs: number | undefined; readonly refusal: Refusal }
  /** Surely not stored: it never left this computer. */
  | { readonly kind: "not-sent"; readonly error: AppError }
  /** No answer, or one from something in between: it may be stored. `saysNo`: an answer claims that it is not. */
  | {
      readonly kind: "unknown";
      readonly error: AppError;
      readonly waitMs?: number | undefined;
      readonly saysNo?: boolean;
    };

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
  /** For servers that number the chunks themselves; undefined for others. */
  readonly proof: Proof | undefined;
}

export interface Proof {
  /** Waits for a result of the chunk; false when none has come in time. @throws AppError CANCELLED */
  readonly wait: () => Promise<boolean>;
  /** True when the chunk is stored under the number behind its own: it is there twice. */
  readonly isDoubled: (order: number) => boolean;
}

export interface DeliveryContext {
  readonly timing: Timing;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
}

export interface Delivered {
  /** From the last sending to its answer, in ms; undefined when something else than an answer proved the delivery. */
  readonly roundTripMs: number | undefined;
  readonly order: number | undefined;
}

const PROVEN: Delivered = { roundTripMs: undefined, order: undefined };

/**
 * Resolves when the server has the chunk.
 * @throws DfxError SERVER, REFUSED or AUTH with the service's code when it is refused; AppError NETWORK when it
 * could not be delivered in time; SERVER when it is stored twice; CANCELLED. In all these cases the chunk counts as
 * not delivered.
 */
export async function deliver(delivery: Delivery, context: DeliveryContext): Promise<Delivered> {
  const { timing, onNotice } = context;
  const { serverName, chunkNumber, action, attempt, isProven, proof } = delivery;
  const startedAtMs = performance.now();
  let mayBeStored = delivery.mayBeStored;
  // FIRST discards what was there and LAST closes: those can be sent again anywhere.
  const isCertain = async (): Promise<boolean> => action === "CHUNK::PROCESS" && ((await proof?.wait()) ?? false);
  if (mayBeStored && (isProven() || (await isCertain()))) return PROVEN;
  for (let repeats = 0; ; repeats += 1) {
    const sentAtMs = performance.now();
    const outcome = await attempt();
    const roundTripMs = performance.now() - sentAtMs;
    if (outcome.kind === "accepted") {
      if (mayBeStored) refuseDoubled(delivery, outcome.order);
      return { roundTripMs, order: outcome.order };
    }
    if (outcome.kind === "unknown") mayBeStored = true;
    if (mayBeStored && isProven()) return PROVEN;
    if (outcome.kind === "refused") {
      if (mayBeStored && meansStored(action, outcome.refusal.code)) return { roundTripMs, order: undefined };
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
    if (mayBeStored && isProven()) return PROVEN;
    if (outcome.kind === "unknown" && outcome.saysNo !== true && (await isCertain())) return PROVEN;
  }
}

function refuseDoubled({ serverName, chunkNumber, proof }: Delivery, order: number | undefined): void {
  if (order === undefined || !proof?.isDoubled(order)) return;
  throw new AppError(
    "SERVER",
    `Server ${serverName} lost an answer and has chunk ${chunkNumber} twice now: its results would be wrong. Measure again.`,
  );
}

/** True when this answer to a repeat says that an earlier copy was stored (see the table above). */
function meansStored(action: ChunkAction, code: string): boolean {
  return code === "MISALIGNED_CHUNK" || (code === "MEASUREMENT_CLOSED" && action === "LAST::PROCESS");
}

/** Undefined when the attempts are used up, or when the server wants more patience than there is. */
function waitBefore(
  outcome: Outcome,
  repeats: number,
  { durationS }: Delivery,
  { timing, random }: DeliveryContext,
): number | undefined {
  const usualMs = timing.reconnectMs[repeats];
  if (usualMs === undefined) return undefined;
  const askedMs = "waitMs" in outcome ? outcome.waitMs : undefined;
  if (askedMs !== undefined) return askedMs > timing.retryAfterMsMax ? undefined : askedMs;
  // The service takes data no faster than real time: a chunk's own length is the longest that it asks for.
  if (outcome.kind === "too-fast") return Math.min(durationS * 1000, timing.retryAfterMsMax);
  return jittered(usualMs, random);
}

function noticeOf(outcome: Outcome, { serverName, chunkNumber }: Delivery, waitMs: number): string {
  const seconds = (waitMs / 1000).toFixed(1);
  if (outcome.kind === "too-fast") return `Server ${serverName} takes no more data yet; waiting ${seconds} s.`;
  const what = outcome.kind === "not-sent" ? "could not be sent" : "was not confirmed";
  return `Chunk ${chunkNumber + 1} ${what}; trying again in ${seconds} s.`;
}

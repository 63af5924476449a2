import { AppError } from "../domain/errors.js";

/** Every wait of the client. The figures are those of the official clients where they have any. */
export interface Timing {
  /** Name look-up, TCP connect and TLS handshake, each. */
  readonly connectMs: number;
  /** Silence on a REST connection that is waiting for an answer. */
  readonly idleMs: number;
  /** A whole REST request, however slowly it trickles. */
  readonly requestMs: number;
  /** Acknowledgement of a WebSocket request. */
  readonly ackMs: number;
  readonly pingEveryMs: number;
  /** A peer that is silent for this long after a ping is dead. */
  readonly pongWithinMs: number;
  /** Waits before each attempt to connect again; their number is the number of attempts. */
  readonly reconnectMs: readonly number[];
  /** A connection that lived this long, or was of use, gives back all attempts to connect again. */
  readonly stableMs: number;
  /** Waits before a REST request is repeated; their number is the number of repeats. */
  readonly retryMs: readonly number[];
  /** Longest wait that is granted to a server that asks with Retry-After; when it asks for more, it is the end. */
  readonly retryAfterMsMax: number;
  /** No new attempt to deliver a chunk begins after this time. */
  readonly deliverMs: number;
  /** A chunk that may be stored is not sent again before its result had this long to come. */
  readonly proofMs: number;
  /** Between two questions whether something is there now. */
  readonly pollMs: number;
  /** A closing handshake gets this long, then the socket is cut. */
  readonly closeMs: number;
}

export const DEFAULT_TIMING: Timing = {
  connectMs: 10_000,
  idleMs: 30_000,
  requestMs: 120_000,
  ackMs: 30_000,
  pingEveryMs: 20_000,
  pongWithinMs: 10_000,
  reconnectMs: [1_000, 2_000, 3_000, 4_000, 5_000],
  stableMs: 10_000,
  retryMs: [500, 1_000, 2_000],
  retryAfterMsMax: 60_000,
  deliverMs: 120_000,
  proofMs: 10_000,
  pollMs: 1_000,
  closeMs: 200,
};

/** Spreads a wait by a fifth either way, so that clients that failed together do not return together. */
export function jittered(ms: number, random: () => number): number {
  return ms * (0.8 + 0.4 * random());
}

export function cancelled(): AppError {
  return new AppError("CANCELLED", "Cancelled.");
}

/** @throws AppError CANCELLED at once when the signal fires; no timer is left behind. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelled());
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Runs work that obeys a signal and gives it at most `ms`. When the time is over the work's own signal
 * fires and `lateError()` is thrown, whatever the work throws then.
 */
export async function within<Value>(
  ms: number,
  signal: AbortSignal,
  lateError: () => AppError,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  if (signal.aborted) throw cancelled();
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stopper.abort();
  }, ms);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await work(stopper.signal);
  } catch (error) {
    throw late && !signal.aborted ? lateError() : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Waits for work that obeys no signal, at most `ms` and not beyond the signal; the work itself goes on. */
export async function awaited<Value>(
  ms: number,
  signal: AbortSignal,
  lateError: () => AppError,
  work: Promise<Value>,
): Promise<Value> {
  return await within(ms, signal, lateError, async (inner) => {
    let stop: (() => void) | undefined;
    const stopped = new Promise<never>((_resolve, reject) => {
      stop = () => reject(cancelled());
      inner.addEventListener("abort", stop, { once: true });
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      if (stop) inner.removeEventListener("abort", stop);
    }
  });
}

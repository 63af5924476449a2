import type { Measurement } from "../results/measurement.js";
import type { MeasurementStore } from "../results/store.js";

/**
 * Waits until the state fulfils a condition.
 * @returns true when it does, false after `timeoutMs` (undefined: never).
 * @throws the signal's reason when it is aborted first.
 */
export async function until(
  store: MeasurementStore,
  isFulfilled: (state: Measurement) => boolean,
  timeoutMs: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  if (isFulfilled(store.getSnapshot())) return true;
  const undo: (() => void)[] = [];
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve(false), timeoutMs);
      const unsubscribe = store.subscribe(() => {
        if (isFulfilled(store.getSnapshot())) resolve(true);
      });
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      undo.push(
        () => clearTimeout(timer),
        unsubscribe,
        () => signal.removeEventListener("abort", onAbort),
      );
    });
  } finally {
    for (const step of undo) step();
  }
}

import { failureOf } from "../domain/errors.js";
import { ENDING_SIGNALS, type EndingSignal } from "../domain/signals.js";
import { SIGNAL_EXIT } from "./exit-codes.js";

/** Runs a command that a signal cancels, so that it can put everything back; a second signal ends it at once. */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  let status: number | undefined;
  const onSignal = (signal: EndingSignal): void => {
    if (status !== undefined) process.exit(SIGNAL_EXIT[signal]);
    status = SIGNAL_EXIT[signal];
    stop.abort();
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (status !== undefined && failureOf(error).code === "CANCELLED") return status;
    throw error;
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
  }
}

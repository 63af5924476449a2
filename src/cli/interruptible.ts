import { failureOf } from "../domain/errors.js";

/** What a signal makes of the exit status. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs a command that a signal cancels, so that it can put everything back; a second signal ends it at once. */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  let status: number | undefined;
  const onSignal = (signal: keyof typeof SIGNAL_EXIT): void => {
    if (status !== undefined) process.exit(SIGNAL_EXIT[signal]);
    status = SIGNAL_EXIT[signal];
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (status !== undefined && failureOf(error).code === "CANCELLED") return status;
    throw error;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, onSignal);
  }
}

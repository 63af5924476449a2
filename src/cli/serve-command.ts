import { type ServeOptions, serve } from "../app/serve.js";
import { ENDING_SIGNALS } from "../domain/signals.js";
import { SIGNAL_EXIT } from "./exit-codes.js";

/** Runs `dfxterm serve` until Ctrl-C or a signal, which finishes what was accepted; the second one leaves at once. */
export async function serveCommand(options: ServeOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ENDING_SIGNALS) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(SIGNAL_EXIT[signal]);
      stop.abort();
    });
  }
  const output = {
    out: (line: string) => void process.stdout.write(`${line}\n`),
    err: (line: string) => void process.stderr.write(`${line}\n`),
  };
  await serve(options, output, stop.signal);
  return 0;
}

import { constants } from "node:os";

import { type ServeOptions, serve } from "../app/serve.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs `dfxterm serve` until Ctrl-C or a signal, which finishes what was accepted; the second one leaves at once. */
export async function serveCommand(options: ServeOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + constants.signals[signal]);
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

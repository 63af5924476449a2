import { type ServeOptions, serve } from "../app/serve.js";

/** Runs `dfxterm serve` until Ctrl-C or a signal. */
export async function serveCommand(options: ServeOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  await serve(options, (line) => process.stdout.write(`${line}\n`), stop.signal);
  return 0;
}

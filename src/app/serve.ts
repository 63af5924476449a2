import { randomBytes, randomUUID } from "node:crypto";

import { startServer } from "../server/server.js";

export interface ServeOptions {
  readonly host: string;
  readonly restPort: number;
  readonly wsPort: number;
  /** Undefined: a new one is made and printed. */
  readonly licenseKey?: string;
}

/**
 * Runs the local server until the signal is aborted.
 * @throws AppError PORT_IN_USE and others of the server's start.
 */
export async function serve(options: ServeOptions, print: (line: string) => void, signal: AbortSignal): Promise<void> {
  const licenseKey = options.licenseKey ?? randomBytes(16).toString("hex");
  const studyId = randomUUID();
  const { host, restPort, wsPort } = options;
  const studies = [{ id: studyId, name: "default" }];
  const server = await startServer({ host, restPort, wsPort, licenseKeys: [licenseKey], studies });
  print(`REST       ${server.restUrl}`);
  print(`WebSocket  ${server.wsUrl}`);
  print(`study      ${studyId}`);
  if (options.licenseKey === undefined) print(`licence    ${licenseKey}`);
  print("Ctrl-C ends it.");
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await server.close();
}

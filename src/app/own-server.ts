import { randomBytes, randomUUID } from "node:crypto";

import type { RunningServer } from "../server/server.js";
import { startServerThread } from "../server/server-thread.js";
import type { Account } from "./settings.js";

/** A local server for one measurement, and the only account that it knows. */
export interface OwnServer {
  readonly server: RunningServer;
  readonly account: Account;
}

/**
 * Starts the local server on free ports of the loopback interface. Licence, study and user are made up for
 * this run: nothing that was ever written down opens it.
 */
export async function startOwnServer(): Promise<OwnServer> {
  const licenseKey = randomBytes(16).toString("hex");
  const studyId = randomUUID();
  const server = await startServerThread({
    host: "127.0.0.1",
    restPort: 0,
    wsPort: 0,
    licenseKeys: [licenseKey],
    studies: [{ id: studyId, name: "default" }],
  });
  const account = { licenseKey, studyId, email: "operator@localhost", password: randomBytes(16).toString("hex") };
  return { server, account };
}

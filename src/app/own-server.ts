import { randomBytes } from "node:crypto";

import { AppError } from "../domain/errors.js";
import type { RunningServer } from "../server/server.js";
import { startServerThread } from "../server/server-thread.js";
import { DEFAULT_STUDY, storePath } from "./server-defaults.js";
import type { Account } from "./settings.js";

/** A local server for one measurement, and the only account that it knows. */
export interface OwnServer {
  readonly server: RunningServer;
  readonly account: Account;
}

const MIB = 1024 * 1024;

/** What is kept of past measurements: the oldest go first. Two minutes at 30 Hz are about 1 MB. */
const KEPT = { measurementsMax: 200, keptBytesMax: 256 * MIB } as const;

/**
 * Starts the local server on free ports of the loopback interface. Licence key and password are made up for this run:
 * nothing that was ever written down opens it. It keeps what it gets in the state folder, beside other measurements that
 * may be running; when the store cannot be used, `notice` is told and everything is kept in memory.
 */
export async function startOwnServer(stateDir: string, notice: (text: string) => void): Promise<OwnServer> {
  const guest = {
    licenceKey: randomBytes(16).toString("hex"),
    email: "operator@localhost",
    password: randomBytes(16).toString("hex"),
  };
  const options = { host: "127.0.0.1", restPort: 0, wsPort: 0, licenseKeys: [], studies: [DEFAULT_STUDY], guest };
  const server = await startServerThread({ ...options, db: storePath(stateDir), limits: KEPT }).catch(
    async (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "FILE") throw error;
      notice(`the local server keeps nothing: ${error.message}`);
      return await startServerThread(options);
    },
  );
  const { licenceKey: licenseKey, email, password } = guest;
  return { server, account: { licenseKey, studyId: DEFAULT_STUDY.id, email, password } };
}

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

import { Database } from "../../src/server/store/database.js";
import { cleanEnv, start } from "../helpers/program.js";

export const LICENSE = "test-licence-key";

/** A `dfxterm serve` of its own, on ports that it keeps when it is started again. */
export class Served {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly #words: readonly string[];
  #running: ReturnType<typeof start> | undefined;

  private constructor(db: string, [restPort, wsPort]: readonly [number, number]) {
    this.restUrl = `http://127.0.0.1:${restPort}`;
    this.wsUrl = `ws://127.0.0.1:${wsPort}`;
    const ports = ["--rest-port", String(restPort), "--ws-port", String(wsPort)];
    this.#words = ["serve", ...ports, "--db", db, "--license-key", LICENSE];
  }

  static async start(db: string): Promise<Served> {
    const served = new Served(db, await freePorts());
    await served.again();
    return served;
  }

  async again(): Promise<void> {
    this.#running = start(this.#words, cleanEnv());
    for (let left = 200; left > 0; left -= 1) {
      const answer = await fetch(`${this.restUrl}/status`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(50);
    }
    throw new Error("the server did not start");
  }

  /** `kill -9`, and back with what is in the store. */
  async crash(): Promise<void> {
    await this.end("SIGKILL");
    await this.again();
  }

  async close(): Promise<void> {
    await this.end("SIGTERM");
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#running?.child.kill(signal);
    await this.#running?.finished;
  }
}

/** The payloads that a server's store holds of a measurement, in the order of their numbers. */
export function storedPayloads(db: string, measurementId: string): Buffer[] {
  const database = Database.open(db);
  const chunks = database
    .query<[string], { payload: Uint8Array }>(
      "SELECT payload FROM chunks WHERE measurement_id = ? ORDER BY generation, chunk_order",
    )
    .all(measurementId);
  database.close();
  return chunks.map(({ payload }) => Buffer.from(payload));
}

/** Two ports that were free a moment ago. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    }),
  );
  await Promise.all(servers.map(async (server) => await new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

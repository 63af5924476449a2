import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJournal } from "../../src/journal/lines.js";
import { foldJournal } from "../../src/journal/state.js";
import type { Summary } from "../../src/results/summary.js";
import { type RunningServer, startServer } from "../../src/server/server.js";
import { FaultProxy, type FaultProxyOptions } from "../helpers/fault-proxy.js";
import { cleanEnv, type Finished, freshFolder, start, summaryOf } from "../helpers/program.js";

// A server that outlives the program, the proxy before it, and what became of a measurement.

/** `npm run faults` runs the long form; `npm test` a few of each kind. */
export const isLong = process.env["DFXTERM_FAULTS"] === "long";

export const LICENSE = "test-licence-key";
export const STUDY = "test-study";
const EMAIL = "someone@example.org";
const PASSWORD = "a good password";

export class Scene {
  readonly server: RunningServer;
  readonly proxy: FaultProxy;
  readonly stateDir = freshFolder("faults");
  readonly env = cleanEnv({
    DFXTERM_LICENSE_KEY: LICENSE,
    DFXTERM_STUDY_ID: STUDY,
    DFXTERM_EMAIL: EMAIL,
    DFXTERM_PASSWORD: PASSWORD,
  });

  private constructor(server: RunningServer, proxy: FaultProxy) {
    this.server = server;
    this.proxy = proxy;
  }

  static async set(fault?: FaultProxyOptions["fault"], downMs?: number): Promise<Scene> {
    const server = await startServer({
      restPort: 0,
      wsPort: 0,
      licenseKeys: [LICENSE],
      studies: [{ id: STUDY, name: "test" }],
    });
    const proxy = await FaultProxy.start({
      server,
      ...(fault ? { fault } : {}),
      ...(downMs === undefined ? {} : { downMs }),
    });
    return new Scene(server, proxy);
  }

  /** Starts `dfxterm measure` at the server behind the proxy. */
  measure(args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<typeof start> {
    const place = ["--rest-url", this.proxy.restUrl, "--ws-url", this.proxy.wsUrl, "--state-dir", this.stateDir];
    return start(["measure", ...args, ...place, "--json"], { ...this.env, ...env });
  }

  async resume(args: readonly string[] = ["--last"]): Promise<Finished> {
    return start(["resume", ...args, "--state-dir", this.stateDir, "--json"], this.env).finished;
  }

  /** Folder of the only measurement; undefined while there is none. */
  get folder(): string | undefined {
    const where = join(this.stateDir, "measurements");
    try {
      const [name] = readdirSync(where);
      return name === undefined ? undefined : join(where, name);
    } catch {
      return undefined;
    }
  }

  /** Numbers of the chunks that are whole on disk. */
  get kept(): number[] {
    const names = this.folder === undefined ? [] : readdirSync(join(this.folder, "chunks"));
    return names
      .flatMap((name) => /^payload(\d+)\.bin$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  get journal(): ReturnType<typeof foldJournal> {
    return foldJournal(parseJournal(readFileSync(join(this.folder ?? "", "journal.ndjson"), "utf8")));
  }

  /** What the server acknowledged, over all measurements. */
  get acknowledged(): number[] {
    return [...this.proxy.acknowledged.values()].flat();
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.server.close();
  }
}

/** What must be the same however often a measurement was interrupted. */
export function outcomeOf(
  finished: Finished,
): Pick<Summary, "status" | "durationS" | "frames" | "chunks" | "quality" | "metrics"> {
  const { status, durationS, frames, chunks, quality, metrics } = summaryOf(finished);
  return { status, durationS, frames, chunks, quality, metrics };
}

/** Numbers in [0, 1) from a seed (mulberry32), so that a run can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until it is true. */
export async function until(isTrue: () => boolean, patienceMs = 20_000): Promise<void> {
  for (const endMs = Date.now() + patienceMs; Date.now() < endMs; await sleep(5)) {
    if (isTrue()) return;
  }
  throw new Error("it did not become true in time");
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test, vi } from "vitest";
import { DEFAULT_STUDY } from "../../src/app/server-defaults.js";
import { parseJournal } from "../../src/journal/lines.js";
import { foldJournal } from "../../src/journal/state.js";
import type { Summary } from "../../src/results/summary.js";
import { type RunningServer, startServer } from "../../src/server/server.js";
import { FaultProxy, type FaultProxyOptions } from "../helpers/fault-proxy.js";
import { cleanEnv, type Finished, freshFolder, start, summaryOf } from "../helpers/program.js";
import { saveChunks } from "../helpers/saved-chunks.js";
import { LICENSE, Served, sleep } from "./served.js";

// A server that outlives the program, the proxy before it, and what became of a measurement.

/** `npm run faults` runs the long form; `npm test` a few of each kind. */
export const isLong = process.env["DFXTERM_FAULTS"] === "long";

// Every run of the program takes a second or two, on a busy machine ten times that.
vi.setConfig({ testTimeout: 240_000 });

/** A test of the long form alone. */
export function longTest(name: string, body: () => Promise<void>, timeoutMs = 240_000): void {
  if (isLong) test(name, body, timeoutMs);
}

const STUDY = "test-study";
const EMAIL = "someone@example.org";
const PASSWORD = "a good password";

export class Scene {
  readonly server: Pick<RunningServer, "close">;
  readonly proxy: FaultProxy;
  readonly stateDir = freshFolder("faults");
  readonly env: NodeJS.ProcessEnv;

  #place: readonly string[] | undefined;

  private constructor(server: Pick<RunningServer, "close">, proxy: FaultProxy, studyId: string) {
    this.server = server;
    this.proxy = proxy;
    this.env = cleanEnv({
      DFXTERM_LICENSE_KEY: LICENSE,
      DFXTERM_STUDY_ID: studyId,
      DFXTERM_EMAIL: EMAIL,
      DFXTERM_PASSWORD: PASSWORD,
    });
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
    return new Scene(server, proxy, STUDY);
  }

  /** A scene whose server is a process of its own, which a "crash" kills. */
  static async withProcess(fault: FaultProxyOptions["fault"]): Promise<Scene> {
    const server = await Served.start(join(freshFolder("serve"), "serve.db"));
    const proxy = await FaultProxy.start({ server, ...(fault && { fault }), crash: () => server.crash() });
    return new Scene(server, proxy, DEFAULT_STUDY.id);
  }

  /** A scene whose measurements go to another server: the options that name it. */
  static async at(place: readonly string[]): Promise<Scene> {
    const scene = await Scene.set();
    scene.#place = place;
    return scene;
  }

  /** Starts `dfxterm measure` at the server behind the proxy. */
  measure(args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<typeof start> {
    const server = this.#place ?? ["--rest-url", this.proxy.restUrl, "--ws-url", this.proxy.wsUrl];
    const words = ["measure", ...args, ...server, "--state-dir", this.stateDir, "--json"];
    return start(words, { ...this.env, ...env });
  }

  savedChunks(count: number): string {
    return saveChunks(join(this.stateDir, "saved"), count);
  }

  startResume(args: readonly string[] = ["--last"]): ReturnType<typeof start> {
    return start(["resume", ...args, "--state-dir", this.stateDir, "--json"], this.env);
  }

  async resume(args?: readonly string[]): Promise<Finished> {
    return this.startResume(args).finished;
  }

  /**
   * What must hold however a measurement ended: it is complete, or it has failed in one clear sentence; everything
   * that the server acknowledged is on disk; nothing was sent again whose acknowledgement came.
   */
  expectSound(finished: Finished, story = ""): void {
    const told = `${story}: status ${finished.status}, ${finished.stderr}`;
    expect(finished.stderr, told).not.toMatch(/^\s+at |internal failure|Error:/m);
    if (finished.status !== 0 && finished.status !== null) {
      expect(finished.stderr, told).toMatch(/^dfxterm: [^\n]{20,}\n$/);
    }
    expect(this.kept, told).toEqual(expect.arrayContaining(this.acknowledged));
    expect(this.proxy.sentAgain, told).toEqual([]);
  }

  /** Lets the measurement go on without faults, if it was not complete before; it must end as if there had been none. */
  async expectRecovery(expected: Outcome, args?: readonly string[], story = ""): Promise<void> {
    await this.proxy.heal();
    const complete = this.#completeSummary();
    if (complete) {
      expect(outcomeIn(complete), story).toEqual(expected);
      return;
    }
    const resumed = await this.resume(args);
    expect(resumed.status, `${story}, resumed: ${resumed.stderr}`).toBe(0);
    expect(outcomeOf(resumed), story).toEqual(expected);
    this.expectSound(resumed, `${story}, resumed`);
    expect(
      [...new Set(this.acknowledged)].sort((a, b) => a - b),
      story,
    ).toEqual(this.kept);
  }

  /** The summary on disk, when everything was done before the fault came. */
  #completeSummary(): Summary | undefined {
    const path = join(this.folder ?? "", "summary.json");
    if (!existsSync(path) || this.journal.ended?.status !== "completed") return undefined;
    return JSON.parse(readFileSync(path, "utf8")) as Summary;
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
    const chunks = join(this.folder ?? "", "chunks");
    const names = existsSync(chunks) ? readdirSync(chunks) : [];
    return names
      .flatMap((name) => /^payload(\d+)\.bin$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  get journal(): ReturnType<typeof foldJournal> {
    return foldJournal(parseJournal(readFileSync(join(this.folder ?? "", "journal.ndjson"), "utf8")));
  }

  /** The payloads that are on disk, in the order of their numbers. */
  get payloads(): Buffer[] {
    return this.kept.map((number) => readFileSync(join(this.folder ?? "", "chunks", `payload${number}.bin`)));
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

type Outcome = Pick<Summary, "status" | "durationS" | "frames" | "chunks" | "quality" | "metrics">;

/** What must be the same however often a measurement was interrupted. */
export function outcomeOf(finished: Finished): Outcome {
  return outcomeIn(summaryOf(finished));
}

function outcomeIn({ status, durationS, frames, chunks, quality, metrics }: Summary): Outcome {
  return { status, durationS, frames, chunks, quality, metrics };
}

/** The environment in which a fault happens (see hook.mjs). */
export function faultEnv(fault: Readonly<Record<string, string | number>>): NodeJS.ProcessEnv {
  const hook = fileURLToPath(new URL("hook.mjs", import.meta.url));
  return { NODE_OPTIONS: `--import=${hook}`, DFXTERM_TEST_FAULT: JSON.stringify(fault) };
}

/** The outcome of a measurement that nothing happens to; measured when it is first asked for. */
export interface Undisturbed {
  (): Promise<Outcome>;
  /** Milliseconds that it took, once it has ended. */
  tookMs(): number;
}

export function undisturbed(measure: (scene: Scene) => readonly string[]): Undisturbed {
  let outcome: Promise<Outcome> | undefined;
  let tookMs = 0;
  const run = async (): Promise<Outcome> => {
    const scene = await Scene.set();
    const finished = await scene.measure(measure(scene)).finished;
    await scene.close();
    tookMs = summaryOf(finished).timing.wallS * 1000;
    return outcomeOf(finished);
  };
  const ask = async (): Promise<Outcome> => {
    outcome ??= run();
    return await outcome;
  };
  return Object.assign(ask, { tookMs: () => tookMs });
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

/** Waits until it is true. */
export async function until(isTrue: () => boolean, patienceMs = 60_000): Promise<void> {
  for (const endMs = Date.now() + patienceMs; Date.now() < endMs; await sleep(5)) {
    if (isTrue()) return;
  }
  throw new Error("it did not become true in time");
}

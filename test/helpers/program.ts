import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll } from "vitest";

import type { Summary } from "../../src/results/summary.js";

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const program = join(projectRoot, "bin", "dfxterm.js");
export const clip = join(projectRoot, "fixtures", "face-72bpm.mp4");
export const clipWithoutPulse = join(projectRoot, "fixtures", "face-no-pulse.mp4");

/** Clips with known rates that may stand beside the project; tests that use them say when they do not run. */
export const sharedData = join(projectRoot, "..", "shared", "data");

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder for state and results; it is gone after the tests of the file. */
export function freshFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `dfxterm-${name}-`));
  made.push(folder);
  return folder;
}

/** What a finished program left behind. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program's environment: nothing of the machine's but PATH, so that a test runs the same everywhere. */
export function cleanEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const home = freshFolder("home");
  const { PATH, FFMPEG_BIN } = process.env;
  return { PATH, HOME: home, LANG: "C.UTF-8", ...(FFMPEG_BIN ? { FFMPEG_BIN } : {}), ...extra };
}

/** Starts `dfxterm` without a terminal. */
export function start(args: readonly string[], env = cleanEnv()): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const finished = new Promise<Finished>((resolve) => {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs `dfxterm` to its end, without a terminal. */
export async function run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> {
  return withoutWaits(await start(args, env).finished);
}

/** Without the lines on stderr that say what is waited for: on a busy machine they come sooner than a test expects. */
export function withoutWaits(finished: Finished): Finished {
  return { ...finished, stderr: finished.stderr.replace(/^dfxterm: .* \.\.\.( \(\d+ s\))?\n/gm, "") };
}

/** The objects of an NDJSON output. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The last line of `--json`. */
export function summaryOf({ stdout }: Finished): Summary {
  const last = jsonLines(stdout).at(-1);
  if (last?.["type"] !== "summary") throw new Error(`no summary at the end of: ${stdout.slice(-500)}`);
  return last as unknown as Summary;
}

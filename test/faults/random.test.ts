import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import type { Fault, Passing, Step } from "../helpers/fault-proxy.js";
import { clip, freshFolder } from "../helpers/program.js";
import { faultEnv, isLong, outcomeOf, Scene, seeded, undisturbed, until } from "./scene.js";
import { sleep } from "./served.js";

// Anything at any moment, from a fixed seed: DFXTERM_FAULTS_RUN=17 plays run 17 alone.

const RUNS = isLong ? 200 : 2;
const SEED = 20_261_123;
const only = process.env["DFXTERM_FAULTS_RUN"];

const CHUNKS = 3;
const FILE = [clip, "--chunklength", "5", "--videolength", "15"];
const ofFile = undisturbed(() => FILE);
const ofChunks = undisturbed((scene) => ["--from-chunks", scene.savedChunks(CHUNKS)]);
const realFfmpeg = (await resolveFfmpeg({ flag: undefined, env: process.env })).path;

const STEPS: readonly [Step, ...Step[]] = [
  "register",
  "log in",
  "create",
  "open socket",
  "subscribe",
  "add",
  "add",
  "retrieve",
];
const FAULTS: readonly [Fault, ...Fault[]] = ["crash", "cut", "slow"];
/** A connection that hangs is found out after half a minute: rarely. */
const HANG_SHARE = isLong ? 0.02 : 0;

type Random = () => number;

function pick<Value>(random: Random, values: readonly [Value, ...Value[]]): Value {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

/** A fault for some of the steps that pass by. */
function networkFault(random: Random): (passing: Passing) => Fault | undefined {
  const plan = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    step: pick(random, STEPS),
    moment: pick(random, ["before", "after"] as const),
    count: 1 + Math.floor(random() * CHUNKS),
    fault: random() < HANG_SHARE ? "hang" : pick(random, FAULTS),
  }));
  return ({ step, moment, count }) =>
    plan.find((each) => each.step === step && each.moment === moment && each.count === count)?.fault;
}

/** What happens to the program besides: an environment, an ffmpeg, a signal. */
interface Mishap {
  readonly name: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly ffmpeg?: string;
  readonly signal?: NodeJS.Signals;
  readonly afterMs: number;
}

/** What can happen wherever chunks come from, and what only where they are extracted. */
const MISHAPS = ["none", "kill", "kill", "kill", "stop", "hang up", "disk"] as const;
const MISHAPS_OF_FILES = [...MISHAPS, "thread", "thread", "ffmpeg", "ffmpeg"] as const;

function mishap(random: Random, stateDir: string, isFile: boolean): Mishap {
  const afterMs = random() * 2500;
  const kind = pick(random, isFile ? MISHAPS_OF_FILES : MISHAPS);
  switch (kind) {
    case "none":
      return { name: kind, afterMs };
    case "kill":
      return { name: kind, signal: "SIGKILL", afterMs };
    case "stop":
      return { name: kind, signal: "SIGSTOP", afterMs };
    case "hang up":
      return { name: kind, signal: "SIGHUP", afterMs };
    case "disk": {
      const code = pick(random, ["ENOSPC", "EROFS", "EIO"]);
      const fault = {
        kind: "disk",
        code,
        afterBytes: Math.floor(random() * 120_000),
        under: join(stateDir, "measurements"),
      };
      return { name: `disk ${code}`, env: faultEnv(fault), afterMs };
    }
    case "thread":
      return { name: kind, env: faultEnv({ kind: "throw", afterMs }), afterMs };
    case "ffmpeg": {
      const fake = join(freshFolder("ffmpeg"), "ffmpeg");
      const kill = `(exec >/dev/null 2>&1 3>&-; sleep ${(afterMs / 1000).toFixed(2)}; kill -KILL $$) &`;
      writeFileSync(fake, `#!/bin/sh\ncase "$*" in *fifo_format*) ${kill} ;; esac\nexec "${realFfmpeg}" "$@"\n`);
      chmodSync(fake, 0o755);
      return { name: kind, ffmpeg: fake, afterMs };
    }
  }
}

async function play(run: number): Promise<void> {
  const random = seeded(SEED + run);
  // Faults are found in a fifth of the time where nothing has to be extracted.
  const isFile = isLong && random() < 0.3;
  const scene = await Scene.set(random() < 0.7 ? networkFault(random) : undefined, 500);
  const { name, env, ffmpeg, signal, afterMs } = mishap(random, scene.stateDir, isFile);
  const method = pick(random, ["REST", "websocket"]);
  const story = `run ${run}: ${isFile ? "file" : "chunks"} over ${method}, ${name} after ${afterMs.toFixed(0)} ms`;
  const source = isFile ? FILE : ["--from-chunks", scene.savedChunks(CHUNKS)];
  const extra = ffmpeg === undefined ? [] : ["--ffmpeg", ffmpeg];
  const { child, finished } = scene.measure([...source, "--send_method", method, ...extra], env);
  if (signal) {
    await sleep(isFile ? afterMs : afterMs / 3);
    child.kill(signal);
    if (signal === "SIGSTOP") {
      await sleep(300);
      child.kill("SIGCONT");
    }
  }
  const ended = await finished;
  const isKilled = child.signalCode !== null || (ended.status ?? 0) > 128;
  scene.expectSound(isKilled ? { ...ended, status: null } : ended, story);
  const expected = isFile ? await ofFile() : await ofChunks();
  if (ended.status === 0) expect(outcomeOf(ended), story).toEqual(expected);
  else if (scene.folder !== undefined && existsSync(join(scene.folder, "manifest.json")))
    await scene.expectRecovery(expected, undefined, story);
  await scene.close();
}

test(`${RUNS} measurements to which anything happens are complete, or can be completed`, async () => {
  const runs = only === undefined ? Array.from({ length: RUNS }, (_, run) => run) : [Number(only)];
  for (const run of runs) await play(run);
}, 7_200_000);

test("the proxy sees a chunk that is sent again", async () => {
  const scene = await Scene.set();
  const args = ["--from-chunks", scene.savedChunks(1)];
  expect((await scene.measure(args).finished).status).toBe(0);
  await until(() => scene.acknowledged.length === 1);
  const measurementId = [...scene.proxy.acknowledged.keys()].join();
  await fetch(`${scene.proxy.restUrl}/measurements/${measurementId}/data`, {
    method: "POST",
    body: JSON.stringify({ ChunkOrder: 0 }),
  });
  expect(scene.proxy.sentAgain).toEqual([`${measurementId}:0`]);
  await scene.close();
});

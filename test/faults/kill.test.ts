import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { clip, type Finished } from "../helpers/program.js";
import { isLong, outcomeOf, Scene, seeded, sleep, until } from "./scene.js";

const KILLS = isLong ? 20 : 2;
const CHUNKS = isLong ? 4 : 2;
const ARGS = [clip, "--chunklength", "5", "--videolength", String(CHUNKS * 5)];

async function undisturbed(args: readonly string[]): Promise<{ finished: Finished; tookMs: number }> {
  const scene = await Scene.set();
  try {
    const { finished } = scene.measure(args);
    await until(() => scene.folder !== undefined && existsSync(join(scene.folder, "manifest.json")));
    const startedMs = performance.now();
    return { finished: await finished, tookMs: performance.now() - startedMs };
  } finally {
    await scene.close();
  }
}

test(`killed at ${KILLS} random moments, a measurement that is resumed ends as if nothing had been`, async () => {
  const whole = await undisturbed(ARGS);
  const expected = outcomeOf(whole.finished);
  const random = seeded(6);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const atMs = (0.02 + 0.93 * random()) * whole.tookMs;
    const scene = await Scene.set();
    const { child, finished } = scene.measure([...ARGS, "--send_method", kill % 2 === 0 ? "REST" : "websocket"]);
    await until(() => scene.folder !== undefined && existsSync(join(scene.folder, "manifest.json")));
    await sleep(atMs);
    child.kill("SIGKILL");
    const first = await finished;
    const resumed = await scene.resume();
    const story = `kill ${kill} after ${atMs.toFixed(0)} ms, resumed: ${resumed.stderr}`;
    if (first.status === 0) {
      expect(resumed, story).toMatchObject({ status: 2, stderr: expect.stringContaining("is complete") });
    } else {
      expect(resumed.status, story).toBe(0);
      expect(outcomeOf(resumed), story).toEqual(expected);
    }
    expect(scene.acknowledged, story).toEqual([0, 1, 2, 3].slice(0, CHUNKS));
    await scene.close();
  }
}, 600_000);

import { describe, expect, test } from "vitest";

import { clip } from "../helpers/program.js";
import { faultEnv, isLong, outcomeOf, Scene, undisturbed, until } from "./scene.js";
import { sleep } from "./served.js";

// The program itself: its measuring thread, its engine, its memory, its clock, its signals.

const CHUNKS = isLong ? 4 : 2;
const ARGS = [clip, "--chunklength", "5", "--videolength", String(CHUNKS * 5)];
const expected = undisturbed(() => ARGS);

const DEATHS = [
  ["an exception in it", { kind: "throw", afterMs: 900 }, /the measuring thread failed: a made-up exception/],
  ["a failure of the engine", { kind: "native", afterFrames: 200 }, /a made-up failure of the engine/],
  ["memory running out", { kind: "memory", afterMs: 900 }, /the measuring thread ran out of memory/],
] as const;

describe("a measuring thread that ends by", () => {
  for (const [what, fault, words] of isLong ? DEATHS : DEATHS.slice(1, 2)) {
    test(`${what} ends the measurement in one sentence, and it goes on later`, async () => {
      const scene = await Scene.set();
      const failed = await scene.measure(ARGS, faultEnv(fault)).finished;
      expect(failed.status, failed.stderr).toBe(1);
      expect(failed.stderr).toMatch(words);
      scene.expectSound(failed);
      if (isLong) await scene.expectRecovery(await expected());
      await scene.close();
    });
  }
});

const CLOCK_JUMPS = isLong ? [-86_400_000, 86_400_000, -3_600_000 * 24 * 365] : [-86_400_000];

for (const jumpMs of CLOCK_JUMPS) {
  test(`a wall clock that jumps by ${jumpMs / 3_600_000} h does not disturb a measurement`, async () => {
    const scene = await Scene.set();
    const args = ["--from-chunks", scene.savedChunks(2)];
    const finished = await scene.measure(args, faultEnv({ kind: "clock", jumpMs })).finished;
    expect(finished.status, finished.stderr).toBe(0);
    expect(outcomeOf(finished).chunks).toMatchObject({ acknowledged: 2, results: 2 });
    await scene.close();
  });
}

/** Starts a measurement of saved chunks, which the server takes slowly, and waits until the first is acknowledged. */
async function begun(): Promise<{ scene: Scene; running: ReturnType<Scene["measure"]> }> {
  const scene = await Scene.set(({ step, moment }) => (step === "add" && moment === "before" ? "slow" : undefined));
  const running = scene.measure(["--from-chunks", scene.savedChunks(3)]);
  await until(() => scene.acknowledged.length > 0);
  return { scene, running };
}

const ofChunks = undisturbed((scene) => ["--from-chunks", scene.savedChunks(3)]);

test("a program that is stopped for a while and continued goes on as if nothing had been", async () => {
  const { scene, running } = await begun();
  running.child.kill("SIGSTOP");
  await sleep(isLong ? 20_000 : 500);
  running.child.kill("SIGCONT");
  const ended = await running.finished;
  expect(ended.status, ended.stderr).toBe(0);
  expect(outcomeOf(ended)).toEqual(await ofChunks());
  await scene.close();
});

const SIGNALS = [
  ["SIGHUP", 129],
  ["SIGQUIT", 131],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

for (const [signal, status] of isLong ? SIGNALS : SIGNALS.slice(0, 1)) {
  test(`a measurement that ${signal} has ended can go on`, async () => {
    const { scene, running } = await begun();
    running.child.kill(signal);
    const ended = await running.finished;
    expect(ended.status).toBe(status);
    scene.expectSound({ ...ended, status: null });
    await scene.expectRecovery(await ofChunks());
    await scene.close();
  });
}

import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { clip, type Finished, summaryOf } from "../helpers/program.js";
import { isLong, longTest, outcomeOf, Scene, seeded, sleep, undisturbed, until } from "./scene.js";

// `kill -9` at random moments of a measurement, and of what goes on with it.

const CHUNKS = isLong ? 4 : 2;
const ARGS = [clip, "--chunklength", "5", "--videolength", String(CHUNKS * 5)];

interface Killed {
  readonly first: Finished;
  readonly resumed: Finished;
  readonly story: string;
}

/** Starts a measurement, kills it after that time, goes on with it, and kills that `rekills` times too. */
async function killed(scene: Scene, args: readonly string[], afterMs: number, rekills: number): Promise<Killed> {
  const { child, finished } = scene.measure(args);
  await until(() => scene.folder !== undefined && existsSync(join(scene.folder, "manifest.json")));
  await sleep(afterMs);
  child.kill("SIGKILL");
  const first = await finished;
  for (let kill = 0; kill < rekills && first.status !== 0; kill += 1) {
    const again = scene.startResume();
    await sleep(400 + afterMs / 2);
    again.child.kill("SIGKILL");
    await again.finished;
  }
  const resumed = await scene.resume();
  return { first, resumed, story: `killed after ${afterMs.toFixed(0)} ms, resumed: ${resumed.stderr}` };
}

describe("killed at random moments, a measurement that is resumed ends as if nothing had been", () => {
  const random = seeded(6);
  const kills = (count: number, server: "one" | "own") =>
    Array.from({ length: count }, (_, kill) => ({ kill, server, when: random(), rekills: kill % 4 === 3 ? 2 : 0 }));
  const expected = undisturbed(() => ARGS);
  const cases = isLong ? [...kills(20, "one"), ...kills(8, "own")] : kills(1, "own");
  for (const { kill, server, when, rekills } of cases) {
    const again = rekills > 0 ? `, and ${rekills} times more` : "";
    test(`kill ${kill + 1}${again}: ${server === "own" ? "the local server" : "a server elsewhere"}`, async () => {
      const whole = await expected();
      const scene = server === "own" ? await Scene.local() : await Scene.set();
      // From the manifest to the end, as long as a measurement takes here and now.
      const afterMs = when * expected.tookMs();
      const isEven = kill % 2 === 0;
      // Version 2 has no numbers on the chunks that go by REST: the hardest case.
      const version = server === "own" && !isEven ? ["--api", "v2"] : ["--send_method", isEven ? "REST" : "websocket"];
      const args = [...ARGS, ...version];
      const { resumed, story } = await killed(scene, args, afterMs, rekills);
      if (resumed.status === 2) {
        expect(resumed.stderr, story).toContain("is complete");
      } else {
        expect(resumed.status, story).toBe(0);
        expect(outcomeOf(resumed), story).toEqual(whole);
        expect(summaryOf(resumed).paths.folder).toBe(scene.folder);
      }
      if (server === "one") expect(scene.acknowledged, story).toEqual([0, 1, 2, 3].slice(0, CHUNKS));
      expect(scene.journal.acknowledgedCount, story).toBe(CHUNKS);
      await scene.close();
    }, 300_000);
  }
});

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  longTest(`a stream that is over after ${signal}: what was kept is sent, the newest as the last`, async () => {
    const ffmpeg = (await resolveFfmpeg({ flag: undefined, env: process.env })).path;
    // The server takes so long that chunks are waiting for it.
    const scene = await Scene.set(({ step, moment }) => (step === "add" && moment === "before" ? "slow" : undefined));
    const fifo = join(scene.stateDir, "fifo");
    execFileSync("sh", ["-c", 'mkfifo "$0"', fifo]);
    const { child, finished } = scene.measure([fifo, "--chunklength", "5"]);
    const camera = spawn(ffmpeg, ["-nostdin", "-i", clip, "-c", "copy", "-f", "matroska", "-y", fifo], {
      stdio: "ignore",
    });
    await until(() => scene.kept.length > scene.acknowledged.length && scene.acknowledged.length > 0);
    child.kill(signal);
    await finished;
    camera.kill("SIGKILL");
    const resumed = await scene.resume();
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain("showed is over");
    scene.expectSound(resumed);
    expect(scene.acknowledged).toEqual(scene.kept);
    const { chunks, status } = summaryOf(resumed);
    expect(status).toBe("completed");
    expect(chunks).toMatchObject({ extracted: scene.kept.length, results: scene.kept.length });
    const final = JSON.parse(readFileSync(join(scene.folder ?? "", "final.json"), "utf8")) as { StatusID: string };
    expect(final.StatusID).toBe("COMPLETE");
    await scene.close();
  });
}

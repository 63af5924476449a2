import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { makeClip } from "../../fixtures/make.mjs";
import { clip, freshFolder, jsonLines, run, summaryOf } from "../helpers/program.js";

// The original's options for faces and people, through the whole program.

type Frames = Record<string, Record<string, unknown>>;

function facesIn(path: string | null): Frames {
  return (JSON.parse(readFileSync(path ?? "", "utf8")) as { frames: Frames }).frames;
}

test("a face that walks out and in again: every strategy leaves its frames out and finds it again", async () => {
  const folder = freshFolder("strategies");
  const out = join(folder, "away.mp4");
  await makeClip({ seconds: 7, away: [[2.5, 4]], width: 320, height: 240, preset: "ultrafast", out });
  const tracked: Record<string, number> = {};
  for (const strategy of ["brute", "fast", "smart"]) {
    const { paths, frames, status } = summaryOf(
      await run(["measure", out, "--json", "--chunklength", "5", "--face_detect", strategy, "--save_facepoints"]),
    );
    expect(status).toBe("completed");
    const faces = facesIn(paths.faces);
    expect(Object.keys(faces)).toHaveLength(frames.tracked);
    // Out of the picture from 2.5 to 4 s.
    for (let number = 80; number <= 118; number += 1) expect(faces).not.toHaveProperty(String(number));
    expect(faces).toHaveProperty("200");
    tracked[strategy] = frames.tracked;
  }
  // `fast` looks four times a second for a face that is gone: 8 frames at most.
  const counts = Object.values(tracked);
  expect(Math.min(...counts)).toBeGreaterThan(130);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(8);
});

test("a face file without a face is a video without one", async () => {
  const faces = join(freshFolder("nobody"), "faces.json");
  writeFileSync(faces, '{"frames": {}}');
  const args = ["measure", clip, "--json", "--videolength", "5", "--chunklength", "5", "--faces", faces];
  expect(summaryOf(await run(args))).toMatchObject({
    status: "failed",
    error: { code: "NO_FACE" },
    frames: { tracked: 0 },
  });
});

test("faces numbered from 0, with numbers as text and attributes, measure the same, and what is missing is no face", async () => {
  const folder = freshFolder("numbering");
  const copy = join(folder, "clip.mp4");
  copyFileSync(clip, copy);
  const args = ["measure", copy, "--json", "--videolength", "10", "--save_facepoints"];
  const first = summaryOf(await run(args));
  const ours = facesIn(first.paths.faces);
  expect(Object.keys(ours).at(0)).toBe("1");
  const entries = Object.entries(ours)
    .filter(([number]) => Number(number) < 101 || Number(number) > 130)
    .map(([number, face]) => {
      const points = Object.entries(face["points"] as Record<string, Record<string, number>>).map(([name, point]) => [
        name,
        { ...point, x: String(point["x"]), y: String(point["y"]) },
      ]);
      return [String(Number(number) - 1), { ...face, "rotation:x": 0.25, points: Object.fromEntries(points) }];
    });
  const theirs = join(folder, "theirs.json");
  writeFileSync(theirs, JSON.stringify({ frames: Object.fromEntries(entries) }));
  const second = summaryOf(await run([...args, "--faces", theirs]));
  expect(second.frames).toMatchObject({ read: 300, tracked: 270 });
  const again = facesIn(second.paths.faces);
  expect(again["1"]).toEqual({ ...ours["1"], "rotation:x": 0.25 });
  expect(again).not.toHaveProperty("101");
  expect(again).toHaveProperty("131");
  const heartRate = (summary: typeof first) => summary.metrics["HR_BPM"]?.mean ?? Number.NaN;
  expect(Math.abs(heartRate(second) - heartRate(first))).toBeLessThan(2);
});

test("the 1000th frame is marked in the payload, and demographics are in the metadata of every chunk", async () => {
  const folder = freshFolder("marker");
  const out = join(folder, "long.mp4");
  await makeClip({
    seconds: 10.5,
    fps: 100,
    width: 240,
    height: 180,
    face: { faceShare: 0.6 },
    preset: "ultrafast",
    out,
  });
  const who = join(folder, "who.json");
  writeFileSync(who, '{"gender": "female", "age:1": 41, "smoking": 0, "mood": "calm"}');
  const chunks = join(folder, "chunks");
  const args = ["--save_chunks_folder", chunks, "--user_demographics", who, "--chunklength", "6"];
  const finished = await run(["measure", out, "--json", ...args]);
  expect(finished.status).toBe(0);
  const warnings = jsonLines(finished.stdout).filter((line) => line["level"] === "warning");
  expect(warnings).toEqual([expect.objectContaining({ text: expect.stringContaining('"mood" is no demographic') })]);

  // message Marker { uint32 frame_number = 1; string text = 2; } of docs/payload.md.
  const text = Buffer.from("This is the 1000th frame");
  const marker = Buffer.concat([Buffer.from([0x08, 0xe8, 0x07, 0x12, text.length]), text]);
  const isMarked = [0, 1].map((number) => readFileSync(join(chunks, `payload${number}.bin`)).includes(marker));
  expect(isMarked).toEqual([false, true]);
  for (const number of [0, 1]) {
    const metadata: unknown = JSON.parse(readFileSync(join(chunks, `metadata${number}.bin`), "utf8"));
    expect(metadata).toMatchObject({ gender: "female", "age:1": "41", smoking: "0", mood: "calm" });
  }
});

test("a bad demographic is refused before anything is measured, with key, value and what is allowed", async () => {
  const who = join(freshFolder("who"), "who.json");
  writeFileSync(who, '{"height": 1.7}');
  const state = join(freshFolder("state"), "none");
  const { status, stderr } = await run(["measure", clip, "--json", "--user_demographics", who, "--state-dir", state]);
  expect(status).toBe(2);
  expect(existsSync(state)).toBe(false);
  expect(stderr).toMatch(/who\.json: "height" is 1\.7, but must be a number from 120 to 220 \(cm\)/);
});

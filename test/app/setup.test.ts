import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

import { parseDemographics } from "../../src/app/demographics.js";
import { pastMeasurements } from "../../src/app/past-measurements.js";
import { setupData, wholeChoice, wholeSource } from "../../src/app/setup.js";
import { demographicsFile, recallSetup, rememberSetup } from "../../src/app/setup-memory.js";
import type { SetupChoice } from "../../src/domain/setup.js";
import { processMark } from "../../src/journal/process-mark.js";
import { manifestText } from "../helpers/manifest-text.js";
import { clip, freshFolder } from "../helpers/program.js";

const CHOICE: SetupChoice = {
  source: "/clips/a.mp4",
  server: "local",
  study: "",
  sex: "female",
  age: "42",
  height: "",
  weight: "70",
  length: "30",
  chunk: "5",
  pace: "fast",
};

test("what was chosen comes back, with the sources before it, and is for its owner alone", async () => {
  const folder = freshFolder("setup");
  await rememberSetup(folder, CHOICE, []);
  await rememberSetup(folder, { ...CHOICE, source: "0" }, (await recallSetup(folder)).recent);
  await rememberSetup(folder, CHOICE, (await recallSetup(folder)).recent);
  expect(await recallSetup(folder)).toEqual({ choice: CHOICE, recent: ["/clips/a.mp4", "0"] });
  expect(statSync(join(folder, "setup.json")).mode & 0o077).toBe(0);
  for (let i = 0; i < 20; i += 1) {
    await rememberSetup(folder, { ...CHOICE, source: `/clips/${i}.mp4` }, (await recallSetup(folder)).recent);
  }
  expect((await recallSetup(folder)).recent).toHaveLength(8);
});

test("a memory that cannot be read is none", async () => {
  const folder = freshFolder("setup");
  expect(await recallSetup(folder)).toEqual({ choice: {}, recent: [] });
  for (const text of ["", "{", "[]", '{"v":2}', '{"v":1,"choice":{"source":3},"recent":[]}']) {
    writeFileSync(join(folder, "setup.json"), text);
    expect(await recallSetup(folder)).toEqual({ choice: {}, recent: [] });
  }
});

test("what was said of the person becomes a file that the measurement takes", async () => {
  const folder = freshFolder("setup");
  const path = await demographicsFile(folder, CHOICE);
  const text = readFileSync(path ?? "", "utf8");
  expect(parseDemographics(text, "x").properties).toEqual({ gender: "female", age: "42", weight: "70" });
  expect(statSync(path ?? "").mode & 0o077).toBe(0);
  expect(await demographicsFile(folder, { ...CHOICE, sex: "", age: "", weight: "" })).toBeUndefined();
});

test("a file is found by its whole path, a missing one is told at once", async () => {
  expect(await wholeSource(clip)).toBe(clip);
  expect(await wholeSource("0")).toBe("0");
  expect(await wholeSource("rtsp://camera.local/1")).toBe("rtsp://camera.local/1");
  await expect(wholeSource("no-such-clip.mp4")).rejects.toMatchObject({ code: "SOURCE_MISSING" });
  await expect(wholeSource("/")).rejects.toThrow("/ is a folder: give a file in it");
  const loop = join(freshFolder("loop"), "a.mp4");
  symlinkSync(loop, loop);
  expect(await wholeSource(loop)).toBe(loop);
  // What else there is, a FIFO too, is for the measurement to judge.
  expect(await wholeSource("/dev/null")).toBe("/dev/null");
  await expect(wholeSource("~/no-such-clip.mp4")).rejects.not.toThrow(/~/);
});

test("a study is a file at the local server alone, and is looked for before the form is left", async () => {
  const choice = { ...CHOICE, source: clip, server: "local" };
  await expect(wholeChoice({ ...choice, study: "/gone/study.json" })).rejects.toThrow("/gone/study.json");
  expect(await wholeChoice({ ...choice, study: relative(process.cwd(), clip) })).toMatchObject({ study: clip });
  expect(await wholeChoice({ ...choice, study: "" })).toMatchObject({ study: "" });
  expect(await wholeChoice({ ...choice, server: "prod", study: "77" })).toMatchObject({ study: "77" });
});

test("the form offers the bundled clip first, what was measured before, and the local server", async () => {
  const folder = freshFolder("setup");
  const place = { stateDir: folder, configDir: folder };
  const first = await setupData(place);
  expect(first.sources[0]?.value).toBe(clip);
  expect(first.choice).toMatchObject({ source: clip, server: "local" });
  expect(first.servers.map(({ value }) => value)).toContain("prod");
  await rememberSetup(folder, CHOICE, []);
  const second = await setupData(place);
  expect(second.sources.map(({ value }) => value)).toContain("/clips/a.mp4");
  expect(second.choice).toEqual(CHOICE);
  // What could not be measured is not to be typed again.
  const asked = { ...CHOICE, source: "/clips/misspelt.mp4" };
  expect((await setupData(place, asked)).choice).toEqual(asked);
});

test("past measurements are listed from the newest, also those without an end", async () => {
  const folder = freshFolder("setup");
  const make = (name: string, summary: string | undefined): void => {
    mkdirSync(join(folder, "measurements", name), { recursive: true });
    if (summary !== undefined) writeFileSync(join(folder, "measurements", name, "summary.json"), summary);
  };
  make(
    "2026-11-22T10-21-07-aa",
    JSON.stringify({
      v: 1,
      type: "summary",
      status: "completed",
      source: "a.mp4",
      durationS: 20,
      frames: { read: 600, tracked: 600, dropped: 0 },
      chunks: { planned: 4, extracted: 4, acknowledged: 4, results: 4 },
      metrics: { HR_BPM: { mean: 72.4, unit: "bpm", confidence: 0.9, notes: [] } },
      error: null,
      canResume: true,
      paths: { folder: "/x" },
    }),
  );
  make("2026-11-23T10-21-07-bb", undefined);
  make("2026-11-21T10-21-07-cc", "not json");
  make("2026-11-20T10-21-07-dd", undefined);
  writeFileSync(join(folder, "measurements", "2026-11-20T10-21-07-dd", "manifest.json"), manifestText("a.mp4"));
  mkdirSync(join(folder, "measurements", "2026-11-20T10-21-07-dd", "chunks"));
  writeFileSync(join(folder, "measurements", "2026-11-20T10-21-07-dd", "chunks", "payload0.bin"), "DXTP");
  // A camera that was cut off before it gave a chunk.
  make("2026-11-19T10-21-07-ee", undefined);
  writeFileSync(join(folder, "measurements", "2026-11-19T10-21-07-ee", "manifest.json"), manifestText("a.mp4"));
  // Nothing of ours.
  make("lost+found", undefined);
  writeFileSync(join(folder, "measurements", "2026-11-24T10-21-07-ff"), "a file");
  const { history: found, pastCount } = await pastMeasurements(folder);
  expect(pastCount).toBe(5);
  expect(found.map(({ name, state, heartRateBpm }) => [name.slice(0, 10), state, heartRateBpm])).toEqual([
    ["2026-11-23", "unfinished", undefined],
    ["2026-11-22", "completed", 72.4],
    ["2026-11-21", "damaged", undefined],
    ["2026-11-20", "unfinished", undefined],
    ["2026-11-19", "unfinished", undefined],
  ]);
  expect(found[1]?.lines.join("\n")).toContain("72.40 bpm");
  expect(found[2]?.lines[0]).toMatch(/it is not JSON\.$/);
  expect(found[3]).toMatchObject({ source: "a.mp4" });
  expect(found[3]?.lines[0]).toContain(
    `dfxterm resume ${join(folder, "measurements", "2026-11-20T10-21-07-dd")} goes on`,
  );
  expect(found[4]?.lines[0]).toMatch(/^Nothing was measured in .*; measure again\.$/);
  // One that is gone on with has the summary of its beginning.
  const lock = join(folder, "measurements", "2026-11-22T10-21-07-aa", `lock-${process.ppid}`);
  writeFileSync(lock, processMark(process.ppid) ?? "");
  const running = (await pastMeasurements(folder)).history[1];
  expect(running).toMatchObject({ state: "running", source: "a.mp4" });
  expect(running?.lines[0]).toMatch(/goes on with this now/);
  expect(running?.lines.join("\n")).not.toContain("dfxterm resume");
  expect(await pastMeasurements(join(folder, "nowhere"))).toEqual({ history: [], pastCount: 0 });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Keeper } from "../../src/app/keeper.js";
import { type RunHandle, runMeasurement } from "../../src/app/measure.js";
import { openPast } from "../../src/app/resume.js";
import { manifestOf, settingsFrom } from "../../src/app/resume-manifest.js";
import type { MeasureSettings } from "../../src/app/settings.js";
import { readSummary } from "../../src/app/summary-file.js";
import { failureOf } from "../../src/domain/errors.js";
import { writeChunk } from "../../src/journal/chunk-files.js";
import { encodeLine, type JournalEntry } from "../../src/journal/lines.js";
import { readManifest } from "../../src/journal/manifest.js";
import { processMark } from "../../src/journal/process-mark.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { plainSettings } from "../helpers/settings.js";
import { chunkEntry, line, wholeJournal } from "../journal/made.js";
import { madeReport } from "../report/made-report.js";
import { pulsePayload, writePayload } from "../wire/payload-writer.js";

let stateDir = "";
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "dfxterm-resume-"));
  await writeFile(join(stateDir, "clip.mp4"), "not really a video");
});
afterEach(async () => {
  await rm(stateDir, { recursive: true, force: true });
});

function settingsFor(changes: Partial<MeasureSettings> = {}): MeasureSettings {
  const source = join(stateDir, "clip.mp4");
  return plainSettings(stateDir, { source, tokens: { configDir: stateDir, isCached: true }, ...changes });
}

/** A measurement's folder as a killed process leaves it. */
async function leave(
  name: string,
  entries: readonly JournalEntry[],
  changes: Partial<MeasureSettings> = {},
): Promise<string> {
  const folder = join(stateDir, "measurements", name);
  mkdirSync(join(folder, "chunks"), { recursive: true });
  const manifest = await manifestOf(settingsFor(changes), new Date(0));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "journal.ndjson"), entries.map((entry) => encodeLine(line(entry))).join(""));
  return folder;
}

const untouched = wholeJournal(3, []).slice(0, 2);
const acknowledged = wholeJournal(3, []).slice(0, 5);
const complete = wholeJournal(3, []);

async function refusal(id?: string): Promise<string> {
  const opened = openPast(stateDir, id);
  return await opened.then(
    async (past) => {
      await past.lock.release();
      return `opened ${past.folder}`;
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe("what is to go on", () => {
  test("is the newest measurement that is not complete, or the one that is named", async () => {
    await leave("2026-01-01T00-00-00-aaaaaa", acknowledged);
    const second = await leave("2026-01-02T00-00-00-bbbbbb", acknowledged);
    await leave("2026-01-03T00-00-00-cccccc", complete);
    expect(await refusal()).toBe(`opened ${second}`);
    for (const id of ["2026-01-02T00-00-00-bbbbbb", "bbbbbb", second])
      expect(await refusal(id)).toBe(`opened ${second}`);
    expect(await refusal("2026-01-0")).toMatch(/may be .*cccccc or .*bbbbbb or .*aaaaaa: give more of the name/);
    expect(await refusal("dddddd")).toMatch(/there is no measurement "dddddd"/);
    expect(await refusal("/nowhere/at/all")).toMatch(/is not the folder of a measurement/);
  });

  test("is found by the server's ID", async () => {
    const folder = await leave("a", wholeJournal(3, [], "6f2c0d3e-0000").slice(0, 5));
    expect(await refusal("6f2c0d3e-0000")).toBe(`opened ${folder}`);
  });
});

async function sentenceOfShow(folder: string): Promise<unknown> {
  return await readSummary(folder).catch((error: unknown) => failureOf(error).message);
}

describe("there is nothing to go on with", () => {
  test("when nothing was measured here", async () => {
    expect(await refusal()).toBe(
      `there is nothing to resume: no measurement is kept in ${join(stateDir, "measurements")}`,
    );
  });

  test("when the measurement is complete", async () => {
    const folder = await leave("a", complete);
    expect(await refusal()).toMatch(/^there is nothing to resume: measurement a is complete \(dfxterm show .*\/a\)$/);
    // Its summary could not be written, or was damaged later: whoever names it gets it again.
    expect(await sentenceOfShow(folder)).toBe(
      `measurement a is complete, but its summary cannot be read: dfxterm resume ${folder} writes it again`,
    );
    expect(await refusal("a")).toBe(`opened ${folder}`);
    await writeFile(join(folder, "summary.json"), "{");
    expect(await sentenceOfShow(folder)).toContain(`: it is not JSON: dfxterm resume ${folder} writes it again`);
    expect(await refusal("a")).toBe(`opened ${folder}`);
    await writeFile(join(folder, "summary.json"), JSON.stringify(madeReport().summary));
    expect(await refusal("a")).toMatch(/measurement a is complete/);
  });

  test("and show says the same", async () => {
    const cutOff = await leave("a", acknowledged);
    expect(await sentenceOfShow(cutOff)).toBe(
      `measurement a was not finished: dfxterm resume ${cutOff} goes on with it`,
    );
    const without = await leave("b", [...untouched, { type: "ended", status: "failed", code: "NO_FACE" }]);
    expect(await sentenceOfShow(without)).toBe("nothing was measured in b; measure again");
    const lost = await leave("c", [...acknowledged, { type: "gone", measurementId: "m1" }]);
    expect(await sentenceOfShow(lost)).toMatch(
      /^the server takes no more of measurement c; 1 chunk is kept, send it as a new/,
    );
  });

  test("when the server has forgotten it: then it says what is kept and how to send it anew", async () => {
    const folder = await leave("a b", [...acknowledged, { type: "gone", measurementId: "m1" }]);
    expect(await refusal()).toBe(
      "there is nothing to resume: the server takes no more of measurement a b; 1 chunk is kept, send it as a new " +
        `measurement with: dfxterm measure --from-chunks '${folder}/chunks'`,
    );
    // Whoever names it wants the server to be asked again: it may have been another user who asked.
    expect(await refusal("a b")).toBe(`opened ${folder}`);
  });

  test("when the server has refused it", async () => {
    await leave("a", [...acknowledged, { type: "ended", status: "failed", code: "REFUSED" }]);
    expect(await refusal()).toMatch(/^there is nothing to resume: the server takes no more of measurement a; 1 chunk/);
  });

  test("when no face was found, or a camera showed nothing that was kept", async () => {
    await leave("a", [...untouched, { type: "ended", status: "failed", code: "NO_FACE" }]);
    expect(await refusal()).toMatch(/nothing was measured in a; measure again/);
    await leave("b", untouched, { source: "0" });
    expect(await refusal("b")).toMatch(/nothing was measured in b/);
  });
});

test("another process that measures into it keeps it", async () => {
  const folder = await leave("a", acknowledged);
  const other = spawn("sleep", ["60"]);
  writeFileSync(join(folder, `lock-${other.pid}`), processMark(other.pid ?? 0) ?? "");
  const told = await refusal();
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(told).toBe(`process ${other.pid} is measuring into ${folder}: wait until it ends, or end it`);
  expect(await refusal()).toBe(`opened ${folder}`);
});

describe("the source of a measurement that goes on", () => {
  test("may have been touched, but not changed or removed", async () => {
    const folder = await leave("a", acknowledged);
    const clip = join(stateDir, "clip.mp4");
    await utimes(clip, 1, 1);
    expect(await refusal()).toBe(`opened ${folder}`);
    await writeFile(clip, "not really a VIDEO");
    expect(await refusal()).toBe(`the video ${clip} has changed since the measurement began: put it back as it was`);
    await rm(clip);
    expect(await refusal()).toBe(`the video ${clip} cannot be read (not found): put it back and resume again`);
    expect((await readdir(folder)).filter((name) => name.startsWith("lock"))).toEqual([]);
  });

  test("is not needed when all of it is on disk", async () => {
    const extracted = wholeJournal(1, []).filter(({ type }) => type !== "ended");
    const folder = await leave("a", extracted);
    await rm(join(stateDir, "clip.mp4"));
    expect(await refusal()).toBe(`opened ${folder}`);
  });
});

test("what a camera showed counts as soon as its payload is on disk", async () => {
  const folder = await leave("a", [chunkEntry(0)], { source: "0" });
  for (const number of [0, 1]) {
    const plan = { chunkNumber: number, frames: 150, rateHz: 30, startMs: number * 5000, bpm: 72 };
    writeFileSync(join(folder, "chunks", `payload${number}.bin`), writePayload(pulsePayload(plan)));
  }
  writeFileSync(join(folder, "journal.ndjson"), "");
  const past = await openPast(stateDir, undefined);
  await past.lock.release();
  expect(past.remaining.toSend.map(({ number, startS, endS }) => [number, startS, endS])).toEqual([
    [0, 0, 5],
    [1, 5, 10],
  ]);
  expect((await readdir(join(folder, "chunks"))).toSorted()).toEqual([
    "metadata0.bin",
    "metadata1.bin",
    "payload0.bin",
    "payload1.bin",
    "properties0.json",
    "properties1.json",
  ]);
});

test("a chunk whose file was damaged is not sent, but made again", async () => {
  const folder = await leave("a", [chunkEntry(0)]);
  const bytes = new Uint8Array([1]);
  const spans = { startFrame: 1, endFrame: 2, firstChunkStartTimeS: 0, startTimeS: 0, endTimeS: 5, durationS: 5 };
  const chunk = { ...spans, valid: true, chunkNumber: 0, numberChunks: 1, payload: bytes, metadata: bytes };
  await writeChunk(join(folder, "chunks"), chunk);
  const past = await openPast(stateDir, "a");
  await past.lock.release();
  expect(past.remaining).toMatchObject({ toSend: [], storedCount: 0, needsSource: true });
});

test("the settings come back from the manifest, and no secret is in it", async () => {
  const account = { licenseKey: "KEY-4711", studyId: "study", email: "me@example.org", password: "hunter2" };
  const server = { kind: "urls", restUrl: "https://dfx.example.org", wsUrl: "wss://dfx.example.org" } as const;
  const settings = settingsFor({ account, server, videoLengthS: 20, live: true, wait: true, saveFacepoints: true });
  const keeper = new Keeper(settings, new Date(0));
  await keeper.open("0000");
  const progress = initialMeasurement("", "REST", 5).progress;
  keeper.created("m1");
  await keeper.extracted(progress);
  await keeper.close({ status: "cancelled", error: null });
  const folder = join(stateDir, "measurements", "1970-01-01T00-00-00-0000");
  const around = { account, tokens: settings.tokens, ffmpegPath: undefined, stateDir, output: "plain" } as const;
  expect(settingsFrom(await readManifest(folder), around)).toEqual({
    ...settings,
    fromChunks: false,
  });
  for (const name of await readdir(folder)) {
    if (!name.includes(".")) continue;
    const text = await readFile(join(folder, name), "utf8");
    for (const secret of ["KEY-4711", "hunter2", "me@example.org"]) expect(text).not.toContain(secret);
  }
});

test("an address with a password gets into no manifest", async () => {
  for (const source of ["rtsp://me:hunter2@camera/live", "http://camera/feed?token=hunter2"]) {
    expect(JSON.stringify(await manifestOf(settingsFor({ source }), new Date(0)))).not.toContain("hunter2");
  }
  const server = { kind: "urls", restUrl: "https://me:hunter2@host", wsUrl: "wss://host" } as const;
  await expect(manifestOf(settingsFor({ server }), new Date(0))).rejects.toMatchObject({ code: "USAGE" });
});

test("a journal that is half gone still tells what was acknowledged", async () => {
  const folder = await leave("a", acknowledged);
  appendFileSync(join(folder, "journal.ndjson"), '{"type":"ackn');
  const past = await openPast(stateDir, "a");
  await past.lock.release();
  expect(past.remaining.acknowledgedCount).toBe(1);
});

test("one that is cancelled before anything else still has what was kept, and can go on", async () => {
  const folder = await leave("a", acknowledged, { source: "0" });
  const settings = settingsFor({ source: "0" });
  const reporter = {
    event: () => undefined,
    picture: () => undefined,
    finish: async () => {},
    restore: () => undefined,
  };
  const context = {
    startedAt: new Date(0),
    nowMs: () => performance.now(),
    reporterFor: async (run: RunHandle) => {
      run.cancel();
      return reporter;
    },
  };
  const summary = await runMeasurement(settings, context, await openPast(stateDir, "a"));
  expect(summary).toMatchObject({
    status: "cancelled",
    source: "clip.mp4",
    durationS: 5,
    frames: { read: 150 },
    chunks: { extracted: 1, acknowledged: 1 },
    canResume: true,
  });
  expect(await readSummary(folder)).toMatchObject({ chunks: { extracted: 1 } });
});

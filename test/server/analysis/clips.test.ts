import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

import { makeClip } from "../../../fixtures/make.mjs";
import { NativeFaceStage } from "../../../src/face/native-face-tracker.js";
import { loadAddon } from "../../../src/native/addon.js";
import { ExtractionEngine } from "../../../src/native/extraction-engine.js";
import { createFaceTracker } from "../../../src/native/face-engine.js";
import { measure } from "../../../src/pipeline/measure.js";
import { resolveFfmpeg } from "../../../src/source/ffmpeg-binary.js";
import { openSource } from "../../../src/source/open.js";
import { parseSource } from "../../../src/source/spec.js";
import { decodeEnginePayload, type EnginePayload } from "../../../src/wire/engine-payload.js";
import { metricOf, outcomeOf } from "./result.js";

// From the picture to the rate: clips whose beats are known, through the real decoder, tracker and engine.
const PROJECT = resolve(import.meta.dirname, "../../..");
const SHARED = resolve(PROJECT, "../shared/data/semi-synthetic");
const CHUNK_S = 5;

async function chunksOf(path: string): Promise<EnginePayload[]> {
  const tracker = new NativeFaceStage(createFaceTracker("smart"));
  const factory = new ExtractionEngine(loadAddon()).createFactory();
  factory.initializeStudy(undefined);
  const collector = factory.createCollector(tracker.pointNames);
  const ffmpeg = await resolveFfmpeg({ flag: undefined, env: process.env });
  const source = await openSource(parseSource(path), { ffmpeg, maxS: 60, resolution: undefined });
  const chunks: EnginePayload[] = [];
  const events = {
    frame: () => undefined,
    rest: () => undefined,
    chunk: async ({ payload }: { payload: Uint8Array }) => {
      chunks.push(decodeEnginePayload(payload));
    },
  };
  try {
    collector.setTargetFps(source.info.rateHz);
    collector.setChunkDurationSeconds(CHUNK_S);
    collector.setNumberChunks(60 / CHUNK_S);
    const open = { isOpen: true, opened: Promise.resolve() };
    await measure({ frames: source.frames, tracker, collector }, events, open, "hold", 60_000);
  } finally {
    await source.close();
  }
  return chunks;
}

/** @param errorBpmMax undefined: must be refused. */
async function check(folder: string, name: string, errorBpmMax: number | undefined): Promise<void> {
  const { bpm, confidence, notes } = outcomeOf(await chunksOf(resolve(folder, `${name}.mp4`)));
  if (errorBpmMax === undefined) {
    expect(bpm).toBeUndefined();
    expect(confidence).toBeLessThan(0.5);
    expect(notes.length).toBeGreaterThan(0);
    return;
  }
  const truth = JSON.parse(readFileSync(resolve(folder, `${name}.json`), "utf8")) as { hr_bpm: number };
  expect(Math.abs(bpm! - truth.hr_bpm)).toBeLessThan(errorBpmMax);
}

describe("on the committed clips", () => {
  test("the rate is within 0.5 of the mean of the beats", () => check(resolve(PROJECT, "fixtures"), "face-72bpm", 0.5));
  test("no pulse, no rate", () => check(resolve(PROJECT, "fixtures"), "face-no-pulse", undefined));
});

test("slow noise of a strong compression that begins at the lower end of the band is no rate", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dfxterm-slow-"));
  await makeClip({ depth: 0, seed: 1013, gop: 25, crf: 27, out: join(folder, "slow.mp4") });
  await check(folder, "slow", undefined);
  await rm(folder, { recursive: true });
}, 60_000);

/** SDNN must be given and near the truth. */
async function checkSdnn(name: string): Promise<void> {
  const { value } = metricOf(await chunksOf(resolve(SHARED, `${name}.mp4`)), "HRV_SDNN");
  const truth = JSON.parse(readFileSync(resolve(SHARED, `${name}.json`), "utf8")) as { sdnn_ms: number };
  expect(Math.abs(value! - truth.sdnn_ms)).toBeLessThan(8);
}

describe.skipIf(!existsSync(SHARED))("on semi-synthetic clips (skipped without ../shared/data)", () => {
  test("a still face", () => check(SHARED, "s1_still", 1));
  test("a swaying face", () => check(SHARED, "s2_sway", 1));
  test("a weak pulse in dark skin", () => check(SHARED, "s3_dark_skin", 2));
  test("uneven times and missing pictures", () => check(SHARED, "s4_variable_frame_rate", 1));
  test("a codec that pulses, without a heart", () => check(SHARED, "s5_no_pulse_gop", undefined));
  test("the spread of the beats", async () => {
    for (const name of ["s1_still", "s2_sway", "s4_variable_frame_rate"]) await checkSdnn(name);
  });
  // Its truth is an oximeter that lags by seconds: the camera trace in the clip itself beats at 75.1, the oximeter says 73.
  test("a real pulse wave", () => check(SHARED, "s6_real_trace", 2.5));
});

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import { NO_TRUTH, referenceOfIntervals, truthIn, withoutDelay } from "../../src/evaluate/reference.js";
import { parseSidecar } from "../../src/evaluate/sidecar.js";
import { parseWaveformFile } from "../../src/evaluate/waveform-file.js";

const FIXTURES = resolve(import.meta.dirname, "../../fixtures");
const WHOLE = { fromS: 0, toS: 30, isWhole: true };

/** The code and sentence of what `read` throws. */
function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError && error.code === "FILE") return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

test("intervals of a chest strap give rate, SDNN and RMSSD", () => {
  const reference = referenceOfIntervals([800, 900, 1000]);
  expect(reference.bpm).toBeCloseTo(60_000 / 900, 12);
  expect(reference.others.HRV_SDNN).toBeCloseTo(100, 9);
  expect(reference.others.HRV_RMSSD).toBeCloseTo(100, 9);
  expect(reference.beatTimesS.map((time) => time.toFixed(3))).toEqual(["0.000", "0.800", "1.700", "2.700"]);
});

test("the truth of a window is the rate of the beats inside it", () => {
  const beatTimesS = [0, 1, 2, 3, 4, 4.5, 5, 5.5, 6, 6.5];
  const reference = { ...NO_TRUTH, bpm: 83, beatTimesS };
  expect(truthIn(reference, WHOLE)).toBe(83);
  expect(truthIn(reference, { fromS: 0, toS: 4, isWhole: false })).toBe(60);
  expect(truthIn(reference, { fromS: 4, toS: 8, isWhole: false })).toBe(120);
  // Too few beats: the rate of the whole.
  expect(truthIn(reference, { fromS: 5.5, toS: 7, isWhole: false })).toBe(83);
});

test("the truth of a window beside a monitor is the mean of what it shows, unless it lost the signal", () => {
  const reference = { ...NO_TRUTH, bpm: undefined, monitorBpm: [60, 62, 64, 66, 0, 70] };
  expect(truthIn(reference, { fromS: 0, toS: 4, isWhole: false })).toBe(63);
  expect(truthIn(reference, { fromS: 2, toS: 6, isWhole: false })).toBeUndefined();
  expect(truthIn(reference, { fromS: 4, toS: 8, isWhole: false })).toBeUndefined();
});

test("a monitor's delay moves what it shows, and nothing else", () => {
  const reference = { ...NO_TRUTH, bpm: 83, beatTimesS: [0, 1], monitorBpm: [60, 62, 64, 66, 68] };
  const moved = withoutDelay(reference, 2);
  expect(truthIn(moved, { fromS: 0, toS: 3, isWhole: false })).toBe(66);
  expect(truthIn(moved, { fromS: 1, toS: 4, isWhole: false })).toBeUndefined();
  expect(moved).toMatchObject({ bpm: 83, beatTimesS: [0, 1] });
});

test("no pulse is no pulse in every window", () => {
  expect(truthIn({ ...NO_TRUTH, bpm: null }, { fromS: 5, toS: 10, isWhole: false })).toBeNull();
});

test("the reference of the committed clip is read with its beats", () => {
  const text = readFileSync(resolve(FIXTURES, "face-72bpm.json"), "utf8");
  const truth = JSON.parse(text) as { hr_bpm: number; sdnn_ms: number; beat_times_s: number[] };
  const reference = parseSidecar(text, "face-72bpm.json");
  expect(reference.bpm).toBe(truth.hr_bpm);
  expect(reference.others.HRV_SDNN).toBe(truth.sdnn_ms);
  expect(reference.beatTimesS).toEqual(truth.beat_times_s);
  expect(reference.conditions).toEqual([]);
  expect(parseSidecar(readFileSync(resolve(FIXTURES, "face-no-pulse.json"), "utf8"), "x").bpm).toBeNull();
});

function conditionsOf(settings: Record<string, unknown>): readonly string[] {
  return parseSidecar(JSON.stringify({ hr_bpm: 60, settings }), "x").conditions;
}

test("the settings of a made clip say what makes it hard", () => {
  expect(conditionsOf({ tone: "1,1,1", gain: 1, crf: 17, noise: 1.6 })).toEqual([]);
  expect(conditionsOf({ tone: "0.50,0.42,0.36" })).toEqual(["dark skin"]);
  expect(conditionsOf({ faces: [{ tone: "dark" }] })).toEqual(["dark skin"]);
  expect(conditionsOf({ gain: 0.4 })).toEqual(["low light"]);
  expect(conditionsOf({ noiseSd: 4 })).toEqual(["low light"]);
  expect(conditionsOf({ crf: 24 })).toEqual(["heavy compression"]);
  expect(conditionsOf({ tone: 7, gain: "x", crf: null, faces: "many" })).toEqual([]);
});

test("a sidecar's own words for kind and conditions are kept", () => {
  const { kind, conditions } = parseSidecar('{"hr_bpm":60,"kind":"nod","conditions":["hair","low light"]}', "x");
  expect(kind).toBe("nod");
  expect(conditions).toEqual(["hair", "low light"]);
});

test("a reference that cannot be used is refused with a sentence that names it", () => {
  expect(refusalOf(() => parseSidecar("{", "a.json"))).toBe("a.json is not JSON");
  for (const text of ["{}", '{"hr_bpm":"72"}', '{"hr_bpm":7}', "[]", "null"]) {
    expect(refusalOf(() => parseSidecar(text, "a.json"))).toContain("the reference a.json cannot be used: ");
  }
  expect(refusalOf(() => parseSidecar('{"hr_bpm":500}', "a.json"))).toContain("from 20 to 300, or null for no pulse");
  expect(refusalOf(() => parseWaveformFile('{"fps":30}', "b.json"))).toContain("b.json is neither");
});

/** A text is read, or refused with an AppError. */
function check(text: string): void {
  for (const read of [() => parseSidecar(text, "x"), () => parseWaveformFile(text, "x")]) {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
    }
  }
}

test("any text and any JSON is read or refused, never a surprise", () => {
  fc.assert(fc.property(fc.string(), check), { seed: 5 });
  fc.assert(
    fc.property(fc.jsonValue(), (value) => check(JSON.stringify(value))),
    { seed: 5 },
  );
  const nearly = fc.record(
    { hr_bpm: fc.jsonValue(), beat_times_s: fc.jsonValue(), settings: fc.jsonValue(), kind: fc.jsonValue() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(nearly, (value) => check(JSON.stringify(value))),
    { seed: 5 },
  );
});

test("a sidecar reads back what was written", () => {
  const beats = fc.array(fc.double({ min: 0, max: 100, noNaN: true }));
  fc.assert(
    fc.property(fc.option(fc.integer({ min: 20, max: 300 })), beats, (bpm, times) => {
      const reference = parseSidecar(JSON.stringify({ hr_bpm: bpm, beat_times_s: times }), "x");
      expect(reference.bpm).toBe(bpm);
      expect(reference.beatTimesS).toHaveLength(times.length);
    }),
    { seed: 5 },
  );
});

function waveformFile(peaks: number[] | undefined): string {
  return JSON.stringify({
    fps: 20,
    waveforms: { ppg_waveform: { data: [0, 1, 0], peak_indices: peaks } },
    vitals: { heart_rate: { value: 71 }, hrv_sdnn: { value: 33 } },
  });
}

test("a waveform's truth is the mean of its beats, or the rate that it names when it lists none", () => {
  const listed = parseWaveformFile(waveformFile([0, 20, 40, 60, 80, 100]), "x");
  expect(listed.reference?.bpm).toBe(60);
  expect(listed.reference?.others).toEqual({ HRV_SDNN: 33 });
  expect(listed.waveform).toEqual({ rateHz: 20, values: [0, 1, 0] });
  expect(parseWaveformFile(waveformFile(undefined), "x").reference?.bpm).toBe(71);
  const bare = '{"fps":30,"waveforms":{"ppg_waveform":{"data":[1,2]}}}';
  expect(parseWaveformFile(bare, "x").reference).toBeUndefined();
});

import { describe, expect, test } from "vitest";

import type { Interval } from "../../../src/server/analysis/intervals.js";
import { rmssdOf, sdnnOf } from "../../../src/server/analysis/variability.js";
import { makeTrace, randomFrom, type TraceSettings, trueVariability } from "../../helpers/pulse.js";
import { meanOf, metricOf } from "./result.js";

const SEEDS = [51, 52, 53, 54, 55, 56];

/** Mean error of one metric over several seeds; every one must be given. */
function meanError(id: "HRV_SDNN" | "HRV_RMSSD", change: Partial<TraceSettings>): number {
  const errors = SEEDS.map((seed) => {
    const { payload, beatTimesS } = makeTrace({ ...change, seed });
    const truth = trueVariability(beatTimesS, change.seconds ?? 20);
    const { value, notes } = metricOf([payload], id);
    expect(notes).toEqual([]);
    return Math.abs(value! - (id === "HRV_SDNN" ? truth.sdnnMs : truth.rmssdMs));
  });
  return meanOf(errors);
}

function notesOf(id: string, change: Partial<TraceSettings>): readonly string[] {
  return metricOf([makeTrace(change).payload], id).notes;
}

/** Intervals that are all good, as groups of regions see them. */
function intervalsFrom(groupMs: readonly (readonly number[])[]): Interval[] {
  return groupMs.map((row, i) => ({ place: 30 * i, ms: meanOf(row), groupMs: row, kept: true, followsKept: i > 0 }));
}

describe("the estimators", () => {
  test("a single group gives the textbook values", () => {
    const intervals = intervalsFrom([[800], [820], [790], [850]]);
    // Mean 815, squares 225 + 25 + 625 + 1225 over 3; differences 20, -30, 60.
    expect(sdnnOf(intervals)?.ms).toBeCloseTo(Math.sqrt(700), 9);
    expect(rmssdOf(intervals)?.ms).toBeCloseTo(Math.sqrt((400 + 900 + 3600) / 3), 9);
    expect(sdnnOf(intervals)?.sharedShare).toBeUndefined();
  });

  test("noise that the groups do not share falls out", () => {
    const random = randomFrom(7);
    const heart = Array.from({ length: 400 }, () => 800 + 30 * random.normal());
    const noisy = intervalsFrom(heart.map((ms) => [0, 1, 2].map(() => ms + 60 * random.normal())));
    expect(Math.abs(sdnnOf(noisy)!.ms - 30)).toBeLessThan(4);
    expect(Math.abs(rmssdOf(noisy)!.ms - 30 * Math.SQRT2)).toBeLessThan(6);
    expect(sdnnOf(noisy)!.sharedShare).toBeCloseTo(0.2, 1);
  });

  test("differences across a dropped interval do not count", () => {
    const intervals = intervalsFrom([[800], [820], [1600], [790], [810], [800]]);
    const marked = intervals.map((interval, i) => ({
      ...interval,
      kept: i !== 2,
      followsKept: i > 0 && i !== 2 && i !== 3,
    }));
    expect(rmssdOf(marked)?.ms).toBeCloseTo(Math.sqrt((400 + 400 + 100) / 3), 9);
  });

  test("too few intervals give nothing", () => {
    expect(sdnnOf(intervalsFrom([[800], [810]]))).toBeUndefined();
    expect(rmssdOf(intervalsFrom([[800], [810], [820]]))).toBeUndefined();
  });
});

describe("on made traces", () => {
  test("SDNN of a minute is within 5 ms of the truth on average", () => {
    expect(meanError("HRV_SDNN", { seconds: 60, sdnnMs: 45 })).toBeLessThan(5);
    expect(meanError("HRV_SDNN", { seconds: 60, sdnnMs: 25, bpm: 62 })).toBeLessThan(5);
  });

  test("RMSSD of 90 s is within 8 ms of the truth on average", () => {
    expect(meanError("HRV_RMSSD", { seconds: 90, sdnnMs: 45 })).toBeLessThan(8);
  });

  test("they appear with 30 and 60 s; before, they say how much they need", () => {
    expect(notesOf("HRV_SDNN", { seconds: 28 })).toEqual(["NOTE_NEEDS_30_S"]);
    expect(notesOf("HRV_SDNN", { seconds: 31 })).toEqual([]);
    expect(notesOf("HRV_RMSSD", { seconds: 58 })).toEqual(["NOTE_NEEDS_60_S"]);
    expect(notesOf("HRV_RMSSD", { seconds: 61 })).toEqual([]);
  });

  test("a refused metric is an empty channel with confidence 0 and a reason", () => {
    const { value, confidence, notes } = metricOf([makeTrace({ seconds: 10 }).payload], "HRV_SDNN");
    expect({ value, confidence, notes }).toEqual({ value: undefined, confidence: 0, notes: ["NOTE_NEEDS_30_S"] });
  });

  test("in heavy noise nothing is said, even when the rate is", () => {
    for (const seed of SEEDS) {
      const { payload, beatTimesS } = makeTrace({ seed, seconds: 60, depth: 0.004, noise: 0.35, sdnnMs: 20 });
      const { value } = metricOf([payload], "HRV_RMSSD");
      const truth = trueVariability(beatTimesS, 60).rmssdMs;
      expect(value === undefined || Math.abs(value - truth) < 15).toBe(true);
    }
  });

  test("without a pulse nothing is said, for the reason of the rate", () => {
    const { payload } = makeTrace({ seconds: 60, depth: 0 });
    for (const id of ["HRV_SDNN", "HRV_RMSSD", "BR_BPM"]) {
      const { value, notes } = metricOf([payload], id);
      expect(value).toBeUndefined();
      expect(notes).toEqual(metricOf([payload], "HR_BPM").notes);
    }
  });

  test("RMSSD is refused where key frames, few frames or motion shift the beats", () => {
    expect(notesOf("HRV_RMSSD", { seconds: 62, keyFrames: { everyS: 1, jump: 0 } })).toEqual(["NOTE_KEY_FRAMES"]);
    expect(notesOf("HRV_RMSSD", { seconds: 62, rateHz: 15 })).toEqual(["NOTE_FRAME_RATE_LOW"]);
    expect(notesOf("HRV_RMSSD", { seconds: 62, nod: { bpm: 95, amplitude: 0.05, depth: 0.004 } })).toEqual([
      "NOTE_MOTION_TOO_STRONG",
    ]);
  });
});

import { expect, test } from "vitest";

import { makeTrace, type TraceSettings } from "../../helpers/pulse.js";
import { metricOf } from "./result.js";

const BREATH = { motion: 0.01, amplitude: 0.15 };

function breathing(change: Partial<TraceSettings>): ReturnType<typeof metricOf> {
  return metricOf([makeTrace({ seconds: 40, ...change }).payload], "BR_BPM");
}

test.each([10, 14, 18, 24])("%s breaths a minute are found within 1", (perMinute) => {
  for (const seed of [61, 62, 63]) {
    const { value, notes, confidence } = breathing({ seed, bpm: 78, breath: { perMinute, ...BREATH } });
    expect(notes).toEqual([]);
    expect(Math.abs(value! - perMinute)).toBeLessThan(1);
    expect(confidence).toBeGreaterThanOrEqual(0.5);
  }
});

test("it appears after 25 s; before, it says that it is too short", () => {
  const breath = { perMinute: 15, ...BREATH };
  expect(breathing({ seconds: 23, breath }).notes).toEqual(["NOTE_NEEDS_25_S"]);
  expect(breathing({ seconds: 27, breath }).notes).toEqual([]);
});

test("without motion the pulse alone is not believed", () => {
  for (const seed of [64, 65, 66]) {
    const { value, notes } = breathing({ seed, breath: { perMinute: 15, motion: 0, amplitude: 0.15 } });
    expect(value).toBeUndefined();
    expect(notes).toEqual(["NOTE_BREATHING_UNSURE"]);
  }
});

test("a head that rocks at another rate than the pulse breathes is not believed", () => {
  for (const seed of [67, 68, 69]) {
    const nod = { bpm: 24, amplitude: 0.02, depth: 0 };
    const { value, notes } = breathing({ seed, nod, breath: { perMinute: 12, motion: 0, amplitude: 0.15 } });
    expect(value).toBeUndefined();
    expect(notes).toEqual(["NOTE_BREATHING_UNSURE"]);
  }
});

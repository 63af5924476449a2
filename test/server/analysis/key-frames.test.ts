import { expect, test } from "vitest";

import { keyFrameIntervalS } from "../../../src/server/analysis/key-frames.js";
import { makeTrace } from "../../helpers/pulse.js";
import { outcomeOf } from "./result.js";

/** Interval for key frames every so many seconds over 20 s. */
function intervalFor(everyS: number): number | undefined {
  const count = Math.floor(20 / everyS);
  const keyTimesMs = Float64Array.from({ length: count }, (_, i) => i * everyS * 1000);
  return keyFrameIntervalS({ keyTimesMs, rateHz: 30, segments: [], regions: [] });
}

test("key frames at the pace of a heart are noticed, those of every frame and rare ones are not", () => {
  expect(intervalFor(1)).toBeCloseTo(1, 9);
  expect(intervalFor(4)).toBeCloseTo(4, 9);
  expect(intervalFor(1 / 30)).toBeUndefined();
  expect(intervalFor(10)).toBeUndefined();
});

test("an encoder that pulses like a heart is refused, with the reason, where without key frames it would be believed", () => {
  const told: string[] = [];
  for (const seed of [71, 72, 73, 74]) {
    const { payload } = makeTrace({ seed, depth: 0, noise: 0.1, keyFrames: { everyS: 1, jump: 0.006 } });
    const { bpm, notes } = outcomeOf([payload]);
    const blind = outcomeOf([{ ...payload, keyFrames: undefined }]);
    expect(blind.bpm).toBeCloseTo(60, 0);
    expect(bpm).toBeUndefined();
    told.push(...notes);
  }
  expect(told.filter((note) => note === "NOTE_KEY_FRAMES")).toHaveLength(4);
});

test("a clear pulse near the rate of the key frames that wanders as a heart does is still believed", () => {
  for (const seed of [75, 76, 77]) {
    const { payload, meanBeatBpm } = makeTrace({ seed, bpm: 61, sdnnMs: 45, keyFrames: { everyS: 1, jump: 0 } });
    const { bpm } = outcomeOf([payload]);
    expect(Math.abs(bpm! - meanBeatBpm)).toBeLessThan(1);
  }
});

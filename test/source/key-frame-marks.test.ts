import { expect, test } from "vitest";

import { KeyFrameMarks } from "../../src/source/key-frame-marks.js";

function marked(keyTimesS: readonly number[], timesMs: readonly number[]): boolean[] {
  const marks = new KeyFrameMarks(keyTimesS);
  return timesMs.map((timeMs) => marks.isAt(timeMs));
}

test("frames at the times of key frames are marked, others are not", () => {
  expect(marked([0, 1, 2], [0, 33.333, 1000, 1033.333, 2000])).toEqual([true, false, true, false, true]);
});

test("times that were rounded to milliseconds are still found", () => {
  expect(marked([0, 0.066667, 0.133333], [0, 33, 67, 100, 133])).toEqual([true, false, true, false, true]);
});

test("at 240 frames per second a neighbour is not taken for the key frame", () => {
  expect(marked([0, 1], [995.833, 1000, 1004.167])).toEqual([false, true, false]);
});

test("a key frame that was dropped marks nothing, and the next is found", () => {
  expect(marked([0, 1, 2], [0, 966.667, 1033.333, 2000])).toEqual([true, false, false, true]);
});

test("without key frames nothing is marked", () => {
  expect(marked([], [0, 33])).toEqual([false, false]);
});

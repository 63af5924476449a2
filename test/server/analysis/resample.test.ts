import { expect, test } from "vitest";

import {
  gridOf,
  gridRateHz,
  medianRateHz,
  placementOf,
  runsOf,
  sampled,
} from "../../../src/server/analysis/resample.js";

const times = (...values: number[]): Float64Array => Float64Array.from(values);

test("the rate is the median's, not disturbed by missing frames", () => {
  expect(medianRateHz(times(0, 40, 80, 120, 320, 360))).toBeCloseTo(25, 9);
  expect(medianRateHz(times(0, 40))).toBeUndefined();
});

test("the grid stays between 15 and 60 per second", () => {
  expect([8, 24.5, 240].map(gridRateHz)).toEqual([15, 24.5, 60]);
});

test("more than a second without frames ends a run", () => {
  expect(runsOf(times(0, 500, 1500, 2501, 2600))).toEqual([
    { from: 0, to: 3 },
    { from: 3, to: 5 },
  ]);
});

test("values lie on the line between the frames, at their true times", () => {
  const timesMs = times(0, 30, 100, 150, 200);
  const run = { from: 0, to: 5 };
  const grid = gridOf(timesMs, run, 20);
  const placement = placementOf(timesMs, new Uint8Array(5).fill(1), grid, run);
  const line = timesMs.map((time) => 3 + time / 10);
  const expected = [3, 8, 13, 18, 23];
  for (const [i, value] of sampled(line, placement!).entries()) expect(value).toBeCloseTo(expected.at(i)!, 9);
});

test("a frame without a value is bridged, and a long bridge does not count", () => {
  const timesMs = Float64Array.from({ length: 21 }, (_, i) => i * 50);
  const run = { from: 0, to: 21 };
  const grid = gridOf(timesMs, run, 20);
  const usable = new Uint8Array(21).fill(1);
  usable[2] = 0;
  usable.fill(0, 8, 16);
  const placement = placementOf(timesMs, usable, grid, run)!;
  const values = timesMs.map((time, i) => (usable.at(i) ? time : 1e6));
  for (const [i, value] of sampled(values, placement).entries()) expect(value).toBeCloseTo(i * 50, 6);
  expect(Array.from(placement.covered).flatMap((covered, i) => (covered ? [] : [i]))).toEqual([
    7, 8, 9, 10, 11, 12, 13, 14, 15,
  ]);
});

test("a run without a usable frame has no values", () => {
  const timesMs = times(0, 50, 100);
  const run = { from: 0, to: 3 };
  expect(placementOf(timesMs, new Uint8Array(3), gridOf(timesMs, run, 20), run)).toBeUndefined();
});

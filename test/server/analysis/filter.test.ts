import { expect, test } from "vitest";

import { bandPass, movingMean, withoutLine } from "../../../src/server/analysis/filter.js";

const RATE_HZ = 30;

function sine(hz: number, seconds = 20): Float64Array {
  return Float64Array.from({ length: seconds * RATE_HZ }, (_, i) => Math.sin((2 * Math.PI * hz * i) / RATE_HZ));
}

function middleRms(values: Float64Array): number {
  const middle = values.subarray(5 * RATE_HZ, -5 * RATE_HZ);
  return Math.sqrt(middle.reduce((sum, value) => sum + value * value, 0) / middle.length);
}

test("the band is kept and what lies outside is not", () => {
  expect(middleRms(bandPass(sine(1.5), RATE_HZ, 0.6, 4))).toBeCloseTo(Math.SQRT1_2, 1);
  expect(middleRms(bandPass(sine(0.1), RATE_HZ, 0.6, 4))).toBeLessThan(0.01);
  expect(middleRms(bandPass(sine(12), RATE_HZ, 0.6, 4))).toBeLessThan(0.01);
});

test("the filter shifts nothing in time", () => {
  const input = sine(1.2);
  const output = bandPass(input, RATE_HZ, 0.6, 4);
  const lagged = (lag: number): number =>
    output.subarray(150, 450).reduce((sum, value, i) => sum + value * input.at(150 + i + lag)!, 0);
  expect(lagged(0)).toBeGreaterThan(lagged(1));
  expect(lagged(0)).toBeGreaterThan(lagged(-1));
});

test("a slope through the whole recording leaves no trace at its ends", () => {
  const slope = Float64Array.from({ length: 300 }, (_, i) => 100 + i);
  expect(Math.max(...bandPass(slope, RATE_HZ, 0.6, 4).map(Math.abs))).toBeLessThan(1e-6);
});

test("one or two samples have no band", () => {
  expect(Array.from(bandPass(new Float64Array([4, 5]), RATE_HZ, 0.6, 4))).toEqual([0, 0]);
});

test("the line through the values is removed", () => {
  const rest = withoutLine(new Float64Array([1, 3, 5, 7]));
  for (const value of rest) expect(value).toBeCloseTo(0, 12);
});

test("the moving mean is shorter at the ends", () => {
  expect(Array.from(movingMean(new Float64Array([1, 2, 3, 4]), 3))).toEqual([1.5, 2, 3, 3.5]);
});

import { expect, test } from "vitest";

import { chromPulse } from "../../../src/server/analysis/chrom.js";
import { greenPulse } from "../../../src/server/analysis/green.js";
import { type Colours, posPulse } from "../../../src/server/analysis/pos.js";
import { randomFrom } from "../../helpers/pulse.js";

const RATE_HZ = 30;
const BLOOD = [0.3, 1, 0.45] as const;

/** Skin with a blood wave of this depth and a change of brightness common to the channels. */
function skin(depth: number, light: number, noise = 0): Colours {
  const random = randomFrom(5);
  const channel = (mean: number, share: number): Float64Array =>
    Float64Array.from({ length: 300 }, (_, i) => {
      const bright = 1 + light * Math.sin((2 * Math.PI * 0.9 * i) / RATE_HZ);
      return mean * bright * (1 - depth * share * bloodAt(i)) + noise * random.normal();
    });
  return { red: channel(170, BLOOD[0]), green: channel(120, BLOOD[1]), blue: channel(95, BLOOD[2]) };
}

function bloodAt(sample: number): number {
  const angle = (2 * Math.PI * 1.3 * sample) / RATE_HZ;
  return Math.sin(angle) + 0.25 * Math.sin(2 * angle);
}

function correlation(pulse: Float64Array): number {
  let product = 0;
  let own = 0;
  let other = 0;
  for (const [i, value] of pulse.entries()) {
    product += value * bloodAt(i);
    own += value * value;
    other += bloodAt(i) ** 2;
  }
  return product / Math.sqrt(own * other);
}

/** POS as in the paper: window after window, sums and deviations written out. */
function slowPos({ red, green, blue }: Colours): number[] {
  const length = Math.ceil(1.6 * RATE_HZ);
  const sums = Array.from(red, () => 0);
  const windows = Array.from(red, () => 0);
  for (let start = 0; start + length <= red.length; start += 1) {
    const part = (channel: Float64Array): number[] => {
      const values = Array.from(channel.subarray(start, start + length));
      const mean = meanOf(values);
      return values.map((value) => value / mean);
    };
    const r = part(red);
    const g = part(green);
    const b = part(blue);
    const s1 = g.map((value, i) => value - b.at(i)!);
    const s2 = g.map((value, i) => value + b.at(i)! - 2 * r.at(i)!);
    const h = s1.map((value, i) => value + (deviation(s1) / deviation(s2)) * s2.at(i)!);
    for (const [i, value] of h.entries()) {
      sums[start + i] = sums.at(start + i)! - (value - meanOf(h));
      windows[start + i] = windows.at(start + i)! + 1;
    }
  }
  return sums.map((sum, i) => sum / windows.at(i)!);
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}

test("POS with running sums equals the algorithm of the paper", () => {
  const colours = skin(0.01, 0.02, 0.2);
  const expected = slowPos(colours);
  for (const [i, value] of posPulse(colours, RATE_HZ).entries()) expect(value).toBeCloseTo(expected.at(i)!, 10);
});

test("every method shows more blood as up", () => {
  const colours = skin(0.01, 0, 0.02);
  expect(correlation(posPulse(colours, RATE_HZ))).toBeGreaterThan(0.9);
  expect(correlation(chromPulse(colours, RATE_HZ, 0.6, 4))).toBeGreaterThan(0.9);
  expect(correlation(greenPulse(colours.green, RATE_HZ))).toBeGreaterThan(0.9);
});

test("a change of light ten times the pulse hides it from GREEN only", () => {
  const colours = skin(0.005, 0.05, 0.02);
  expect(correlation(posPulse(colours, RATE_HZ))).toBeGreaterThan(0.85);
  expect(correlation(chromPulse(colours, RATE_HZ, 0.6, 4))).toBeGreaterThan(0.85);
  expect(correlation(greenPulse(colours.green, RATE_HZ))).toBeLessThan(0.3);
});

test("a black channel and a short piece give zeros, not infinity", () => {
  const dark = { ...skin(0.01, 0), blue: new Float64Array(300) };
  expect(posPulse(dark, RATE_HZ).every((value) => value === 0)).toBe(true);
  expect(chromPulse(dark, RATE_HZ, 0.6, 4).every(Number.isFinite)).toBe(true);
  expect(greenPulse(new Float64Array(300), RATE_HZ).every((value) => value === 0 || Object.is(value, -0))).toBe(true);
  const short = { red: new Float64Array(20), green: new Float64Array(20), blue: new Float64Array(20) };
  expect(posPulse(short, RATE_HZ)).toEqual(new Float64Array(20));
});

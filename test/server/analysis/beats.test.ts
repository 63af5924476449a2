import { expect, test } from "vitest";

import { beatsOf, meanInterval } from "../../../src/server/analysis/beats.js";

const RATE_HZ = 30;
const INTERVALS_S = [0.82, 0.86, 0.91, 0.88, 0.83, 0.79, 0.76, 0.8, 0.85, 0.9, 0.87, 0.84, 0.8, 0.78, 0.83, 0.88];

/** A wave with one bump per beat, and the places of the bumps in seconds. */
function bumps(intervalsS: readonly number[]): { wave: Float64Array; topsS: number[] } {
  const topsS = intervalsS.reduce((times, interval) => [...times, times.at(-1)! + interval], [0.5]);
  const wave = Float64Array.from({ length: Math.ceil((topsS.at(-1)! + 0.5) * RATE_HZ) }, (_, i) =>
    topsS.reduce((sum, top) => sum + Math.exp(-0.5 * ((i / RATE_HZ - top) / 0.11) ** 2), 0),
  );
  return { wave, topsS };
}

function rates(wave: Float64Array, bpm: number): Float64Array {
  return new Float64Array(wave.length).fill(bpm / 60);
}

test("the mean interval is right to a millisecond", () => {
  const { wave, topsS } = bumps(INTERVALS_S);
  const beats = beatsOf(wave, rates(wave, 72), RATE_HZ);
  const truthS = (topsS.at(-1)! - topsS.at(0)!) / (topsS.length - 1);
  expect(beats.kept.every(Boolean)).toBe(true);
  expect(Math.abs(meanInterval([beats])! / RATE_HZ - truthS)).toBeLessThan(0.004);
});

test("an interval in which beats are missing does not count", () => {
  const { wave } = bumps([...INTERVALS_S.slice(0, 8), 2.5, ...INTERVALS_S.slice(8)]);
  const { kept } = beatsOf(wave, rates(wave, 72), RATE_HZ);
  expect(kept.filter((keep) => !keep).length).toBeGreaterThan(0);
});

test("a wave turned upside down has the same rate", () => {
  const { wave } = bumps(INTERVALS_S);
  const up = meanInterval([beatsOf(wave, rates(wave, 72), RATE_HZ)])!;
  const down = meanInterval([
    beatsOf(
      wave.map((value) => -value),
      rates(wave, 72),
      RATE_HZ,
    ),
  ])!;
  expect(Math.abs(up - down)).toBeLessThan(0.01);
});

test("a flat wave has no beats", () => {
  const flat = new Float64Array(300);
  const beats = beatsOf(flat, rates(flat, 72), RATE_HZ);
  expect(beats.places).toEqual([]);
  expect(meanInterval([beats])).toBeUndefined();
});

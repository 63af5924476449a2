import { expect, test } from "vitest";

import { BAND_HZ_MAX, FILTER_HZ_MIN } from "../../../src/server/analysis/bands.js";
import { chromPulse } from "../../../src/server/analysis/chrom.js";
import { bandPass } from "../../../src/server/analysis/filter.js";
import { greenPulse } from "../../../src/server/analysis/green.js";
import { METHODS, wavesOf } from "../../../src/server/analysis/methods.js";
import { type Colours, posPulse } from "../../../src/server/analysis/pos.js";
import { randomFrom } from "../../helpers/pulse.js";

const RATE_HZ = 30;
const filtered = (wave: Float64Array): Float64Array => bandPass(wave, RATE_HZ, FILTER_HZ_MIN, BAND_HZ_MAX);

/** Skin under a light that drifts and steps, with a rate that wanders from 60 to 90. */
function skin(seconds: number): Colours {
  const random = randomFrom(11);
  const count = seconds * RATE_HZ;
  let phase = 0;
  const blood = Float64Array.from({ length: count }, (_, i) => {
    phase += (2 * Math.PI * (1.25 + 0.25 * Math.sin(i / 900))) / RATE_HZ;
    return Math.sin(phase) + 0.3 * Math.sin(2 * phase);
  });
  const channel = (mean: number, share: number): Float64Array =>
    blood.map((value, i) => {
      const light = 1 + 0.1 * Math.sin(i / 1500) + (i > count * 0.4 ? 0.08 : 0);
      return mean * light * (1 - 0.006 * share * value) + 0.1 * random.normal();
    });
  return { red: channel(170, 0.3), green: channel(120, 1), blue: channel(95, 0.45) };
}

const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0);
const silent = (wave: Float32Array): boolean => wave.every((value) => value === 0);

/** Rms of the difference over rms of the first. */
function difference(whole: Float64Array, other: Float32Array): number {
  return Math.sqrt(squares(Array.from(whole, (value, i) => value - (other[i] ?? 0))) / squares(Array.from(whole)));
}

test.each([
  ["a short segment, which is one piece", 40],
  ["five minutes, computed in pieces", 300],
])("%s: the waves are those of the whole segment", (_, seconds) => {
  const colours = skin(seconds);
  const whole = {
    POS: filtered(posPulse(colours, RATE_HZ)),
    CHROM: chromPulse(colours, RATE_HZ, FILTER_HZ_MIN, BAND_HZ_MAX),
    GREEN: filtered(greenPulse(colours.green, RATE_HZ)),
    RED: filtered(greenPulse(colours.red, RATE_HZ)),
  };
  const waves = wavesOf(colours, RATE_HZ);
  for (const method of METHODS) expect(difference(whole[method], waves[method])).toBeLessThan(1e-6);
});

test("colours that are too dark to carry a pulse give none", () => {
  const { red, green, blue } = skin(20);
  const dark = new Float64Array(blue.length).fill(1);
  const withoutBlue = wavesOf({ red, green, blue: dark }, RATE_HZ);
  expect(METHODS.filter((method) => silent(withoutBlue[method]))).toEqual(["POS"]);
  const redAlone = wavesOf({ red, green: dark, blue: dark }, RATE_HZ);
  expect(METHODS.filter((method) => silent(redAlone[method]))).toEqual(["POS", "CHROM", "GREEN"]);
});

import { describe, expect, test } from "vitest";

import { candidatesOf, trackOf } from "../../../src/server/analysis/rate.js";
import { weightsFromSnr } from "../../../src/server/analysis/regions.js";
import {
  decibels,
  linePower,
  peaksOf,
  SpectrumMaker,
  spectrumShape,
  strongestPeak,
} from "../../../src/server/analysis/spectrum.js";
import { randomFrom } from "../../helpers/pulse.js";

const RATE_HZ = 30;
const SHAPE = spectrumShape(RATE_HZ, 300);

/** Spectrum of 10 s with tones of these rates (1/min) and amplitudes. */
function spectrumOf(tones: readonly (readonly [number, number])[], noise = 0): Float64Array {
  const random = randomFrom(8);
  const wave = Float64Array.from({ length: 300 }, (_, i) => {
    const sum = tones.reduce(
      (total, [bpm, size]) => total + size * Math.cos((2 * Math.PI * bpm * i) / 60 / RATE_HZ),
      0,
    );
    return sum + noise * random.normal();
  });
  return new SpectrumMaker(SHAPE).pair(wave, wave, 0, 300).at(0)!.power;
}

/** The cheapest candidate in 1/min. */
function bestBpm(tones: readonly (readonly [number, number])[]): number {
  return 60 * candidatesOf(spectrumOf(tones), SHAPE).reduce((a, b) => (a.cost <= b.cost ? a : b)).rateHz;
}

describe("a peak", () => {
  test("lies between the bins", () => {
    for (const bpm of [45, 61.3, 72.9, 118.4, 180.7]) {
      const peak = strongestPeak(spectrumOf([[bpm, 1]]), 0.7, 3.5, SHAPE);
      expect(Math.abs(60 * peak!.rateHz - bpm)).toBeLessThan(0.15);
    }
  });

  test("comes with the next ones, strongest first", () => {
    const peaks = peaksOf(
      spectrumOf([
        [60, 0.5],
        [100, 1],
        [150, 0.7],
      ]),
      0.7,
      3.5,
      3,
      SHAPE,
    );
    expect(peaks.map(({ rateHz }) => Math.round(60 * rateHz))).toEqual([100, 150, 60]);
  });

  test("is missing without power", () => {
    expect(strongestPeak(new Float64Array(SHAPE.bins), 0.7, 3.5, SHAPE)).toBeUndefined();
    expect(peaksOf(new Float64Array(SHAPE.bins), 0.7, 3.5, 3, SHAPE)).toEqual([]);
  });
});

describe("the SNR", () => {
  test("is high for a tone with its harmonic and low for noise", () => {
    const tone = spectrumOf([
      [72, 1],
      [144, 0.4],
    ]);
    expect(decibels(linePower(tone, 1.2, 0.1, SHAPE))).toBeGreaterThan(6);
    expect(decibels(linePower(spectrumOf([], 1), 1.2, 0.1, SHAPE))).toBeLessThan(-3);
  });

  test("counts what is not on the lines as noise", () => {
    const both = spectrumOf([
      [72, 1],
      [110, 1],
    ]);
    const { line, rest } = linePower(both, 1.2, 0.2, SHAPE);
    expect(line / rest).toBeCloseTo(1, 1);
  });

  test("is limited at both ends", () => {
    expect(decibels({ line: 0, rest: 1 })).toBe(-30);
    expect(decibels({ line: 1, rest: 0 })).toBe(30);
  });
});

describe("the rate", () => {
  test("is the lower one of two when the higher is its harmonic", () => {
    const harmonic = bestBpm([
      [60, 0.8],
      [120, 1],
    ]);
    expect(harmonic).toBeCloseTo(60, 0);
  });

  test("is the higher one when the lower is weak or no half of it", () => {
    const weak = bestBpm([
      [60, 0.3],
      [120, 1],
    ]);
    const unrelated = bestBpm([
      [75, 0.9],
      [120, 1],
    ]);
    expect(weak).toBeCloseTo(120, 0);
    expect(unrelated).toBeCloseTo(120, 0);
  });

  test("does not follow a disturbance of two windows", () => {
    const rates = [70, 71, 72, 72, 73, 74, 74, 75];
    const spectra = rates.map((bpm, i) =>
      spectrumOf([
        [bpm, 1],
        [118, i === 3 || i === 4 ? 1.6 : 0.2],
      ]),
    );
    const track = trackOf(
      spectra,
      rates.map((_, i) => i * 1000),
      SHAPE,
    );
    for (const [i, rateHz] of track.entries()) expect(Math.abs(60 * rateHz - rates.at(i)!)).toBeLessThan(1);
  });

  test("is bridged where a window shows nothing, and missing where none does", () => {
    const nothing = new Float64Array(SHAPE.bins);
    const track = trackOf([spectrumOf([[70, 1]]), nothing, spectrumOf([[74, 1]])], [0, 1000, 2000], SHAPE);
    expect(60 * track.at(1)!).toBeCloseTo(72, 0);
    expect(trackOf([nothing, nothing], [0, 1000], SHAPE)).toEqual([]);
  });
});

test("weights grow with the SNR, within four times the median, without the poor while there are good ones", () => {
  expect(weightsFromSnr([-4, -6])).toEqual([10 ** (-4 / 20), 10 ** (-6 / 20)]);
  const weights = weightsFromSnr([-1, 1, 6]);
  expect(weights.at(0)).toBe(0);
  expect(weights.at(2)!).toBeGreaterThan(weights.at(1)!);
  expect(weightsFromSnr([0, 0, 0, 25]).at(3)).toBe(4);
  expect(weightsFromSnr([-30, -30])).toEqual([0, 0]);
});

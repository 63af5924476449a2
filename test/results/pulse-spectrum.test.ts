import { expect, test } from "vitest";
import { pulseSpectrum } from "../../src/results/pulse-spectrum.js";

function sine(bpm: number, rateHz: number, seconds: number): number[] {
  return Array.from({ length: Math.round(rateHz * seconds) }, (_, i) =>
    Math.sin((2 * Math.PI * bpm * i) / 60 / rateHz),
  );
}

/** The same numbers on every machine. */
function noise(length: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

test.each([
  [48, 30, 15],
  [71.6, 30, 10],
  [120.4, 20, 8],
  [171, 25, 15],
])("finds a rate of %d per minute at %d Hz in %d s", (bpm, rateHz, seconds) => {
  const spectrum = pulseSpectrum(sine(bpm, rateHz, seconds), rateHz);
  expect(spectrum?.peakBpm).toBeCloseTo(bpm, 0);
  expect(spectrum?.isClear).toBe(true);
  expect(Math.max(...(spectrum?.powers ?? []))).toBe(1);
});

test("finds it under a drift and between noise", () => {
  const values = sine(66, 30, 12).map((value, i) => value + i / 40 + (noise(360, 7)[i] ?? 0));
  const spectrum = pulseSpectrum(values, 30);
  expect(spectrum?.isClear).toBe(true);
  expect(Math.abs((spectrum?.peakBpm ?? 0) - 66)).toBeLessThan(1);
});

test("does not call noise a pulse", () => {
  const clear = Array.from({ length: 200 }, (_, seed) => pulseSpectrum(noise(300, seed + 1), 20)?.isClear);
  expect(clear.filter(Boolean).length).toBeLessThan(20);
});

test.each([
  ["two rates as strong as each other", 10, (atS: number) => Math.sin(7 * atS) + 0.9 * Math.sin(11.3 * atS)],
  ["slow changes of light", 15, (atS: number) => Math.sin((2 * Math.PI * 42 * atS) / 60)],
  ["a few beats", 6, (atS: number) => Math.sin(7 * atS)],
])("does not call %s a clear pulse", (_name, seconds, valueAt) => {
  const values = Array.from({ length: seconds * 20 }, (_, i) => valueAt(i / 20));
  expect(pulseSpectrum(values, 20)?.isClear).toBe(false);
});

test("a harmonic is no rival", () => {
  const values = sine(70, 20, 12).map((value, i) => value + 0.9 * Math.sin((4 * Math.PI * 70 * i) / 60 / 20));
  expect(pulseSpectrum(values, 20)).toMatchObject({ isClear: true });
});

test("says nothing of too little, of silence and of too slow a camera", () => {
  expect(pulseSpectrum(sine(72, 30, 4.9), 30)).toBeUndefined();
  expect(pulseSpectrum([], 30)).toBeUndefined();
  expect(
    pulseSpectrum(
      Array.from({ length: 300 }, () => 3),
      30,
    ),
  ).toBeUndefined();
  expect(pulseSpectrum(sine(72, 5, 15), 5)).toBeUndefined();
  expect(pulseSpectrum(sine(72, 30, 15), Number.NaN)).toBeUndefined();
});

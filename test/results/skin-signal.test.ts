import { expect, test } from "vitest";
import { evenSignal, NO_SAMPLES, newestPiece, type SkinSamples, withSamples } from "../../src/results/skin-signal.js";

function samples(fromS: number, toS: number, stepS: number, greenAt: (atS: number) => number): SkinSamples {
  const count = Math.round((toS - fromS) / stepS);
  const timesS = Array.from({ length: count }, (_, i) => fromS + i * stepS);
  return { timesS, greens: timesS.map(greenAt) };
}

const beat = (atS: number): number => 140 - Math.sin(2 * Math.PI * 1.2 * atS) + atS;

test("what is older than 20 s is let go", () => {
  const kept = withSamples(samples(0, 25, 0.04, beat), samples(25, 30, 0.04, beat));
  expect(kept.timesS[0]).toBeCloseTo(10, 1);
  expect(kept.greens).toHaveLength(kept.timesS.length);
  const fast = withSamples(NO_SAMPLES, samples(0, 20, 0.002, beat));
  expect(fast.timesS.length).toBeLessThanOrEqual(2400);
});

test("a new beginning starts the signal anew", () => {
  expect(withSamples(samples(90, 95, 0.04, beat), samples(0, 1, 0.04, beat)).timesS[0]).toBe(0);
});

test("a gap stays a gap, whether frames without a face tell of it or there are none", () => {
  const [before, after] = [samples(0, 5, 0.04, beat), samples(7, 14, 0.04, (atS) => beat(atS) + 40)];
  const faceless = samples(5, 7, 0.04, () => Number.NaN);
  for (const kept of [withSamples(before, after), withSamples(withSamples(before, faceless), after)]) {
    const even = evenSignal(kept);
    const missing = even.values.flatMap((value, i) => (Number.isFinite(value) ? [] : [i / even.rateHz]));
    expect(missing[0]).toBeCloseTo(5, 1);
    expect(missing.at(-1)).toBeCloseTo(6.95, 1);
    expect(missing).toHaveLength(Math.round(2 * even.rateHz));
    expect(newestPiece(even).length).toBeCloseTo(7 * even.rateHz, -1);
    // The other light after the gap is not taken for blood.
    expect(Math.max(...even.values.filter(Number.isFinite).map(Math.abs))).toBeLessThan(2);
  }
});

test("while the face is away there is no newest piece", () => {
  const even = evenSignal(
    withSamples(
      samples(0, 8, 0.04, beat),
      samples(8, 9, 0.04, () => Number.NaN),
    ),
  );
  expect(even.values).toHaveLength(179);
  expect(newestPiece(even)).toEqual([]);
});

test("the even signal goes up where blood makes the skin darker, without the drift", () => {
  const { values, rateHz } = evenSignal(samples(0, 10, 1 / 30, beat));
  expect(values).toHaveLength(Math.floor((299 / 30) * rateHz));
  const middle = values.slice(40, 160);
  expect(Math.max(...middle)).toBeGreaterThan(0.7);
  expect(Math.max(...middle)).toBeLessThan(1.4);
  expect(Math.abs(middle.reduce((sum, value) => sum + value, 0) / middle.length)).toBeLessThan(0.1);
  const truth = middle.map((_, i) => Math.sin((2 * Math.PI * 1.2 * (i + 40.5)) / rateHz));
  const product = middle.reduce((sum, value, i) => sum + value * (truth[i] ?? 0), 0);
  expect(product / middle.length).toBeGreaterThan(0.35);
});

test("a slow camera leaves no holes", () => {
  const { values } = evenSignal(samples(0, 10, 1 / 7, beat));
  expect(values.every(Number.isFinite)).toBe(true);
  expect(values.length).toBeGreaterThan(180);
});

test("of nothing there is nothing", () => {
  expect(evenSignal(NO_SAMPLES).values).toEqual([]);
  expect(evenSignal({ timesS: [3], greens: [140] }).values).toEqual([]);
});

import { expect, test } from "vitest";
import { type RateSpan, withRates } from "../../src/results/rate-trend.js";

function span(startS: number, endS: number, rateHz = 30): RateSpan {
  const earlier = startS > 0 ? [{ startS: 0, endS: startS, faceShare: 1 }] : [];
  return { parts: [...earlier, { startS, endS, faceShare: 1 }], rateHz, confidence: 0.9 };
}

/** At 30 values a second. */
function constant(bpm: number, seconds: number): number[] {
  return Array.from({ length: seconds * 30 }, () => bpm);
}

test("a vector over everything so far is the whole trend", () => {
  const first = withRates([], constant(70, 5), span(0, 5));
  const both = withRates(first, constant(75, 10), span(5, 10));
  expect(first.map(({ atS }) => atS)).toEqual([1, 2, 3, 4, 5]);
  expect(both.map(({ bpm }) => bpm)).toEqual(constant(75, 10).slice(0, 10));
  expect(both.at(-1)).toEqual({ atS: 10, bpm: 75, halfWidthBpm: 0, confidence: 0.9 });
});

test("a vector over the chunk alone goes behind what there is", () => {
  const first = withRates([], constant(70, 5), span(0, 5));
  const both = withRates(first, constant(80, 5), span(5, 10));
  expect(both.map(({ bpm }) => bpm)).toEqual([70, 70, 70, 70, 70, 80, 80, 80, 80, 80]);
});

test("a vector since the measurement was renewed begins there", () => {
  const first = withRates([], constant(70, 60), span(45, 60));
  const later = withRates(first, constant(80, 30), span(75, 90));
  expect(later.findLast(({ bpm }) => bpm === 70)?.atS).toBe(60);
  expect(later.find(({ bpm }) => bpm === 80)?.atS).toBe(61);
});

test("frames without a face do not move the whole trend", () => {
  expect(withRates([], constant(70, 18), span(15, 20))[0]?.atS).toBe(1);
});

test("single values make a trend too, without a band", () => {
  const trend = withRates(withRates([], [70], span(0, 15)), [74], span(15, 30));
  expect(trend.map(({ atS, bpm }) => [atS, bpm])).toEqual([
    [15, 70],
    [30, 74],
  ]);
  expect(trend[0]?.halfWidthBpm).toBeUndefined();
});

test("an answer that comes twice counts once, and one without values changes nothing", () => {
  const once = withRates([], constant(70, 5), span(0, 5));
  expect(withRates(once, constant(70, 5), span(0, 5))).toEqual(once);
  expect(withRates(once, [], span(5, 10))).toEqual(once);
});

test("the band holds the mean of a rate that wanders from beat to beat in 95 of 100 cases", () => {
  let state = 5;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let inside = 0;
  let count = 0;
  for (let trial = 0; trial < 200; trial += 1) {
    // One value per beat, held until the next; the truth is 60.
    const values: number[] = [];
    while (values.length < 300) {
      const bpm = 60 + (random() + random() + random() - 1.5) * 8;
      values.push(...constant(bpm, 1));
    }
    const middle = withRates([], values, span(0, 10))[4];
    count += 1;
    if (middle && Math.abs(middle.bpm - 60) <= (middle.halfWidthBpm ?? 0)) inside += 1;
  }
  expect(inside / count).toBeGreaterThan(0.85);
  expect(inside / count).toBeLessThan(1);
});

test("a measurement of hours keeps a trend that can be drawn", () => {
  expect(withRates([], constant(70, 300), span(0, 3600)).length).toBeLessThanOrEqual(240);
});

test("while the face was away there is no rate, and what came after it stays behind it", () => {
  // 5 s, half of the next 5 s, away until 15 s, and 5 s more; only frames with a face have a value.
  const parts = [
    { startS: 0, endS: 5, faceShare: 1 },
    { startS: 5, endS: 10, faceShare: 0.5 },
    { startS: 15, endS: 20, faceShare: 1 },
  ];
  const values = [...constant(60, 5), ...constant(70, 2.5), ...constant(80, 5)];
  const trend = withRates([], values, { parts, rateHz: 30, confidence: 0.9 });
  expect(trend.map(({ atS }) => atS)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20]);
  expect(trend[0]?.bpm).toBe(60);
  expect(trend[9]?.bpm).toBe(70);
  expect(trend.slice(10).map(({ bpm }) => bpm)).toEqual([80, 80, 80, 80, 80]);
  expect(trend.flatMap(({ atS, isAfterGap }) => (isAfterGap ? [atS] : []))).toEqual([16]);
});

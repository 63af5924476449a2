import { expect, test } from "vitest";
import { TimingMeter } from "../../src/frames/frame-timing.js";
import { steady } from "./made.js";

function metered(timesMs: readonly number[]): { meter: TimingMeter; gaps: number[] } {
  const meter = new TimingMeter();
  const gaps = timesMs.flatMap((timeMs) => meter.add(timeMs) ?? []);
  return { meter, gaps };
}

test("a steady source has its rate and no jitter", () => {
  const { rateHz, jitterMs, longestMs } = metered(steady(100, 25)).meter.timing();
  expect(rateHz).toBeCloseTo(25, 6);
  expect(jitterMs).toBeCloseTo(0, 6);
  expect(longestMs).toBeCloseTo(40, 6);
});

test("jitter is how far the intervals are from their middle", () => {
  // 40 ms, and every other frame 3 ms late: intervals of 43 and 37 ms.
  const times = steady(201, 25).map((ms, n) => ms + (n % 2 === 0 ? 0 : 3));
  const { jitterMs, rateHz } = metered(times).meter.timing();
  expect(jitterMs).toBeCloseTo(3, 0);
  expect(rateHz).toBeGreaterThan(1000 / 43.1);
  expect(rateHz).toBeLessThan(1000 / 36.9);
});

test("a gap is told with its length, and is no jitter", () => {
  const times = steady(60, 30).map((ms, n) => (n < 30 ? ms : ms + 600));
  const { meter, gaps } = metered(times);
  expect(gaps).toHaveLength(1);
  expect(gaps[0]).toBeCloseTo(633.3, 0);
  expect(meter.timing().longestMs).toBeCloseTo(633.3, 0);
  expect(meter.timing().jitterMs).toBeLessThan(0.2);
});

test("a slow source has no gap at each frame, but where frames are missing", () => {
  const times = steady(40, 2).map((ms, n) => (n < 20 ? ms : ms + 1000));
  expect(metered(times).gaps).toEqual([1500]);
});

test("of two frames nothing is said", () => {
  expect(metered([0, 40]).meter.timing()).toEqual({ rateHz: null, jitterMs: null, longestMs: 40 });
});

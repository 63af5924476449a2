import { expect, test } from "vitest";
import { LiveClock, type LiveTiming } from "../../src/source/live-clock.js";

const CAMERA: LiveTiming = { isRealTime: true, isArrival: false, keepsClock: false };

/** A clock that shows what it is told to. */
function made(timing: Partial<LiveTiming> = {}): {
  clock: LiveClock;
  reopen: () => void;
  place: (sourceMs: number, nowMs: number) => number | undefined;
} {
  let shownMs = 0;
  const clock = new LiveClock(() => shownMs);
  const reopen = (): void => clock.opened({ ...CAMERA, ...timing });
  reopen();
  const place = (sourceMs: number, nowMs: number): number | undefined => {
    shownMs = nowMs;
    return clock.place(sourceMs);
  };
  return { clock, reopen, place };
}

test("times go from the first frame on by the source's own clock, however late they come", () => {
  const { clock, place } = made();
  expect([place(7000, 100), place(7033, 190), place(7067, 191)]).toEqual([0, 33, 67]);
  expect(clock.newestMs).toBe(67);
  expect(clock.newestAtMs).toBe(191);
});

test("frames without a time, at the same or at a slightly earlier one have no place", () => {
  const { place } = made();
  expect([place(Number.NaN, 1), place(40, 2), place(40, 3), place(20, 4), place(80, 5)]).toEqual([
    undefined,
    0,
    undefined,
    undefined,
    40,
  ]);
});

test("what is opened again goes on after the time that has passed", () => {
  const { reopen, place } = made();
  place(5000, 1000);
  place(5040, 1040);
  reopen();
  expect(place(0, 1640)).toBe(640);
  expect(place(40, 1680)).toBe(680);
});

test("a clock that is set, back or ahead, costs no frame", () => {
  const { place } = made();
  place(5000, 1000);
  place(5040, 1040);
  expect(place(20, 1080)).toBe(80);
  expect(place(60, 1120)).toBe(120);
  expect(place(3_600_100, 1160)).toBe(160);
  expect(place(3_600_140, 1200)).toBe(200);
});

test("what comes in portions may run ahead of our clock, and begins anew a step after its end", () => {
  const { place } = made({ isRealTime: false });
  expect([place(0, 0), place(40, 1), place(2000, 2)]).toEqual([0, 40, 2000]);
  expect([place(2040, 3), place(10, 4), place(50, 5)]).toEqual([2040, 2080, 2120]);
});

test("a playlist that is opened again repeats its last seconds, which are left out", () => {
  const { reopen, place } = made({ isRealTime: false, keepsClock: true });
  for (let ms = 0; ms <= 4000; ms += 40) place(90_000 + ms, 1);
  reopen();
  expect(place(91_000, 2)).toBeUndefined();
  expect(place(94_000, 3)).toBeUndefined();
  expect(place(94_040, 4)).toBe(4040);
});

test("pictures that waited while a feed was opened are left out, and nothing is taken in its first second", () => {
  const { place } = made({ isArrival: true });
  const arrivals = [0, 1, 2, 3, 15, 16, 17, ...Array.from({ length: 40 }, (_, n) => 50 + n * 33)];
  const placed = arrivals.filter((ms) => place(1.7e12 + ms, ms) !== undefined);
  expect(placed[0]).toBeGreaterThanOrEqual(1000);
  expect(placed.at(-1)).toBe(arrivals.at(-1));
  expect(placed).toHaveLength(arrivals.filter((ms) => ms >= (placed[0] ?? 0)).length);
});

test("a feed that is opened again is taken as soon as its pictures come one by one", () => {
  const { reopen, place } = made({ isArrival: true });
  for (let ms = 0; ms <= 1500; ms += 33) place(ms, ms);
  reopen();
  const taken = [2000, 2001, 2002, 2035, 2068, 2101, 2134].filter((ms) => place(ms, ms) !== undefined);
  expect(taken).toEqual([2101, 2134]);
});

import { expect, test } from "vitest";
import { TickCounter } from "../../src/worker/tick-counter.js";
import { madeCheck } from "../extraction/made-check.js";

const format = { widthPx: 2, heightPx: 2, fullRange: false, bt709: false };

/** Counts one frame of a steady 10 Hz. */
function count(
  counter: TickCounter,
  number: number,
  { check = madeCheck({}), collecting = false, dropped = 0 } = {},
): void {
  const timestampMs = (number - 1) * 100;
  counter.count(
    { data: new Uint8Array(6), format, number, timestampMs },
    undefined,
    collecting,
    dropped,
    timestampMs,
    check,
  );
}

test("tells for how long all constraints have been good, and begins anew after a bad frame", () => {
  const counter = new TickCounter();
  const seen = [1, 2, 3, 4, 5, 6].map((number) => {
    count(counter, number, { check: madeCheck(number === 3 ? { FaceMovement: "WARN" } : {}) });
    return counter.tick().goodForS;
  });
  expect(seen).toEqual([0, 0.1, 0, 0, 0.1, 0.2]);
});

test("a source that is away shows nothing, and must be good anew when it is back", () => {
  const counter = new TickCounter();
  for (const number of [1, 2, 3, 4]) count(counter, number);
  expect(counter.tick()).toMatchObject({ goodForS: expect.closeTo(0.3, 6) });
  counter.pause();
  expect(counter.tick()).toMatchObject({ goodForS: 0, rateHz: 0, hasFace: false, presence: 0 });
  count(counter, 10);
  expect(counter.tick().goodForS).toBe(0);
});

test("a frame stands for no longer than a quarter of a second, also behind a gap", () => {
  const counter = new TickCounter();
  for (const number of [1, 2, 3, 12]) count(counter, number, { collecting: true });
  expect(counter.tick().positionS).toBeCloseTo(1.35, 6);
});

test("frames that were dropped before the start do not count", () => {
  const counter = new TickCounter();
  count(counter, 1, { dropped: 7 });
  count(counter, 2, { dropped: 7, collecting: true });
  expect(counter.tick()).toMatchObject({ framesDropped: 0, framesRead: 1 });
  count(counter, 3, { dropped: 9, collecting: true });
  expect(counter.tick().framesDropped).toBe(2);
});

test("the rate is that of the frames from the first one on, and the speed that of their times", () => {
  const counter = new TickCounter();
  const rates = [1, 2, 3].map((number) => {
    count(counter, number);
    return counter.tick().rateHz;
  });
  // One frame alone has no rate.
  expect(rates).toEqual([0, 10, 10]);
  expect(counter.tick().speed).toBe(1);
});

test("what drops frames is no slower, and what is read faster than in real time is", () => {
  const slow = new TickCounter();
  const fast = new TickCounter();
  for (const number of [1, 3, 5, 7, 9, 11]) {
    count(slow, number, { collecting: true, dropped: (number - 1) / 2 });
  }
  for (const number of [1, 2, 3, 4]) {
    const timestampMs = number * 100;
    const frame = { data: new Uint8Array(6), format, number, timestampMs };
    fast.count(frame, undefined, true, 0, timestampMs / 20, madeCheck({}));
  }
  expect(slow.tick()).toMatchObject({ rateHz: 5, sourceRateHz: 10, speed: 1 });
  expect(fast.tick()).toMatchObject({ rateHz: 200, speed: 20 });
});

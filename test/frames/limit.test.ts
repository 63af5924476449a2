import { expect, test } from "vitest";
import { limit } from "../../src/frames/limit.js";
import { plannedDurationS } from "../../src/frames/plan.js";
import { framesAt, numbersOf, steady } from "./made.js";

async function check(timesMs: readonly number[], plannedS: number, expected: number): Promise<void> {
  expect(await numbersOf(limit(framesAt(timesMs), plannedS))).toHaveLength(expected);
}

test("30 s at 30 Hz are 900 frames", () => check(steady(1_000, 30), 30, 900));

test("a shorter video is passed on whole", () => check(steady(40, 30), 30, 40));

test("times that are rounded to milliseconds give the same number", () =>
  check(
    steady(1_000, 30).map((timeMs) => Math.round(timeMs)),
    10,
    300,
  ));

test("a variable rate is limited by time, not by number", () => check([0, 10, 900, 950, 1_000, 1_001], 1, 4));

test("the source is ended when the plan is fulfilled", async () => {
  let isLeft = false;
  await numbersOf(
    limit(
      framesAt(steady(100, 30), () => {
        isLeft = true;
      }),
      1,
    ),
  );
  expect(isLeft).toBe(true);
});

test("the plan is the wanted length, but not more than there is", () => {
  expect(plannedDurationS({ kind: "file", durationS: 20 }, 60)).toBe(20);
  expect(plannedDurationS({ kind: "file", durationS: 200 }, 45)).toBe(45);
  expect(plannedDurationS({ kind: "camera", durationS: undefined }, 45)).toBe(45);
});

test("without a wanted length files are measured for 60 s, cameras for 30 s", () => {
  expect(plannedDurationS({ kind: "file", durationS: 200 }, undefined)).toBe(60);
  expect(plannedDurationS({ kind: "camera", durationS: undefined }, undefined)).toBe(30);
  expect(plannedDurationS({ kind: "stream", durationS: undefined }, undefined)).toBe(30);
});

import { expect, test } from "vitest";

import { ConstraintGuard } from "../../src/pipeline/constraint-guard.js";
import { madeCheck } from "../extraction/made-check.js";

function watch(guard: ConstraintGuard, fromMs: number, durationMs: number, check: ReturnType<typeof madeCheck>): void {
  for (let atMs = fromMs; atMs <= fromMs + durationMs; atMs += 100) guard.watch(check, atMs);
}

test("an error of less than three seconds and warnings of any length are let pass", () => {
  const guard = new ConstraintGuard();
  for (let round = 0; round < 5; round += 1) {
    watch(guard, round * 10_000, 2900, madeCheck({ FaceMovement: "ERROR" }));
    watch(guard, round * 10_000 + 3000, 6000, madeCheck({ FaceFar: "WARN" }));
  }
  expect(() => watch(guard, 60_000, 2900, madeCheck({ FaceNone: "ERROR" }))).not.toThrow();
});

test("an error that stays ends the measurement with the reason and what to do", () => {
  const guard = new ConstraintGuard();
  expect(() => watch(guard, 500, 3000, madeCheck({ FaceMovement: "ERROR", LowFps: "WARN" }))).toThrowError(
    expect.objectContaining({
      code: "NO_SIGNAL",
      message: "the measurement was stopped because for 3 s the face moved too much; start again: hold still",
    }),
  );
});

test("a face that is gone is told as such", () => {
  const guard = new ConstraintGuard();
  expect(() => watch(guard, 0, 3000, madeCheck({ FaceNone: "ERROR" }))).toThrowError(
    expect.objectContaining({ code: "NO_FACE" }),
  );
});

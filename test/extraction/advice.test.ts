import { expect, test } from "vitest";

import type { ConstraintCheck, ConstraintId, ConstraintResult } from "../../src/domain/constraints.js";
import { AdviceKeeper } from "../../src/extraction/advice.js";
import { ChunkQualityMeter } from "../../src/extraction/chunk-quality.js";
import { madeCheck } from "./made-check.js";

/** Feeds the same check at 30 frames per second. */
class Feed {
  readonly keeper = new AdviceKeeper();
  nowMs = 0;

  for(durationMs: number, results: Partial<Record<ConstraintId, ConstraintResult>>): readonly ConstraintId[] {
    const check: ConstraintCheck = madeCheck(results);
    for (let endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += 1000 / 30) {
      this.keeper.update(check, this.nowMs);
    }
    return this.keeper.advice;
  }
}

test("a trouble that lasts becomes advice, and goes some time after it is over", () => {
  const feed = new Feed();
  expect(feed.for(400, { FaceFar: "WARN" })).toEqual([]);
  expect(feed.for(200, { FaceFar: "WARN" })).toEqual(["FaceFar"]);
  expect(feed.for(1000, {})).toEqual(["FaceFar"]);
  expect(feed.for(1000, {})).toEqual([]);
});

test("what comes and goes from frame to frame neither appears nor vanishes", () => {
  const feed = new Feed();
  const flicker = () => {
    const seen = new Set<string>();
    for (let index = 0; index < 60; index += 1)
      seen.add(feed.for(34, index % 3 ? {} : { FaceMovement: "ERROR" }).join());
    return [...seen];
  };
  expect(flicker()).toEqual([""]);
  feed.for(1000, { FaceMovement: "ERROR" });
  expect(flicker()).toEqual(["FaceMovement"]);
});

test("errors come before warnings, then the more basic before the finer", () => {
  const feed = new Feed();
  expect(feed.for(1000, { LowFps: "WARN", FaceMovement: "WARN", ImageDark: "WARN" })).toEqual([
    "ImageDark",
    "FaceMovement",
    "LowFps",
  ]);
  expect(feed.for(100, { LowFps: "ERROR", FaceMovement: "WARN", ImageDark: "WARN" })[0]).toBe("LowFps");
});

test("the violated constraint is told at once, and only while it is violated", () => {
  const feed = new Feed();
  feed.for(10, { FaceFar: "ERROR", FaceMovement: "ERROR", ImageDark: "WARN" });
  expect(feed.keeper.violated).toBe("FaceFar");
  feed.for(10, { FaceFar: "WARN" });
  expect(feed.keeper.violated).toBeUndefined();
});

test("the list is the same one until it changes", () => {
  const feed = new Feed();
  const first = feed.for(1000, { FaceFar: "WARN" });
  expect(feed.for(1000, { FaceFar: "WARN" })).toBe(first);
});

test("a chunk without trouble has five stars", () => {
  const meter = new ChunkQualityMeter(60);
  for (let frame = 0; frame < 100; frame += 1) meter.add(madeCheck({}, { movementMm: frame === 50 ? 3.26 : 1 }));
  expect(meter.take(2)).toEqual({
    number: 2,
    faceShare: 1,
    movementMm: 3.3,
    brightness: 140,
    rateHz: 30,
    stars: 5,
    worst: null,
  });
});

test.each([
  ["a quarter in error", 25, "ERROR", 4],
  ["half in warning", 50, "WARN", 4],
  ["all in warning", 100, "WARN", 3],
  ["half in error", 50, "ERROR", 3],
  ["all in error", 100, "ERROR", 1],
] as const)("stars: %s", (_, count, result, stars) => {
  const meter = new ChunkQualityMeter(60);
  for (let frame = 0; frame < 100; frame += 1) meter.add(madeCheck(frame < count ? { ImageDark: result } : {}));
  expect(meter.take(0)).toMatchObject({ stars, worst: "ImageDark" });
});

test("the worst is what cost most, and a face that moved too long spoils the chunk", () => {
  const meter = new ChunkQualityMeter(60);
  for (let frame = 0; frame < 100; frame += 1)
    meter.add(madeCheck({ ImageDark: "WARN", FaceMovement: frame < 60 ? "ERROR" : "GOOD" }));
  expect(meter.take(0)).toMatchObject({ worst: "FaceMovement", stars: 2 });
  for (let frame = 0; frame < 100; frame += 1) meter.add(madeCheck({ FaceMovement: frame < 61 ? "ERROR" : "GOOD" }));
  expect(meter.take(1)).toMatchObject({ worst: "FaceMovement", stars: 1 });
});

test("frames without a face count for the share alone, and a chunk without any has nothing to tell", () => {
  const meter = new ChunkQualityMeter(60);
  const absent = madeCheck({ FaceNone: "ERROR" }, { brightness: Number.NaN, movementMm: Number.NaN });
  for (let frame = 0; frame < 100; frame += 1) meter.add(frame < 25 ? absent : madeCheck({}));
  expect(meter.take(0)).toMatchObject({ faceShare: 0.75, brightness: 140, worst: "FaceNone", stars: 4 });
  meter.add(absent);
  expect(meter.take(1)).toMatchObject({ faceShare: 0, brightness: null, movementMm: null, stars: 1 });
});

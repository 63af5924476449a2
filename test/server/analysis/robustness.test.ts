import * as fc from "fast-check";
import { expect, test } from "vitest";

import { analyse } from "../../../src/server/analysis/analyse.js";
import type { EnginePayload, RegionSeries } from "../../../src/wire/engine-payload.js";

// Whatever finite numbers a client sends, only finite numbers come back.

const ROUNDS = { numRuns: 150, seed: 20_260 };

const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 0, max: 255, noNaN: true }),
  fc.constantFrom(0, -1, 1e300, -1e300, 1e-300, 255, 128),
);

/** Constant, step, alternation, noise: a pattern is repeated to fill the frames. */
const series = (count: number): fc.Arbitrary<number[]> =>
  fc
    .array(anyNumber, { minLength: 1, maxLength: 12 })
    .map((pattern) => Array.from({ length: count }, (_, i) => pattern.at(i % pattern.length) ?? 0));

function region(count: number, index: number): fc.Arbitrary<RegionSeries> {
  return fc.record({
    name: fc.constantFrom("skin", "forehead", "chin", `region ${index}`),
    skin: fc.boolean(),
    pixels: fc.oneof(series(count), fc.constant(Array.from({ length: count }, () => 900))),
    red: series(count),
    green: series(count),
    blue: series(count),
    spread: series(count),
    clipped: fc.oneof(series(count), fc.constant(Array.from({ length: count }, () => 0))),
  });
}

const times = (count: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    fc.constant(Array.from({ length: count }, (_, i) => (i * 1000) / 30)),
    fc.constant(Array.from({ length: count }, (_, i) => i * 1e-9)),
    fc.constant(Array.from({ length: count }, (_, i) => i * 900)),
    series(count),
    fc.integer({ min: 1, max: 400 }).map((stepMs) => Array.from({ length: count }, (_, i) => 1e12 + i * stepMs)),
  );

const payload: fc.Arbitrary<EnginePayload> = fc.integer({ min: 0, max: 400 }).chain((count) =>
  fc.record({
    engine: fc.constant("test"),
    chunkNumber: fc.constant(0),
    timestampMs: times(count),
    frameNumber: fc.constant(Array.from({ length: count }, (_, i) => i)),
    face: fc.constantFrom(0, 1, 7).map((bits) => Array.from({ length: count }, () => bits)),
    centreX: series(count),
    centreY: series(count),
    eyeDistance: series(count),
    roll: series(count),
    yaw: series(count),
    pitch: series(count),
    regions: fc
      .integer({ min: 0, max: 4 })
      .chain((regions) => fc.tuple(...Array.from({ length: regions }, (_, i) => region(count, i)))),
  }),
);

test("any finite input gives finite values within their ranges, and the same ones again", () => {
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 3 }), (chunks) => {
      const result = analyse(chunks);
      for (const { id, values, notes } of result.channels) {
        expect(values.length).toBeLessThanOrEqual(9000);
        expect(values.every(Number.isFinite)).toBe(true);
        if (id === "PULSE_WAVE") expect(values.every((value) => Math.abs(value) <= 4)).toBe(true);
        if (id === "HR_BPM") expect(values.every((value) => value > 0 && value < 400)).toBe(true);
        if (id === "HR_BPM" && values.length === 0) expect(notes.length).toBeGreaterThan(0);
        if (id === "HR_BPM_CONFIDENCE") expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      }
      expect(analyse(chunks)).toEqual(result);
    }),
    ROUNDS,
  );
});

test("a constant colour, a step and a single frame are no pulse", () => {
  expect(ratesOf(steadyFace(600, () => 120))).toEqual([]);
  expect(ratesOf(steadyFace(600, (i) => (i < 300 ? 120 : 130)))).toEqual([]);
  expect(ratesOf(steadyFace(1, () => 120))).toEqual([]);
});

function ratesOf(chunk: EnginePayload): readonly number[] | undefined {
  return analyse([chunk]).channels.find(({ id }) => id === "HR_BPM")?.values;
}

function steadyFace(count: number, green: (i: number) => number): EnginePayload {
  const all = (value: number): number[] => Array.from({ length: count }, () => value);
  return {
    engine: "test",
    chunkNumber: 0,
    timestampMs: Array.from({ length: count }, (_, i) => i * 33),
    frameNumber: Array.from({ length: count }, (_, i) => i),
    face: all(1),
    centreX: all(320),
    centreY: all(240),
    eyeDistance: all(60),
    roll: all(0),
    yaw: all(0),
    pitch: all(0),
    regions: [
      {
        name: "skin",
        skin: true,
        pixels: all(900),
        red: all(170),
        green: Array.from({ length: count }, (_, i) => green(i)),
        blue: all(95),
        spread: all(5),
        clipped: all(0),
      },
    ],
  };
}

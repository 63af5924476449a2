import { expect, test } from "vitest";

import { spansOf } from "../../src/evaluate/measure.js";
import {
  durationOf,
  faceShareOf,
  framesBetween,
  payloadOfTrace,
  payloadOfWaveform,
} from "../../src/evaluate/payloads.js";
import { plainRate } from "../../src/evaluate/plain.js";
import { analyse } from "../../src/server/analysis/analyse.js";
import { cutInChunks, framesOf, makeTrace } from "../helpers/pulse.js";

function rateOf(...given: Parameters<typeof analyse>): number | undefined {
  const values = analyse(...given).channels.find(({ id }) => id === "HR_BPM")?.values ?? [];
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
}

test("a window holds exactly the frames of its time, over the borders of chunks", () => {
  const { payload } = makeTrace({ seconds: 12 });
  const parts = framesBetween(cutInChunks(payload, [5, 10]), 4000, 11_000);
  const whole = framesOf(payload, (timeMs) => timeMs >= 4000 && timeMs < 11_000);
  expect(parts.map(({ chunkNumber }) => chunkNumber)).toEqual([0, 1, 2]);
  expect(parts.flatMap(({ timestampMs }) => Array.from(timestampMs))).toEqual(whole.timestampMs);
  expect(parts.flatMap(({ regions }) => Array.from(regions.at(2)!.green))).toEqual(whole.regions.at(2)!.green);
  expect(framesBetween([payload], 50_000, 60_000)).toEqual([]);
});

test("windows follow each other and leave out the rest; a short recording is one piece", () => {
  expect(spansOf(29.97, 10).map(({ fromS, toS }) => [fromS, toS])).toEqual([
    [0, 10],
    [10, 20],
  ]);
  expect(spansOf(30, 10)).toHaveLength(3);
  expect(spansOf(8, 10)).toEqual([{ fromS: 0, toS: 8, isWhole: true }]);
  expect(spansOf(8, undefined)).toEqual([{ fromS: 0, toS: 8, isWhole: true }]);
});

test("a recording lasts to the end of its last frame", () => {
  const { payload } = makeTrace({ seconds: 20, rateHz: 25 });
  expect(durationOf([payload])).toBeCloseTo(20, 6);
  expect(faceShareOf([payload])).toBe(1);
});

test("a pulse wave is found again at its rate", () => {
  const rateHz = 25;
  const values = Array.from(
    { length: 20 * rateHz },
    (_, i) => 3 * Math.sin((2 * Math.PI * 66 * i) / rateHz / 60) + 100,
  );
  const payload = payloadOfWaveform({ rateHz, values });
  expect(rateOf([payload])).toBeCloseTo(66, 0);
  expect(plainRate([payload])?.bpm).toBeCloseTo(66, 0);
});

test("a wave that never changes gives no rate and no failure", () => {
  expect(rateOf([payloadOfWaveform({ rateHz: 30, values: Array.from({ length: 600 }, () => 1) })])).toBeUndefined();
});

/** A finger on a lamp: the pulse is in red, the other two are dark and noisy. */
function fingerTrace(redLevel: number, greenLevel: number) {
  const { payload } = makeTrace({ bpm: 80, seconds: 30 });
  const pulse = Array.from(payload.regions.at(0)!.green, (value) => value / 120);
  return {
    timesMs: Array.from(payload.timestampMs),
    red: pulse.map((value) => redLevel * value),
    green: pulse.map((value) => greenLevel * value),
    blue: pulse.map((_, i) => 0.01 * (i % 7)),
  };
}

test("where channels are dark, the lit one is read; where red is clipped, green", () => {
  const { meanBeatBpm } = makeTrace({ bpm: 80, seconds: 30 });
  const lit = payloadOfTrace(fingerTrace(200, 20)).regions.at(0)!;
  expect(Math.max(...Array.from(lit.green))).toBeGreaterThan(150);
  expect(new Set(Array.from(lit.red)).size).toBe(1);
  const clipped = payloadOfTrace(fingerTrace(254, 60)).regions.at(0)!;
  expect(Math.max(...Array.from(clipped.green))).toBeLessThan(100);
  expect(Math.abs(rateOf([payloadOfTrace(fingerTrace(200, 20))])! - meanBeatBpm)).toBeLessThan(1);
});

test("the plain pipeline finds the rate of a still face, whatever the chunks", () => {
  for (const bpm of [50, 72, 130]) {
    const { payload } = makeTrace({ bpm, sdnnMs: 0, seconds: 30, seed: bpm });
    const whole = plainRate([payload])!;
    expect(Math.abs(whole.bpm - bpm)).toBeLessThan(1.5);
    expect(plainRate(cutInChunks(payload, [5, 15]))).toEqual(whole);
  }
});

test("the plain pipeline answers without a pulse as well, and not without a face", () => {
  const { payload } = makeTrace({ depth: 0 });
  expect(plainRate([payload])?.bpm).toBeGreaterThanOrEqual(42);
  const unseen = {
    ...payload,
    regions: payload.regions.map((region) => ({ ...region, pixels: Array.from(region.pixels, () => 0) })),
  };
  expect(plainRate([unseen])).toBeUndefined();
  expect(plainRate([])).toBeUndefined();
});

test("each colour method alone finds the rate, and is not the same as all together", () => {
  const { payload, meanBeatBpm } = makeTrace({ seconds: 30 });
  const rates = ([undefined, "POS", "CHROM", "GREEN"] as const).map((method) => rateOf([payload], method)!);
  for (const rate of rates) expect(Math.abs(rate - meanBeatBpm)).toBeLessThan(1);
  expect(new Set(rates).size).toBe(4);
});

test("green alone follows light that flickers, POS alone does not", () => {
  const flicker = { bpm: 100, depth: 0.01, colour: [1, 1, 1] as const };
  const { payload, meanBeatBpm } = makeTrace({ seconds: 30, flicker });
  const green = rateOf([payload], "GREEN");
  expect(green === undefined || Math.abs(green - meanBeatBpm) > 3).toBe(true);
  expect(Math.abs(rateOf([payload], "POS")! - meanBeatBpm)).toBeLessThan(1);
});

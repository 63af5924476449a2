import { expect, test } from "vitest";

import type { Channel, ChunkResult } from "../../src/domain/result.js";
import type { MeasurementEvent } from "../../src/results/events.js";
import { countReached, initialMeasurement, startObstacle } from "../../src/results/measurement.js";
import { metricsOf } from "../../src/results/metrics.js";
import { reduce } from "../../src/results/reduce.js";

const start = initialMeasurement("local", "REST", 5);

function fold(...events: MeasurementEvent[]) {
  return events.reduce(reduce, start);
}

function result(chunkNumber: number | undefined, ...channels: Channel[]): ChunkResult {
  return { measurementId: "m", chunkNumber, errorCode: "OK", channels, raw: new Uint8Array() };
}

const heartRate = (...values: number[]): Channel => ({ id: "HR_BPM", values, notes: [] });

test("a chunk goes from extracted to result and keeps every step's time", () => {
  const state = fold(
    { type: "extracted", atMs: 10, number: 0, startS: 0, endS: 5 },
    { type: "sent", atMs: 11, number: 0 },
    { type: "acknowledged", atMs: 15, number: 0, roundTripMs: 4 },
    { type: "result", atMs: 20, result: result(0, heartRate(70, 74)) },
  );
  expect(state.chunks).toEqual([
    {
      number: 0,
      startS: 0,
      endS: 5,
      extractedAtMs: 10,
      sentAtMs: 11,
      acknowledgedAtMs: 15,
      resultAtMs: 20,
      heartRateBpm: 72,
    },
  ]);
  expect(state.roundTripMs).toBe(4);
});

test("a result that overtakes its acknowledgement loses nothing", () => {
  const state = fold(
    { type: "extracted", atMs: 10, number: 0, startS: 0, endS: 5 },
    { type: "result", atMs: 12, result: result(0, heartRate(72)) },
    { type: "acknowledged", atMs: 15, number: 0, roundTripMs: 4 },
  );
  expect(countReached(state.chunks, "resultAtMs")).toBe(1);
  expect(countReached(state.chunks, "acknowledgedAtMs")).toBe(1);
});

test("chunks stand in the order of their numbers", () => {
  const state = fold(
    { type: "extracted", atMs: 1, number: 1, startS: 5, endS: 10 },
    { type: "extracted", atMs: 2, number: 0, startS: 0, endS: 5 },
  );
  expect(state.chunks.map((chunk) => chunk.number)).toEqual([0, 1]);
});

test("the newest result of a metric counts, and metrics that it does not name stay", () => {
  const state = fold(
    { type: "result", atMs: 1, result: result(0, heartRate(60), { id: "SNR", values: [3], notes: [] }) },
    { type: "result", atMs: 2, result: result(1, heartRate(80, 82)) },
  );
  expect(state.metrics.map(({ id, mean }) => [id, mean])).toEqual([
    ["HR_BPM", 81],
    ["SNR", 3],
  ]);
});

test("an empty channel has no mean, which is not zero", () => {
  const [metric] = metricsOf(result(0, { id: "HR_BPM", values: [], notes: ["NOTE_SNR_BELOW_THRESHOLD"] }));
  expect(metric).toEqual({ id: "HR_BPM", mean: undefined, confidence: undefined, notes: ["NOTE_SNR_BELOW_THRESHOLD"] });
});

test("confidence belongs to its metric and wave and confidence are no metrics", () => {
  const metrics = metricsOf(
    result(
      0,
      heartRate(72),
      { id: "HR_BPM_CONFIDENCE", values: [0.9], notes: [] },
      { id: "PULSE_WAVE", values: [0, 1], notes: [] },
    ),
  );
  expect(metrics).toEqual([{ id: "HR_BPM", mean: 72, confidence: 0.9, notes: [] }]);
});

test("once it is over, a measurement does not change its phase again", () => {
  const state = fold({ type: "phase", phase: { kind: "cancelled" } }, { type: "phase", phase: { kind: "measuring" } });
  expect(state.phase.kind).toBe("cancelled");
});

test("the log keeps the newest 500 lines", () => {
  const events: MeasurementEvent[] = Array.from({ length: 600 }, (_, index) => ({
    type: "message",
    message: { atMs: index, level: "info", text: String(index) },
  }));
  const { messages } = fold(...events);
  expect(messages).toHaveLength(500);
  expect(messages.at(-1)?.text).toBe("599");
});

test("only a camera is kept from starting, and only by what is violated now", () => {
  const source = {
    label: "x",
    format: { widthPx: 2, heightPx: 2, fullRange: false, bt709: false },
    rateHz: 30,
    durationS: undefined,
    rotationDeg: 0,
  };
  const at = (kind: "file" | "camera" | "stream", violated: "FaceFar" | null) =>
    fold(
      { type: "opened", source: { ...source, kind }, plannedS: 30, plannedChunks: 2 },
      { type: "progress", progress: { ...start.progress, advice: ["FaceFar"], violated } },
    );
  expect(startObstacle(at("camera", "FaceFar"))).toBe("FaceFar");
  expect(startObstacle(at("camera", null))).toBeUndefined();
  expect(startObstacle(at("file", "FaceFar"))).toBeUndefined();
  expect(startObstacle(at("stream", "FaceFar"))).toBeUndefined();
});

test("a chunk that is found at the server has no round trip of its own", () => {
  const state = fold(
    { type: "acknowledged", atMs: 15, number: 0, roundTripMs: 4 },
    { type: "acknowledged", atMs: 16, number: 1, roundTripMs: undefined },
  );
  expect(state.roundTripMs).toBe(4);
  expect(state.messages.map(({ text }) => text)).toEqual([
    "chunk 1 acknowledged in 4 ms",
    "chunk 2 found at the server",
  ]);
});

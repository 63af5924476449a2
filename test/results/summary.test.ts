import { expect, test } from "vitest";

import type { MeasurementEvent } from "../../src/results/events.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { plainSummary } from "../../src/results/plain-summary.js";
import { reduce } from "../../src/results/reduce.js";
import { summarise } from "../../src/results/summary.js";

const nowhere = { folder: null, chunks: null, results: null, snapshot: null, faces: null };

function summaryOf(...events: MeasurementEvent[]) {
  return summarise(events.reduce(reduce, initialMeasurement("local", "REST", 5)), nowhere, 1.23456);
}

const resultEvent: MeasurementEvent = {
  type: "result",
  atMs: 9,
  result: {
    measurementId: "m",
    chunkNumber: 0,
    errorCode: "OK",
    channels: [
      { id: "HR_BPM", values: [72.004, 72.006], notes: [] },
      { id: "HR_BPM_CONFIDENCE", values: [0.966], notes: [] },
    ],
    raw: new Uint8Array(),
  },
};

test("a completed measurement has rounded means, units and confidence", () => {
  const summary = summaryOf(
    { type: "created", measurementId: "m", atMs: 0 },
    { type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 },
    {
      type: "progress",
      progress: {
        framesRead: 150,
        framesTracked: 149,
        framesDropped: 1,
        positionS: 4.9999,
        rateHz: 30,
        sourceRateHz: 30,
        speed: 1,
        face: "tracked",
        presence: 1,
        advice: [],
        violated: null,
      },
    },
    resultEvent,
    { type: "phase", phase: { kind: "completed" } },
  );
  expect(summary.frames).toEqual({ read: 150, tracked: 149, dropped: 1 });
  expect(summary).toMatchObject({
    v: 1,
    type: "summary",
    status: "completed",
    measurementId: "m",
    durationS: 5,
    error: null,
  });
  expect(summary.metrics["HR_BPM"]).toEqual({ mean: 72.01, unit: "bpm", confidence: 0.97, notes: [] });
  expect(summary.timing.wallS).toBe(1.235);
});

test("what was not reported is null with a note, never zero", () => {
  const summary = summaryOf({ type: "phase", phase: { kind: "cancelled" } });
  expect(summary.metrics["HR_BPM"]).toEqual({ mean: null, unit: "bpm", confidence: null, notes: ["NOTE_NO_RESULT"] });
  expect(summary.metrics["SNR"]?.mean).toBeNull();
});

test("a failure carries its code and sentence", () => {
  const failure = { code: "NO_FACE", message: "no face was found" } as const;
  const summary = summaryOf({ type: "phase", phase: { kind: "failed", failure } });
  expect(summary.status).toBe("failed");
  expect(summary.error).toEqual(failure);
  // Nothing was measured: there is nothing to say about rates.
  expect(plainSummary(summary)).toEqual(["Measurement failed", "  no face was found"]);
});

test("plain lines show two decimals, the confidence in a word and what was kept", () => {
  const lines = plainSummary(
    summaryOf({ type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 }, resultEvent, {
      type: "phase",
      phase: { kind: "cancelled" },
    }),
  ).join("\n");
  expect(lines).toMatch(/Heart rate\s+72\.01 bpm\s+confidence high \(0\.97\)/);
  expect(lines).toMatch(/SNR\s+N\/A/);
  expect(lines).toContain("Kept: 1 chunk, 0 acknowledged, results of 1.");
});

test("a note stands below its value where a line of 80 columns has no room for it", () => {
  const ended = summaryOf({ type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 });
  const metric = { mean: 69.93, unit: "bpm", confidence: 0.75, notes: ["NOTE_PROVISIONAL"] };
  const lines = plainSummary({ ...ended, metrics: { HR_BPM: metric } });
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(lines.join("\n")).toMatch(/medium \(0\.75\)\n {34}provisional/);
});

test("the quality of the chunks stands in their order, without those that have none", () => {
  const quality = { faceShare: 1, movementMm: 2, brightness: 140, rateHz: 30, stars: 5, worst: null };
  const summary = summaryOf(
    { type: "extracted", atMs: 2, number: 1, startS: 5, endS: 10, quality: { number: 1, ...quality } },
    { type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5, quality: { number: 0, ...quality } },
    { type: "sent", atMs: 3, number: 2 },
  );
  expect(summary.quality.map(({ number }) => number)).toEqual([0, 1]);
  expect(summary.chunks.extracted).toBe(2);
});

test("one that could be brought to its end says how, as a shell takes it", () => {
  const ended = summaryOf({ type: "phase", phase: { kind: "cancelled" } });
  const inFolder = (folder: string) =>
    plainSummary({ ...ended, canResume: true, paths: { ...nowhere, folder } }).join("\n");
  expect(inFolder("/state/a-1")).toMatch(/\n {2}go on with: dfxterm resume \/state\/a-1$/);
  expect(inFolder("/my state/it's")).toMatch(/dfxterm resume '\/my state\/it'\\''s'$/);
  expect(plainSummary(ended).join("\n")).not.toContain("resume");
});

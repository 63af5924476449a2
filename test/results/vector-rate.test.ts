import { expect, test } from "vitest";
import type { MeasurementEvent } from "../../src/results/events.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { pulseSpectrum } from "../../src/results/pulse-spectrum.js";
import { reduce } from "../../src/results/reduce.js";
import { shownPulse } from "../../src/results/shown-pulse.js";
import { expectedRateHz, vectorRateHz } from "../../src/results/vector-rate.js";

function parts(faceShare = 1) {
  return [
    { startS: 0, endS: 10, faceShare: 1 },
    { startS: 10, endS: 20, faceShare },
  ];
}

test.each([
  ["frames at the rate of the vector", 600, 1, 30, 30],
  ["more frames than the server computes with", 1200, 1, 120, 60],
  ["fewer frames than the server computes with", 299, 1, 12, 14.95],
  ["frames that were dropped in between", 600, 1, 22, 30],
  ["uneven frames, which are denser than their mean", 564, 1, 26.7, 28.2],
  ["long times without a face, which are in no vector", 450, 0.5, 30, 30],
  ["short times without a face, which are in the vector", 600, 0.8, 30, 30],
  ["a vector of the newest part alone", 300, 1, 30, 30],
  ["a shortened vector", 9000, 1, 25, 25],
  ["means only", 1, 1, 24, 24],
])("the rate of a vector: %s", (_, length, faceShare, frameRateHz, rateHz) => {
  expect(vectorRateHz(length, parts(faceShare), frameRateHz)).toBeCloseTo(rateHz, 6);
});

test("without parts it is what the frames give", () => {
  expect(vectorRateHz(300, [], 90)).toBe(expectedRateHz(90));
});

test("the server's wave has its peak where the heart rate is, at 120 frames per second too", () => {
  const wave = Array.from({ length: 900 }, (_, i) => Math.sin((2 * Math.PI * 1.2 * i) / 60));
  const opened: MeasurementEvent = {
    type: "opened",
    source: {
      kind: "file",
      label: "x",
      format: { widthPx: 2, heightPx: 2, fullRange: false, bt709: false },
      rateHz: 120,
      durationS: 15,
      rotationDeg: 0,
    },
    plannedS: 15,
    plannedChunks: 1,
  };
  const channels = [
    { id: "HR_BPM", values: wave.map(() => 72), notes: [] },
    { id: "PULSE_WAVE", values: wave, notes: [] },
  ];
  const result = { measurementId: "m", chunkNumber: 0, errorCode: "OK", channels, raw: new Uint8Array() };
  const events: MeasurementEvent[] = [
    opened,
    { type: "extracted", atMs: 1, number: 0, startS: 0, endS: 15 },
    { type: "result", atMs: 2, result },
  ];
  const state = events.reduce(reduce, initialMeasurement("local", "REST", 15));
  const pulse = shownPulse(state, "server");
  expect(pulseSpectrum(pulse?.values ?? [], pulse?.rateHz ?? 0)?.peakBpm).toBeCloseTo(72, 0);
  expect(state.rates[0]?.atS).toBe(1);
});

import { expect, test } from "vitest";
import { initialMeasurement, type Measurement } from "../../src/results/measurement.js";
import { spectrumRemark, waveLines, waveRemark } from "../../src/view/pulse-lines.js";
import { themeFor } from "../../src/view/theme.js";

const theme = themeFor({ color: false, unicode: false });

/** The skin of somebody with 72 beats a minute, at 30 frames a second; without a face from `goneS` on. */
function measuring(seconds: number, goneS = Number.POSITIVE_INFINITY, green = beating): Measurement {
  const timesS = Array.from({ length: seconds * 30 }, (_, i) => i / 30);
  const greens = timesS.map((atS) => (atS >= goneS ? Number.NaN : green(atS)));
  return { ...initialMeasurement("local", "REST", 5), phase: { kind: "measuring" }, skin: { timesS, greens } };
}

const beating = (atS: number): number => 140 - 0.5 * Math.sin(2 * Math.PI * 1.2 * atS);

/** The same, with a movement. */
const moved = (atS: number): number => beating(atS) + (atS > 8 && atS < 8.4 ? 40 : 0);

/** In how many rows of 12 the columns from one on show the wave itself. */
function height(state: Measurement, from: number, to: number): number {
  return waveLines(state, "live", 82, 12, theme).filter((line) => line.slice(from, to).includes("*")).length;
}

test("the beats keep their height while a movement is among them", () => {
  const still = height(measuring(10), 2, 40);
  expect(still).toBeGreaterThan(8);
  expect(height(measuring(10, undefined, moved), 2, 40)).toBeGreaterThanOrEqual(still / 2);
});

test("while the face is away the wave goes on to the left, and then there is none", () => {
  expect(height(measuring(10, 6), 42, 82)).toBe(0);
  expect(height(measuring(10, 6), 2, 38)).toBeGreaterThan(5);
  expect(waveRemark(measuring(10, 6), "live", 82)).toBe("live from the skin, last 8 s");
  expect(waveLines(measuring(19, 6), "live", 82, 3, theme).join("")).toContain("no face to read a pulse from");
  expect(spectrumRemark(measuring(19, 6), "live")).toBe("");
});

test("a peak that the server does not confirm is unsure", () => {
  const state = measuring(12);
  const judged = (mean: number | undefined): Measurement => ({
    ...state,
    metrics: [{ id: "HR_BPM", mean, confidence: undefined, notes: [] }],
  });
  expect(spectrumRemark(state, "live")).toMatch(/^peak 7[12]\.\d bpm$/);
  expect(spectrumRemark(judged(75), "live")).toMatch(/^peak 7[12]\.\d bpm$/);
  expect(spectrumRemark(judged(100), "live")).toMatch(/^peak 7[12]\.\d bpm, unsure$/);
  expect(spectrumRemark(judged(undefined), "live")).toMatch(/^peak 7[12]\.\d bpm, unsure$/);
});

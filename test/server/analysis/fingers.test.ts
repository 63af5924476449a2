import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";

import type { EnginePayload } from "../../../src/wire/engine-payload.js";
import { meanOf, metricOf } from "./result.js";
import { tracePayload } from "./trace-payload.js";

// Real camera traces of fingers beside a chest strap (Neshitov 2021, Sensors 21:6798, CC0), where they are at hand. In
// many of them only red is not black.
const FOLDER = resolve(import.meta.dirname, "../../../../shared/data/traces/welltory");
const SUBJECTS = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21];

function payloadOf(subject: number): EnginePayload {
  const [, ...lines] = readFileSync(resolve(FOLDER, `subject_${subject}_ppg.csv`), "utf8")
    .trim()
    .split("\n");
  const rows = lines.map((line) => line.split(",").map(Number));
  const column = (index: number): number[] => rows.map((row) => row.at(index) ?? 0);
  return tracePayload(column(0), column(1), column(2), column(3));
}

function intervalsMs(subject: number): number[] {
  const text = readFileSync(resolve(FOLDER, `subject_${subject}_rr.txt`), "utf8");
  return text.trim().split(/\s+/).map(Number);
}

function truth(id: string, intervals: readonly number[]): number {
  const mean = meanOf(intervals);
  if (id === "HR_BPM") return 60_000 / mean;
  if (id === "HRV_SDNN")
    return Math.sqrt((meanOf(intervals.map((ms) => (ms - mean) ** 2)) * intervals.length) / (intervals.length - 1));
  return Math.sqrt(meanOf(intervals.slice(1).map((ms, i) => (ms - intervals.at(i)!) ** 2)));
}

/** Errors of the recordings that are answered. */
function errorsOf(id: string): number[] {
  return SUBJECTS.flatMap((subject) => {
    const { value } = metricOf([payloadOf(subject)], id);
    return value === undefined ? [] : [Math.abs(value - truth(id, intervalsMs(subject)))];
  });
}

describe.skipIf(!existsSync(FOLDER))("on welltory traces (skipped without ../shared/data)", () => {
  test("the rate of all eleven is within 1, and within 0.5 on average", () => {
    const errors = errorsOf("HR_BPM");
    expect(errors).toHaveLength(11);
    expect(Math.max(...errors)).toBeLessThan(1);
    expect(meanOf(errors)).toBeLessThan(0.5);
  });

  test("SDNN is within 5 ms on average, in ten or more", () => {
    const errors = errorsOf("HRV_SDNN");
    expect(errors.length).toBeGreaterThanOrEqual(10);
    expect(meanOf(errors)).toBeLessThan(5);
  });

  test("RMSSD is within 6 ms on average, in nine or more", () => {
    const errors = errorsOf("HRV_RMSSD");
    expect(errors.length).toBeGreaterThanOrEqual(9);
    expect(meanOf(errors)).toBeLessThan(6);
  });
});

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";

import type { EnginePayload } from "../../../src/wire/engine-payload.js";
import { meanOf, outcomeOf } from "./result.js";
import { tracePayload } from "./trace-payload.js";

// Real camera traces of a finger beside a pulse oximeter (Hoffman 2022, npj Digit Med 5:146, MIT), where they are at hand.
const FOLDER = resolve(import.meta.dirname, "../../../../shared/data/traces/phone-oximetry");
const SUBJECTS = ["100001", "100003", "100005"];
const FRAME_RATE_HZ = 30;
const PULSE_COLUMN = 10;

interface Recording {
  readonly colours: readonly (readonly number[])[];
  /** One per second, 1/min; the monitor averages over about 8 s. */
  readonly pulseBpm: readonly number[];
}

function rows(name: string): string[][] {
  const [, ...lines] = readFileSync(resolve(FOLDER, name), "utf8").trim().split("\n");
  return lines.map((line) => line.split(","));
}

function readRecording(subject: string): Recording {
  return {
    colours: rows(`${subject}_left.csv`).map((row) => row.map(Number)),
    pulseBpm: rows(`${subject}_reference.csv`).map((row) => Number(row.at(PULSE_COLUMN))),
  };
}

function fingerPayload(colours: readonly (readonly number[])[]): EnginePayload {
  const channel = (index: number): number[] => colours.map((colour) => colour.at(index) ?? 0);
  const timestampMs = colours.map((_, i) => (i * 1000) / FRAME_RATE_HZ);
  return tracePayload(timestampMs, channel(0), channel(1), channel(2));
}

interface Score {
  readonly errorsBpm: readonly number[];
  readonly refusedShare: number;
}

/** Windows one after the other over all subjects. */
function score(windowS: number): Score {
  const errorsBpm: number[] = [];
  let windows = 0;
  for (const subject of SUBJECTS) {
    const { colours, pulseBpm } = readRecording(subject);
    for (let atS = 0; atS + windowS <= Math.min(pulseBpm.length, colours.length / FRAME_RATE_HZ); atS += windowS) {
      const { bpm } = outcomeOf([fingerPayload(colours.slice(atS * FRAME_RATE_HZ, (atS + windowS) * FRAME_RATE_HZ))]);
      windows += 1;
      if (bpm !== undefined) errorsBpm.push(Math.abs(bpm - meanOf(pulseBpm.slice(atS, atS + windowS))));
    }
  }
  return { errorsBpm, refusedShare: 1 - errorsBpm.length / windows };
}

describe.skipIf(!existsSync(FOLDER))("on phone-oximetry traces (skipped without ../shared/data)", () => {
  test("30 s windows are within 1.5 per minute of the monitor on average, and few are refused", () => {
    const { errorsBpm, refusedShare } = score(30);
    expect(meanOf(errorsBpm)).toBeLessThan(1.5);
    expect(refusedShare).toBeLessThan(0.1);
  });

  test("10 s windows are within 2 per minute on average, and not many are refused", () => {
    const { errorsBpm, refusedShare } = score(10);
    expect(meanOf(errorsBpm)).toBeLessThan(2);
    expect(refusedShare).toBeLessThan(0.1);
  });
});

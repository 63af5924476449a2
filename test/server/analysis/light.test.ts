import { describe, expect, test } from "vitest";

import { bloodScore } from "../../../src/server/analysis/light.js";
import { prominenceDb } from "../../../src/server/analysis/prominence.js";
import { pulsesOf } from "../../../src/server/analysis/pulses.js";
import { recordingOf } from "../../../src/server/analysis/series.js";
import { type TrackedPulse, trackPulse } from "../../../src/server/analysis/tracked-pulse.js";
import type { EnginePayload } from "../../../src/wire/engine-payload.js";
import { makeTrace, type TraceSettings } from "../../helpers/pulse.js";
import { outcomeOf } from "./result.js";

const SEEDS = [31, 32, 33, 34];

function tracked(payload: EnginePayload): TrackedPulse {
  const pulses = pulsesOf(recordingOf([payload]));
  if (typeof pulses === "string") throw new Error(pulses);
  return trackPulse(pulses)!;
}

/** A face that fills the picture: there is no background to ask. */
function withoutBackground({ regions, ...payload }: EnginePayload): EnginePayload {
  return { ...payload, regions: regions.filter(({ skin }) => skin) };
}

const scoreOf = (change: Partial<TraceSettings>): number =>
  bloodScore(tracked(withoutBackground(makeTrace(change).payload)));

describe("the colours of what changes at the rate", () => {
  test("blood passes, on light and on dark skin, and with the colour half lost to a codec", () => {
    for (const seed of SEEDS) {
      expect(scoreOf({ seed })).toBe(1);
      expect(scoreOf({ seed, colour: [0.22, 1, 0.8], depth: 0.005 })).toBe(1);
      expect(scoreOf({ seed, colour: [0.6, 1, 0.7] })).toBe(1);
    }
  });

  test("a face lit by a flickering screen fails, whatever the rate, with nothing else in the picture", () => {
    for (const seed of SEEDS) {
      const flicker = { bpm: 55 + 3 * seed - 60, depth: 0.006, colour: [0.9, 1, 1.05] } as const;
      expect(scoreOf({ seed, depth: 0, flicker })).toBeLessThan(0.2);
      const { bpm, notes } = outcomeOf([withoutBackground(makeTrace({ seed, depth: 0, flicker }).payload)]);
      expect(bpm).toBeUndefined();
      expect(notes).toContain("NOTE_LIGHT_AT_RATE");
    }
  });

  test("red that gets brighter as green gets darker is no blood", () => {
    for (const seed of SEEDS) expect(scoreOf({ seed, colour: [-0.8, 1, -0.8] })).toBeLessThan(0.2);
  });

  test("a single patch is not asked: under a finger blood has other colours", () => {
    const { payload } = makeTrace({ seed: 5, colour: [1, 1, 1] });
    expect(bloodScore(tracked({ ...payload, regions: payload.regions.slice(0, 1) }))).toBe(1);
  });
});

describe("the line beside its surroundings", () => {
  test("a pulse stands out by 10 dB and more", () => {
    for (const seed of SEEDS) expect(prominenceDb(tracked(makeTrace({ seed }).payload))).toBeGreaterThan(10);
  });

  test("slow noise that all of the face shares does not, and gives no number", () => {
    const prominences: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const { payload } = makeTrace({ seed, seconds: 30, depth: 0, drift: 0 });
      const slow = slowNoise(payload.timestampMs.length, seed);
      const changed = (values: ArrayLike<number>, share: number): number[] =>
        Array.from(values, (value, i) => value * (1 + share * (slow[i] ?? 0)));
      const regions = payload.regions.map((region) => ({
        ...region,
        red: changed(region.red, 0.3),
        green: changed(region.green, 1),
        blue: changed(region.blue, 0.5),
      }));
      const moved = { ...payload, regions: regions.filter(({ skin }) => skin) };
      prominences.push(prominenceDb(tracked(moved)));
      expect(outcomeOf([moved]).bpm).toBeUndefined();
    }
    prominences.sort((a, b) => a - b);
    expect(prominences[10]).toBeLessThan(8);
  });

  test("a rate of which too few beats fit into the recording is not given", () => {
    for (const seed of SEEDS) {
      const { bpm, notes } = outcomeOf([makeTrace({ seed, bpm: 43, sdnnMs: 10, seconds: 4.6 }).payload]);
      expect(bpm).toBeUndefined();
      expect(notes).toContain("NOTE_NEEDS_10_S");
    }
  });
});

/** Noise whose power falls with the square of the frequency, as motion's does; about 0.4 % strong. */
function slowNoise(count: number, seed: number): number[] {
  let state = seed * 7919;
  const uniform = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296 - 0.5;
  };
  let fast = 0;
  let value = 0;
  return Array.from({ length: count }, () => {
    fast = 0.8 * fast + uniform();
    value = 0.93 * value + 0.0012 * fast;
    return value;
  });
}

import { describe, expect, test } from "vitest";

import type { EnginePayload } from "../../../src/wire/engine-payload.js";
import { makeTrace, type TraceSettings } from "../../helpers/pulse.js";
import { outcomeOf } from "./result.js";

// What rooms, cameras and people do to a recording: the rate stays right, or is refused.

const SEEDS = [81, 82, 83, 84];

function checkRight(change: Partial<TraceSettings>, errorBpmMax: number): void {
  for (const seed of SEEDS) {
    const { payload, meanBeatBpm } = makeTrace({ seconds: 25, ...change, seed });
    const { bpm } = outcomeOf([payload]);
    expect(Math.abs(bpm! - meanBeatBpm)).toBeLessThan(errorBpmMax);
  }
}

/** The payload with only its red, as a recorder for fingers may store it. */
function redOnly(payload: EnginePayload): EnginePayload {
  const dark = Array.from(payload.timestampMs, () => 0);
  const [skin] = payload.regions;
  return { ...payload, regions: skin ? [{ ...skin, green: dark, blue: dark }] : [] };
}

describe("the rate stays right", () => {
  test("when the exposure steps", () => {
    checkRight({ exposure: { atS: 9, factor: 1.05 } }, 1);
    checkRight({ exposure: { atS: 14, factor: 0.9 } }, 1);
  });

  test("when a hand covers a region for a while, or all the time", () => {
    checkRight({ covered: { region: "left cheek", fromS: 6, toS: 14 } }, 1);
    checkRight({ covered: { region: "forehead", fromS: 0, toS: 25 } }, 1);
  });

  test("while mains light flickers at an alias inside the band, white as lamps are", () => {
    // 100 Hz seen at 29.4 frames/s: 2.4 Hz; at 29.7: 1.1 Hz.
    checkRight({ flicker: { bpm: 144, depth: 0.004, colour: [1, 1, 1] } }, 1);
    checkRight({ flicker: { bpm: 66, depth: 0.004, colour: [1, 1, 1] }, bpm: 80 }, 1);
  });

  test("while somebody talks: head and jaw move without a rate", () => {
    checkRight({ nod: { bpm: 37, amplitude: 0.04, depth: 0.006 }, noise: 0.08 }, 1.5);
  });

  test("with uneven times, missing frames and a step of the exposure together", () => {
    checkRight({ jitterMs: 8, missing: 0.1, exposure: { atS: 12, factor: 1.04 } }, 1);
  });
});

describe("one colour", () => {
  const FINGER = { colour: [1, 1, 1], depth: 0.02, seconds: 30 } as const;

  test("a finger of which only red is known is measured, and it is said that it was one colour", () => {
    for (const seed of SEEDS) {
      const { payload, meanBeatBpm } = makeTrace({ ...FINGER, seed });
      const { bpm, notes, confidence } = outcomeOf([redOnly(payload)]);
      expect(Math.abs(bpm! - meanBeatBpm)).toBeLessThan(1);
      expect(notes).toEqual(["NOTE_ONE_COLOUR"]);
      expect(confidence).toBeLessThanOrEqual(0.8);
    }
  });

  test("a lamp that swings like a sine is no finger", () => {
    for (const seed of SEEDS) {
      const flicker = { bpm: 80, depth: 0.01, colour: [1, 1, 1] } as const;
      const { payload } = makeTrace({ ...FINGER, depth: 0, flicker, seed });
      const { bpm, notes } = outcomeOf([redOnly(payload)]);
      expect(bpm).toBeUndefined();
      expect(notes).toContain("NOTE_ONE_COLOUR");
    }
  });
});

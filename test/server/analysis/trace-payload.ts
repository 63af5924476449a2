import type { EnginePayload } from "../../../src/wire/engine-payload.js";

/** A payload as of a face that is always there, with one region of skin that has the given mean colours. */
export function tracePayload(
  timestampMs: readonly number[],
  red: readonly number[],
  green: readonly number[],
  blue: readonly number[],
): EnginePayload {
  const all = (value: number): number[] => timestampMs.map(() => value);
  return {
    engine: "trace",
    chunkNumber: 0,
    timestampMs,
    frameNumber: timestampMs.map((_, i) => i),
    face: all(1),
    centreX: all(0),
    centreY: all(0),
    eyeDistance: all(60),
    roll: all(0),
    yaw: all(0),
    pitch: all(0),
    regions: [{ name: "skin", skin: true, pixels: all(1000), red, green, blue, spread: all(1), clipped: all(0) }],
  };
}

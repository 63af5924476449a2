import { faceSeconds, type Stretch } from "./face-time.js";

/** Servers shorten a vector of a long measurement; the local one to so many values. */
export const SHORTENED = 9_000;
/** The local server computes on an even grid that is never coarser or finer than this, whatever the frame rate. */
const RATE_HZ_MIN = 15;
const RATE_HZ_MAX = 60;
/** Vectors are denser than frames where those in between were dropped; one outside of this covers another time. */
const DENSITY_MIN = 0.7;
const DENSITY_MAX = 2;

/** The rate at which a server gives its vectors and its wave, from that of the frames that were measured. */
export function expectedRateHz(frameRateHz: number): number {
  return Math.min(RATE_HZ_MAX, Math.max(RATE_HZ_MIN, frameRateHz));
}

/**
 * Values per second of a result's vectors and of its wave, which no message tells. A vector over these parts tells by its
 * length: it holds all frames with a face, and those without one in short gaps. Else it is what the frames' own rate gives.
 */
export function vectorRateHz(length: number, parts: readonly Stretch[], frameRateHz: number): number {
  const expectedHz = expectedRateHz(frameRateHz);
  const wholeS = parts.reduce((sum, { startS, endS }) => sum + endS - startS, 0);
  const facesS = faceSeconds(parts);
  if (length < 2 || length >= SHORTENED || facesS <= 0) return expectedHz;
  const density = length / facesS / expectedHz;
  if (density < DENSITY_MIN || density > DENSITY_MAX) return expectedHz;
  return Math.min(length / facesS, Math.max(length / wholeS, expectedHz));
}

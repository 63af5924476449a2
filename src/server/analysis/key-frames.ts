import type { Beats } from "./beats.js";
import { meanOf } from "./mean.js";
import type { Pulses } from "./pulses.js";
import type { TrackedPulse } from "./tracked-pulse.js";

/** A rate within this of a multiple of the key-frame rate may be the encoder's: 2 per minute. */
const SAME_RATE_HZ = 2 / 60;

/** The picture jumps once per key frame; the harmonics of such a jump get weaker. */
const MULTIPLES = 4;

/** Key frames nearer than this are no pulsing (every frame of Motion JPEG is one); rarer ones give no rate of a heart. */
const INTERVAL_S_MIN = 0.25;
const INTERVAL_S_MAX = 4.5;
const KEY_FRAMES_MIN = 4;

/** Seconds between key frames, when they come at a rate that could be a heart's or disturb one; else undefined. */
export function keyFrameIntervalS({ keyTimesMs }: Pulses): number | undefined {
  if (keyTimesMs.length < KEY_FRAMES_MIN) return undefined;
  const intervals = keyTimesMs.slice(1).map((timeMs, i) => (timeMs - keyTimesMs[i]!) / 1000);
  intervals.sort();
  const intervalS = intervals[intervals.length >> 1]!;
  return intervalS < INTERVAL_S_MIN || intervalS > INTERVAL_S_MAX ? undefined : intervalS;
}

/** Share of the windows whose rate lies at a multiple of the key-frame rate, 0 to 1. */
export function keyFrameShare({ pulses, rates }: TrackedPulse): number {
  const intervalS = keyFrameIntervalS(pulses);
  if (intervalS === undefined) return 0;
  const hits = rates.filter((rateHz) => {
    const multiple = Math.round(rateHz * intervalS);
    return multiple >= 1 && multiple <= MULTIPLES && Math.abs(rateHz - multiple / intervalS) <= SAME_RATE_HZ;
  });
  return hits.length / Math.max(1, rates.length);
}

/**
 * How firmly the beats stand to the key frames, 0 to 1: the length of the mean of their phases (1: every beat at the same place
 * between key frames).
 * @param beats one per segment.
 */
export function keyFrameLock({ pulses, rates }: TrackedPulse, beats: readonly Beats[]): number {
  const intervalS = keyFrameIntervalS(pulses);
  if (intervalS === undefined) return 0;
  const meanHz = meanOf(rates);
  const multiple = Math.max(1, Math.round(meanHz * intervalS));
  let cosines = 0;
  let sines = 0;
  let count = 0;
  for (const [segment, { places }] of beats.entries()) {
    const { grid } = pulses.segments[segment]!;
    for (const place of places) {
      const timeS = (grid.startMs - pulses.keyTimesMs[0]!) / 1000 + place / pulses.rateHz;
      const angle = (2 * Math.PI * multiple * timeS) / intervalS;
      cosines += Math.cos(angle);
      sines += Math.sin(angle);
      count += 1;
    }
  }
  return count > 0 ? Math.hypot(cosines, sines) / count : 0;
}

import type { TrackedPulse } from "./tracked-pulse.js";

/** A rate within this of a multiple of the key-frame rate may be the encoder's: 2 per minute. */
const SAME_RATE_HZ = 2 / 60;

/** The picture jumps once per key frame; the harmonics of such a jump get weaker. */
const MULTIPLES = 4;

/** Key frames nearer than this are no pulsing (every frame of Motion JPEG is one); rarer ones give no rate of a heart. */
const INTERVAL_S_MIN = 0.25;
const INTERVAL_S_MAX = 4.5;
const KEY_FRAMES_MIN = 4;

/** Share of the windows whose rate lies at a multiple of the key-frame rate, 0 to 1. */
export function keyFrameShare({ pulses: { keyTimesMs }, rates }: TrackedPulse): number {
  if (keyTimesMs.length < KEY_FRAMES_MIN) return 0;
  const intervals = keyTimesMs.slice(1).map((timeMs, i) => (timeMs - keyTimesMs[i]!) / 1000);
  intervals.sort();
  const intervalS = intervals[intervals.length >> 1]!;
  if (intervalS < INTERVAL_S_MIN || intervalS > INTERVAL_S_MAX) return 0;
  const hits = rates.filter((rateHz) => {
    const multiple = Math.round(rateHz * intervalS);
    return multiple >= 1 && multiple <= MULTIPLES && Math.abs(rateHz - multiple / intervalS) <= SAME_RATE_HZ;
  });
  return hits.length / Math.max(1, rates.length);
}

import { meanOf } from "./mean.js";
import type { TrackedPulse } from "./tracked-pulse.js";
import { rmsOf } from "./wave.js";

/** Longest vector that a channel carries. */
const VALUES_MAX = 9000;

/** The wave that is shown: its length, and its limit in units of its rms. */
const WAVE_S = 15;
const WAVE_LIMIT = 4;

/** Values of windows as values of samples, over all segments: on the line between the middles of the windows. */
export function perSample({ pulses, windows }: TrackedPulse, values: readonly number[]): Float64Array {
  const { segments, rateHz } = pulses;
  const out = new Float64Array(segments.reduce((sum, segment) => sum + segment.grid.count, 0));
  let at = 0;
  let next = 0;
  for (const { grid } of segments) {
    for (let i = 0; i < grid.count; i += 1) {
      const timeMs = grid.startMs + (i * 1000) / rateHz;
      while (next < windows.length && windows[next]!.centreMs < timeMs) next += 1;
      const after = Math.min(next, windows.length - 1);
      const before = next < windows.length ? Math.max(0, next - 1) : after;
      const spanMs = windows[after]!.centreMs - windows[before]!.centreMs;
      const share = spanMs > 0 ? (timeMs - windows[before]!.centreMs) / spanMs : 0;
      out[at] = values[before]! + (values[after]! - values[before]!) * Math.min(1, Math.max(0, share));
      at += 1;
    }
  }
  return out;
}

/** At most 9000 values with the same mean: means of equal pieces. */
export function shortened(values: Float64Array): number[] {
  if (values.length <= VALUES_MAX) return Array.from(values);
  const piece = values.length / VALUES_MAX;
  const out = Array.from({ length: VALUES_MAX }, (_, i) => {
    const part = values.subarray(Math.floor(i * piece), Math.floor((i + 1) * piece));
    return meanOf(part);
  });
  const shift = meanOf(values) - meanOf(out);
  return out.map((value) => value + shift);
}

/** The end of the last segment's wave. */
export function shownWave({ waves, pulses }: TrackedPulse): number[] {
  const wave = waves.at(-1) ?? new Float64Array(0);
  const end = wave.subarray(Math.max(0, wave.length - Math.round(WAVE_S * pulses.rateHz)));
  const rms = rmsOf(end);
  return Array.from(end, (value) => (rms > 0 ? Math.min(WAVE_LIMIT, Math.max(-WAVE_LIMIT, value / rms)) : 0));
}

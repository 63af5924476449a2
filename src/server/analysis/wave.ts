import type { Channel } from "./channels.js";
import type { Pulses } from "./pulses.js";

/**
 * One pulse wave per segment: the channels' waves, each scaled to the same rms, added with their weights.
 * More blood = positive in all of them.
 * @param weights one per channel; not all zero.
 */
export function combinedWaves(
  pulses: Pulses,
  channels: readonly Channel[],
  weights: readonly number[],
): Float64Array[] {
  return pulses.segments.map(({ grid }, segment) => {
    const wave = new Float64Array(grid.count);
    for (const [c, { region, method }] of channels.entries()) {
      const values = pulses.regions[region]!.pulses[segment]?.methods[method];
      const rms = values ? rmsOf(values) : 0;
      if (!values || !(rms > 1e-12) || !(weights[c]! > 0)) continue;
      const scale = weights[c]! / rms;
      for (let i = 0; i < wave.length; i += 1) wave[i] = wave[i]! + scale * values[i]!;
    }
    return wave;
  });
}

/** Root of the mean square. */
export function rmsOf(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += values[i]! ** 2;
  return Math.sqrt(squares / Math.max(1, values.length));
}

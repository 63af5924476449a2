import { FILTER_HZ_MIN } from "./bands.js";
import { SpectrumMaker } from "./spectrum.js";
import type { TrackedPulse } from "./tracked-pulse.js";

/** Half of the line's top, in Hz: the resolution of the window, but no less than a wandering heart needs. */
const TOP_HZ_MIN = 0.08;
const TOP_RESOLUTIONS = 0.8;

/** The surroundings lie this many half tops away from the rate, on either side. */
const FROM_TOPS = 2;
const TO_TOPS = 4;

/** Limits of the result, in dB. */
const DB_MAX = 40;

/**
 * How far the line at the rate stands out of the spectrum right beside it, in dB, over all windows. The SNR compares it with the whole
 * band; but the noise of a moving head is stronger the slower it is, and the high-pass makes a hump of it that looks like a rate of 45 to 65.
 * A hump has flanks. On recordings of fingers 99 % of the right answers have more than 7 dB, 95 % more than 9.5; moved faces without a
 * pulse have 6.4 to 7.8.
 */
export function prominenceDb({ waves, windows, rates, shape }: TrackedPulse): number {
  const maker = new SpectrumMaker(shape);
  let top = 0;
  let flanks = 0;
  for (const [i, { segment, from, length }] of windows.entries()) {
    const wave = waves[segment]!;
    const [spectrum] = maker.pair(wave, wave, from, length);
    const mean = (lowHz: number, highHz: number): number | undefined =>
      meanBetween(spectrum!.power, lowHz / shape.binHz, highHz / shape.binHz);
    const half = Math.max(TOP_HZ_MIN, (TOP_RESOLUTIONS * shape.rateHz) / length);
    const rate = rates[i]!;
    const above = mean(rate + FROM_TOPS * half, rate + TO_TOPS * half) ?? 0;
    const below = mean(Math.max(FILTER_HZ_MIN, rate - TO_TOPS * half), rate - FROM_TOPS * half) ?? above;
    top += mean(rate - half / 2, rate + half / 2) ?? 0;
    flanks += (above + below) / 2;
  }
  if (!(top > 0)) return -DB_MAX;
  return Math.min(DB_MAX, Math.max(-DB_MAX, 10 * Math.log10(top / Math.max(flanks, top * 1e-4))));
}

/** Mean of the bins from one to the other, both between the bins; undefined when there is none. */
function meanBetween(power: Float64Array, from: number, to: number): number | undefined {
  const first = Math.max(0, Math.ceil(from));
  const last = Math.min(power.length - 1, Math.floor(to));
  if (last < first) return undefined;
  let sum = 0;
  for (let k = first; k <= last; k += 1) sum += power[k]!;
  return sum / (last - first + 1);
}

import { RATE_HZ_MAX, RATE_HZ_MIN } from "./bands.js";
import type { Channel, WindowSpectra } from "./channels.js";
import { decibels, lineHalfWidthHz, linePower, type SpectrumShape, strongestPeak, sumBetween } from "./spectrum.js";

/** A channel counts for at most this many times the median one. */
const WEIGHT_OVER_MEDIAN_MAX = 4;

/** While any channel is above the second, channels under the first are left out; in dB. */
const SNR_DB_POOR = 0;
const SNR_DB_GOOD = 2;

/**
 * Power of red over power of green on the line: a pulse gives 0.02 to 0.2 (amplitude 0.14 to 0.43), a change of light
 * or a moving edge about 1. Between the two, GREEN counts less and less.
 */
const RED_SHARE_OF_PULSE = 0.4;
const RED_SHARE_OF_LIGHT = 0.8;

/**
 * Mean SNR of a channel in dB: the line at the given rate against the rest, summed over the windows that have it.
 * @param rates rate per window in Hz.
 */
export function channelSnrDb(
  channel: Channel,
  spectra: readonly WindowSpectra[],
  rates: readonly number[],
  durationS: number,
  shape: SpectrumShape,
): number {
  const sum = { line: 0, rest: 0 };
  for (const [i, regions] of spectra.entries()) {
    const spectrum = regions[channel.region]?.[channel.method];
    if (!spectrum || spectrum.total === 0) continue;
    const { line, rest } = linePower(spectrum.power, rates[i]!, lineHalfWidthHz(durationS), shape);
    sum.line += line;
    sum.rest += rest;
  }
  return decibels(sum);
}

/** The strongest rate of a channel in every window, in Hz; 1 Hz where it has none. */
export function ownRates(channel: Channel, spectra: readonly WindowSpectra[], shape: SpectrumShape): number[] {
  return spectra.map((regions) => {
    const power = regions[channel.region]?.[channel.method].power;
    return power ? (strongestPeak(power, RATE_HZ_MIN, RATE_HZ_MAX, shape)?.rateHz ?? 1) : 1;
  });
}

/**
 * Weights of channels: the square root of the SNR as a ratio of powers, limited to four times the median, zero for poor
 * channels while there are good ones.
 */
export function weightsFromSnr(snrsDb: readonly number[]): number[] {
  const good = snrsDb.some((snrDb) => snrDb > SNR_DB_GOOD);
  const weights = snrsDb.map((snrDb) => (snrDb <= -30 || (good && snrDb < SNR_DB_POOR) ? 0 : 10 ** (snrDb / 20)));
  const positive = weights.filter((weight) => weight > 0).sort((a, b) => a - b);
  const limit = WEIGHT_OVER_MEDIAN_MAX * (positive[positive.length >> 1] ?? 0);
  return weights.map((weight) => Math.min(weight, limit));
}

/**
 * How much GREEN of a region is to be trusted, 0 to 1: what moves red as much as green is light or motion, not blood.
 * @param rates rate per window in Hz.
 */
export function greenTrust(
  region: number,
  spectra: readonly WindowSpectra[],
  rates: readonly number[],
  durationS: number,
  shape: SpectrumShape,
): number {
  const half = lineHalfWidthHz(durationS);
  let red = 0;
  let green = 0;
  for (const [i, regions] of spectra.entries()) {
    const seen = regions[region];
    if (!seen) continue;
    red += seen.RED.total * sumBetween(seen.RED.power, rates[i]! - half, rates[i]! + half, shape);
    green += seen.GREEN.total * sumBetween(seen.GREEN.power, rates[i]! - half, rates[i]! + half, shape);
  }
  if (!(green > 0)) return 0;
  return Math.min(1, Math.max(0, (RED_SHARE_OF_LIGHT - red / green) / (RED_SHARE_OF_LIGHT - RED_SHARE_OF_PULSE)));
}

/**
 * The weighted sum of the channels' spectra in every window. Spectra and not waves are added, so that a region whose
 * pulse arrives later does no harm.
 * @param weights one per channel.
 */
export function combinedSpectra(
  channels: readonly Channel[],
  weights: readonly number[],
  spectra: readonly WindowSpectra[],
  shape: SpectrumShape,
): Float64Array[] {
  return spectra.map((regions) => {
    const sum = new Float64Array(shape.bins);
    let total = 0;
    for (const [c, { region, method }] of channels.entries()) {
      const spectrum = regions[region]?.[method];
      const weight = weights[c]!;
      if (!spectrum || spectrum.total === 0 || weight === 0) continue;
      for (let k = 0; k < sum.length; k += 1) sum[k] = sum[k]! + weight * spectrum.power[k]!;
      total += weight;
    }
    if (total > 0) for (let k = 0; k < sum.length; k += 1) sum[k] = sum[k]! / total;
    return sum;
  });
}

import { RATE_HZ_MAX, RATE_HZ_MIN } from "./bands.js";
import { COLOUR_METHODS } from "./methods.js";
import {
  decibels,
  lineHalfWidthHz,
  linePower,
  type Spectrum,
  SpectrumMaker,
  strongestPeak,
  sumBetween,
} from "./spectrum.js";
import type { TrackedPulse } from "./tracked-pulse.js";
import { rmsOf } from "./wave.js";

/** A disturbance within this of the tracked rate has the same rate: 3 per minute. */
const SAME_RATE_HZ = 3 / 60;

/** A window of 5 s cannot place a peak better than 6 per minute: half of its resolution. */
const RESOLUTION_SHARE = 0.5;

/** A disturbance must stand out of its own band by this many dB; in short windows noise does so by chance. */
const SNR_DB_MIN = 1;
const SNR_DB_MIN_SHORT = 5;

/** Power of the background's line as a share of the skin's (amplitude 0.3); below it the background cannot be the cause. */
const BACKGROUND_POWER_SHARE_MIN = 0.09;

/** Rms of a motion that could make a pulse, in eye distances: 0.3 pixels in a face of 180. */
const MOTION_RMS_MIN = 0.004;

/** Share of the windows in which the background shows the tracked rate with a strength that matters, 0 to 1. */
export function backgroundShare(tracked: TrackedPulse): number {
  const { pulses, spectra, rates } = tracked;
  const backgrounds = [...pulses.regions.keys()].filter((index) => pulses.regions[index]!.kind === "background");
  const skins = [...pulses.regions.keys()].filter((index) => pulses.regions[index]!.kind !== "background");
  const shares = COLOUR_METHODS.map((method) => {
    const hits = spectra.filter((regions, i) => {
      const rate = rates[i]!;
      const flickering = backgrounds
        .map((region) => regions[region]?.[method])
        .filter((spectrum) => isAtRate(spectrum, rate, tracked));
      if (flickering.length === 0) return false;
      const skinPower = medianOf(skins.map((region) => lineOf(regions[region]?.[method], rate, tracked)));
      return flickering.some((spectrum) => lineOf(spectrum, rate, tracked) >= BACKGROUND_POWER_SHARE_MIN * skinPower);
    });
    return hits.length / Math.max(1, spectra.length);
  });
  return Math.max(...shares);
}

/** A nod shades the face on its way down and up, at twice its own rate; it takes a larger one to matter. */
const MOTION_RMS_MIN_DOUBLED = 2 * MOTION_RMS_MIN;

/** Share of the windows in which the head moves at the tracked rate, or at half of it, with an amplitude that matters, 0 to 1. */
export function headShare(tracked: TrackedPulse): number {
  const { pulses, windows, rates, shape } = tracked;
  const maker = new SpectrumMaker(shape);
  const hits = windows.filter(({ segment, from, length }, i) => {
    const { headX, headY } = pulses.segments[segment]!;
    const spectra = maker.pair(headX, headY, from, length);
    return [headX, headY].some((motion, axis) => {
      const rms = rmsOf(motion.subarray(from, from + length));
      if (rms >= MOTION_RMS_MIN && isAtRate(spectra[axis], rates[i]!, tracked)) return true;
      return rms >= MOTION_RMS_MIN_DOUBLED && isAtRate(spectra[axis], rates[i]! / 2, tracked);
    });
  });
  return hits.length / Math.max(1, windows.length);
}

function isAtRate(spectrum: Spectrum | undefined, rateHz: number, { shape, windowS }: TrackedPulse): boolean {
  if (!spectrum || spectrum.total === 0) return false;
  const peak = strongestPeak(spectrum.power, RATE_HZ_MIN, RATE_HZ_MAX, shape);
  if (!peak || Math.abs(peak.rateHz - rateHz) > Math.max(SAME_RATE_HZ, RESOLUTION_SHARE / windowS)) return false;
  const least = SNR_DB_MIN + ((SNR_DB_MIN_SHORT - SNR_DB_MIN) * Math.min(5, Math.max(0, 10 - windowS))) / 5;
  return decibels(linePower(spectrum.power, rateHz, lineHalfWidthHz(windowS), shape)) >= least;
}

function lineOf(spectrum: Spectrum | undefined, rateHz: number, { shape, windowS }: TrackedPulse): number {
  if (!spectrum) return 0;
  const half = lineHalfWidthHz(windowS);
  return spectrum.total * sumBetween(spectrum.power, rateHz - half, rateHz + half, shape);
}

function medianOf(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[ordered.length >> 1] ?? 0;
}

import { RATE_HZ_MAX, RATE_HZ_MIN } from "./bands.js";
import { type Channel, skinChannels, spectraOf, type WindowSpectra } from "./channels.js";
import type { Pulses } from "./pulses.js";
import { trackOf } from "./rate.js";
import { channelSnrDb, combinedSpectra, greenTrust, ownRates, weightsFromSnr } from "./regions.js";
import {
  decibels,
  lineHalfWidthHz,
  linePower,
  SpectrumMaker,
  type SpectrumShape,
  spectrumShape,
  strongestPeak,
} from "./spectrum.js";
import { combinedWaves } from "./wave.js";
import { type Window, windowsOf } from "./windows.js";

/** Rates this far apart count as the same, in Hz: 4 per minute. */
const SAME_RATE_HZ = 4 / 60;

/** Weight of a channel without one, where somebody asks for it alone. */
const WEIGHT_MIN = 1e-3;

/** The pulse that all channels together show, and what it was made from. Arrays over windows share their index. */
export interface TrackedPulse {
  readonly pulses: Pulses;
  readonly windows: readonly Window[];
  /** Length of the longest window, in seconds. */
  readonly windowS: number;
  readonly shape: SpectrumShape;
  readonly spectra: readonly WindowSpectra[];
  readonly channels: readonly Channel[];
  /** One per channel. */
  readonly weights: readonly number[];
  /** Rate in every window, in Hz. */
  readonly rates: readonly number[];
  /** Combined pulse wave, one per segment. */
  readonly waves: readonly Float64Array[];
  /** SNR of the combined wave in every window, in dB. */
  readonly snrsDb: readonly number[];
}

/**
 * Weights the channels by their SNR, first each at its own rate, then all at the common one, and follows the rate.
 * @returns undefined when no channel shows anything periodic.
 */
export function trackPulse(pulses: Pulses): TrackedPulse | undefined {
  const windows = windowsOf(pulses);
  const samples = Math.max(...windows.map((window) => window.length));
  const shape = spectrumShape(pulses.rateHz, samples);
  const windowS = samples / pulses.rateHz;
  const spectra = spectraOf(pulses, windows, shape);
  const channels = skinChannels(pulses.regions);
  const own = channels.map((channel) => ownRates(channel, spectra, shape));
  const centres = windows.map((window) => window.centreMs);
  const follow = (ratesOf: (index: number) => readonly number[]): { weights: number[]; rates: number[] } => {
    const snrsDb = channels.map((channel, c) => trustedSnrDb(pulses, channel, spectra, ratesOf(c), windowS, shape));
    const weights = weightsFromSnr(snrsDb);
    return { weights, rates: trackOf(combinedSpectra(channels, weights, spectra, shape), centres, shape) };
  };
  const first = follow((c) => own[c]!);
  const { weights, rates } = first.rates.length > 0 ? follow(() => first.rates) : first;
  if (rates.length === 0) return undefined;
  const agreeing = weights.map((weight, c) => weight * shareOfSame(own[c]!, rates));
  const believed = agreeing.some((weight) => weight > 0) ? agreeing : weights;
  // Many regions average their noise; the methods on a single one share it, and the best alone is cleaner.
  const single = pulses.regions.filter(({ kind }) => kind !== "background").length === 1;
  const waves = combinedWaves(pulses, channels, single ? strongestOnly(believed) : believed);
  const snrsDb = waveSnrs(waves, windows, rates, shape);
  return { pulses, windows, windowS, shape, spectra, channels, weights, rates, waves, snrsDb };
}

function strongestOnly(weights: readonly number[]): number[] {
  const best = weights.indexOf(Math.max(...weights));
  return weights.map((weight, c) => (c === best ? weight : 0));
}

/** Weights of the channels that pass, 0 for the others: to ask a part of them alone. */
export function weightsOf({ channels, weights }: TrackedPulse, pass: (channel: Channel) => boolean): number[] {
  return channels.map((channel, c) => (pass(channel) ? Math.max(weights[c]!, WEIGHT_MIN) : 0));
}

/** Share of the windows in which the channels that pass, on their own, show the tracked rate. */
export function agreementOf(tracked: TrackedPulse, pass: (channel: Channel) => boolean): number {
  const { channels, spectra, shape, rates } = tracked;
  const combined = combinedSpectra(channels, weightsOf(tracked, pass), spectra, shape);
  const alone = combined.map((power) => strongestPeak(power, RATE_HZ_MIN, RATE_HZ_MAX, shape)?.rateHz ?? 0);
  return shareOfSame(alone, rates);
}

/** Share of the windows in which two rates are the same. */
function shareOfSame(rates: readonly number[], others: readonly number[]): number {
  const same = rates.filter((rate, i) => Math.abs(rate - others[i]!) <= SAME_RATE_HZ).length;
  return rates.length > 0 ? same / rates.length : 0;
}

/** SNR of a channel; of GREEN less what is to be distrusted. */
function trustedSnrDb(
  pulses: Pulses,
  channel: Channel,
  spectra: readonly WindowSpectra[],
  rates: readonly number[],
  windowS: number,
  shape: SpectrumShape,
): number {
  const snrDb = channelSnrDb(channel, spectra, rates, windowS, shape);
  if (channel.method !== "GREEN" || pulses.regions[channel.region]!.litThrough) return snrDb;
  const trust = greenTrust(channel.region, spectra, rates, windowS, shape);
  return snrDb + 20 * Math.log10(Math.max(1e-3, trust));
}

function waveSnrs(
  waves: readonly Float64Array[],
  windows: readonly Window[],
  rates: readonly number[],
  shape: SpectrumShape,
): number[] {
  const maker = new SpectrumMaker(shape);
  return windows.map(({ segment, from, length }, i) => {
    const wave = waves[segment]!;
    const [spectrum] = maker.pair(wave, wave, from, length);
    return decibels(linePower(spectrum!.power, rates[i]!, lineHalfWidthHz(length / shape.rateHz), shape));
  });
}

import { METHODS, type Method } from "./methods.js";
import { lineHalfWidthHz, SpectrumMaker, sumBetween } from "./spectrum.js";
import type { TrackedPulse } from "./tracked-pulse.js";

/** Confidence that a single colour cannot pass: nothing tells light from blood but the shape of the wave. */
const SCORE_MAX = 0.5;

/**
 * Power at twice the rate over power at the rate. A pulse has 0.03 and more; a lamp that flickers or a finger that presses
 * swings like a sine.
 */
const HARMONIC_POOR = 0.01;
const HARMONIC_GOOD = 0.03;

/** Methods that have any signal in any region. */
export function usableMethods({ channels, spectra }: TrackedPulse): Method[] {
  return METHODS.filter((method) =>
    channels.some((channel) => {
      return channel.method === method && spectra.some((regions) => (regions[channel.region]?.[method].total ?? 0) > 0);
    }),
  );
}

/** 1 when more than one colour carries a signal; else up to 0.5, less when the wave is a plain sine. */
export function oneColourScore(tracked: TrackedPulse): number {
  if (usableMethods(tracked).length > 1) return 1;
  const share = harmonicShare(tracked);
  return SCORE_MAX * Math.min(1, Math.max(0, (share - HARMONIC_POOR) / (HARMONIC_GOOD - HARMONIC_POOR)));
}

function harmonicShare({ waves, windows, rates, shape, windowS }: TrackedPulse): number {
  const maker = new SpectrumMaker(shape);
  const half = lineHalfWidthHz(windowS);
  let first = 0;
  let second = 0;
  for (const [i, { segment, from, length }] of windows.entries()) {
    const wave = waves[segment]!;
    const power = maker.pair(wave, wave, from, length)[0]!.power;
    first += sumBetween(power, rates[i]! - half, rates[i]! + half, shape);
    second += sumBetween(power, 2 * rates[i]! - half, 2 * rates[i]! + half, shape);
  }
  return first > 0 ? second / first : 0;
}

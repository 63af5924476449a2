import type { TimedBeats } from "./beat-times.js";
import { powerOfPair, powerOfTwoFrom } from "./fft.js";
import { bandPass, movingMean } from "./filter.js";
import type { Interval } from "./intervals.js";
import { peaksOf, type SpectrumShape, sumBetween } from "./spectrum.js";

/** Breathing rates that are looked for: 6 to 36 per minute. */
const BREATH_HZ_MIN = 0.1;
const BREATH_HZ_MAX = 0.6;

/** Breathing is slow: four values a second are enough. */
const SLOW_RATE_HZ = 4;

/** Bins are not wider than this, in 1/min. */
const BIN_PER_MINUTE_MAX = 0.5;

/** Two sources agree within this: 2 per minute. */
const SAME_RATE_HZ = 2 / 60;

/** Share of a source's band that its peak must hold; white noise of 30 s gives 0.3 to 0.45. */
const PEAK_SHARE_POOR = 0.35;
const PEAK_SHARE_GOOD = 0.7;

/** Motion under this rms, in eye distances, is noise of the landmarks. */
const MOTION_RMS_MIN = 0.0007;

/** What the breathing is read from, of one segment. */
export interface BreathSources {
  readonly rateHz: number;
  readonly samples: number;
  readonly beats: TimedBeats;
  readonly intervals: readonly Interval[];
  /** Combined pulse wave. */
  readonly wave: Float64Array;
  /** Height of the head in eye distances. */
  readonly headY: Float64Array;
}

/** A breathing rate that two sources share. */
export interface Breathing {
  readonly perMinute: number;
  /** 0 to 1, before what the pulse's own confidence takes away. */
  readonly confidence: number;
}

/** The strongest periodic component of one source. */
interface SlowPeak {
  readonly rateHz: number;
  /** 0 to 1: how much of the source it is. */
  readonly clarity: number;
}

/**
 * Breathing rate, from two things that have nothing in common but the breath: the pulse (the heart beats faster while breathing in, and
 * its wave grows and shrinks; Charlton 2018, IEEE Rev Biomed Eng 11:2) and the head, which the chest lifts.
 * @returns undefined when they do not show the same rate.
 */
export function breathingOf(sources: BreathSources): Breathing | undefined {
  const motion = motionPeak(sources);
  if (!motion) return undefined;
  const modulations = [intervalPeak(sources), amplitudePeak(sources)].filter(
    (peak) => peak !== undefined && Math.abs(peak.rateHz - motion.rateHz) <= SAME_RATE_HZ,
  ) as SlowPeak[];
  if (modulations.length === 0) return undefined;
  // Motion counts twice: it is the breath itself, with less noise.
  const all = [motion, motion, ...modulations];
  const weight = all.reduce((sum, peak) => sum + peak.clarity, 0);
  const rateHz = all.reduce((sum, peak) => sum + peak.clarity * peak.rateHz, 0) / weight;
  const pulseClarity = Math.max(...modulations.map((peak) => peak.clarity)) + (modulations.length > 1 ? 0.2 : 0);
  return { perMinute: 60 * rateHz, confidence: Math.sqrt(motion.clarity * Math.min(1, pulseClarity)) };
}

function motionPeak({ headY, rateHz }: BreathSources): SlowPeak | undefined {
  const smooth = movingMean(headY, Math.max(1, Math.round(rateHz / SLOW_RATE_HZ)));
  const count = Math.floor((headY.length / rateHz) * SLOW_RATE_HZ);
  const slow = Float64Array.from({ length: count }, (_, i) => smooth[Math.round((i * rateHz) / SLOW_RATE_HZ)] ?? 0);
  return slowPeak(slow, MOTION_RMS_MIN);
}

function intervalPeak({ intervals, rateHz, samples }: BreathSources): SlowPeak | undefined {
  const kept = intervals.filter((interval) => interval.kept);
  return slowPeak(
    evenly(
      kept.map(({ place, ms }) => ({ place, value: ms })),
      samples,
      rateHz,
    ),
    1,
  );
}

/** The height of the wave from beat to beat: its greatest minus its least value between them. */
function amplitudePeak({ beats: { places }, wave, rateHz, samples }: BreathSources): SlowPeak | undefined {
  const heights = places.slice(1).map((to, i) => {
    const from = places[i]!;
    const beat = wave.subarray(Math.max(0, Math.round(from)), Math.round(to) + 1);
    return { place: (from + to) / 2, value: Math.max(...beat) - Math.min(...beat) };
  });
  return slowPeak(evenly(heights, samples, rateHz), 0);
}

/** Uneven values on lines between them, four a second. */
function evenly(
  points: readonly { readonly place: number; readonly value: number }[],
  samples: number,
  rateHz: number,
): Float64Array {
  const count = Math.floor((samples / rateHz) * SLOW_RATE_HZ);
  if (points.length < 8) return new Float64Array(0);
  let next = 0;
  return Float64Array.from({ length: count }, (_, i) => {
    const place = (i * rateHz) / SLOW_RATE_HZ;
    while (next < points.length && points[next]!.place < place) next += 1;
    const after = points[Math.min(next, points.length - 1)]!;
    const before = points[Math.max(0, next - 1)]!;
    const span = after.place - before.place;
    const share = span > 0 ? Math.min(1, Math.max(0, (place - before.place) / span)) : 0;
    return before.value + share * (after.value - before.value);
  });
}

function slowPeak(values: Float64Array, rmsMin: number): SlowPeak | undefined {
  if (values.length < 8) return undefined;
  const filtered = bandPass(values, SLOW_RATE_HZ, BREATH_HZ_MIN, BREATH_HZ_MAX);
  if (!(Math.sqrt(filtered.reduce((sum, value) => sum + value * value, 0) / filtered.length) > rmsMin))
    return undefined;
  const { power, shape } = slowSpectrum(filtered);
  const [peak] = peaksOf(power, BREATH_HZ_MIN, BREATH_HZ_MAX, 1, shape);
  if (!peak) return undefined;
  const half = (1.5 * SLOW_RATE_HZ) / values.length;
  const line = sumBetween(power, peak.rateHz - half, peak.rateHz + half, shape);
  const total = sumBetween(power, BREATH_HZ_MIN, BREATH_HZ_MAX, shape);
  const clarity = (line / total - PEAK_SHARE_POOR) / (PEAK_SHARE_GOOD - PEAK_SHARE_POOR);
  return clarity > 0 ? { rateHz: peak.rateHz, clarity: Math.min(1, clarity) } : undefined;
}

function slowSpectrum(values: Float64Array): { power: Float64Array; shape: SpectrumShape } {
  const fftLength = powerOfTwoFrom(Math.max(values.length, (60 * SLOW_RATE_HZ) / BIN_PER_MINUTE_MAX));
  const re = new Float64Array(fftLength);
  for (const [i, value] of values.entries()) {
    re[i] = value * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / values.length));
  }
  const binHz = SLOW_RATE_HZ / fftLength;
  const power = new Float64Array(Math.ceil((BREATH_HZ_MAX + 0.1) / binHz));
  powerOfPair(re, new Float64Array(fftLength), power, new Float64Array(power.length));
  return { power, shape: { rateHz: SLOW_RATE_HZ, fftLength, binHz, bins: power.length } };
}

import { type Beats, beatsOf, meanInterval } from "./beats.js";
import { meanOf } from "./mean.js";
import type { TrackedPulse } from "./tracked-pulse.js";
import { perSample } from "./vectors.js";

/** Beats are believed when at least this share of their intervals is plausible ... */
const BEATS_KEPT_MIN = 0.85;

/** ... there are at least this many ... */
const INTERVALS_MIN = 3;

/** ... and their rate is near the spectral one: within 4 per minute or this share, whichever is more. */
const BEATS_OFF_HZ_MAX = 4 / 60;
const BEATS_OFF_SHARE_MAX = 0.08;

export interface HeartRate {
  /** One value per sample of all segments, in 1/min. */
  readonly perMinute: Float64Array;
  /** Share of plausible intervals, 0 to 1. */
  readonly beatsKept: number;
  /** One per segment. */
  readonly beats: readonly Beats[];
}

/**
 * The heart rate over time. With a changing rate the spectral peak is not the mean rate (off by 2 per minute on average in
 * 11 real recordings), so that beats are counted where they can be: the value between two beats is 60 / interval, and the mean
 * over time is then 60 / mean interval.
 */
export function heartRate(tracked: TrackedPulse): HeartRate {
  const { segments, rateHz } = tracked.pulses;
  const spectral = perSample(tracked, tracked.rates);
  let start = 0;
  const beats = segments.map(({ grid }, segment) => {
    const rates = spectral.subarray(start, start + grid.count);
    start += grid.count;
    return beatsOf(tracked.waves[segment]!, rates, rateHz);
  });
  const kept = beats.flatMap((segment) => segment.kept);
  const beatsKept = kept.filter(Boolean).length / Math.max(1, kept.length);
  const interval = meanInterval(beats);
  const spectralMean = meanOf(spectral);
  const allowed = Math.max(BEATS_OFF_HZ_MAX, BEATS_OFF_SHARE_MAX * spectralMean);
  const believed =
    interval !== undefined &&
    kept.length >= INTERVALS_MIN &&
    beatsKept >= BEATS_KEPT_MIN &&
    Math.abs(rateHz / interval - spectralMean) <= allowed;
  if (!believed) return { perMinute: spectral.map((rate) => 60 * rate), beatsKept, beats };
  const counts = segments.map((segment) => segment.grid.count);
  return { perMinute: betweenBeats(beats, counts, rateHz, interval, spectral), beatsKept, beats };
}

/** 60 / interval between the beats; the line where intervals were dropped; moved so that the mean is 60 / mean interval. */
function betweenBeats(
  beats: readonly Beats[],
  counts: readonly number[],
  rateHz: number,
  interval: number,
  spectral: Float64Array,
): Float64Array {
  const out = new Float64Array(spectral.length);
  let start = 0;
  for (const [segment, count] of counts.entries()) {
    fillSegment(out.subarray(start, start + count), beats[segment]!, rateHz, spectral.subarray(start, start + count));
    start += count;
  }
  const shift = (60 * rateHz) / interval - meanOf(out);
  return out.map((value) => value + shift);
}

function fillSegment(out: Float64Array, { places, kept }: Beats, rateHz: number, spectral: Float64Array): void {
  const believed = kept.flatMap((keep, i) => (keep ? [{ from: places[i]!, to: places[i + 1]! }] : []));
  if (believed.length === 0) {
    for (let i = 0; i < out.length; i += 1) out[i] = 60 * spectral[i]!;
    return;
  }
  let at = 0;
  for (let i = 0; i < out.length; i += 1) {
    while (at + 1 < believed.length && i >= believed[at + 1]!.from) at += 1;
    const { from, to } = believed[at]!;
    const next = believed[at + 1];
    const rate = (60 * rateHz) / (to - from);
    if (i <= to || !next) {
      out[i] = rate;
      continue;
    }
    const nextRate = (60 * rateHz) / (next.to - next.from);
    out[i] = rate + ((nextRate - rate) * (i - to)) / Math.max(1, next.from - to);
  }
}

import { bandPass } from "./filter.js";
import { parabolaOffset } from "./upsample.js";

/** Band around the rate in which beats are looked for: without the second harmonic each beat has one top. */
const BAND_BELOW = 0.55;
const BAND_ABOVE = 1.9;
/** The band must hold the fastest rate of the recording as well. */
const BAND_OVER_FASTEST = 1.25;

/** Least distance of two beats, as a share of the period. */
const DISTANCE_SHARE_MIN = 0.6;

/** An interval further from its neighbours' median than this is a missed or an invented beat. */
const DEVIATION_SHARE_MAX = 0.3;
const MEDIAN_NEIGHBOURS = 4;

/** Beats of one segment. */
export interface Beats {
  /** Places of the beats in samples of the segment, between the samples. */
  readonly places: readonly number[];
  /** One per interval between consecutive places: false where it is not to be believed. */
  readonly kept: readonly boolean[];
}

/**
 * Finds the beats of a segment. Of the tops and the bottoms of the wave those are taken whose intervals are more even.
 * @param wave pulse wave of the segment.
 * @param rates rate per sample in Hz, tracked beforehand.
 * @param rateHz samples per second.
 */
export function beatsOf(wave: Float64Array, rates: Float64Array, rateHz: number): Beats {
  const ordered = rates.slice().sort();
  const middle = ordered[ordered.length >> 1] ?? 1;
  const lowHz = BAND_BELOW * Math.min(middle, (ordered[0] ?? 1) * BAND_OVER_FASTEST);
  const highHz = Math.max(BAND_ABOVE * middle, BAND_OVER_FASTEST * (ordered.at(-1) ?? 1));
  const filtered = bandPass(wave, rateHz, lowHz, highHz);
  const tops = beatsAt(placesOf(filtered, rates, rateHz));
  const bottoms = beatsAt(
    placesOf(
      filtered.map((value) => -value),
      rates,
      rateHz,
    ),
  );
  return roughness(tops) <= roughness(bottoms) ? tops : bottoms;
}

/** Mean of the kept intervals in samples; undefined without any. */
export function meanInterval(segments: readonly Beats[]): number | undefined {
  let sum = 0;
  let count = 0;
  for (const { places, kept } of segments) {
    for (const [i, keep] of kept.entries()) {
      if (!keep) continue;
      sum += places[i + 1]! - places[i]!;
      count += 1;
    }
  }
  return count > 0 ? sum / count : undefined;
}

/**
 * Samples at the tops of a wave in time order; of two that are nearer than a share of the period the higher one.
 * @param rates rate per sample in Hz.
 */
export function topsOf(wave: Float64Array, rates: Float64Array, rateHz: number): number[] {
  const taken: number[] = [];
  for (let i = 1; i + 1 < wave.length; i += 1) {
    if (!(wave[i]! > 0 && wave[i]! >= wave[i - 1]! && wave[i]! > wave[i + 1]!)) continue;
    const apart = (DISTANCE_SHARE_MIN * rateHz) / Math.max(0.1, rates[i]!);
    const last = taken.at(-1);
    if (last === undefined || i - last >= apart) taken.push(i);
    else if (wave[i]! > wave[last]!) taken[taken.length - 1] = i;
  }
  return taken;
}

function placesOf(wave: Float64Array, rates: Float64Array, rateHz: number): number[] {
  const tops = topsOf(wave, rates, rateHz);
  return tops.map((top) => top + parabolaOffset(wave[top - 1]!, wave[top]!, wave[top + 1]!));
}

function beatsAt(places: readonly number[]): Beats {
  const intervals = places.slice(1).map((place, i) => place - places[i]!);
  const kept = intervals.map((interval, i) => {
    const around = intervals.slice(Math.max(0, i - MEDIAN_NEIGHBOURS), i + MEDIAN_NEIGHBOURS + 1).sort((a, b) => a - b);
    const median = around[around.length >> 1]!;
    return Math.abs(interval - median) <= DEVIATION_SHARE_MAX * median;
  });
  return { places, kept };
}

/** Relative change from interval to interval; large when beats are missed or invented. */
function roughness({ places }: Beats): number {
  if (places.length < 3) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 2; i < places.length; i += 1) {
    const before = places[i - 1]! - places[i - 2]!;
    const after = places[i]! - places[i - 1]!;
    sum += ((after - before) / Math.max(1, before + after)) ** 2;
  }
  return sum / (places.length - 2);
}

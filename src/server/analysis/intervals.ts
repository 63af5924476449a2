import type { TimedBeats } from "./beat-times.js";

/** An interval further than this from the median of its neighbourhood is a missed, an invented or an early beat. */
const DEVIATION_SHARE_MAX = 0.2;
/** One group of regions alone is noisier. */
const GROUP_DEVIATION_SHARE_MAX = 0.3;
const MEDIAN_NEIGHBOURS = 4;

/** One interval between two beats. */
export interface Interval {
  /** Middle of the interval in samples of its segment. */
  readonly place: number;
  /** Of all regions together, in ms. */
  readonly ms: number;
  /** As each group of regions times it, in ms. */
  readonly groupMs: readonly number[];
  readonly kept: boolean;
  /** True when the interval before is kept too and ends where this one begins. */
  readonly followsKept: boolean;
}

/**
 * Intervals of a segment. One that is off the median around it is dropped together with both neighbours, because a misplaced beat
 * spoils two (Task Force 1996 wants normal-to-normal intervals only).
 */
export function intervalsOf({ places, groups }: TimedBeats, rateHz: number): Interval[] {
  const toMs = (list: readonly number[]): number[] =>
    list.slice(1).map((place, i) => (1000 * (place - list[i]!)) / rateHz);
  const common = toMs(places);
  const byGroup = groups.map(toMs);
  const medians = common.map((_, i) => medianAround(common, i));
  const isOff = common.map(
    (ms, i) =>
      Math.abs(ms - medians[i]!) > DEVIATION_SHARE_MAX * medians[i]! ||
      byGroup.some((group) => Math.abs(group[i]! - medians[i]!) > GROUP_DEVIATION_SHARE_MAX * medians[i]!),
  );
  const kept = isOff.map((off, i) => !off && isOff[i - 1] !== true && isOff[i + 1] !== true);
  return common.map((ms, i) => ({
    place: (places[i]! + places[i + 1]!) / 2,
    ms,
    groupMs: byGroup.map((group) => group[i]!),
    kept: kept[i]!,
    followsKept: kept[i]! && kept[i - 1] === true,
  }));
}

function medianAround(values: readonly number[], at: number): number {
  const around = values.slice(Math.max(0, at - MEDIAN_NEIGHBOURS), at + MEDIAN_NEIGHBOURS + 1).sort((a, b) => a - b);
  return around[around.length >> 1]!;
}

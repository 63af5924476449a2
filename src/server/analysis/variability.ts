import type { Interval } from "./intervals.js";

/** Spread of the intervals between beats, and how far it can be believed. */
export interface Variability {
  /** Milliseconds; 0 when nothing is shared. */
  readonly ms: number;
  /** Share of the variance that the groups of regions have in common, 0 to 1; undefined with one group. */
  readonly sharedShare: number | undefined;
  /** Intervals, or differences, that it was made from. */
  readonly count: number;
}

/**
 * SDNN: standard deviation of the intervals (n - 1; Task Force 1996, Circulation 93:1043).
 *
 * The groups of regions see the same heart with noise of their own, so that the covariance of their intervals is the variance of the
 * heart's: noise of the timing, which adds twice its variance to a single series, falls out.
 * @param intervals of all segments; dropped ones are ignored.
 * @returns undefined with fewer than three intervals.
 */
export function sdnnOf(intervals: readonly Interval[]): Variability | undefined {
  const kept = intervals.filter((interval) => interval.kept);
  if (kept.length < 3) return undefined;
  const rows = kept.map(({ groupMs }) => groupMs);
  const means = rows[0]!.map((_, g) => rows.reduce((sum, row) => sum + row[g]!, 0) / rows.length);
  return sharedDeviation(
    rows.map((row) => row.map((ms, g) => ms - means[g]!)),
    rows.length - 1,
  );
}

/**
 * RMSSD: root of the mean square of the differences of adjacent intervals (Task Force 1996). Noise of the timing adds six times its
 * variance to a single series; between groups of regions it falls out as in SDNN.
 * @param intervals one segment after the other.
 * @returns undefined with fewer than three differences.
 */
export function rmssdOf(intervals: readonly Interval[]): Variability | undefined {
  const rows = intervals.flatMap(({ groupMs, followsKept }, i) =>
    followsKept ? [groupMs.map((ms, g) => ms - intervals[i - 1]!.groupMs[g]!)] : [],
  );
  return rows.length < 3 ? undefined : sharedDeviation(rows, rows.length);
}

function sharedDeviation(rows: readonly (readonly number[])[], divisor: number): Variability {
  const groups = rows[0]!.length;
  const moment = (a: number, b: number): number => rows.reduce((sum, row) => sum + row[a]! * row[b]!, 0) / divisor;
  let own = 0;
  for (let g = 0; g < groups; g += 1) own += moment(g, g) / groups;
  if (groups < 2) return { ms: Math.sqrt(own), sharedShare: undefined, count: rows.length };
  let shared = 0;
  for (let a = 0; a < groups; a += 1) {
    for (let b = a + 1; b < groups; b += 1) shared += (2 * moment(a, b)) / (groups * (groups - 1));
  }
  const share = own > 0 ? Math.min(1, Math.max(0, shared / own)) : 0;
  return { ms: Math.sqrt(Math.max(0, shared)), sharedShare: share, count: rows.length };
}

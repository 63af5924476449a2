/** About a beat: the highest and the lowest of it are in a piece of this length. */
const PIECE_S = 1;
/** Beats differ in height by less than this. */
const SPARE = 1.6;

/**
 * How far a wave usually goes up or down from zero, with room for uneven beats: the median of what its pieces of a second
 * reach. A movement, a flash or a face that walks in goes beyond it and does not change it, while it is under half of the
 * wave. Gaps (NaN) do not count; 0 when there is nothing.
 */
export function usualReach(values: readonly number[], rateHz: number): number {
  const length = Math.max(1, Math.round(PIECE_S * rateHz));
  const reaches: number[] = [];
  for (let from = 0; from < values.length; from += length) {
    const sizes = values
      .slice(from, from + length)
      .filter(Number.isFinite)
      .map(Math.abs);
    if (sizes.length > length / 2) reaches.push(Math.max(...sizes));
  }
  const sorted = reaches.toSorted((a, b) => a - b);
  return SPARE * (sorted[(sorted.length - 1) >> 1] ?? 0);
}

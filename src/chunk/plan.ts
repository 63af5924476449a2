/** A rest shorter than this cannot hold a pulse and would only make a last chunk that says nothing. */
const TAIL_S_MIN = 1;

/**
 * Number of chunks for a measurement: the ceiling of length / chunk length as in the SDK's examples, where
 * a rest of less than a second is left out. At least one.
 */
export function planChunks(plannedS: number, chunkLengthS: number): number {
  return Math.max(1, Math.ceil((plannedS - TAIL_S_MIN) / chunkLengthS));
}

/** A rest shorter than this cannot hold a pulse and would only make a last chunk that says nothing. */
const REST_S_MIN = 1;

/** Containers round times: this much short of a whole chunk is still a whole chunk. */
const ROUNDING_S = 0.001;

/**
 * Number of chunks for a measurement: the ceiling of length / chunk length as in the SDK's examples, where
 * a rest of less than a second is left out. At least one.
 */
export function planChunks(plannedS: number, chunkLengthS: number): number {
  const whole = Math.floor((plannedS + ROUNDING_S) / chunkLengthS);
  const restS = plannedS - whole * chunkLengthS;
  return Math.max(1, whole + (restS >= REST_S_MIN ? 1 : 0));
}

import { relative } from "./chrom.js";

/** Long against a beat, so that only the level and its drift are divided away. */
const LEVEL_WINDOW_S = 4;

/**
 * Green alone, turned over: blood absorbs green, so the skin is darker when it holds more. More blood = positive.
 * Verkruysse 2008, Opt Express 16:21434. The strongest single channel, but any change of brightness is in
 * it too.
 * @param green mean green of one segment without gaps.
 * @returns one value per sample, relative to the local mean.
 */
export function greenPulse(green: Float64Array, rateHz: number): Float64Array {
  return relative(green, Math.ceil(LEVEL_WINDOW_S * rateHz)).map((value) => -value);
}

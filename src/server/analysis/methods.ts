import { BAND_HZ_MAX, FILTER_HZ_MIN } from "./bands.js";
import { chromPulse, chromStep } from "./chrom.js";
import { bandPass } from "./filter.js";
import { greenPulse } from "./green.js";
import { meanOf } from "./mean.js";
import { type Colours, posPulse } from "./pos.js";

/** The three colour methods; they are asked separately and compared. */
export const COLOUR_METHODS = ["POS", "CHROM", "GREEN"] as const;

/** And red alone, for a finger on the lens: light that has gone through flesh is red. */
export const METHODS = [...COLOUR_METHODS, "RED"] as const;
export type Method = (typeof METHODS)[number];

/**
 * One value per sample, band-passed, relative to the mean colour. RED is made from red as GREEN from green: on a face the
 * pulse is weak in it, but light and motion are not.
 */
export type MethodWaves = Readonly<Record<Method, Float32Array>>;

/** A colour under this many grey levels carries no pulse: 8 bits cannot show a hundredth of it. */
const DARK_LEVEL = 3;

/** A long segment is computed in pieces of this length, so that what is needed on the way does not grow with it. */
const PIECE_S = 60;

/** What a piece sees beyond both its ends: more than the longest window, and the filters forget in a second or two. */
const MARGIN_S = 10;

/** The waves of one region in one segment. */
export function wavesOf(colours: Colours, rateHz: number): MethodWaves {
  const count = colours.red.length;
  const empty = (): Float32Array => new Float32Array(count);
  const waves = { POS: empty(), CHROM: empty(), GREEN: empty(), RED: empty() };
  const hasGreen = meanOf(colours.green) >= DARK_LEVEL;
  const hasBlue = meanOf(colours.blue) >= DARK_LEVEL;
  for (const { from, to, low, high } of piecesOf(count, rateHz)) {
    const seen = {
      red: colours.red.subarray(low, high),
      green: colours.green.subarray(low, high),
      blue: colours.blue.subarray(low, high),
    };
    const put = (method: Method, wave: Float64Array): void =>
      waves[method].set(wave.subarray(from - low, to - low), from);
    const filtered = (values: Float64Array): Float64Array => bandPass(values, rateHz, FILTER_HZ_MIN, BAND_HZ_MAX);
    if (hasGreen && hasBlue) put("POS", filtered(posPulse(seen, rateHz)));
    if (hasGreen) put("CHROM", chromPulse(seen, rateHz, FILTER_HZ_MIN, BAND_HZ_MAX));
    if (hasGreen) put("GREEN", filtered(greenPulse(seen.green, rateHz)));
    put("RED", filtered(greenPulse(seen.red, rateHz)));
  }
  return waves;
}

/** Samples [from, to) are computed out of [low, high). CHROM's windows stand at the same places in all pieces. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

function piecesOf(count: number, rateHz: number): Piece[] {
  const margin = Math.round(MARGIN_S * rateHz);
  const step = chromStep(rateHz);
  const pieces = Math.max(1, Math.round(count / (PIECE_S * rateHz)));
  return Array.from({ length: pieces }, (_, i) => {
    const from = Math.round((i * count) / pieces);
    const to = Math.round(((i + 1) * count) / pieces);
    return {
      from,
      to,
      low: Math.max(0, Math.floor((from - margin) / step) * step),
      high: Math.min(count, to + margin),
    };
  });
}

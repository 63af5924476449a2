import { meanOf } from "./mean.js";

/** Mean colour of one region on a uniform time grid, 0 to 255. */
export interface Colours {
  readonly red: Float64Array;
  readonly green: Float64Array;
  readonly blue: Float64Array;
}

/** Length of the POS and CHROM windows; Wang 2017 uses 1.6 s: more than one beat even at 40 per minute. */
export const COLOUR_WINDOW_S = 1.6;

/**
 * Plane orthogonal to skin: the pulse as the part of the colour that is left when changes common to the
 * three channels are projected away. More blood = positive: the paper's h, which follows the light, turned over.
 * Wang, den Brinker, Stuijk, de Haan 2017, IEEE TBME 64:1479, algorithm 1, with two differences: samples
 * are divided by the number of windows that cover them, so that the ends do not fade; and nothing runs
 * over a window sample by sample. In one window h is a weighted sum of the three colours,
 *
 *   h(t) = a G(t) + b B(t) + c R(t) + d,   a = (1 + k) / mean G,  b = (k - 1) / mean B,  c = -2k / mean R
 *   d = 0 + (-(1 + k) - (k - 1) + 2k) = 0,  k = sd S1 / sd S2
 *
 * so the overlap-add of all windows is the same sum with added-up weights, and the deviations come
 * from running sums. Time is linear in the number of samples.
 * @param colours one segment without gaps.
 * @param rateHz samples per second.
 * @returns one value per sample (relative to the mean colour); all zero when the segment is shorter than a window.
 */
export function posPulse(colours: Colours, rateHz: number): Float64Array {
  const n = colours.red.length;
  const length = Math.ceil(COLOUR_WINDOW_S * rateHz);
  const pulse = new Float64Array(n);
  if (n < length) return pulse;
  const moments = new RunningMoments(colours);
  const added = { red: new Float64Array(n + 1), green: new Float64Array(n + 1), blue: new Float64Array(n + 1) };
  for (let start = 0; start + length <= n; start += 1) {
    const weights = moments.posWeights(start, length);
    added.red[start] = added.red[start]! + weights.red;
    added.green[start] = added.green[start]! + weights.green;
    added.blue[start] = added.blue[start]! + weights.blue;
  }
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let t = 0; t < n; t += 1) {
    const left = t - length;
    red += added.red[t]! - (left >= 0 ? added.red[left]! : 0);
    green += added.green[t]! - (left >= 0 ? added.green[left]! : 0);
    blue += added.blue[t]! - (left >= 0 ? added.blue[left]! : 0);
    const windows = Math.min(t, n - length) - Math.max(0, left + 1) + 1;
    pulse[t] = -(red * colours.red[t]! + green * colours.green[t]! + blue * colours.blue[t]!) / windows;
  }
  return pulse;
}

/** Sums of the colours and of their products from the start, so that any window's moments are differences. */
class RunningMoments {
  readonly #means: { readonly red: number; readonly green: number; readonly blue: number };
  readonly #sums: Colours;
  readonly #products: Readonly<Record<"rr" | "gg" | "bb" | "rg" | "rb" | "gb", Float64Array>>;

  constructor({ red, green, blue }: Colours) {
    this.#means = { red: meanOf(red), green: meanOf(green), blue: meanOf(blue) };
    const r = red.map((value) => value - this.#means.red);
    const g = green.map((value) => value - this.#means.green);
    const b = blue.map((value) => value - this.#means.blue);
    this.#sums = { red: runningSum(r), green: runningSum(g), blue: runningSum(b) };
    this.#products = {
      rr: runningSum(r, r),
      gg: runningSum(g, g),
      bb: runningSum(b, b),
      rg: runningSum(r, g),
      rb: runningSum(r, b),
      gb: runningSum(g, b),
    };
  }

  posWeights(start: number, length: number): { red: number; green: number; blue: number } {
    const between = (sums: Float64Array): number => (sums[start + length]! - sums[start]!) / length;
    const r = between(this.#sums.red);
    const g = between(this.#sums.green);
    const b = between(this.#sums.blue);
    const meanR = r + this.#means.red;
    const meanG = g + this.#means.green;
    const meanB = b + this.#means.blue;
    // A black channel has no colour to divide by; the window then says nothing.
    if (!(Math.min(meanR, meanG, meanB) > 1e-3)) return { red: 0, green: 0, blue: 0 };
    const rr = (between(this.#products.rr) - r * r) / (meanR * meanR);
    const gg = (between(this.#products.gg) - g * g) / (meanG * meanG);
    const bb = (between(this.#products.bb) - b * b) / (meanB * meanB);
    const rg = (between(this.#products.rg) - r * g) / (meanR * meanG);
    const rb = (between(this.#products.rb) - r * b) / (meanR * meanB);
    const gb = (between(this.#products.gb) - g * b) / (meanG * meanB);
    const variance1 = Math.max(0, gg + bb - 2 * gb);
    const variance2 = gg + bb + 4 * rr + 2 * gb - 4 * rg - 4 * rb;
    const k = variance2 > 1e-16 ? Math.sqrt(variance1 / variance2) : 0;
    return { red: (-2 * k) / meanR, green: (1 + k) / meanG, blue: (k - 1) / meanB };
  }
}

/** Sums of the values, or of their products with others, from the start; one more than values. */
function runningSum(values: Float64Array, others?: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i += 1) sums[i + 1] = sums[i]! + values[i]! * (others ? others[i]! : 1);
  return sums;
}

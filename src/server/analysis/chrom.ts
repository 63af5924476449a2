import { bandPass, movingMean } from "./filter.js";
import { COLOUR_WINDOW_S, type Colours } from "./pos.js";

/**
 * Chrominance method: two colour differences, of which the second carries little pulse and is scaled to
 * cancel what both share. More blood = positive, which is the sign of the paper's S.
 * de Haan & Jeanne 2013, IEEE TBME 60:2878: Xs = 3 Rn - 2 Gn, Ys = 1.5 Rn + Gn - 1.5 Bn,
 * S = Xf - (sd Xf / sd Yf) Yf in Hann windows of 1.6 s that overlap by half. The band-pass runs over the whole
 * segment, because inside 1.6 s a filter has no room, and the sum is divided by the sum of the Hann
 * weights, so that the ends do not fade.
 * @param colours one segment without gaps.
 * @returns one value per sample, band-passed.
 */
export function chromPulse(colours: Colours, rateHz: number, lowHz: number, highHz: number): Float64Array {
  const length = Math.ceil(COLOUR_WINDOW_S * rateHz);
  const red = relative(colours.red, length);
  const green = relative(colours.green, length);
  const blue = relative(colours.blue, length);
  const x = bandPass(
    red.map((value, i) => 3 * value - 2 * green[i]!),
    rateHz,
    lowHz,
    highHz,
  );
  const y = bandPass(
    red.map((value, i) => 1.5 * value + green[i]! - 1.5 * blue[i]!),
    rateHz,
    lowHz,
    highHz,
  );
  return overlapAdded(x, y, length, chromStep(rateHz));
}

/** Samples from one window to the next: they overlap by half. */
export function chromStep(rateHz: number): number {
  return Math.max(1, Math.ceil(COLOUR_WINDOW_S * rateHz) >> 1);
}

/** C / local mean - 1; zero where the channel is black. */
export function relative(channel: Float64Array, length: number): Float64Array {
  const means = movingMean(channel, length);
  return channel.map((value, i) => (means[i]! > 1e-3 ? value / means[i]! - 1 : 0));
}

function overlapAdded(x: Float64Array, y: Float64Array, length: number, step: number): Float64Array {
  const n = x.length;
  const pulse = new Float64Array(n);
  const weights = new Float64Array(n);
  // Windows start before and end after the segment, so that its ends are covered by two as well.
  for (let start = -step; start < n; start += step) {
    const from = Math.max(0, start);
    const to = Math.min(n, start + length);
    const deviationY = deviation(y, from, to);
    const alpha = deviationY > 1e-12 ? deviation(x, from, to) / deviationY : 0;
    for (let i = from; i < to; i += 1) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i - start + 0.5)) / length);
      pulse[i] = pulse[i]! + hann * (x[i]! - alpha * y[i]!);
      weights[i] = weights[i]! + hann;
    }
  }
  return pulse.map((value, i) => (weights[i]! > 0 ? value / weights[i]! : 0));
}

function deviation(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let squares = 0;
  for (let i = from; i < to; i += 1) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  const count = Math.max(1, to - from);
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

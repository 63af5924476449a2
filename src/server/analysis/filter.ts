/** Coefficients of a second-order section, a0 = 1. */
interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/**
 * Band-pass without phase shift: a second-order Butterworth high-pass and low-pass, each run forwards and
 * backwards (Gustafsson 1996, IEEE TSP 44:988), on the signal with its line through the ends removed and
 * mirrored (odd) at both ends. Coefficients: bilinear transform with Q = 1 / sqrt 2, after
 * Bristow-Johnson's Audio EQ Cookbook.
 * @param values any length; finite. Not changed.
 * @param lowHz and `highHz`: corners; the upper one is kept below 0.45 of the rate.
 */
export function bandPass(values: Float64Array, rateHz: number, lowHz: number, highHz: number): Float64Array {
  const n = values.length;
  if (n < 3) return new Float64Array(n);
  const pad = Math.min(n - 1, Math.ceil((1.5 * rateHz) / lowHz));
  const padded = mirrored(withoutLine(values), pad);
  const sections = [highPassSection(lowHz, rateHz), lowPassSection(Math.min(highHz, 0.45 * rateHz), rateHz)];
  for (const section of sections) run(padded, section);
  padded.reverse();
  for (const section of sections) run(padded, section);
  padded.reverse();
  return padded.slice(pad, pad + n);
}

/** The values minus their least-squares line. */
export function withoutLine(values: Float64Array): Float64Array {
  const n = values.length;
  const centre = (n - 1) / 2;
  let sum = 0;
  let slopeSum = 0;
  let squares = 0;
  for (let i = 0; i < n; i += 1) {
    sum += values[i]!;
    slopeSum += values[i]! * (i - centre);
    squares += (i - centre) ** 2;
  }
  const mean = n > 0 ? sum / n : 0;
  const slope = squares > 0 ? slopeSum / squares : 0;
  return values.map((value, i) => value - mean - slope * (i - centre));
}

/** Mean over a window of `length` samples around each sample, shorter at the ends. */
export function movingMean(values: Float64Array, length: number): Float64Array {
  const n = values.length;
  const before = length >> 1;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i += 1) sums[i + 1] = sums[i]! + values[i]!;
  return values.map((_, i) => {
    const from = Math.max(0, i - before);
    const to = Math.min(n, i - before + length);
    return (sums[to]! - sums[from]!) / Math.max(1, to - from);
  });
}

/** Extended by `pad` samples at both ends, turned about the end points. */
function mirrored(values: Float64Array, pad: number): Float64Array {
  const n = values.length;
  const out = new Float64Array(n + 2 * pad);
  out.set(values, pad);
  for (let i = 1; i <= pad; i += 1) {
    out[pad - i] = 2 * values[0]! - values[i]!;
    out[pad + n - 1 + i] = 2 * values[n - 1]! - values[n - 1 - i]!;
  }
  return out;
}

function run(values: Float64Array, { b0, b1, b2, a1, a2 }: Section): void {
  let state1 = 0;
  let state2 = 0;
  for (let i = 0; i < values.length; i += 1) {
    const input = values[i]!;
    const output = b0 * input + state1;
    state1 = b1 * input - a1 * output + state2;
    state2 = b2 * input - a2 * output;
    values[i] = output;
  }
}

function lowPassSection(cornerHz: number, rateHz: number): Section {
  const { cosine, alpha } = angleOf(cornerHz, rateHz);
  const b1 = (1 - cosine) / (1 + alpha);
  return { b0: b1 / 2, b1, b2: b1 / 2, a1: (-2 * cosine) / (1 + alpha), a2: (1 - alpha) / (1 + alpha) };
}

function highPassSection(cornerHz: number, rateHz: number): Section {
  const { cosine, alpha } = angleOf(cornerHz, rateHz);
  const b0 = (1 + cosine) / 2 / (1 + alpha);
  return { b0, b1: -2 * b0, b2: b0, a1: (-2 * cosine) / (1 + alpha), a2: (1 - alpha) / (1 + alpha) };
}

function angleOf(cornerHz: number, rateHz: number): { cosine: number; alpha: number } {
  const angle = (2 * Math.PI * cornerHz) / rateHz;
  return { cosine: Math.cos(angle), alpha: Math.sin(angle) * Math.SQRT1_2 };
}

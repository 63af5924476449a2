import { BAND_HZ_MAX, BAND_HZ_MIN } from "./bands.js";
import { powerOfPair, powerOfTwoFrom } from "./fft.js";

/** Half width of a spectral line in the SNR: de Haan & Jeanne 2013 count 0.1 Hz to both sides. */
const LINE_HZ = 0.1;

/**
 * Bins of a padded window are not wider than this, in 1/min. A line is 24 wide in a Hann window of 10 s, so that the parabola between
 * the bins is right to 0.1.
 */
const BIN_PER_MINUTE_MAX = 4;

/** Shape of the spectra of one analysis: bin k is at k * binHz. */
export interface SpectrumShape {
  readonly rateHz: number;
  readonly fftLength: number;
  readonly binHz: number;
  /** Bins that are kept: from 0 to just above the band. */
  readonly bins: number;
}

/** Spectra for windows of up to `samples` samples. */
export function spectrumShape(rateHz: number, samples: number): SpectrumShape {
  const fftLength = powerOfTwoFrom(Math.max(samples, (rateHz * 60) / BIN_PER_MINUTE_MAX));
  const binHz = rateHz / fftLength;
  return { rateHz, fftLength, binHz, bins: Math.ceil(BAND_HZ_MAX / binHz) + 2 };
}

/** Half width of a line in a window of `durationS`: a short window cannot show a narrow one. */
export function lineHalfWidthHz(durationS: number): number {
  return Math.max(LINE_HZ, 1 / Math.max(1, durationS));
}

/** Computes Hann-windowed power spectra two signals at a time; its buffers are used again. */
export class SpectrumMaker {
  readonly #shape: SpectrumShape;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  #hann: Float64Array = new Float64Array(0);

  constructor(shape: SpectrumShape) {
    this.#shape = shape;
    this.#re = new Float64Array(shape.fftLength);
    this.#im = new Float64Array(shape.fftLength);
  }

  /** Spectra of samples [from, from + length) of two signals, each scaled to unit power in the band. */
  pair(a: ArrayLike<number>, b: ArrayLike<number>, from: number, length: number): Spectrum[] {
    if (this.#hann.length !== length) this.#hann = hannWindow(length);
    this.#re.fill(0, length);
    this.#im.fill(0, length);
    for (let i = 0; i < length; i += 1) {
      this.#re[i] = a[from + i]! * this.#hann[i]!;
      this.#im[i] = b[from + i]! * this.#hann[i]!;
    }
    const powers = [new Float64Array(this.#shape.bins), new Float64Array(this.#shape.bins)] as const;
    powerOfPair(this.#re, this.#im, powers[0], powers[1]);
    return powers.map((power) => scaled(power, this.#shape));
  }
}

/** A power spectrum of unit sum in the band, and the power that it had; all zero without power. */
export interface Spectrum {
  readonly power: Float64Array;
  readonly total: number;
}

function scaled(power: Float64Array, shape: SpectrumShape): Spectrum {
  const total = sumBetween(power, BAND_HZ_MIN, BAND_HZ_MAX, shape);
  if (!(total > 1e-30)) return { power: power.fill(0), total: 0 };
  for (let k = 0; k < power.length; k += 1) power[k] = power[k]! / total;
  return { power, total };
}

/** Sum of the bins whose frequency lies in [lowHz, highHz]. */
export function sumBetween(power: Float64Array, lowHz: number, highHz: number, { binHz }: SpectrumShape): number {
  let sum = 0;
  const last = Math.min(power.length - 1, Math.floor(highHz / binHz));
  for (let k = Math.max(0, Math.ceil(lowHz / binHz)); k <= last; k += 1) sum += power[k]!;
  return sum;
}

/** Power on the lines at a rate and twice that rate, and the rest of the band. */
export interface LinePower {
  readonly line: number;
  readonly rest: number;
}

/** Splits the band of a spectrum for the SNR after de Haan & Jeanne 2013. */
export function linePower(power: Float64Array, rateHz: number, halfHz: number, shape: SpectrumShape): LinePower {
  const near = (centreHz: number): number =>
    sumBetween(power, Math.max(BAND_HZ_MIN, centreHz - halfHz), Math.min(BAND_HZ_MAX, centreHz + halfHz), shape);
  const line = near(rateHz) + (2 * rateHz - halfHz < BAND_HZ_MAX ? near(2 * rateHz) : 0);
  const total = sumBetween(power, BAND_HZ_MIN, BAND_HZ_MAX, shape);
  return { line, rest: Math.max(0, total - line) };
}

/** 10 log10 of line to rest, kept within +-30 dB; -30 when there is nothing. */
export function decibels({ line, rest }: LinePower): number {
  if (!(line > 0)) return -30;
  return Math.min(30, Math.max(-30, 10 * Math.log10(line / Math.max(rest, line * 1e-3))));
}

/** A local maximum of a spectrum. */
export interface Peak {
  readonly rateHz: number;
  readonly power: number;
}

/**
 * The strongest local maxima between two frequencies, strongest first. The place between the bins comes
 * from a parabola through the logarithms of the top three (exact for a Gaussian, near for Hann).
 */
export function peaksOf(
  power: Float64Array,
  lowHz: number,
  highHz: number,
  count: number,
  shape: SpectrumShape,
): Peak[] {
  const peaks: Peak[] = [];
  const last = Math.min(power.length - 2, Math.floor(highHz / shape.binHz));
  for (let k = Math.max(1, Math.ceil(lowHz / shape.binHz)); k <= last; k += 1) {
    const middle = power[k]!;
    if (!(middle > 0) || middle < power[k - 1]! || middle <= power[k + 1]!) continue;
    peaks.push(peakAt(power, k, shape));
  }
  return peaks.sort((a, b) => b.power - a.power).slice(0, count);
}

/** The strongest local maximum between two frequencies; undefined without one. */
export function strongestPeak(
  power: Float64Array,
  lowHz: number,
  highHz: number,
  shape: SpectrumShape,
): Peak | undefined {
  const last = Math.min(power.length - 2, Math.floor(highHz / shape.binHz));
  let best = 0;
  let most = 0;
  for (let k = Math.max(1, Math.ceil(lowHz / shape.binHz)); k <= last; k += 1) {
    const isTop = power[k]! >= power[k - 1]! && power[k]! > power[k + 1]!;
    if (!isTop || power[k]! <= most) continue;
    best = k;
    most = power[k]!;
  }
  if (best === 0) return undefined;
  return peakAt(power, best, shape);
}

function peakAt(power: Float64Array, k: number, { binHz }: SpectrumShape): Peak {
  return { rateHz: (k + vertex(power[k - 1]!, power[k]!, power[k + 1]!)) * binHz, power: power[k]! };
}

/** Offset of the maximum from the middle one of three values, -0.5 to 0.5. */
function vertex(left: number, middle: number, right: number): number {
  const floor = middle * 1e-6;
  const a = Math.log(Math.max(left, floor) / middle);
  const b = Math.log(Math.max(right, floor) / middle);
  const curvature = a + b;
  return curvature < 0 ? Math.min(0.5, Math.max(-0.5, (a - b) / (2 * curvature))) : 0;
}

function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
}

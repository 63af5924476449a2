/** Power at rates from 40 to 180 per minute, and where it is highest. */
export interface PulseSpectrum {
  /** Relative to the highest, 0 to 1; one value per 1/min from `BPM_MIN` on. */
  readonly powers: readonly number[];
  readonly peakBpm: number;
  /** False when noise, drift or a single movement may look like this. */
  readonly isClear: boolean;
}

export const BPM_MIN = 40;
export const BPM_MAX = 180;

/** Less than this does not hold enough beats for a peak. */
const LENGTH_S_MIN = 5;
/** A longer piece would smear a rate that moves. */
const LENGTH_S_MAX = 15;
/** The highest of a dozen independent powers of noise stands about four times above their median, seldom ten times. */
const CLEAR_RATIO = 10;
/** A peak that another one nearly reaches may be either. */
const RIVAL_SHARE = 0.6;
/** With fewer beats a single movement makes a peak of its own. */
const CLEAR_S_MIN = 8;
/** What is left of slow changes of light piles up at the lowest rates. */
const CLEAR_BPM_MIN = 45;
/** Half of the width of the peak that a steady rate has under a Hann window, in 1/min for a second of signal. */
const LOBE_BPM_S = 120;

/**
 * The spectrum of the end of a signal: mean and slope removed, Hann window, one Fourier coefficient per 1/min.
 * Undefined when there is less than 5 s of it, or when it does not move.
 */
export function pulseSpectrum(values: readonly number[], rateHz: number): PulseSpectrum | undefined {
  const count = Math.min(values.length, Math.round(LENGTH_S_MAX * rateHz));
  // Half of the highest rate must fit between two samples.
  if (!(count >= LENGTH_S_MIN * rateHz) || rateHz < BPM_MAX / 30) return undefined;
  const windowed = hann(straightened(values.slice(-count)));
  const powers = powersOf(windowed, rateHz);
  const highest = Math.max(...powers);
  if (!(highest > 0)) return undefined;
  const bin = powers.indexOf(highest);
  const median = powers.toSorted((a, b) => a - b)[powers.length >> 1] ?? 0;
  const peakBpm = BPM_MIN + bin + vertex(powers[bin - 1], highest, powers[bin + 1]);
  const seconds = count / rateHz;
  const isInside = peakBpm >= CLEAR_BPM_MIN && bin < powers.length - 1 && seconds >= CLEAR_S_MIN;
  return {
    powers: Array.from(powers, (power) => power / highest),
    peakBpm,
    isClear: isInside && highest >= CLEAR_RATIO * median && rivalOf(powers, peakBpm, seconds) < RIVAL_SHARE * highest,
  };
}

/** The highest power that belongs neither to the peak nor to its first harmonic. */
function rivalOf(powers: Float64Array, peakBpm: number, seconds: number): number {
  const reach = LOBE_BPM_S / seconds;
  const others = powers.filter((_, bin) => {
    const bpm = BPM_MIN + bin;
    return Math.abs(bpm - peakBpm) > reach && Math.abs(bpm - 2 * peakBpm) > reach;
  });
  return Math.max(0, ...others);
}

/** Without its mean and its slope. */
function straightened(values: readonly number[]): number[] {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let products = 0;
  let squares = 0;
  for (const [index, value] of values.entries()) {
    products += (index - middle) * (value - mean);
    squares += (index - middle) ** 2;
  }
  const slope = squares > 0 ? products / squares : 0;
  return values.map((value, index) => value - mean - slope * (index - middle));
}

function hann(values: readonly number[]): Float64Array {
  return Float64Array.from(
    values,
    (value, index) => value * (0.5 - 0.5 * Math.cos((2 * Math.PI * (index + 0.5)) / values.length)),
  );
}

function powersOf(values: Float64Array, rateHz: number): Float64Array {
  const powers = new Float64Array(BPM_MAX - BPM_MIN + 1);
  for (let bin = 0; bin < powers.length; bin += 1) powers[bin] = powerAt(values, (BPM_MIN + bin) / 60 / rateHz);
  return powers;
}

/** Squared magnitude of one Fourier coefficient, by Goertzel's recurrence; `frequency` in cycles per sample. */
function powerAt(values: Float64Array, frequency: number): number {
  const factor = 2 * Math.cos(2 * Math.PI * frequency);
  let last = 0;
  let beforeLast = 0;
  for (let index = 0; index < values.length; index += 1) {
    const next = (values[index] ?? 0) + factor * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  return last * last + beforeLast * beforeLast - factor * last * beforeLast;
}

/** Where the parabola through three neighbours is highest, from -0.5 to 0.5 of their distance. */
function vertex(left: number | undefined, middle: number, right: number | undefined): number {
  if (left === undefined || right === undefined) return 0;
  const curvature = left - 2 * middle + right;
  return curvature < 0 ? Math.max(-0.5, Math.min(0.5, (left - right) / (2 * curvature))) : 0;
}

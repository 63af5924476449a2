/** Beats are placed on a grid this fine before the parabola: 4 ms, an eighth of a frame. */
const FINE_RATE_HZ = 240;

/** Samples to each side that a value between two samples is made of. */
const REACH = 12;

/** Reads a band-limited signal between its samples: a sinc under a Hann window, tabulated for the fine grid. */
export class Upsampler {
  /** Fine places per sample. */
  readonly #factor: number;
  /** REACH * 2 weights for each fine place after a sample. */
  readonly #weights: Float64Array;

  constructor(rateHz: number) {
    this.#factor = Math.max(1, Math.ceil(FINE_RATE_HZ / rateHz));
    this.#weights = new Float64Array(this.#factor * 2 * REACH);
    for (let phase = 0; phase < this.#factor; phase += 1) {
      for (let tap = 0; tap < 2 * REACH; tap += 1) {
        this.#weights[phase * 2 * REACH + tap] = sincUnderHann(phase / this.#factor + REACH - 1 - tap);
      }
    }
  }

  /** Place of the maximum within a sample of `at`, between the samples. */
  topNear(values: Float64Array, at: number): number {
    const first = (at - 1) * this.#factor;
    let best = first;
    let most = Number.NEGATIVE_INFINITY;
    for (let fine = first; fine <= first + 2 * this.#factor; fine += 1) {
      const value = this.#valueAt(values, fine);
      if (value <= most) continue;
      most = value;
      best = fine;
    }
    const left = this.#valueAt(values, best - 1);
    const right = this.#valueAt(values, best + 1);
    return (best + parabolaOffset(left, most, right)) / this.#factor;
  }

  #valueAt(values: Float64Array, fine: number): number {
    const sample = Math.floor(fine / this.#factor);
    const row = (fine - sample * this.#factor) * 2 * REACH;
    let sum = 0;
    for (let tap = 0; tap < 2 * REACH; tap += 1) {
      const k = Math.min(values.length - 1, Math.max(0, sample - REACH + 1 + tap));
      sum += this.#weights[row + tap]! * values[k]!;
    }
    return sum;
  }
}

/** Offset of the top of a parabola through three values from the middle one, -0.5 to 0.5. */
export function parabolaOffset(left: number, middle: number, right: number): number {
  const curvature = left - 2 * middle + right;
  return curvature < 0 ? Math.min(0.5, Math.max(-0.5, (left - right) / (2 * curvature))) : 0;
}

function sincUnderHann(distance: number): number {
  if (Math.abs(distance) < 1e-9) return 1;
  if (Math.abs(distance) >= REACH) return 0;
  const hann = 0.5 + 0.5 * Math.cos((Math.PI * distance) / REACH);
  return (hann * Math.sin(Math.PI * distance)) / (Math.PI * distance);
}

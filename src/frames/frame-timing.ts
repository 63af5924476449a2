import type { CaptureTiming } from "../domain/capture.js";

/** Intervals are counted in steps of a tenth of a millisecond up to a second: memory does not grow with time. */
const STEP_MS = 0.1;
const STEPS = 10_000;

/** A longer interval than this is a gap: what happened between is not bridged without a mark (as the analysis does it). */
const GAP_MS_MIN = 250;
/** Of a slow source, an interval of so many usual ones. */
const GAP_INTERVALS = 2.5;
const FIRST_MS_MAX = 1000;

/** Measures the intervals between frames by their own times. */
export class TimingMeter {
  readonly #counts = new Uint32Array(STEPS + 1);
  #intervals = 0;
  #evenMs = 0;
  #evenCount = 0;
  #newestMs: number | undefined;
  #longestMs = 0;
  #medianMs = Number.NaN;

  /**
   * Takes the time of the next frame.
   * @returns the length of the gap before it in ms; undefined when there is none.
   */
  add(timestampMs: number): number | undefined {
    const intervalMs = timestampMs - (this.#newestMs ?? Number.NaN);
    this.#newestMs = timestampMs;
    if (!(intervalMs > 0)) return undefined;
    const isGap = intervalMs > this.#gapMs();
    if (!isGap) {
      this.#evenMs += intervalMs;
      this.#evenCount += 1;
    }
    const step = Math.min(STEPS, Math.round(intervalMs / STEP_MS));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#intervals += 1;
    this.#longestMs = Math.max(this.#longestMs, intervalMs);
    // It hardly changes, and it is needed only to tell a gap of a slow source.
    if (this.#intervals <= 16 || this.#intervals % 32 === 0) this.#medianMs = this.#median();
    return isGap ? intervalMs : undefined;
  }

  timing(): Omit<CaptureTiming, "clock"> {
    if (this.#intervals < 2 || this.#evenCount === 0)
      return { rateHz: null, jitterMs: null, longestMs: this.#longestMs };
    const medianMs = this.#median();
    const gapMs = this.#gapMs();
    let sumMs = 0;
    let count = 0;
    for (let step = 0; step * STEP_MS <= gapMs && step <= STEPS; step += 1) {
      const times = this.#counts[step] ?? 0;
      sumMs += times * Math.abs(step * STEP_MS - medianMs);
      count += times;
    }
    return {
      rateHz: (1000 * this.#evenCount) / this.#evenMs,
      jitterMs: sumMs / Math.max(1, count),
      longestMs: this.#longestMs,
    };
  }

  /** A longer interval is a gap. Of the first one it is not known what is usual. */
  #gapMs(): number {
    return Number.isNaN(this.#medianMs) ? FIRST_MS_MAX : Math.max(GAP_MS_MIN, GAP_INTERVALS * this.#medianMs);
  }

  #median(): number {
    let left = this.#intervals / 2;
    for (let step = 0; step <= STEPS; step += 1) {
      left -= this.#counts[step] ?? 0;
      if (left <= 0) return Math.max(step, 1) * STEP_MS;
    }
    return STEPS * STEP_MS;
  }
}

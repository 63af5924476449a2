import type { Timeline } from "./timeline.js";

/** How a live source tells the time. */
export interface LiveTiming {
  /** Pictures come as they are taken; otherwise in portions, several seconds at once. */
  readonly isRealTime: boolean;
  /** Their times are those of their arrival. */
  readonly isArrival: boolean;
  /** Its clock goes on when it is opened again, and the last seconds may come a second time. */
  readonly keepsClock: boolean;
}

/** A step back of more than this is no disorder: the clock has been set, or the recording plays anew. */
const SET_BACK_MS = 200;
/** A clock that runs ahead of the real one by more than this in one step has been set. */
const SET_AHEAD_MS = 1000;

/**
 * The time line of a live source: from its first frame on, through losses and through whatever happens to its clock.
 *
 *   source's clock   7.00 7.03 7.07    lost     0.00 0.03 0.07     found, and it counts anew
 *   our clock        1.20 1.23 1.27             1.85 1.88 1.92
 *   time line        0.00 0.03 0.07             0.65 0.68 0.72     the gap is what passed here
 */
export class LiveClock implements Timeline {
  readonly #nowMs: () => number;
  #timing: LiveTiming = { isRealTime: true, isArrival: false, keepsClock: false };
  /** Both name one moment: source time + offset = time on the line. Undefined: to be found with the next frame. */
  #offsetMs: number | undefined;
  #newestMs: number | undefined;
  #newestAtMs = 0;
  #stepMs = 0;
  #isRepeating = false;
  #burst: BurstWatch | undefined;

  /** @param nowMs a clock that is never set. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Time of the newest frame on the line; undefined before the first. */
  get newestMs(): number | undefined {
    return this.#newestMs;
  }

  /** When the newest frame came; undefined before the first. */
  get newestAtMs(): number | undefined {
    return this.#newestMs === undefined ? undefined : this.#newestAtMs;
  }

  /** The source was opened, for the first time or again. */
  opened(timing: LiveTiming): void {
    this.#timing = timing;
    // A writer that has waited for its reader may have to catch up with its own clock first.
    const settleMs = this.#newestMs === undefined ? SETTLE_MS : 0;
    this.#burst = timing.isArrival ? new BurstWatch(settleMs) : undefined;
    if (timing.keepsClock && this.#offsetMs !== undefined) this.#isRepeating = true;
    else this.#offsetMs = undefined;
  }

  place(sourceMs: number): number | undefined {
    if (Number.isNaN(sourceMs) || this.#burst?.isBurst(sourceMs) === true) return undefined;
    const nowMs = this.#nowMs();
    const placedMs = this.#placed(sourceMs, nowMs);
    if (this.#newestMs !== undefined && placedMs <= this.#newestMs) return undefined;
    this.#isRepeating = false;
    this.#stepMs = placedMs - (this.#newestMs ?? placedMs);
    this.#newestMs = placedMs;
    this.#newestAtMs = nowMs;
    return placedMs;
  }

  #placed(sourceMs: number, nowMs: number): number {
    if (this.#newestMs === undefined) return this.#begin(sourceMs, 0);
    const passedMs = Math.max(nowMs - this.#newestAtMs, 1);
    if (this.#offsetMs === undefined) return this.#begin(sourceMs, this.#newestMs + passedMs);
    const placedMs = sourceMs + this.#offsetMs;
    const stepMs = placedMs - this.#newestMs;
    const { isRealTime } = this.#timing;
    const isSet = (stepMs < -SET_BACK_MS && !this.#isRepeating) || (isRealTime && stepMs > passedMs + SET_AHEAD_MS);
    if (!isSet) return placedMs;
    // What comes in portions says nothing by its arrival: it goes on as it did before.
    return this.#begin(sourceMs, this.#newestMs + (isRealTime ? passedMs : Math.max(this.#stepMs, 1)));
  }

  #begin(sourceMs: number, placedMs: number): number {
    this.#offsetMs = placedMs - sourceMs;
    return placedMs;
  }
}

/** Nothing comes faster from a camera: 80 pictures a second. */
const STEP_MS_MIN = 12;
/** So many steps of that length, one after the other, are no burst any more. */
const STEPS = 3;
/** A source that is faster than any camera is taken as it is after this. */
const BURST_MS_MAX = 2000;
/** When a feed is opened for the first time, nothing is taken for so long. */
const SETTLE_MS = 1000;

/**
 * While ffmpeg looked at a feed, pictures have waited. They come at once, as fast as they can be decoded, and their
 * times of arrival mean nothing.
 */
class BurstWatch {
  readonly #settleMs: number;
  #firstMs: number | undefined;
  #newestMs = 0;
  #steps = 0;
  #isOver = false;

  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  isBurst(arrivedMs: number): boolean {
    if (this.#isOver) return false;
    this.#firstMs ??= arrivedMs;
    const stepMs = arrivedMs > this.#firstMs ? arrivedMs - this.#newestMs : 0;
    this.#newestMs = arrivedMs;
    this.#steps = stepMs >= STEP_MS_MIN ? this.#steps + 1 : 0;
    const sinceMs = arrivedMs - this.#firstMs;
    this.#isOver = (this.#steps >= STEPS && sinceMs >= this.#settleMs) || sinceMs > BURST_MS_MAX;
    return !this.#isOver;
  }
}

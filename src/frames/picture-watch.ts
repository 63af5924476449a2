import type { Frame } from "../domain/video.js";

// What is wrong with a whole picture, told from a grid of its luma samples.

const COLUMNS = 32;
const ROWS = 24;
const SAMPLES = COLUMNS * ROWS;

/** The noise of a sensor changes some sample in every picture. One that does not change for this long stands still. */
const FROZEN_MS = 1000;

/** Brightness is compared with that of a second ago, four times a second. */
const COMPARED_MS = 1000;
const KEPT_MS = 250;
const KEPT = COMPARED_MS / KEPT_MS;

/** A change of more than this is none of the pulse (half a percent) and none of breathing. */
const CHANGE_MIN = 0.02;
/** Light that falls on a part of the picture changes fewer samples than this; the camera's exposure changes all. */
const SHARE_MIN = 0.6;
/** Samples that change by more than this have something else in them than before. */
const MOVED = 0.2;
/** Samples outside are black or clipped, and do not follow. */
const LUMA_MIN = 30;
const LUMA_MAX = 225;
/** One swing is the camera's answer to new light, two are somebody who walked past the lamp. */
const SWINGS = 3;
const SWINGS_WITHIN_MS = 10_000;

export interface PictureState {
  /** The same picture comes again and again. */
  readonly isFrozen: boolean;
  /** The camera makes the whole picture brighter and darker by turns. */
  readonly isHunting: boolean;
}

/** Watches whole pictures for what their faces do not show. Makes no object per frame. */
export class PictureWatch {
  #samples = new Uint8Array(SAMPLES);
  #before = new Uint8Array(SAMPLES);
  #changedAtMs = Number.NaN;
  readonly #kept = Array.from({ length: KEPT }, () => new Uint8Array(SAMPLES));
  #keptCount = 0;
  #keptAtMs = Number.NEGATIVE_INFINITY;
  readonly #swingsAtMs: number[] = [];
  #direction = 0;
  readonly #state = { isFrozen: false, isHunting: false };

  /** Takes the next frame; the answer is reused by the next call. */
  look(frame: Frame): PictureState {
    const nowMs = frame.timestampMs;
    [this.#samples, this.#before] = [this.#before, this.#samples];
    sample(frame, this.#samples);
    if (Number.isNaN(this.#changedAtMs) || !isSame(this.#samples, this.#before)) this.#changedAtMs = nowMs;
    this.#state.isFrozen = nowMs - this.#changedAtMs >= FROZEN_MS;
    if (nowMs - this.#keptAtMs >= KEPT_MS) this.#compare(nowMs);
    const oldestMs = nowMs - SWINGS_WITHIN_MS;
    while ((this.#swingsAtMs[0] ?? nowMs) < oldestMs) this.#swingsAtMs.shift();
    this.#state.isHunting = this.#swingsAtMs.length >= SWINGS;
    return this.#state;
  }

  #compare(nowMs: number): void {
    // After a gap, a second ago is another time.
    if (nowMs - this.#keptAtMs > 2 * KEPT_MS) this.#keptCount = 0;
    this.#keptAtMs = nowMs;
    const slot = this.#kept[this.#keptCount % KEPT];
    if (slot === undefined) return;
    if (this.#keptCount >= KEPT) this.#note(directionOf(slot, this.#samples), nowMs);
    slot.set(this.#samples);
    this.#keptCount += 1;
  }

  /** A swing begins when the picture starts to change, or turns round. */
  #note(direction: number, nowMs: number): void {
    if (direction !== 0 && direction !== this.#direction) this.#swingsAtMs.push(nowMs);
    this.#direction = direction;
  }
}

/** Luma at the middle of each field of the grid. */
function sample({ data, format }: Frame, out: Uint8Array): void {
  const { widthPx, heightPx } = format;
  for (let row = 0, i = 0; row < ROWS; row += 1) {
    const line = Math.floor(((row + 0.5) * heightPx) / ROWS) * widthPx;
    for (let column = 0; column < COLUMNS; column += 1, i += 1)
      out[i] = data[line + Math.floor(((column + 0.5) * widthPx) / COLUMNS)] ?? 0;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < SAMPLES; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** 1 when the whole picture has become brighter, -1 darker, 0 neither. */
function directionOf(before: Uint8Array, after: Uint8Array): number {
  let sumBefore = 0;
  let sumAfter = 0;
  let count = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const was = before[i] ?? 0;
    const is = after[i] ?? 0;
    if (was < LUMA_MIN || was > LUMA_MAX || Math.abs(is - was) > MOVED * was) continue;
    sumBefore += was;
    sumAfter += is;
    count += 1;
  }
  if (count < SAMPLES / 8) return 0;
  const change = sumAfter / sumBefore - 1;
  if (Math.abs(change) < CHANGE_MIN) return 0;
  const direction = Math.sign(change);
  return shareFollowing(before, after, direction, Math.abs(change)) >= SHARE_MIN ? direction : 0;
}

/** Share of the samples that changed in this direction by at least half as much as the mean. */
function shareFollowing(before: Uint8Array, after: Uint8Array, direction: number, change: number): number {
  let count = 0;
  let following = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const was = before[i] ?? 0;
    if (was < LUMA_MIN || was > LUMA_MAX) continue;
    count += 1;
    if (direction * ((after[i] ?? 0) - was) >= (change / 2) * was) following += 1;
  }
  return following / Math.max(1, count);
}

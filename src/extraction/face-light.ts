import type { Frame } from "../domain/video.js";
import type { FaceGeometry } from "./face-geometry.js";

// Some hundred samples of luma on grids that follow the head: to judge light they say the same as all pixels, and they
// are there before the collection begins, when no region is summed yet.

const GRID = 16;
/** The grid over the face, in eye distances across and in eye-to-mouth distances down from the middle of the eyes. */
const ACROSS = 0.9;
const DOWN_FROM = -0.4;
const DOWN_TO = 1.2;
/** The part of it that is skin in every face: cheeks and nose, below the eyes and above the mouth. */
const SKIN_ACROSS = 0.65;
const SKIN_DOWN_FROM = 0.25;
const SKIN_DOWN_TO = 0.8;
const SURROUNDING_GRID = 28;

/** Luma from black to white in the two ranges that pictures come in. */
const LIMITED_BLACK = 16;
const LIMITED_SPAN = 219;

/** How the light falls on a face, in one frame. Measuring allocates nothing. */
export class FaceLight {
  /** Mean luma of the skin, 0 to 255; NaN when no sample lies in the picture. */
  brightness = Number.NaN;
  /** Standard deviation of luma over the whole face, in percent of its mean. */
  contrastPct = Number.NaN;
  /** Share in percent of the face's surrounding that is at least as bright as the limit; NaN without surrounding. */
  brightSurroundingPct = Number.NaN;

  /**
   * @param searchFactor the surrounding is the box of the face grown by this, without the face.
   * @param brightFrom luma, 0 to 255, from which the surrounding counts as bright.
   */
  measure(frame: Frame, face: FaceGeometry, searchFactor: number, brightFrom: number): void {
    this.#measureFace(frame, face);
    this.#measureSurrounding(frame, face, searchFactor, brightFrom);
  }

  #measureFace(frame: Frame, face: FaceGeometry): void {
    let skinSum = 0;
    let skinCount = 0;
    let sum = 0;
    let squares = 0;
    let count = 0;
    for (let row = 0; row < GRID; row += 1) {
      const down = DOWN_FROM + ((row + 0.5) / GRID) * (DOWN_TO - DOWN_FROM);
      const below = down * face.mouthBelowPx;
      for (let column = 0; column < GRID; column += 1) {
        const side = (((column + 0.5) / GRID) * 2 - 1) * ACROSS;
        const across = side * face.eyeDistancePx;
        const x = face.eyesX + across * face.acrossX - below * face.acrossY;
        const y = face.eyesY + across * face.acrossY + below * face.acrossX;
        const luma = lumaAt(frame, x, y);
        if (luma < 0) continue;
        sum += luma;
        squares += luma * luma;
        count += 1;
        if (down < SKIN_DOWN_FROM || down > SKIN_DOWN_TO || Math.abs(side) > SKIN_ACROSS) continue;
        skinSum += luma;
        skinCount += 1;
      }
    }
    const mean = sum / count;
    this.brightness = skinSum / skinCount;
    this.contrastPct = (100 * Math.sqrt(Math.max(0, squares / count - mean * mean))) / Math.max(mean, 1);
  }

  #measureSurrounding(frame: Frame, face: FaceGeometry, searchFactor: number, brightFrom: number): void {
    const { left, top, right, bottom } = face;
    const width = (right - left) * searchFactor;
    const height = (bottom - top) * searchFactor;
    let bright = 0;
    let count = 0;
    for (let row = 0; row < SURROUNDING_GRID; row += 1) {
      const y = (top + bottom - height) / 2 + ((row + 0.5) / SURROUNDING_GRID) * height;
      for (let column = 0; column < SURROUNDING_GRID; column += 1) {
        const x = (left + right - width) / 2 + ((column + 0.5) / SURROUNDING_GRID) * width;
        if (x >= left && x <= right && y >= top && y <= bottom) continue;
        const luma = lumaAt(frame, x, y);
        if (luma < 0) continue;
        count += 1;
        if (luma >= brightFrom) bright += 1;
      }
    }
    this.brightSurroundingPct = (100 * bright) / count;
  }
}

/** Luma of a pixel as 0 to 255; -1 outside the picture. */
function lumaAt({ data, format }: Frame, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (!(column >= 0 && column < format.widthPx && row >= 0 && row < format.heightPx)) return -1;
  const sample = data[row * format.widthPx + column] ?? 0;
  if (format.fullRange) return sample;
  return Math.min(Math.max(((sample - LIMITED_BLACK) * 255) / LIMITED_SPAN, 0), 255);
}

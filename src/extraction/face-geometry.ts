import { POINT_STRIDE, type PosePointNames } from "../domain/face.js";

// Proportions of MediaPipe's canonical face model in cm, as in native/core/head_pose.cc: between the middles of the
// eyes; nose tip and mouth in front of the eyes; nose and mouth below them.
const EYES = 6.3;
const NOSE_DEPTH = 4.12;
const MOUTH_DEPTH = 0.82;
const NOSE_BELOW = 3.09;
const MOUTH_BELOW = 6.97;

/** Mean distance between the pupils of adults in mm (Dodgson 2004): the ruler for everything in the picture. */
export const INTER_PUPIL_MM = 63;

/** Corners of the left eye, of the right eye, nose tip, corners of the mouth: what every tracker must give. */
const CORE = ["3.7", "3.11", "3.8", "3.12", "9.3", "8.3", "8.4"] as const;
const BROWS = ["4.1", "4.2", "4.3", "4.4"] as const;
const DEGREES = 180 / Math.PI;

/** Where the head is and how it is turned, in one frame. Measuring allocates nothing. */
export class FaceGeometry {
  /** False when a point that is needed is absent: nothing below means anything then. */
  isKnown = false;
  eyeDistancePx = Number.NaN;
  yawDeg = Number.NaN;
  pitchDeg = Number.NaN;
  /** Nose to the outer corners of both eyes, the shorter way over the longer one: 1 seen from the front. */
  sideRatio = Number.NaN;
  /** Eyes to nose over nose to mouth: 0.8 seen from the front. */
  heightRatio = Number.NaN;
  /** Centre of eyes, nose and mouth. */
  centreX = Number.NaN;
  centreY = Number.NaN;
  /** Height of the brows above the eyes, as a share of the eye distance; NaN when the tracker gives no brows. */
  browHeight = Number.NaN;
  /** Middle of the eyes. */
  eyesX = Number.NaN;
  eyesY = Number.NaN;
  /** Unit vector from the right eye to the left one; down is (-acrossY, acrossX). */
  acrossX = 1;
  acrossY = 0;
  /** From the eyes down to the mouth. */
  mouthBelowPx = Number.NaN;
  /** Box around all points. */
  left = Number.NaN;
  top = Number.NaN;
  right = Number.NaN;
  bottom = Number.NaN;

  readonly #core: Int32Array;
  readonly #brows: Int32Array;

  constructor(names: PosePointNames) {
    this.#core = Int32Array.from(CORE, (name) => names.indexOf(name));
    this.#brows = Int32Array.from(BROWS, (name) => names.indexOf(name));
  }

  /** @param points groups of x, y, z, quality in the order of the names. */
  measure(points: Float32Array): void {
    this.isKnown = this.#hasCore(points);
    if (!this.isKnown) return;
    this.#measureAxes(points);
    if (!(this.eyeDistancePx >= 1)) {
      this.isKnown = false;
      return;
    }
    this.#measureTurn(points);
    this.#measureBrows(points);
    this.#measureBox(points);
  }

  #hasCore(points: Float32Array): boolean {
    for (const index of this.#core) if (index < 0 || !((points[index * POINT_STRIDE + 3] ?? 0) > 0)) return false;
    return true;
  }

  #x(points: Float32Array, core: number): number {
    return points[(this.#core[core] ?? 0) * POINT_STRIDE] ?? 0;
  }

  #y(points: Float32Array, core: number): number {
    return points[(this.#core[core] ?? 0) * POINT_STRIDE + 1] ?? 0;
  }

  #measureAxes(points: Float32Array): void {
    const leftX = (this.#x(points, 0) + this.#x(points, 1)) / 2;
    const leftY = (this.#y(points, 0) + this.#y(points, 1)) / 2;
    const rightX = (this.#x(points, 2) + this.#x(points, 3)) / 2;
    const rightY = (this.#y(points, 2) + this.#y(points, 3)) / 2;
    this.eyesX = (leftX + rightX) / 2;
    this.eyesY = (leftY + rightY) / 2;
    this.eyeDistancePx = Math.hypot(leftX - rightX, leftY - rightY);
    this.acrossX = (leftX - rightX) / this.eyeDistancePx;
    this.acrossY = (leftY - rightY) / this.eyeDistancePx;
    const mouthX = (this.#x(points, 5) + this.#x(points, 6)) / 2;
    const mouthY = (this.#y(points, 5) + this.#y(points, 6)) / 2;
    this.mouthBelowPx = this.#below(mouthX, mouthY);
    this.centreX = (this.eyesX + this.#x(points, 4) + mouthX) / 3;
    this.centreY = (this.eyesY + this.#y(points, 4) + mouthY) / 3;
  }

  #across(x: number, y: number): number {
    return (x - this.eyesX) * this.acrossX + (y - this.eyesY) * this.acrossY;
  }

  #below(x: number, y: number): number {
    return (y - this.eyesY) * this.acrossX - (x - this.eyesX) * this.acrossY;
  }

  /** The equations are those of native/core/head_pose.h: good to 5 to 10 degrees, better for changes. */
  #measureTurn(points: Float32Array): void {
    const noseX = this.#x(points, 4);
    const noseY = this.#y(points, 4);
    const noseAcross = this.#across(noseX, noseY);
    const noseBelow = this.#below(noseX, noseY);
    this.yawDeg = Math.atan((noseAcross / this.eyeDistancePx) * (EYES / NOSE_DEPTH)) * DEGREES;
    const ratio = noseBelow / this.mouthBelowPx;
    const depth = NOSE_DEPTH - MOUTH_DEPTH * ratio;
    this.pitchDeg = depth > 0 ? Math.atan((NOSE_BELOW - MOUTH_BELOW * ratio) / depth) * DEGREES : 0;
    const toLeft = this.#across(this.#x(points, 0), this.#y(points, 0)) - noseAcross;
    const toRight = noseAcross - this.#across(this.#x(points, 3), this.#y(points, 3));
    this.sideRatio = Math.min(toLeft, toRight) / Math.max(toLeft, toRight, 1e-6);
    this.heightRatio = noseBelow / Math.max(this.mouthBelowPx - noseBelow, 1e-6);
  }

  #measureBrows(points: Float32Array): void {
    let sum = 0;
    for (const index of this.#brows) {
      const at = index * POINT_STRIDE;
      // A point that is absent makes the sum NaN, and so the height unknown.
      sum -= index >= 0 && (points[at + 3] ?? 0) > 0 ? this.#below(points[at] ?? 0, points[at + 1] ?? 0) : Number.NaN;
    }
    this.browHeight = sum / this.#brows.length / this.eyeDistancePx;
  }

  #measureBox(points: Float32Array): void {
    let left = Number.POSITIVE_INFINITY;
    let top = Number.POSITIVE_INFINITY;
    let right = Number.NEGATIVE_INFINITY;
    let bottom = Number.NEGATIVE_INFINITY;
    for (let at = 0; at + 3 < points.length; at += POINT_STRIDE) {
      if (!((points[at + 3] ?? 0) > 0)) continue;
      const x = points[at] ?? 0;
      const y = points[at + 1] ?? 0;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    this.left = left;
    this.top = top;
    this.right = right;
    this.bottom = bottom;
  }
}

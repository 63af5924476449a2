import type { ConstraintCheck, ConstraintId, ConstraintResult } from "../../src/domain/constraints.js";
import { CONSTRAINT_IDS } from "../../src/domain/constraints.js";
import { type FaceObservation, POINT_STRIDE } from "../../src/domain/face.js";
import type { Frame, VideoFormat } from "../../src/domain/video.js";
import { FaceConstraints } from "../../src/extraction/face-constraints.js";

/** A head in cm (x to its left, y down, z to the camera), with the proportions of MediaPipe's canonical face. */
const HEAD: Readonly<Record<string, readonly [x: number, y: number, z: number]>> = {
  "3.7": [4.6, 0, 0],
  "3.11": [1.7, 0, 0],
  "3.8": [-1.7, 0, 0],
  "3.12": [-4.6, 0, 0],
  "9.3": [0, 3.09, 4.12],
  "8.3": [2.5, 6.97, 0.82],
  "8.4": [-2.5, 6.97, 0.82],
  "4.1": [1.2, -2, 0.5],
  "4.2": [-1.2, -2, 0.5],
  "4.3": [3.5, -2.3, 0],
  "4.4": [-3.5, -2.3, 0],
  "11.1": [0, -6.5, 0],
  "13.3": [7, 2, -3],
  "13.4": [-7, 2, -3],
  "13.17": [0, 11, 0],
};
export const NAMES = Object.keys(HEAD);
const EYES_CM = 6.3;

export const FORMAT: VideoFormat = { widthPx: 640, heightPx: 480, fullRange: true, bt709: false };

/** How a made face looks; the defaults are GOOD in everything. */
export interface Look {
  /** Middle of the eyes. */
  readonly x: number;
  readonly y: number;
  readonly eyeDistancePx: number;
  /** Nose to the right edge of the picture. */
  readonly yawDeg: number;
  /** Looking up. */
  readonly pitchDeg: number;
  readonly rollDeg: number;
  /** The brows go up by this. */
  readonly browsUpMm: number;
  readonly detected: boolean;
  readonly poseValid: boolean;
  /** Luma of the skin, and of everything that is not face. */
  readonly skin: number;
  readonly background: number;
  /** Luma of the features on the skin, less the skin's. */
  readonly contrast: number;
}

const GOOD_LOOK: Look = {
  x: 320,
  y: 200,
  eyeDistancePx: 110,
  yawDeg: 0,
  pitchDeg: 0,
  rollDeg: 0,
  browsUpMm: 0,
  detected: true,
  poseValid: true,
  skin: 140,
  background: 90,
  contrast: -60,
};

export function madeFace(look: Partial<Look>): FaceObservation {
  const { x, y, eyeDistancePx, yawDeg, pitchDeg, rollDeg, browsUpMm, detected, poseValid } = { ...GOOD_LOOK, ...look };
  const yaw = (yawDeg * Math.PI) / 180;
  const pitch = (pitchDeg * Math.PI) / 180;
  const roll = (rollDeg * Math.PI) / 180;
  const pxPerCm = eyeDistancePx / EYES_CM;
  const points = new Float32Array(NAMES.length * POINT_STRIDE);
  for (const [index, [name, [headX, headY, z]]] of Object.entries(HEAD).entries()) {
    const up = name.startsWith("4.") ? browsUpMm / 10 : 0;
    const turnedX = headX * Math.cos(yaw) + z * Math.sin(yaw);
    const turnedZ = z * Math.cos(yaw) - headX * Math.sin(yaw);
    const turnedY = (headY - up) * Math.cos(pitch) - turnedZ * Math.sin(pitch);
    const px = x + pxPerCm * (turnedX * Math.cos(roll) - turnedY * Math.sin(roll));
    const py = y + pxPerCm * (turnedX * Math.sin(roll) + turnedY * Math.cos(roll));
    points.set([px, py, 0, 1], index * POINT_STRIDE);
  }
  return { id: "1", rect: { x: 0, y: 0, w: 1, h: 1 }, detected, poseValid, presence: 1, points };
}

const picture = new Uint8Array((FORMAT.widthPx * FORMAT.heightPx * 3) / 2);

/** A picture of that face at that time; the next call paints over it. */
export function madeFrame(look: Partial<Look>, timestampMs: number, format = FORMAT): Frame {
  const { x, y, eyeDistancePx, skin, background, contrast } = { ...GOOD_LOOK, ...look };
  const pxPerCm = eyeDistancePx / EYES_CM;
  const { widthPx } = format;
  picture.fill(background, 0, widthPx * format.heightPx);
  const paint = (left: number, top: number, right: number, bottom: number, luma: number): void => {
    for (let row = Math.max(0, Math.round(y + top * pxPerCm)); row < y + bottom * pxPerCm; row += 1) {
      if (row >= format.heightPx) return;
      const from = Math.min(Math.max(0, Math.round(x + left * pxPerCm)), widthPx);
      const to = Math.min(Math.max(0, Math.round(x + right * pxPerCm)), widthPx);
      picture.fill(luma, row * widthPx + from, row * widthPx + to);
    }
  };
  paint(-7, -6.5, 7, 11, skin);
  paint(-5, -1.2, 5, 1, skin + contrast);
  paint(-2.5, 6.2, 2.5, 8, skin + contrast);
  return { data: picture, format, number: Math.round(timestampMs), timestampMs };
}

/** Every check on, with the web SDK's limits but for the box, which is the picture. */
const CHECK_ALL = {
  boxWidth_pct: 100,
  boxHeight_pct: 100,
  checkBackLight: true,
  checkCentered: true,
  checkDistance: true,
  checkFaceDirection: true,
  checkImageQuality: true,
  checkLighting: true,
  checkMinFps: true,
  checkMovement: true,
};

/** Feeds made faces to constraints, frame by frame. */
export class Watcher {
  readonly constraints = new FaceConstraints(NAMES);
  nowMs = 0;
  check: ConstraintCheck | undefined;

  constructor(config: Readonly<Record<string, unknown>> = {}) {
    this.constraints.setConstraintsConfig("json", JSON.stringify({ ...CHECK_ALL, ...config }));
  }

  /** Watches the same face for so long; `undefined` is a picture without one. */
  watch(look: Partial<Look> | undefined, durationMs: number, rateHz = 30): this {
    return this.move(() => look, durationMs, rateHz);
  }

  /** Watches a face that changes with time (in ms from the call). */
  move(lookAt: (atMs: number) => Partial<Look> | undefined, durationMs: number, rateHz = 30): this {
    const frames = Math.round((durationMs * rateHz) / 1000);
    for (let index = 0; index < frames; index += 1) {
      const look = lookAt((index * 1000) / rateHz);
      this.check = this.constraints.checkConstraints(madeFrame(look ?? {}, this.nowMs), look && madeFace(look));
      this.nowMs += 1000 / rateHz;
    }
    return this;
  }

  result(id: ConstraintId): ConstraintResult | undefined {
    return this.check?.results[id];
  }

  /** Those that are not GOOD. */
  get troubles(): Partial<Record<ConstraintId, ConstraintResult>> {
    const bad = CONSTRAINT_IDS.filter((id) => this.result(id) !== "GOOD");
    return Object.fromEntries(bad.map((id) => [id, this.result(id)]));
  }
}

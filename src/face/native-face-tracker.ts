import type { FaceTracker } from "../domain/engine.js";
import { type FaceObservation, POINT_STRIDE, type Rect } from "../domain/face.js";
import type { Frame, VideoFormat } from "../domain/video.js";
import { LANDMARK_COUNT, POSE_POINT_NAMES, posePointsFrom } from "./pose-points.js";

/** What finds the landmarks: the native engine's tracker, as far as it is needed here. */
export interface LandmarkTracker {
  /**
   * @param landmarks out, LANDMARK_COUNT * 3: x px, y px, z; left alone without a face.
   * @param state out, 6: presence [0, 1], detected, detector runs, x, y and size of the region that was looked at.
   * @returns whether a face is there.
   */
  track(
    data: Uint8Array,
    widthPx: number,
    heightPx: number,
    fullRange: boolean,
    bt709: boolean,
    timestampMs: number,
    landmarks: Float32Array,
    state: Float64Array,
  ): boolean;
}

/** Members of the reused observation, writable for its owner. */
interface MutableObservation extends FaceObservation {
  rect: MutableRect;
  presence: number;
}
type MutableRect = { -readonly [Side in keyof Rect]: Rect[Side] };

// The tracker follows one face.
const FACE_ID = "1";
// Share of the landmarks' width added on either side, and of their height added above: the rectangle that the
// MediaPipe tracker of dfx-demo-py sends.
const SIDE_MARGIN = 0.05;
const TOP_MARGIN = 0.1;

/** The face stage: frame -> landmarks (native) -> pose points. Allocates nothing per frame. */
export class NativeFaceStage implements FaceTracker {
  readonly pointNames = POSE_POINT_NAMES;
  readonly #tracker: LandmarkTracker;
  readonly #landmarks = new Float32Array(LANDMARK_COUNT * 3);
  readonly #state = new Float64Array(6);
  // FaceMesh looks at every frame, so what it returns is never carried over from an earlier one.
  readonly #observation: MutableObservation = {
    id: FACE_ID,
    rect: { x: 0, y: 0, w: 0, h: 0 },
    detected: true,
    poseValid: true,
    presence: 0,
    points: new Float32Array(POSE_POINT_NAMES.length * POINT_STRIDE),
  };

  constructor(tracker: LandmarkTracker) {
    this.#tracker = tracker;
  }

  track(frame: Frame): FaceObservation | undefined {
    const { widthPx, heightPx, fullRange, bt709 } = frame.format;
    const found = this.#tracker.track(
      frame.data,
      widthPx,
      heightPx,
      fullRange,
      bt709,
      frame.timestampMs,
      this.#landmarks,
      this.#state,
    );
    if (!found) return undefined;
    const observation = this.#observation;
    observation.presence = this.#state[0] ?? 0;
    writeRect(this.#landmarks, frame.format, observation.rect);
    posePointsFrom(this.#landmarks, observation.points);
    return observation;
  }
}

/** The box of the landmarks, widened, in whole pixels inside the picture. */
function writeRect(landmarks: Float32Array, { widthPx, heightPx }: VideoFormat, rect: MutableRect): void {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < landmarks.length; at += 3) {
    const x = landmarks[at] ?? 0;
    const y = landmarks[at + 1] ?? 0;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const side = SIDE_MARGIN * (right - left);
  const above = TOP_MARGIN * (bottom - top);
  rect.x = clampedRound(left - side, widthPx);
  rect.y = clampedRound(top - above, heightPx);
  rect.w = clampedRound(right + side, widthPx) - rect.x;
  rect.h = clampedRound(bottom, heightPx) - rect.y;
}

function clampedRound(value: number, max: number): number {
  return Math.min(Math.max(Math.round(value), 0), max);
}

/** A rectangle in picture pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Numbers per pose point in `FaceObservation.points`: x px, y px, z, quality (0 = point absent, 1 = good). */
export const POINT_STRIDE = 4;

/**
 * A face in one frame. The object and its array are reused from frame to frame.
 *
 *   points   [x y z q][x y z q] ...   one group per name in the `pointNames` of the tracker
 */
export interface FaceObservation {
  /** The same person keeps the same id. */
  readonly id: string;
  readonly rect: Rect;
  /** False when carried over from an earlier frame. */
  readonly detected: boolean;
  /** False when the points cannot be trusted. */
  readonly poseValid: boolean;
  /** Probability in [0, 1] that a face is there. */
  readonly presence: number;
  readonly points: Float32Array;
  /** Further numbers by name ("rotation:x", radians), as far as a file of faces brings them. */
  readonly attributes?: FaceAttributes;
}

export type FaceAttributes = Readonly<Record<string, number>>;

/** Where the face is looked for: `brute` on every frame, `fast` between detections, `smart` fast plus at once on loss. */
export type FaceDetectStrategy = "brute" | "fast" | "smart";

/** Names of the MPEG-4 points a tracker gives ("9.3" is the nose tip), in the order of `points`. */
export type PosePointNames = readonly string[];

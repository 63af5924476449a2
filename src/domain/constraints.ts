import type { FaceObservation } from "./face.js";
import type { Frame } from "./video.js";

/** Conditions of a good measurement; names are the DFX SDK's. The most basic come first: this is the order of advice. */
export const CONSTRAINT_IDS = [
  "FaceNone",
  "ImageDark",
  "ImageBright",
  "FaceOffTarget",
  "FaceFar",
  "FaceDirection",
  "FaceMovement",
  "ImageBackLit",
  "ImageQuality",
  "LowFps",
] as const;

export type ConstraintId = (typeof CONSTRAINT_IDS)[number];

export type ConstraintResult = "GOOD" | "WARN" | "ERROR";

/** What to do about a constraint, for the person in front of the camera. */
export const ADVICE: Readonly<Record<ConstraintId, string>> = {
  FaceNone: "Move your face into the picture.",
  FaceOffTarget: "Move your whole face into the middle of the picture.",
  FaceDirection: "Look straight into the camera.",
  FaceFar: "Come closer to the camera.",
  FaceMovement: "Hold still.",
  ImageBright: "Too bright: turn the light down or away from your face.",
  ImageDark: "Too dark: bring more light onto your face.",
  ImageBackLit: "Avoid the bright light behind you.",
  ImageQuality: "The picture is flat or foggy: clean the lens or use another camera.",
  LowFps: "Too few frames per second: use more light or another camera.",
};

/** What is wrong when a constraint is violated, for a sentence that goes on with the advice. */
export const VIOLATION: Readonly<Record<ConstraintId, string>> = {
  FaceNone: "no face was seen",
  FaceOffTarget: "the face was not whole in the picture",
  FaceDirection: "the face was turned away",
  FaceFar: "the face was too far away",
  FaceMovement: "the face moved too much",
  ImageBright: "the face was too bright",
  ImageDark: "the face was too dark",
  ImageBackLit: "the light came from behind",
  ImageQuality: "the picture was bad",
  LowFps: "there were too few frames per second",
};

/** What was measured in one frame to judge it; NaN where nothing can be said. */
export interface Conditions {
  /** Between the middles of the eyes. */
  readonly eyeDistancePx: number;
  /** Positive: the nose points to the right edge of the picture. */
  readonly yawDeg: number;
  /** Positive: looking up. */
  readonly pitchDeg: number;
  /** Longest way between two places of the head within the movement window. */
  readonly movementMm: number;
  /** Mean luma of the face, 0 to 255. */
  readonly brightness: number;
  /** From timestamps, over the last two seconds. */
  readonly rateHz: number;
}

/** The answer for one frame. The object is reused by the next call. */
export interface ConstraintCheck {
  /** The worst of the enabled ones. */
  readonly overall: ConstraintResult;
  /** GOOD for those that are not enabled. */
  readonly results: Readonly<Record<ConstraintId, ConstraintResult>>;
  readonly conditions: Conditions;
}

/** The part of the SDK's collector that judges frames. */
export interface ConstraintChecker {
  getAvailableConstraints(): readonly ConstraintId[];
  getEnabledConstraints(): readonly ConstraintId[];
  enableConstraint(id: ConstraintId): void;
  disableConstraint(id: ConstraintId): void;
  /**
   * Judges a frame and its face (undefined: none is visible). Frames must come in order of time: movement, rate and
   * hysteresis depend on those before.
   */
  checkConstraints(frame: Frame, face: FaceObservation | undefined): ConstraintCheck;
  getConstraintErrorMessage(id: ConstraintId): string;
  /**
   * Changes the keys that the text names; the others stay.
   * @throws AppError USAGE that names an unknown key, a wrong type or a value out of range.
   */
  setConstraintsConfig(format: "json", text: string): void;
  /** Every key with its value. */
  getConstraintsConfig(format: "json"): string;
}

/** How good a chunk was, for the summary. */
export interface ChunkQuality {
  /** 0-based, the chunk's. */
  readonly number: number;
  /** Share of its frames with a face, 0 to 1. */
  readonly faceShare: number;
  /** Largest movement of the head within the movement window; null without a face. */
  readonly movementMm: number | null;
  /** Mean luma of the face, 0 to 255; null without a face. */
  readonly brightness: number | null;
  readonly rateHz: number | null;
  /** 1 (not usable) to 5 (nothing to be desired). */
  readonly stars: number;
  /** What cost most of the stars; null when nothing did. */
  readonly worst: ConstraintId | null;
}

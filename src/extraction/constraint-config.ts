import type { ConstraintId } from "../domain/constraints.js";
import { AppError } from "../domain/errors.js";

// The JSON configuration of the constraints. Keys and defaults are those of the DFX web SDK (docs.deepaffex.ai, web
// core), except the last two, which are ours: the SDK publishes no key for ImageQuality and FaceNone.

/** Numbers: default, lowest, highest. */
const NUMBERS = {
  boxCenterX_pct: [50, 0, 100],
  boxCenterY_pct: [50, 0, 100],
  boxWidth_pct: [50, 1, 100],
  boxHeight_pct: [99, 1, 100],
  minInterPupilDist_px: [100, 0, 4000],
  hy_minInterPupilDist_px: [5, 0, 1000],
  maxFaceRotLR_deg: [12.5, 0, 90],
  hy_maxFaceRotLR_deg: [2, 0, 90],
  maxFaceRotUD_deg: [25, 0, 90],
  hy_maxFaceRotUD_deg: [2, 0, 90],
  faceRotLR_thresh: [0.33, 0, 1],
  hy_faceRotLR_thresh: [0.05, 0, 1],
  faceRotUD_lowerthresh: [0.25, 0, 100],
  faceRotUD_upperThresh: [5, 0, 100],
  maxMovement_mm: [10, 0, 1000],
  maxEyebrowMovement_mm: [3, 0, 1000],
  movementWindow_ms: [2000, 100, 10_000],
  chunkMovementThresh_pct: [60, 0, 100],
  cameraRot_chunkThresh: [0.7854, 0, 10],
  cameraRot_windowThresh: [0.2618, 0, 10],
  minimumFps: [26, 0, 1000],
  hy_minimumFps: [1, 0, 100],
  threshBright: [225, 0, 255],
  threshDark: [48, 0, 255],
  backLightThresh: [240, 0, 255],
  backLightMaxPixels_pct: [30, 0, 100],
  backLightSearchMult: [1.5, 1, 10],
  minFaceContrast_pct: [4, 0, 100],
} as const satisfies Readonly<Record<string, readonly [number, number, number]>>;

const FLAGS = [
  "checkBackLight",
  "checkCameraMovement",
  "checkCentered",
  "checkDistance",
  "checkMaxDistance",
  "checkEyebrowMovement",
  "checkFaceDirection",
  "checkLighting",
  "checkMinFps",
  "checkMovement",
  "enableDebugLog",
  "enableFigures",
  "checkFace",
  "checkImageQuality",
] as const;

type NumberKey = keyof typeof NUMBERS;
type FlagKey = (typeof FLAGS)[number];
export type ConstraintConfig = Record<NumberKey, number> & Record<FlagKey, boolean>;

/** The flags that ask for a constraint; any of them is enough. ImageBright and ImageDark share one in the SDK. */
export const FLAGS_OF: Readonly<Record<ConstraintId, readonly FlagKey[]>> = {
  FaceNone: ["checkFace"],
  FaceOffTarget: ["checkCentered"],
  FaceDirection: ["checkFaceDirection"],
  FaceFar: ["checkDistance", "checkMaxDistance"],
  FaceMovement: ["checkMovement", "checkEyebrowMovement"],
  ImageBright: ["checkLighting"],
  ImageDark: ["checkLighting"],
  ImageBackLit: ["checkBackLight"],
  ImageQuality: ["checkImageQuality"],
  LowFps: ["checkMinFps"],
};

/** The web SDK's defaults: every check is off, only the absence of a face is told. */
export function defaultConfig(): ConstraintConfig {
  const numbers = Object.entries(NUMBERS).map(([key, [value]]) => [key, value]);
  const flags = FLAGS.map((key) => [key, key === "checkFace"]);
  return Object.fromEntries([...numbers, ...flags]) as ConstraintConfig;
}

/**
 * Reads a configuration; keys that it does not name are absent from the result.
 * @param name what the text is called in messages.
 * @throws AppError USAGE that names the key, its value and what is allowed.
 */
export function parseConstraintConfig(text: string, name: string): Partial<ConstraintConfig> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw usage(`${name} must hold one JSON object such as {"checkMovement": true, "maxMovement_mm": 10}`);
  }
  const pairs = Object.entries(value).map(([key, given]): [string, number | boolean] => {
    if (isFlag(key)) return [key, flagIn(key, given, name)];
    if (Object.hasOwn(NUMBERS, key)) return [key, numberIn(key as NumberKey, given, name)];
    throw usage(
      `${name}: "${key.slice(0, 40)}" is no key of the constraints${nearest(key)}; docs/constraints.md lists them`,
    );
  });
  return Object.fromEntries(pairs);
}

/** The share of moved frames in percent that spoils a chunk, out of a collector's configuration. */
export function movedPctMaxOf(config: string): number {
  return (
    parseConstraintConfig(config, "the configuration").chunkMovementThresh_pct ?? NUMBERS.chunkMovementThresh_pct[0]
  );
}

function isFlag(key: string): key is FlagKey {
  return FLAGS.some((flag) => flag === key);
}

function flagIn(key: FlagKey, value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw usage(`${name}: "${key}" is ${shown(value)}, but must be true or false`);
}

function numberIn(key: NumberKey, value: unknown, name: string): number {
  const [, low, high] = NUMBERS[key];
  if (typeof value === "number" && value >= low && value <= high) return value;
  throw usage(`${name}: "${key}" is ${shown(value)}, but must be a number from ${low} to ${high}`);
}

/** Keys differ in case only more often than not: faceRotUD_lowerthresh, faceRotUD_upperThresh. */
function nearest(key: string): string {
  const match = [...Object.keys(NUMBERS), ...FLAGS].find((known) => known.toLowerCase() === key.toLowerCase());
  return match ? ` (did you mean "${match}"?)` : "";
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function usage(message: string): AppError {
  return new AppError("USAGE", message);
}

import {
  ADVICE,
  CONSTRAINT_IDS,
  type ConstraintCheck,
  type ConstraintChecker,
  type ConstraintId,
  type ConstraintResult,
} from "../domain/constraints.js";
import type { FaceObservation, PosePointNames } from "../domain/face.js";
import type { Frame } from "../domain/video.js";
import { type ConstraintConfig, defaultConfig, FLAGS_OF, parseConstraintConfig } from "./constraint-config.js";
import { FaceGeometry, INTER_PUPIL_MM } from "./face-geometry.js";
import { FaceLight } from "./face-light.js";
import { Recent } from "./recent.js";

// How a number becomes a result. Each constraint has a limit and a margin, and
//
//   excess = (value - limit) / margin      in the direction that is bad
//
//   excess    -2      -1       0
//   rising      GOOD   | WARN  | ERROR     a result gets worse at -1 and 0 ...
//   falling   GOOD | WARN  | ERROR         ... and better only a margin below, so noise does not make it flicker
//
// Margins are the SDK's hy_ keys; where it has none, a tenth of the limit or what is said below.

/** A face that is missing for less than this is a lapse of the tracker (WARN), not an absence (ERROR). */
const LAPSE_MS = 200;
/** Rate and its window; below half a second nothing is said about it. */
const RATE_WINDOW_MS = 2000;
const RATE_SPAN_MS_MIN = 500;
/** A longer pause than this starts everything anew: what was before says nothing about now. */
const PAUSE_MS = 5000;
/** Two seconds at 240 Hz and more; longer windows at such rates are cut. */
const MOMENTS_MAX = 1024;

/** Share of the face that may lie outside the box, in percent: trackers guess hidden points. */
const OUTSIDE_PCT = 10;
const OUTSIDE_MARGIN_PCT = 5;
const LUMA_MARGIN = 5;
const BACK_LIGHT_MARGIN_PCT = 5;
const CONTRAST_MARGIN_PCT = 1;
const SMALLEST_MARGIN = 1e-6;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The constraints of the DFX SDK on what a tracker says and on the light in the picture. Makes no object per frame. */
export class FaceConstraints implements ConstraintChecker {
  readonly #config: ConstraintConfig = defaultConfig();
  readonly #enabled = new Set<ConstraintId>(["FaceNone"]);
  readonly #face: FaceGeometry;
  readonly #light = new FaceLight();
  readonly #frames = new Recent(MOMENTS_MAX, 0);
  readonly #places = new Recent(MOMENTS_MAX, 2);
  readonly #brows = new Recent(MOMENTS_MAX, 1);
  #newestMs = Number.NEGATIVE_INFINITY;
  #faceSeenMs = Number.NEGATIVE_INFINITY;
  #faceMissedMs = Number.NEGATIVE_INFINITY;
  readonly #results: Record<ConstraintId, ConstraintResult>;
  readonly #conditions: Mutable<ConstraintCheck["conditions"]>;
  readonly #check: Mutable<ConstraintCheck>;

  constructor(names: PosePointNames) {
    this.#face = new FaceGeometry(names);
    this.#results = Object.fromEntries(CONSTRAINT_IDS.map((id) => [id, "GOOD"])) as Record<
      ConstraintId,
      ConstraintResult
    >;
    this.#conditions = {
      eyeDistancePx: Number.NaN,
      yawDeg: Number.NaN,
      pitchDeg: Number.NaN,
      movementMm: Number.NaN,
      brightness: Number.NaN,
      rateHz: Number.NaN,
    };
    this.#check = { overall: "GOOD", results: this.#results, conditions: this.#conditions };
  }

  getAvailableConstraints(): readonly ConstraintId[] {
    return CONSTRAINT_IDS;
  }

  getEnabledConstraints(): readonly ConstraintId[] {
    return CONSTRAINT_IDS.filter((id) => this.#enabled.has(id));
  }

  enableConstraint(id: ConstraintId): void {
    this.#enabled.add(id);
    const [flag] = FLAGS_OF[id];
    if (flag && !FLAGS_OF[id].some((each) => this.#config[each])) this.#config[flag] = true;
  }

  disableConstraint(id: ConstraintId): void {
    this.#enabled.delete(id);
    this.#results[id] = "GOOD";
  }

  getConstraintErrorMessage(id: ConstraintId): string {
    return ADVICE[id];
  }

  /** A check that the text turns on or off enables or disables its constraints; the others stay as they are. */
  setConstraintsConfig(_format: "json", text: string): void {
    const change = parseConstraintConfig(text, "the configuration of the constraints");
    Object.assign(this.#config, change);
    for (const id of CONSTRAINT_IDS) {
      const flags = FLAGS_OF[id];
      if (!flags.some((flag) => flag in change)) continue;
      if (flags.some((flag) => this.#config[flag])) this.enableConstraint(id);
      else this.disableConstraint(id);
    }
  }

  getConstraintsConfig(_format: "json"): string {
    const config = { ...this.#config };
    const wanted = new Set(this.getEnabledConstraints().flatMap((id) => FLAGS_OF[id]));
    for (const flag of Object.values(FLAGS_OF).flat()) config[flag] &&= wanted.has(flag);
    return JSON.stringify(config);
  }

  checkConstraints(frame: Frame, face: FaceObservation | undefined): ConstraintCheck {
    const nowMs = frame.timestampMs;
    if (nowMs < this.#newestMs || nowMs - this.#newestMs > PAUSE_MS) this.#forget();
    this.#newestMs = nowMs;
    this.#judgeRate(nowMs);
    const valid = face?.poseValid === true ? face : undefined;
    if (valid) this.#face.measure(valid.points);
    if (valid && this.#face.isKnown) this.#judgeFace(frame, valid);
    else this.#judgeAbsence(nowMs);
    this.#check.overall = this.#worst();
    return this.#check;
  }

  #forget(): void {
    this.#frames.clear();
    this.#places.clear();
    this.#brows.clear();
    this.#faceSeenMs = Number.NEGATIVE_INFINITY;
    this.#faceMissedMs = Number.NEGATIVE_INFINITY;
    for (const id of CONSTRAINT_IDS) this.#results[id] = "GOOD";
  }

  #judgeRate(nowMs: number): void {
    const { minimumFps, hy_minimumFps } = this.#config;
    this.#frames.dropBefore(nowMs - RATE_WINDOW_MS);
    this.#frames.add(nowMs);
    const { count, spanMs } = this.#frames;
    const rateHz = spanMs >= RATE_SPAN_MS_MIN ? ((count - 1) * 1000) / spanMs : Number.NaN;
    this.#conditions.rateHz = rateHz;
    this.#judge("LowFps", excess(minimumFps - rateHz, hy_minimumFps));
  }

  #judgeAbsence(nowMs: number): void {
    this.#faceMissedMs = nowMs;
    const isLapse = nowMs - this.#faceSeenMs < LAPSE_MS;
    if (this.#enabled.has("FaceNone")) this.#results.FaceNone = isLapse ? "WARN" : "ERROR";
    const conditions = this.#conditions;
    conditions.eyeDistancePx = conditions.yawDeg = conditions.pitchDeg = Number.NaN;
    conditions.movementMm = conditions.brightness = Number.NaN;
    if (isLapse) return;
    // Nothing can be said about a face that is not there.
    for (const id of CONSTRAINT_IDS) if (id !== "FaceNone" && id !== "LowFps") this.#results[id] = "GOOD";
    this.#places.clear();
    this.#brows.clear();
  }

  #judgeFace(frame: Frame, observation: FaceObservation): void {
    const nowMs = frame.timestampMs;
    const face = this.#face;
    const { threshBright, threshDark, backLightMaxPixels_pct, backLightSearchMult, backLightThresh } = this.#config;
    this.#faceSeenMs = nowMs;
    const isSteady = observation.detected && nowMs - this.#faceMissedMs >= LAPSE_MS;
    if (this.#enabled.has("FaceNone")) this.#results.FaceNone = isSteady ? "GOOD" : "WARN";

    const { minInterPupilDist_px, hy_minInterPupilDist_px } = this.#config;
    this.#judge("FaceFar", excess(minInterPupilDist_px - face.eyeDistancePx, hy_minInterPupilDist_px));
    this.#judge("FaceOffTarget", excess(this.#outsidePct(frame) - OUTSIDE_PCT, OUTSIDE_MARGIN_PCT));
    this.#judge("FaceDirection", this.#turnExcess());
    this.#judge("FaceMovement", this.#movementExcess(nowMs));

    const light = this.#light;
    light.measure(frame, face, backLightSearchMult, backLightThresh);
    this.#judge("ImageBright", excess(light.brightness - threshBright, LUMA_MARGIN));
    this.#judge("ImageDark", excess(threshDark - light.brightness, LUMA_MARGIN));
    const overBackLight = light.brightSurroundingPct - backLightMaxPixels_pct;
    this.#judge("ImageBackLit", excess(overBackLight, BACK_LIGHT_MARGIN_PCT));
    this.#judge("ImageQuality", excess(this.#config.minFaceContrast_pct - light.contrastPct, CONTRAST_MARGIN_PCT));

    this.#conditions.eyeDistancePx = face.eyeDistancePx;
    this.#conditions.yawDeg = face.yawDeg;
    this.#conditions.pitchDeg = face.pitchDeg;
    this.#conditions.brightness = light.brightness;
  }

  /** How far the face sticks out of the box, in percent of its own size. A face larger than the box is to be centred. */
  #outsidePct({ format }: Frame): number {
    const { boxCenterX_pct, boxCenterY_pct, boxWidth_pct, boxHeight_pct } = this.#config;
    const { left, right, top, bottom } = this.#face;
    const x = outside(left, right, format.widthPx, boxCenterX_pct, boxWidth_pct);
    const y = outside(top, bottom, format.heightPx, boxCenterY_pct, boxHeight_pct);
    return 100 * Math.max(x, y);
  }

  #turnExcess(): number {
    const { yawDeg, pitchDeg, sideRatio, heightRatio } = this.#face;
    const config = this.#config;
    const { faceRotUD_lowerthresh: lowest, faceRotUD_upperThresh: highest } = config;
    return Math.max(
      excess(Math.abs(yawDeg) - config.maxFaceRotLR_deg, config.hy_maxFaceRotLR_deg),
      excess(Math.abs(pitchDeg) - config.maxFaceRotUD_deg, config.hy_maxFaceRotUD_deg),
      excess(config.faceRotLR_thresh - sideRatio, config.hy_faceRotLR_thresh),
      excess(lowest - heightRatio, lowest / 10),
      excess(heightRatio - highest, highest / 10),
    );
  }

  #movementExcess(nowMs: number): number {
    const { eyeDistancePx, centreX, centreY, browHeight } = this.#face;
    const { movementWindow_ms, maxMovement_mm, maxEyebrowMovement_mm } = this.#config;
    const { checkMovement, checkEyebrowMovement } = this.#config;
    const fromMs = nowMs - movementWindow_ms;
    this.#places.dropBefore(fromMs);
    this.#places.add(nowMs, centreX, centreY);
    const mmPerPx = INTER_PUPIL_MM / eyeDistancePx;
    const movementMm = Math.hypot(this.#places.range(0), this.#places.range(1)) * mmPerPx;
    this.#conditions.movementMm = movementMm;
    const head = excess(movementMm - maxMovement_mm, maxMovement_mm / 10);
    if (!checkEyebrowMovement || Number.isNaN(browHeight)) return head;
    this.#brows.dropBefore(fromMs);
    this.#brows.add(nowMs, browHeight);
    const browsMm = this.#brows.range(0) * INTER_PUPIL_MM;
    const brows = excess(browsMm - maxEyebrowMovement_mm, maxEyebrowMovement_mm / 10);
    return checkMovement ? Math.max(head, brows) : brows;
  }

  #judge(id: ConstraintId, excessNow: number): void {
    if (this.#enabled.has(id)) this.#results[id] = resultOf(this.#results[id], excessNow);
  }

  #worst(): ConstraintResult {
    let worst: ConstraintResult = "GOOD";
    for (const id of CONSTRAINT_IDS) {
      const result = this.#results[id];
      if (result === "ERROR") return result;
      if (result === "WARN") worst = result;
    }
    return worst;
  }
}

/** The distance beyond a limit in margins; see the top of this file. */
function excess(beyond: number, margin: number): number {
  return beyond / Math.max(margin, SMALLEST_MARGIN);
}

/** The result that follows from the last one; what cannot be measured (NaN) is nothing to complain about. */
function resultOf(before: ConstraintResult, excessNow: number): ConstraintResult {
  if (excessNow > 0 || (before === "ERROR" && excessNow > -1)) return "ERROR";
  if (excessNow > -1 || (before !== "GOOD" && excessNow > -2)) return "WARN";
  return "GOOD";
}

/** How far a span sticks out of a box, as a share of its own length; along one side of the picture. */
function outside(from: number, to: number, sidePx: number, centrePct: number, lengthPct: number): number {
  const length = to - from;
  const boxLength = Math.max((sidePx * lengthPct) / 100, length);
  const offset = Math.abs((from + to) / 2 - (sidePx * centrePct) / 100);
  return (offset + length / 2 - boxLength / 2) / Math.max(length, 1);
}

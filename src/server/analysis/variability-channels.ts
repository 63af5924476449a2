import { type AnalysisChannel, refusedMetric, withConfidence } from "./channel-list.js";
import type { Interval } from "./intervals.js";
import {
  NOTE_BEATS_UNSURE,
  NOTE_FRAME_RATE_LOW,
  NOTE_KEY_FRAMES,
  NOTE_MOTION_TOO_STRONG,
  NOTE_NEEDS_30_S,
  NOTE_NEEDS_60_S,
} from "./notes.js";
import { CONFIDENCE_MIN } from "./quality.js";
import { ramp } from "./ramp.js";
import { rmssdOf, sdnnOf, type Variability } from "./variability.js";

/** Intervals that must survive. */
const KEPT_SHARE_MIN = 0.85;
const KEPT_SHARE_GOOD = 0.97;

/**
 * The variance that the regions share stands out of noise by its share times the root of the number of intervals, in standard errors.
 * On made clips of 20 to 70 s with known beats, RMSSD is within 5 ms on average from 2 on, and off by more than 20 under 1.
 */
const STANDARD_ERRORS_POOR = 1;
const STANDARD_ERRORS_GOOD = 3;

/** With one region nothing tells heart from noise but the SNR: dB at which the timing is poor and good. */
const SNR_DB_POOR = 0;
const SNR_DB_GOOD = 4;

/** What each of the two is given for; motions are rms in the pulse's band, in eye distances. */
interface Needs {
  readonly id: string;
  /** Seconds of good signal; twice as many are enough. 60 and 120 s are usual, 5 min the standard (Task Force 1996). */
  readonly lengthS: number;
  /** Note of a shorter one. */
  readonly tooShort: string;
  readonly snrDbMore: number;
  readonly motionGood: number;
  readonly motionPoor: number;
  /** Disturbances that all regions share go into adjacent differences: RMSSD is refused where they are known of. */
  readonly isOfDifferences: boolean;
  readonly estimate: (intervals: readonly Interval[]) => Variability | undefined;
}

const SDNN: Needs = {
  id: "HRV_SDNN",
  lengthS: 29.5,
  tooShort: NOTE_NEEDS_30_S,
  snrDbMore: 0,
  motionGood: 0.012,
  motionPoor: 0.035,
  isOfDifferences: false,
  estimate: sdnnOf,
};

const RMSSD: Needs = {
  id: "HRV_RMSSD",
  lengthS: 59.5,
  tooShort: NOTE_NEEDS_60_S,
  snrDbMore: 1.5,
  motionGood: 0.007,
  motionPoor: 0.015,
  isOfDifferences: true,
  estimate: rmssdOf,
};

/** Under this rate the waves lack the harmonics that tell where a beat begins: at 15/s RMSSD comes out twice as large. */
const FRAME_RATE_HZ_MIN = 20;

/** What variability is judged by. */
export interface VariabilityBasis {
  readonly intervals: readonly Interval[];
  readonly rateHz: number;
  /** Seconds of good signal. */
  readonly goodS: number;
  readonly snrDb: number;
  /** Rms of the head's motion in the pulse's band, in eye distances. */
  readonly motion: number;
  /** Key frames come at a rate at which they shift beats. */
  readonly hasKeyFrames: boolean;
  readonly heartRateConfidence: number;
}

/** HRV_SDNN and HRV_RMSSD with their confidences, each one value over the whole recording or a reason. */
export function variabilityChannels(basis: VariabilityBasis): AnalysisChannel[] {
  return [SDNN, RMSSD].flatMap((needs) => variabilityChannel(needs, basis));
}

function variabilityChannel(needs: Needs, basis: VariabilityBasis): AnalysisChannel[] {
  const { id, lengthS, tooShort } = needs;
  if (basis.goodS < lengthS) return refusedMetric(id, [tooShort]);
  const obstacles = obstaclesTo(needs, basis);
  if (obstacles.length > 0) return refusedMetric(id, obstacles);
  const found = needs.estimate(basis.intervals);
  if (!found) return refusedMetric(id, [NOTE_BEATS_UNSURE]);
  const enough = 0.8 + 0.2 * ramp(basis.goodS, lengthS, 2 * lengthS);
  const still = ramp(basis.motion, needs.motionPoor, needs.motionGood);
  const votes = timingScore(found, needs, basis) * keptScore(basis.intervals) * still;
  const confidence = Math.min(basis.heartRateConfidence, enough * Math.sqrt(votes));
  const isGiven = confidence >= CONFIDENCE_MIN && found.ms > 0;
  return withConfidence(id, isGiven ? [found.ms] : [], confidence, isGiven ? [] : [NOTE_BEATS_UNSURE]);
}

function obstaclesTo({ isOfDifferences, motionPoor }: Needs, basis: VariabilityBasis): string[] {
  const notes: string[] = [];
  if (basis.motion >= motionPoor) notes.push(NOTE_MOTION_TOO_STRONG);
  if (isOfDifferences && basis.hasKeyFrames) notes.push(NOTE_KEY_FRAMES);
  if (isOfDifferences && basis.rateHz < FRAME_RATE_HZ_MIN) notes.push(NOTE_FRAME_RATE_LOW);
  return notes;
}

function timingScore({ sharedShare, count }: Variability, { snrDbMore }: Needs, { snrDb }: VariabilityBasis): number {
  if (sharedShare === undefined) return ramp(snrDb, SNR_DB_POOR + snrDbMore, SNR_DB_GOOD + snrDbMore);
  return ramp(sharedShare * Math.sqrt(count), STANDARD_ERRORS_POOR, STANDARD_ERRORS_GOOD);
}

function keptScore(intervals: readonly Interval[]): number {
  const share = intervals.filter((interval) => interval.kept).length / Math.max(1, intervals.length);
  return share < KEPT_SHARE_MIN ? 0 : 0.6 + 0.4 * ramp(share, KEPT_SHARE_MIN, KEPT_SHARE_GOOD);
}

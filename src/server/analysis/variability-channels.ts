import type { AnalysisChannel } from "./channel-list.js";
import { refusedMetric, withConfidence } from "./channel-list.js";
import type { Interval } from "./intervals.js";
import { NOTE_BEATS_UNSURE, NOTE_TOO_SHORT } from "./notes.js";
import { CONFIDENCE_MIN, ramp } from "./quality.js";
import { rmssdOf, sdnnOf, type Variability } from "./variability.js";

/** Shorter recordings say nothing about variability; twice this is enough (60 s and 120 s are usual, 5 min the standard). */
const SDNN_S_MIN = 29.5;
const RMSSD_S_MIN = 59.5;

/** Intervals that must survive. */
const KEPT_SHARE_MIN = 0.85;

/** Share of the variance that the regions must have in common: under the first it is noise, at the second it is good. */
const SHARED_POOR = 0.3;
const SHARED_GOOD = 0.6;

/** With one region nothing tells heart from noise but the SNR: dB at which the timing is poor and good. */
const SNR_DB_POOR = 0;
const SNR_DB_GOOD = 4;
/** Noise counts three times as much in RMSSD. */
const RMSSD_SNR_DB_MORE = 1.5;

/** What variability is judged by. */
export interface VariabilityBasis {
  readonly intervals: readonly Interval[];
  /** Seconds of good signal. */
  readonly goodS: number;
  readonly snrDb: number;
  readonly heartRateConfidence: number;
}

/** HRV_SDNN and HRV_RMSSD with their confidences, each one value over the whole recording or a reason. */
export function variabilityChannels(basis: VariabilityBasis): AnalysisChannel[] {
  return [
    ...variabilityChannel("HRV_SDNN", basis, SDNN_S_MIN, sdnnOf, 0),
    ...variabilityChannel("HRV_RMSSD", basis, RMSSD_S_MIN, rmssdOf, RMSSD_SNR_DB_MORE),
  ];
}

function variabilityChannel(
  id: string,
  { intervals, goodS, snrDb, heartRateConfidence }: VariabilityBasis,
  lengthS: number,
  estimate: (intervals: readonly Interval[]) => Variability | undefined,
  snrDbMore: number,
): AnalysisChannel[] {
  if (goodS < lengthS) return refusedMetric(id, [NOTE_TOO_SHORT]);
  const found = estimate(intervals);
  if (!found) return refusedMetric(id, [NOTE_BEATS_UNSURE]);
  const keptShare = intervals.filter((interval) => interval.kept).length / Math.max(1, intervals.length);
  const timing =
    found.sharedShare === undefined
      ? ramp(snrDb, SNR_DB_POOR + snrDbMore, SNR_DB_GOOD + snrDbMore)
      : ramp(found.sharedShare, SHARED_POOR, SHARED_GOOD);
  const enough = 0.8 + 0.2 * ramp(goodS, lengthS, 2 * lengthS);
  const kept = keptShare < KEPT_SHARE_MIN ? 0 : 0.6 + 0.4 * ramp(keptShare, KEPT_SHARE_MIN, 0.97);
  const confidence = Math.min(heartRateConfidence, enough * Math.sqrt(timing * kept));
  const isGiven = confidence >= CONFIDENCE_MIN && found.ms > 0;
  return withConfidence(id, isGiven ? [found.ms] : [], confidence, isGiven ? [] : [NOTE_BEATS_UNSURE]);
}

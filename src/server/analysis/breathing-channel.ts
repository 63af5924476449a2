import type { TimedBeats } from "./beat-times.js";
import { breathingOf } from "./breathing.js";
import { type AnalysisChannel, refusedMetric, withConfidence } from "./channel-list.js";
import type { Interval } from "./intervals.js";
import { NOTE_BREATHING_UNSURE, NOTE_NEEDS_25_S } from "./notes.js";
import { CONFIDENCE_MIN } from "./quality.js";
import { ramp } from "./ramp.js";
import type { TrackedPulse } from "./tracked-pulse.js";

/** Four breaths of a slow breather; with less a peak is as wide as the band. */
const BREATHING_S_MIN = 24.5;
const BREATHING_S_GOOD = 40;

/**
 * BR_BPM with its confidence, from the longest piece of the recording without a gap: one value, or a reason.
 * @param intervals of each segment.
 */
export function breathingChannels(
  tracked: TrackedPulse,
  beats: readonly TimedBeats[],
  intervals: readonly (readonly Interval[])[],
  heartRateConfidence: number,
): AnalysisChannel[] {
  const { segments, rateHz } = tracked.pulses;
  const longest = segments.reduce((best, { grid }, i) => (grid.count > segments[best]!.grid.count ? i : best), 0);
  const { grid, headYRaw } = segments[longest]!;
  const lengthS = grid.count / rateHz;
  if (lengthS < BREATHING_S_MIN) return refusedMetric("BR_BPM", [NOTE_NEEDS_25_S]);
  const breathing = breathingOf({
    rateHz,
    samples: grid.count,
    beats: beats[longest]!,
    intervals: intervals[longest]!,
    wave: tracked.waves[longest]!,
    headY: headYRaw,
  });
  if (!breathing) return refusedMetric("BR_BPM", [NOTE_BREATHING_UNSURE]);
  const enough = 0.8 + 0.2 * ramp(lengthS, BREATHING_S_MIN, BREATHING_S_GOOD);
  const confidence = Math.min(heartRateConfidence, enough * Math.sqrt(breathing.confidence));
  const isGiven = confidence >= CONFIDENCE_MIN;
  return withConfidence(
    "BR_BPM",
    isGiven ? [breathing.perMinute] : [],
    confidence,
    isGiven ? [] : [NOTE_BREATHING_UNSURE],
  );
}

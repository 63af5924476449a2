import type { EnginePayload } from "../../wire/engine-payload.js";
import { timedBeats } from "./beat-times.js";
import { breathingChannels } from "./breathing-channel.js";
import { type AnalysisChannel, refusedMetric } from "./channel-list.js";
import { heartRate } from "./heart-rate.js";
import { intervalsOf } from "./intervals.js";
import { keyFrameIntervalS } from "./key-frames.js";
import { meanOf } from "./mean.js";
import type { Method } from "./methods.js";
import {
  NOTE_NEEDS_5_S,
  NOTE_NEEDS_10_S,
  NOTE_NEEDS_25_S,
  NOTE_NEEDS_30_S,
  NOTE_NEEDS_60_S,
  NOTE_SNR_BELOW_THRESHOLD,
} from "./notes.js";
import { onlyMethod } from "./one-method.js";
import { type Pulses, pulsesOf } from "./pulses.js";
import { CONFIDENCE_MIN, qualityOf } from "./quality.js";
import { type Recording, recordingOf } from "./series.js";
import { type TrackedPulse, trackPulse } from "./tracked-pulse.js";
import { variabilityChannels } from "./variability-channels.js";
import { perSample, shortened, shownWave } from "./vectors.js";
import { rmsOf } from "./wave.js";

/** Channels of a result; values are in time order, every one finite. */
export interface AnalysisResult {
  readonly channels: readonly AnalysisChannel[];
}

/**
 * Measures the pulse in all chunks so far.
 *
 * - `HR_BPM`: heart rate at every frame in 1/min, from beat to beat; its mean is 60 / mean interval. Where beats are not
 *   plausible, the tracked spectral rate. Empty, with the reasons as notes, when the confidence is too low.
 * - `SNR`: dB at every frame, after de Haan & Jeanne 2013; empty only when there is nothing to measure.
 * - `BR_BPM`: breathing rate in 1/min, one value from 25 s on, when pulse and motion of the head show the same.
 * - `HRV_SDNN`, `HRV_RMSSD`: spread of the intervals between beats in ms, one value each from 30 and 60 s of good signal on.
 * - `<ID>_CONFIDENCE` of each of these: one value, 0 to 1, 0 when it is refused. Refused is an empty channel with notes.
 * - `PULSE_WAVE`: the last 15 s at frame rate in units of its rms, -4 to 4, more blood = up; empty when HR_BPM is.
 *
 * The vectors over frames hold 9000 values at most (longer ones are averaged in pieces). Frames without a face are not in them.
 * The same chunks give the same result.
 * @param chunks in order, from the first.
 * @param method use this colour method alone, to compare methods.
 */
export function analyse(chunks: readonly EnginePayload[], method?: Method): AnalysisResult {
  const { pulses, faceShare } = seenIn(chunks);
  if (typeof pulses === "string") return refusal([pulses]);
  const tracked = trackPulse(method ? onlyMethod(pulses, method) : pulses);
  if (!tracked) return refusal([NOTE_SNR_BELOW_THRESHOLD]);
  return measured(tracked, faceShare);
}

/** What all the rest needs; the colours of the regions themselves can be forgotten after it. */
function seenIn(chunks: readonly EnginePayload[]): { pulses: Pulses | string; faceShare: number } {
  const recording = recordingOf(chunks);
  return { pulses: pulsesOf(recording), faceShare: faceShareOf(recording) };
}

/** Windows under this SNR, in dB, are no good signal. */
const GOOD_SNR_DB = -1;

/** Metrics that need the pulse, and are refused with it; what each of them says of a recording that is too short. */
const OF_THE_BEATS = [
  ["BR_BPM", NOTE_NEEDS_25_S],
  ["HRV_SDNN", NOTE_NEEDS_30_S],
  ["HRV_RMSSD", NOTE_NEEDS_60_S],
] as const;

/** What a heart rate says of one. */
const TOO_SHORT: ReadonlySet<string> = new Set([NOTE_NEEDS_5_S, NOTE_NEEDS_10_S]);

/** Every signal that has a mean. */
export const MEASURED_SIGNALS: readonly string[] = ["HR_BPM", "SNR", ...OF_THE_BEATS.map(([id]) => id)];

function measured(tracked: TrackedPulse, faceShare: number): AnalysisResult {
  const { segments, rateHz } = tracked.pulses;
  const lengthS = segments.reduce((sum, segment) => sum + segment.grid.count, 0) / rateHz;
  const rate = heartRate(tracked);
  const { confidence, notes } = qualityOf(tracked, lengthS, faceShare, rate);
  const given = confidence >= CONFIDENCE_MIN;
  return {
    channels: [
      { id: "HR_BPM", values: given ? shortened(rate.perMinute) : [], notes },
      { id: "SNR", values: shortened(perSample(tracked, tracked.snrsDb)), notes: [] },
      { id: "HR_BPM_CONFIDENCE", values: [confidence], notes: [] },
      { id: "PULSE_WAVE", values: given ? shownWave(tracked) : [], notes: given ? [] : notes },
      ...(given ? beatChannels(tracked, lengthS, confidence) : refusedBeats(notes)),
    ],
  };
}

function beatChannels(tracked: TrackedPulse, lengthS: number, confidence: number): AnalysisChannel[] {
  const { snrsDb, pulses } = tracked;
  const beats = timedBeats(tracked);
  const intervals = beats.map((segment) => intervalsOf(segment, pulses.rateHz));
  const goodS = (lengthS * snrsDb.filter((snrDb) => snrDb >= GOOD_SNR_DB).length) / snrsDb.length;
  const snrDb = meanOf(snrsDb);
  return [
    ...breathingChannels(tracked, beats, intervals, confidence),
    ...variabilityChannels({
      intervals: intervals.flat(),
      rateHz: pulses.rateHz,
      goodS,
      snrDb,
      motion: motionOf(pulses),
      hasKeyFrames: keyFrameIntervalS(pulses) !== undefined,
      heartRateConfidence: confidence,
    }),
  ];
}

/** Rms over all segments, both directions. */
function motionOf({ segments }: Pulses): number {
  const samples = segments.reduce((sum, { grid }) => sum + grid.count, 0);
  const squares = segments.reduce(
    (sum, { grid, headX, headY }) => sum + grid.count * (rmsOf(headX) ** 2 + rmsOf(headY) ** 2),
    0,
  );
  return Math.sqrt(squares / Math.max(1, samples));
}

function refusal(notes: readonly string[]): AnalysisResult {
  return {
    channels: [
      { id: "HR_BPM", values: [], notes },
      { id: "SNR", values: [], notes },
      { id: "HR_BPM_CONFIDENCE", values: [0], notes: [] },
      { id: "PULSE_WAVE", values: [], notes },
      ...refusedBeats(notes),
    ],
  };
}

function refusedBeats(notes: readonly string[]): AnalysisChannel[] {
  return OF_THE_BEATS.flatMap(([id, needs]) =>
    refusedMetric(
      id,
      notes.map((note) => (TOO_SHORT.has(note) ? needs : note)),
    ),
  );
}

function faceShareOf({ face }: Recording): number {
  return face.length > 0 ? face.reduce((sum, present) => sum + present, 0) / face.length : 0;
}

import { backgroundShare, headShare } from "./disturbances.js";
import { bandPass } from "./filter.js";
import type { HeartRate } from "./heart-rate.js";
import { keyFrameLock, keyFrameShare } from "./key-frames.js";
import { bloodScore } from "./light.js";
import { meanOf } from "./mean.js";
import { METHODS } from "./methods.js";
import {
  NOTE_BACKGROUND_SAME_PEAK,
  NOTE_FACE_MISSING,
  NOTE_HALVES_DISAGREE,
  NOTE_KEY_FRAMES,
  NOTE_LIGHT_AT_RATE,
  NOTE_METHODS_DISAGREE,
  NOTE_MOTION_AT_RATE,
  NOTE_NEEDS_10_S,
  NOTE_ONE_COLOUR,
  NOTE_PROVISIONAL,
  NOTE_REGIONS_DISAGREE,
  NOTE_SNR_BELOW_THRESHOLD,
} from "./notes.js";
import { oneColourScore, usableMethods } from "./one-colour.js";
import { prominenceDb } from "./prominence.js";
import { ramp } from "./ramp.js";
import { agreementOf, type TrackedPulse, weightsOf } from "./tracked-pulse.js";
import { combinedWaves } from "./wave.js";

/** A rate with less confidence is not given. */
export const CONFIDENCE_MIN = 0.5;

/** From this length on a rate is more than provisional, and from this one there is enough of it. */
const PROVISIONAL_BELOW_S = 9.5;
const LENGTH_S_GOOD = 19.5;

/** The length of one chunk, the least that is answered. */
const LENGTH_S_LEAST = 5;

/** A value from a single short window is capped here: its votes can agree by chance. */
const CONFIDENCE_SHORT_MAX = 0.7;

/** The line at the rate must stand out of what is right beside it; in a short recording it does so less. */
const PROMINENCE_DB_SHORT = 6.5;
const PROMINENCE_DB_LONG = 8;
const PROMINENCE_DB_RISE = 2.5;

/** As many beats must fit into the recording: in 5 s, slow noise looks like 3 or 4. */
const BEATS_POOR = 3.5;
const BEATS_GOOD = 4.5;

/** Recordings with the face in a smaller share of the frames are marked. */
const FACE_SHARE_GOOD = 0.9;
const FACE_SHARE_POOR = 0.5;

/** What speaks for and against the tracked rate. */
export interface Quality {
  /** 0 to 1. */
  readonly confidence: number;
  /** Votes that failed, or what lowers the confidence. */
  readonly notes: readonly string[];
}

/** One test: 0 fails, 1 passes, between them it lowers the confidence. */
interface Vote {
  readonly note: string;
  readonly score: number;
}

/**
 * Confidence in the tracked rate: the product of the votes below, each 0 to 1, with the cube root taken because they are not
 * independent. One vote of zero is enough to refuse. Limits were set on recordings with known truth, with and without a
 * pulse (test/server/analysis has the figures they must hold).
 * @param lengthS seconds with a visible face.
 * @param faceShare share of the frames with a face.
 * @param heart rate and beats.
 */
export function qualityOf(tracked: TrackedPulse, lengthS: number, faceShare: number, heart: HeartRate): Quality {
  const votes = [
    snrVote(tracked, lengthS),
    methodsVote(tracked),
    regionsVote(tracked),
    steadyVote(tracked),
    prominenceVote(tracked, lengthS),
    { note: NOTE_SNR_BELOW_THRESHOLD, score: Math.max(0.3, ramp(heart.beatsKept, 0.7, 0.95)) },
    backgroundVote(tracked),
    keyFrameVote(tracked, lengthS, heart),
    slowVote(tracked, lengthS),
    { note: NOTE_ONE_COLOUR, score: oneColourScore(tracked) },
    { note: NOTE_NEEDS_10_S, score: ramp(meanOf(tracked.rates) * lengthS, BEATS_POOR, BEATS_GOOD) },
    { note: NOTE_LIGHT_AT_RATE, score: bloodScore(tracked) },
    motionVote(tracked),
    { note: NOTE_FACE_MISSING, score: ramp(faceShare, FACE_SHARE_POOR, FACE_SHARE_GOOD) },
  ];
  const product = votes.reduce((sum, vote) => sum * vote.score, 1);
  const limit = CONFIDENCE_SHORT_MAX + (1 - CONFIDENCE_SHORT_MAX) * ramp(lengthS, LENGTH_S_LEAST, LENGTH_S_GOOD);
  const confidence = Math.min(limit, Math.cbrt(product));
  const refused = confidence < CONFIDENCE_MIN;
  return { confidence, notes: notesOf(votes, refused, lengthS) };
}

/** What people should know even of a value that is given. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set([NOTE_FACE_MISSING, NOTE_ONE_COLOUR]);

/** Failed votes; when votes fail only together, the weakest. */
function notesOf(votes: readonly Vote[], refused: boolean, lengthS: number): string[] {
  const weakest = Math.min(...votes.map((vote) => vote.score));
  const limit = refused ? Math.max(weakest, 0.1) : 0.3;
  const failed = votes.filter((vote) => vote.score <= limit || (ALWAYS_TOLD.has(vote.note) && vote.score < 1));
  // What is given all the same is provisional.
  const notes = failed.map((vote) => vote.note).filter((note) => refused || note !== NOTE_NEEDS_10_S);
  if (!refused && lengthS < PROVISIONAL_BELOW_S) notes.push(NOTE_PROVISIONAL);
  return [...new Set(notes)];
}

/**
 * SNR that noise alone does not reach. The longer, the lower noise stays: 95 % of made recordings without a pulse give less
 * than 2.8 dB in 5 s (where a line takes a larger part of the band), -1 dB in 10 s, -2.6 dB in 20 s. A single region has no
 * others to average with, and none to agree with.
 */
function snrVote(tracked: TrackedPulse, lengthS: number): Vote {
  const low = snrDbLow(tracked, lengthS);
  return { note: NOTE_SNR_BELOW_THRESHOLD, score: ramp(meanOf(tracked.snrsDb), low, low + SNR_DB_RISE) };
}

const SNR_DB_RISE = 5;

function snrDbLow({ pulses }: TrackedPulse, lengthS: number): number {
  const alone = pulses.regions.filter((region) => region.kind !== "background").length === 1 ? 1 : 0;
  return -2 + 2 * ramp(lengthS, 20, 10) + 2.5 * ramp(lengthS, 10, 5) + alone;
}

function prominenceVote(tracked: TrackedPulse, lengthS: number): Vote {
  const low = PROMINENCE_DB_SHORT + (PROMINENCE_DB_LONG - PROMINENCE_DB_SHORT) * ramp(lengthS, 10, 15);
  return { note: NOTE_SNR_BELOW_THRESHOLD, score: ramp(prominenceDb(tracked), low, low + PROMINENCE_DB_RISE) };
}

/** A rate that something else may well have made must stand out by twice the power that another needs. */
const SUSPECT_DB_MORE = 3;

function isClear(tracked: TrackedPulse, lengthS: number): number {
  const low = snrDbLow(tracked, lengthS) + SUSPECT_DB_MORE;
  return ramp(meanOf(tracked.snrsDb), low, low + SNR_DB_RISE);
}

/** Slow noise is the stronger the slower it is: in the band it is strongest at the lower end, and seems to have a rate there. */
const SLOW_HZ = 45 / 60;

function slowVote(tracked: TrackedPulse, lengthS: number): Vote {
  const share = tracked.rates.filter((rateHz) => rateHz < SLOW_HZ).length / tracked.rates.length;
  return {
    note: NOTE_SNR_BELOW_THRESHOLD,
    score: 1 - ramp(share, 0.2, 0.5) * (1 - isClear(tracked, lengthS)),
  };
}

/** Beats that keep the same distance from the key frames are the encoder's however strong: hearts wander. */
const LOCKED_POOR = 0.94;
const LOCKED_GOOD = 0.8;

function keyFrameVote(tracked: TrackedPulse, lengthS: number, { beats }: HeartRate): Vote {
  const share = ramp(keyFrameShare(tracked), 0.3, 0.6);
  const wanders = ramp(keyFrameLock(tracked, beats), LOCKED_POOR, LOCKED_GOOD);
  const clear = wanders * isClear(tracked, lengthS);
  return { note: NOTE_KEY_FRAMES, score: 1 - share * (1 - clear) };
}

/** At least two of the three methods must show the rate: the second best counts. */
function methodsVote(tracked: TrackedPulse): Vote {
  if (usableMethods(tracked).length < 2) return { note: NOTE_METHODS_DISAGREE, score: 1 };
  const shares = METHODS.map((method) => agreementOf(tracked, (channel) => channel.method === method)).sort(
    (a, b) => b - a,
  );
  return { note: NOTE_METHODS_DISAGREE, score: ramp(shares[1]!, 0.5, 0.9) };
}

/**
 * The parts of the face, each alone, must show the rate, and their waves must rise together. A codec or noise fulfils the
 * first by chance, but not the second: regions of a compressed still face correlate with -0.1 to 0.1, with a weak pulse with
 * 0.4 to 0.6.
 */
function regionsVote(tracked: TrackedPulse): Vote {
  const parts = partsOf(tracked);
  if (parts.length < 2) return { note: NOTE_REGIONS_DISAGREE, score: 1 };
  const shares = parts.map((part) => agreementOf(tracked, (channel) => channel.region === part));
  const together = meanOf(correlations(tracked, parts));
  return {
    note: NOTE_REGIONS_DISAGREE,
    score: Math.min(ramp(meanOf(shares), 0.35, 0.75), ramp(together, 0.2, 0.5)),
  };
}

/** The strongest peak must be the tracked one in most windows: a rate that has to be searched for in noise jumps. */
function steadyVote(tracked: TrackedPulse): Vote {
  return {
    note: NOTE_HALVES_DISAGREE,
    score: ramp(
      agreementOf(tracked, () => true),
      0.5,
      0.9,
    ),
  };
}

function backgroundVote(tracked: TrackedPulse): Vote {
  return { note: NOTE_BACKGROUND_SAME_PEAK, score: 1 - ramp(backgroundShare(tracked), 0.3, 0.6) };
}

/** Motion does not disprove a pulse at the same rate, but nobody could tell them apart. */
function motionVote(tracked: TrackedPulse): Vote {
  return { note: NOTE_MOTION_AT_RATE, score: 1 - 0.9 * ramp(headShare(tracked), 0.3, 0.6) };
}

function partsOf({ pulses: { regions } }: TrackedPulse): number[] {
  return [...regions.keys()].filter((index) => regions[index]!.kind === "part");
}

/** Correlation of every part's wave with the sum of the others', around the tracked rate. */
function correlations(tracked: TrackedPulse, parts: readonly number[]): number[] {
  const { pulses, channels } = tracked;
  const rate = meanOf(tracked.rates);
  const waves = parts.map((part) =>
    combinedWaves(
      pulses,
      channels,
      weightsOf(tracked, (channel) => channel.region === part),
    ).map((wave) => bandPass(wave, pulses.rateHz, 0.7 * rate, 1.4 * rate)),
  );
  return waves.map((wave, part) => {
    let product = 0;
    let own = 0;
    let other = 0;
    for (const [segment, values] of wave.entries()) {
      for (let i = 0; i < values.length; i += 1) {
        let sum = 0;
        for (let p = 0; p < waves.length; p += 1) if (p !== part) sum += waves[p]![segment]![i]!;
        product += values[i]! * sum;
        own += values[i]! * values[i]!;
        other += sum * sum;
      }
    }
    const scale = Math.sqrt(own * other);
    return scale > 1e-18 ? product / scale : 0;
  });
}

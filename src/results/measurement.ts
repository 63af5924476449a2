import type { CaptureNote, CaptureTiming } from "../domain/capture.js";
import type { ChunkQuality, ConstraintId } from "../domain/constraints.js";
import type { Failure } from "../domain/errors.js";
import type { SendMethod } from "../domain/measurement-terms.js";
import type { SourceInfo } from "../domain/video.js";
import type { Metric } from "./metrics.js";
import type { RatePoint } from "./rate-trend.js";
import { NO_SAMPLES, type SkinSamples } from "./skin-signal.js";

// The one state of a measurement, folded from events. Everything that is shown (screen, plain lines,
// --json) is derived from it or from the events themselves.

export type Phase =
  | { readonly kind: "connecting"; readonly step: string }
  /** Camera or --wait: pictures are shown, nothing is collected until `s`. */
  | { readonly kind: "ready" }
  | { readonly kind: "measuring" }
  /** All frames are read; results are still to come. */
  | { readonly kind: "finishing" }
  | { readonly kind: "completed" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly failure: Failure };

type FaceState = "searching" | "tracked" | "lost";

/**
 * When something was reached: ms from the start of the program, or "earlier" when an earlier run has seen it, whose
 * clock was another one.
 */
export type Moment = number | "earlier";

/** Life of one chunk; each step carries the time it was reached. */
export interface ChunkProgress {
  /** 0-based. */
  readonly number: number;
  readonly startS: number;
  readonly endS: number;
  /** Its last picture was read from the source. */
  readonly capturedAtMs: number | undefined;
  readonly extractedAtMs: Moment | undefined;
  readonly sentAtMs: Moment | undefined;
  readonly acknowledgedAtMs: Moment | undefined;
  readonly resultAtMs: Moment | undefined;
  /** Mean heart rate in that result, if it has one. */
  readonly heartRateBpm: number | undefined;
  readonly quality: ChunkQuality | undefined;
}

/**
 * One measurement of the service. Usually there is one; when the service closes it before the end, the rest goes to
 * another, which knows nothing of the chunks before.
 */
interface MeasurementPart {
  readonly id: string;
  /** Numbers of the chunks that it has acknowledged. */
  readonly acknowledged: readonly number[];
  /** From its newest results. */
  readonly metrics: readonly Metric[];
}

export interface Message {
  readonly atMs: number;
  readonly level: "info" | "warning" | "error";
  readonly text: string;
}

/** What the worker says of its progress, at most four times a second. */
export interface Progress {
  /** Since collection began, as the other counters. */
  readonly framesRead: number;
  readonly framesTracked: number;
  readonly framesDropped: number;
  /** Media time since collection began, in seconds. */
  readonly positionS: number;
  /** Frames per second of wall time over the last second. */
  readonly rateHz: number;
  /** Frames per second that the source gave in the same time, dropped ones too. */
  readonly sourceRateHz: number;
  /** Seconds of media per second of wall time in the same time: 1 for what comes in real time, 0 while not known. */
  readonly speed: number;
  readonly face: FaceState;
  readonly presence: number;
  /** What the person could do better, the most urgent first; stays long enough to be read. */
  readonly advice: readonly ConstraintId[];
  /** The first constraint that the newest frame violates. A camera is not started while there is one. */
  readonly violated: ConstraintId | null;
}

export interface Measurement {
  readonly phase: Phase;
  /** Of the newest of `parts`. */
  readonly measurementId: string | undefined;
  readonly parts: readonly MeasurementPart[];
  readonly source: SourceInfo | undefined;
  /** "local", "prod", ... */
  readonly server: string;
  readonly sendMethod: SendMethod;
  /** Seconds that will be measured, when known. */
  readonly plannedS: number | undefined;
  readonly chunkLengthS: number;
  readonly plannedChunks: number;
  readonly progress: Progress;
  readonly chunks: readonly ChunkProgress[];
  readonly metrics: readonly Metric[];
  /** Latest pulse wave of the server, oldest first. */
  readonly wave: readonly number[];
  /** Its values per second; 0 before the first result. */
  readonly waveRateHz: number;
  /** Heart rate over the time that was measured. */
  readonly rates: readonly RatePoint[];
  /** What the skin says now; no server has judged it. */
  readonly skin: SkinSamples;
  readonly messages: readonly Message[];
  /** What went less than well between a live source and its frames. */
  readonly notes: readonly CaptureNote[];
  /** How evenly the frames of a live source came; undefined for files. */
  readonly timing: CaptureTiming | undefined;
  /** Round trip of the latest acknowledged request, in ms. */
  readonly roundTripMs: number | undefined;
  /** The server has said something in this run; what an earlier one heard says nothing of the connection. */
  readonly hasAnswered: boolean;
  /** True from a failed delivery until the server answers again. */
  readonly hasTrouble: boolean;
}

export function initialMeasurement(server: string, sendMethod: SendMethod, chunkLengthS: number): Measurement {
  return {
    phase: { kind: "connecting", step: "starting" },
    measurementId: undefined,
    parts: [],
    source: undefined,
    server,
    sendMethod,
    plannedS: undefined,
    chunkLengthS,
    plannedChunks: 0,
    progress: {
      framesRead: 0,
      framesTracked: 0,
      framesDropped: 0,
      positionS: 0,
      rateHz: 0,
      sourceRateHz: 0,
      speed: 0,
      face: "searching",
      presence: 0,
      advice: [],
      violated: null,
    },
    chunks: [],
    metrics: [],
    wave: [],
    waveRateHz: 0,
    rates: [],
    skin: NO_SAMPLES,
    messages: [],
    notes: [],
    timing: undefined,
    roundTripMs: undefined,
    hasAnswered: false,
    hasTrouble: false,
  };
}

/** True when nothing more will happen to the measurement. */
export function isOver(phase: Phase): boolean {
  return phase.kind === "completed" || phase.kind === "cancelled" || phase.kind === "failed";
}

/**
 * What keeps a measurement from being started. As in dfx-demo-py, what begins badly at a camera gives no result; a file
 * is what it is.
 */
export function startObstacle({ source, progress }: Measurement): ConstraintId | undefined {
  return source?.kind === "camera" ? (progress.violated ?? undefined) : undefined;
}

/** Chunks whose step is reached. */
export function countReached(
  chunks: readonly ChunkProgress[],
  step: "extractedAtMs" | "sentAtMs" | "acknowledgedAtMs" | "resultAtMs",
): number {
  return chunks.filter((chunk) => chunk[step] !== undefined).length;
}

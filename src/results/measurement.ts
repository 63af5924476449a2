import type { CaptureNote, CaptureTiming } from "../domain/capture.js";
import type { ChunkQuality, ConstraintId } from "../domain/constraints.js";
import type { Failure } from "../domain/errors.js";
import type { SendMethod } from "../domain/measurement-terms.js";
import { type ChunkResult, CONFIDENCE_SUFFIX, isMetric, meanOf, PULSE_WAVE } from "../domain/result.js";
import type { SourceInfo } from "../domain/video.js";

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

/** Life of one chunk; each step carries the time it was reached, in ms from the start of the program. */
export interface ChunkProgress {
  /** 0-based. */
  readonly number: number;
  readonly startS: number;
  readonly endS: number;
  readonly extractedAtMs: number | undefined;
  readonly sentAtMs: number | undefined;
  readonly acknowledgedAtMs: number | undefined;
  readonly resultAtMs: number | undefined;
  /** Mean heart rate in that result, if it has one. */
  readonly heartRateBpm: number | undefined;
  readonly quality: ChunkQuality | undefined;
}

export interface Metric {
  readonly id: string;
  /** Undefined when the server gave no values. */
  readonly mean: number | undefined;
  /** 0 to 1; undefined when the server gives none. */
  readonly confidence: number | undefined;
  readonly notes: readonly string[];
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
  /** Latest pulse wave of the server, at the frame rate of the source, oldest first. */
  readonly wave: readonly number[];
  readonly messages: readonly Message[];
  /** What went less than well between a live source and its frames. */
  readonly notes: readonly CaptureNote[];
  /** How evenly the frames of a live source came; undefined for files. */
  readonly timing: CaptureTiming | undefined;
  /** Round trip of the latest acknowledged request, in ms. */
  readonly roundTripMs: number | undefined;
}

export type MeasurementEvent =
  | { readonly type: "phase"; readonly phase: Phase }
  | {
      readonly type: "opened";
      readonly source: SourceInfo;
      readonly plannedS: number | undefined;
      readonly plannedChunks: number;
    }
  | { readonly type: "created"; readonly measurementId: string }
  | { readonly type: "progress"; readonly progress: Progress }
  | {
      readonly type: "extracted";
      readonly atMs: number;
      readonly number: number;
      readonly startS: number;
      readonly endS: number;
      readonly quality?: ChunkQuality | undefined;
    }
  | { readonly type: "sent"; readonly atMs: number; readonly number: number }
  | { readonly type: "acknowledged"; readonly atMs: number; readonly number: number; readonly roundTripMs: number }
  | { readonly type: "result"; readonly atMs: number; readonly result: ChunkResult }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "note"; readonly note: CaptureNote }
  | { readonly type: "timing"; readonly timing: CaptureTiming };

/** Lines kept for the log panel. */
const MESSAGE_LIMIT = 500;
/** A source that is lost and found all the time is not told of for ever. */
const NOTE_LIMIT = 50;

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
      face: "searching",
      presence: 0,
      advice: [],
      violated: null,
    },
    chunks: [],
    metrics: [],
    wave: [],
    messages: [],
    notes: [],
    timing: undefined,
    roundTripMs: undefined,
  };
}

/** Folds one event into the state. Late or repeated events never take anything back. */
export function reduce(state: Measurement, event: MeasurementEvent): Measurement {
  switch (event.type) {
    case "phase":
      return isOver(state.phase) ? state : { ...state, phase: event.phase };
    case "opened":
      return { ...state, source: event.source, plannedS: event.plannedS, plannedChunks: event.plannedChunks };
    case "created":
      return {
        ...state,
        measurementId: event.measurementId,
        parts: [...state.parts, { id: event.measurementId, acknowledged: [], metrics: [] }],
      };
    case "progress":
      return { ...state, progress: event.progress };
    case "extracted":
      return withChunk(state, event.number, {
        startS: event.startS,
        endS: event.endS,
        extractedAtMs: event.atMs,
        quality: event.quality,
      });
    case "sent":
      return withChunk(state, event.number, { sentAtMs: event.atMs });
    case "acknowledged":
      return {
        ...withChunk(state, event.number, { acknowledgedAtMs: event.atMs }),
        parts: state.parts.map((part, index) =>
          index === state.parts.length - 1 ? { ...part, acknowledged: [...part.acknowledged, event.number] } : part,
        ),
        roundTripMs: event.roundTripMs,
      };
    case "result":
      return withResult(state, event.result, event.atMs);
    case "message":
      return { ...state, messages: [...state.messages, event.message].slice(-MESSAGE_LIMIT) };
    case "note":
      return withNote(state, event.note);
    case "timing":
      return { ...state, timing: event.timing };
  }
}

/** Gaps are told one by one, of everything else the newest. */
function withNote(state: Measurement, note: CaptureNote): Measurement {
  const others = note.id === "GAP" ? state.notes : state.notes.filter(({ id }) => id !== note.id);
  return { ...state, notes: [...others, note].slice(0, NOTE_LIMIT) };
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

function withChunk(state: Measurement, number: number, change: Partial<ChunkProgress>): Measurement {
  const known = state.chunks.find((chunk) => chunk.number === number);
  const before: ChunkProgress = known ?? {
    number,
    startS: number * state.chunkLengthS,
    endS: (number + 1) * state.chunkLengthS,
    extractedAtMs: undefined,
    sentAtMs: undefined,
    acknowledgedAtMs: undefined,
    resultAtMs: undefined,
    heartRateBpm: undefined,
    quality: undefined,
  };
  const after = { ...before, ...change };
  const others = state.chunks.filter((chunk) => chunk.number !== number);
  return { ...state, chunks: [...others, after].sort((a, b) => a.number - b.number) };
}

function withResult(state: Measurement, result: ChunkResult, atMs: number): Measurement {
  const metrics = metricsOf(result);
  const heartRateBpm = metrics.find((metric) => metric.id === "HR_BPM")?.mean;
  const wave = result.channels.find((channel) => channel.id === PULSE_WAVE)?.values;
  const parts = state.parts.map((part) =>
    part.id === result.measurementId ? { ...part, metrics: merged(part.metrics, metrics) } : part,
  );
  const next = { ...state, parts, metrics: merged(state.metrics, metrics), wave: wave ?? state.wave };
  if (result.chunkNumber === undefined) return next;
  return withChunk(next, result.chunkNumber, { resultAtMs: atMs, heartRateBpm });
}

/** Each metric as it is newest. */
function merged(before: readonly Metric[], newest: readonly Metric[]): Metric[] {
  const byId = new Map(before.map((metric) => [metric.id, metric]));
  for (const metric of newest) byId.set(metric.id, metric);
  return [...byId.values()];
}

/** The metrics of one result: mean, confidence and notes of every channel that is shown as a number. */
export function metricsOf(result: ChunkResult): Metric[] {
  const confidences = new Map(
    result.channels
      .filter((channel) => channel.id.endsWith(CONFIDENCE_SUFFIX))
      .map((channel) => [channel.id.slice(0, -CONFIDENCE_SUFFIX.length), meanOf(channel.values)]),
  );
  return result.channels
    .filter((channel) => isMetric(channel.id))
    .map((channel) => ({
      id: channel.id,
      mean: meanOf(channel.values),
      confidence: confidences.get(channel.id),
      notes: channel.notes,
    }));
}

import type { CaptureNote, CaptureTiming } from "../domain/capture.js";
import type { ChunkQuality, ConstraintId } from "../domain/constraints.js";
import type { Failure } from "../domain/errors.js";
import type { SendMethod } from "../domain/measurement-terms.js";
import { type ChunkResult, CONFIDENCE_SUFFIX, isMetric, meanOf, PULSE_WAVE } from "../domain/result.js";
import type { SourceInfo } from "../domain/video.js";
import { type RatePoint, withRates } from "./rate-trend.js";
import { NO_SAMPLES, type SkinSamples, withSamples } from "./skin-signal.js";
import { expectedRateHz, vectorRateHz } from "./vector-rate.js";

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

export interface Metric {
  readonly id: string;
  /** Undefined when the server gave no values. */
  readonly mean: number | undefined;
  /** Mean in the chunk before; undefined while there is none. */
  readonly before?: number | undefined;
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

export type MeasurementEvent =
  | { readonly type: "phase"; readonly phase: Phase }
  | {
      readonly type: "opened";
      readonly source: SourceInfo;
      readonly plannedS: number | undefined;
      readonly plannedChunks: number;
      /** By an earlier run; it is not opened again. */
      readonly isEarlier?: true;
    }
  /** `goesOn`: the server has it from an earlier run. */
  | { readonly type: "created"; readonly measurementId: string; readonly atMs: number; readonly goesOn?: true }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "skin"; readonly samples: SkinSamples }
  /** The connection does not do what it should; a message says more. */
  | { readonly type: "trouble" }
  | {
      readonly type: "extracted";
      readonly atMs: number;
      readonly capturedAtMs?: number | undefined;
      readonly number: number;
      readonly startS: number;
      readonly endS: number;
      readonly quality?: ChunkQuality | undefined;
    }
  | { readonly type: "sent"; readonly atMs: number; readonly number: number }
  /** `roundTripMs` is undefined when the server was found to have the chunk without an answer to its sending. */
  | {
      readonly type: "acknowledged";
      readonly atMs: number;
      readonly number: number;
      readonly roundTripMs: number | undefined;
    }
  | { readonly type: "result"; readonly atMs: number; readonly result: ChunkResult }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "note"; readonly note: CaptureNote }
  | { readonly type: "timing"; readonly timing: CaptureTiming }
  /** What an earlier run of the same measurement has reached. */
  | { readonly type: "recalled"; readonly reached: Reached };

type CreatedEvent = Extract<MeasurementEvent, { type: "created" }>;

export type Reached =
  | {
      readonly step: "extracted";
      readonly number: number;
      readonly startS: number;
      readonly endS: number;
      readonly quality: ChunkQuality | undefined;
    }
  | { readonly step: "created"; readonly measurementId: string }
  | { readonly step: "acknowledged"; readonly number: number }
  | { readonly step: "result"; readonly result: ChunkResult };

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

/** Folds one event into the state. Late or repeated events never take anything back. */
export function reduce(state: Measurement, event: MeasurementEvent): Measurement {
  switch (event.type) {
    case "phase":
      return isOver(state.phase) ? state : { ...state, phase: event.phase };
    case "opened":
      return { ...state, source: event.source, plannedS: event.plannedS, plannedChunks: event.plannedChunks };
    case "created":
      return noted({ ...withPart(state, event.measurementId), hasAnswered: true }, event.atMs, createdText(event));
    case "progress":
      return { ...state, progress: event.progress };
    case "skin":
      return { ...state, skin: withSamples(state.skin, event.samples) };
    case "trouble":
      return { ...state, hasTrouble: true };
    case "extracted":
      return withChunk(state, event.number, {
        startS: event.startS,
        endS: event.endS,
        capturedAtMs: event.capturedAtMs,
        extractedAtMs: event.atMs,
        quality: event.quality,
      });
    case "sent":
      return withChunk(state, event.number, { sentAtMs: event.atMs });
    case "acknowledged":
      return noted(
        {
          ...withAcknowledged(state, event.number, { acknowledgedAtMs: event.atMs }),
          roundTripMs: event.roundTripMs ?? state.roundTripMs,
          hasAnswered: true,
          hasTrouble: false,
        },
        event.atMs,
        acknowledgedText(event.number, event.roundTripMs),
      );
    case "result":
      return noted(withResult(state, event.result, event.atMs), event.atMs, resultText(event.result));
    case "message":
      return withMessage(state, event.message);
    case "note":
      return withNote(state, event.note);
    case "timing":
      return { ...state, timing: event.timing };
    case "recalled":
      return withReached(state, event.reached);
  }
}

function withReached(state: Measurement, reached: Reached): Measurement {
  switch (reached.step) {
    case "extracted": {
      const { number, startS, endS, quality } = reached;
      return withChunk(state, number, { startS, endS, extractedAtMs: "earlier", quality });
    }
    case "created":
      return withPart(state, reached.measurementId);
    case "acknowledged":
      return withAcknowledged(state, reached.number, { sentAtMs: "earlier", acknowledgedAtMs: "earlier" });
    case "result":
      return withResult(state, reached.result, "earlier");
  }
}

/** Gaps are told one by one, of everything else the newest. */
function withNote(state: Measurement, note: CaptureNote): Measurement {
  const others = note.id === "GAP" ? state.notes : state.notes.filter(({ id }) => id !== note.id);
  return { ...state, notes: [...others, note].slice(0, NOTE_LIMIT) };
}

/** One of the service's measurements, unless it is known already. */
function withPart(state: Measurement, id: string): Measurement {
  if (state.parts.some((part) => part.id === id)) return state;
  return { ...state, measurementId: id, parts: [...state.parts, { id, acknowledged: [], metrics: [] }] };
}

/** "measurement 6f2c0d3e-... created" */
export function createdText({ measurementId, goesOn }: Pick<CreatedEvent, "measurementId" | "goesOn">): string {
  return `measurement ${measurementId} ${goesOn ? "goes on" : "created"}`;
}

/** "chunk 3 acknowledged in 21 ms" */
export function acknowledgedText(number: number, roundTripMs: number | undefined): string {
  const how = roundTripMs === undefined ? "found at the server" : `acknowledged in ${roundTripMs.toFixed(0)} ms`;
  return `chunk ${number + 1} ${how}`;
}

/** What happened, as a line of the log. */
function noted(state: Measurement, atMs: number, text: string): Measurement {
  return withMessage(state, { atMs, level: "info", text });
}

function withMessage(state: Measurement, message: Message): Measurement {
  return { ...state, messages: [...state.messages, message].slice(-MESSAGE_LIMIT) };
}

/** "result of chunk 3: 72.1 bpm" */
function resultText({ chunkNumber, errorCode, channels }: ChunkResult): string {
  const mean = meanOf(channels.find(({ id }) => id === "HR_BPM")?.values ?? []);
  const what = chunkNumber === undefined ? "final results" : `result of chunk ${chunkNumber + 1}`;
  const code = errorCode === "OK" ? "" : ` [${errorCode}]`;
  return `${what}${code}: ${mean === undefined ? "no heart rate" : `${mean.toFixed(1)} bpm`}`;
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
    capturedAtMs: undefined,
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

/** The newest of the server's measurements has it. */
function withAcknowledged(state: Measurement, number: number, change: Partial<ChunkProgress>): Measurement {
  const parts = state.parts.map((part, index) =>
    index === state.parts.length - 1 ? { ...part, acknowledged: [...part.acknowledged, number] } : part,
  );
  return { ...withChunk(state, number, change), parts };
}

function withResult(state: Measurement, result: ChunkResult, atMs: Moment): Measurement {
  const metrics = metricsOf(result);
  const heartRateBpm = metrics.find((metric) => metric.id === "HR_BPM")?.mean;
  const wave = result.channels.find((channel) => channel.id === PULSE_WAVE)?.values;
  const parts = state.parts.map((part) =>
    part.id === result.measurementId ? { ...part, metrics: merged(part.metrics, metrics) } : part,
  );
  // The final results repeat the newest chunk's: what was before that stays.
  const before = new Map(state.metrics.map((metric) => [metric.id, metric]));
  const moved = metrics.map((metric) => {
    const last = before.get(metric.id);
    return { ...metric, before: result.chunkNumber === undefined ? last?.before : last?.mean };
  });
  const next = { ...state, parts, metrics: merged(state.metrics, moved), wave: wave ?? state.wave, hasTrouble: false };
  if (result.chunkNumber === undefined) return next;
  const answered = withChunk(next, result.chunkNumber, { resultAtMs: atMs, heartRateBpm });
  return withVectors(answered, result);
}

/** What the values over time of a chunk's result tell: the trend, and how dense its wave is. */
function withVectors(state: Measurement, { chunkNumber, channels }: ChunkResult): Measurement {
  const chunks = state.chunks.filter(({ number }) => number <= (chunkNumber ?? -1));
  const values = channels.find(({ id }) => id === "HR_BPM")?.values ?? [];
  const frameRateHz = meanOf(chunks.flatMap(({ quality }) => quality?.rateHz ?? [])) ?? state.source?.rateHz;
  if (frameRateHz === undefined || values.length === 0) return state;
  const parts = chunks.map(({ startS, endS, quality }) => ({ startS, endS, faceShare: quality?.faceShare ?? 1 }));
  const confidence = meanOf(channels.find(({ id }) => id === `HR_BPM${CONFIDENCE_SUFFIX}`)?.values ?? []);
  return {
    ...state,
    waveRateHz: vectorRateHz(values.length, parts, frameRateHz),
    rates: withRates(state.rates, values, { parts, rateHz: expectedRateHz(frameRateHz), confidence }),
  };
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

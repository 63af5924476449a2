import type { CaptureNote } from "../domain/capture.js";
import { type ChunkResult, CONFIDENCE_SUFFIX, meanOf, PULSE_WAVE } from "../domain/result.js";
import { acknowledgedText, createdText, type MeasurementEvent, type Reached, resultText } from "./events.js";
import { type ChunkProgress, isOver, type Measurement, type Message, type Moment } from "./measurement.js";
import { type Metric, metricsOf } from "./metrics.js";
import { withRates } from "./rate-trend.js";
import { withSamples } from "./skin-signal.js";
import { expectedRateHz, vectorRateHz } from "./vector-rate.js";

/** Lines kept for the log panel. */
const MESSAGE_LIMIT = 500;
/** A source that is lost and found all the time is not told of for ever. */
const NOTE_LIMIT = 50;

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

/** What happened, as a line of the log. */
function noted(state: Measurement, atMs: number, text: string): Measurement {
  return withMessage(state, { atMs, level: "info", text });
}

function withMessage(state: Measurement, message: Message): Measurement {
  return { ...state, messages: [...state.messages, message].slice(-MESSAGE_LIMIT) };
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

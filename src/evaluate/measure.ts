import { noteText } from "../domain/notes.js";
import { meanOf, PULSE_WAVE } from "../domain/result.js";
import { type AnalysisResult, analyse } from "../server/analysis/analyse.js";
import type { EnginePayload } from "../wire/engine-payload.js";
import { extractClip } from "./extract.js";
import type { Entry } from "./find.js";
import { loadRecording, type Recording } from "./load.js";
import type { Row } from "./metrics.js";
import { durationOf, endOf, faceShareOf, framesBetween } from "./payloads.js";
import { type PlainAnswer, plainRate } from "./plain.js";
import { OTHER_METRICS, type Span, truthIn, withoutDelay } from "./reference.js";

/** Colour methods that can be compared; "combined" is what the server does. */
export const METHODS = { pos: "POS", chrom: "CHROM", green: "GREEN", combined: undefined } as const;
export type MethodName = keyof typeof METHODS;

/** How everything is measured. */
export interface MeasureOptions {
  readonly method: MethodName;
  /** Score windows of this length instead of whole recordings. */
  readonly windowS: number | undefined;
  readonly chunkLengthS: number;
  /** How long after the heart a monitor beside a recording shows its rate, in seconds. */
  readonly monitorDelayS: number;
}

/** A stretch of the waves, for a picture; time in seconds from the first frame. */
export interface Waves {
  readonly name: string;
  readonly title: string;
  readonly ours: Wave | undefined;
  readonly plain: Wave | undefined;
  readonly beatTimesS: readonly number[];
}

export interface Wave {
  readonly endS: number;
  readonly rateHz: number;
  readonly values: readonly number[];
}

/** What came of one entry. */
export interface Measured {
  readonly rows: readonly Row[];
  /** Of the first row; undefined when nothing was extracted. */
  readonly waves: Waves | undefined;
}

/**
 * Runs the whole pipeline on one entry and puts its answer beside the plain pipeline's and the truth.
 * @throws AppError with one sentence when the recording or its reference cannot be used.
 */
export async function measureEntry(entry: Entry, options: MeasureOptions, nowMs: () => number): Promise<Measured> {
  const startMs = nowMs();
  const loaded = await loadRecording(entry);
  const recording = { ...loaded, reference: loaded.reference && withoutDelay(loaded.reference, options.monitorDelayS) };
  const { payload } = recording;
  const extracted = payload
    ? { payloads: [payload], trackedShare: 1, refusal: undefined }
    : await extractClip(entry.path, options.chunkLengthS);
  const about: About = { entry, recording, trackedShare: extracted.trackedShare };
  if (extracted.refusal !== undefined) {
    const row = rowOf(about, { fromS: 0, toS: 0, isWhole: true }, NOTHING, undefined, [extracted.refusal]);
    return { rows: [{ ...row, seconds: (nowMs() - startMs) / 1000 }], waves: undefined };
  }
  const spans = spansOf(durationOf(extracted.payloads), options.windowS ?? recording.windowS);
  const rows: Row[] = [];
  let waves: Waves | undefined;
  for (const span of spans) {
    const chunks = span.isWhole
      ? extracted.payloads
      : framesBetween(extracted.payloads, span.fromS * 1000, span.toS * 1000);
    const ours = answerOf(analyse(chunks, METHODS[options.method]));
    const plain = plainRate(chunks);
    const row = rowOf(
      span.isWhole ? about : { ...about, trackedShare: faceShareOf(chunks) },
      span,
      ours,
      plain,
      ours.reasons,
    );
    rows.push(row);
    waves ??= wavesOf(row, ours, plain, chunks, recording);
    // The program stays responsive to signals, and other entries get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (nowMs() - startMs) / 1000;
  return { rows: rows.map((row) => ({ ...row, seconds })), waves };
}

/** One stretch for all, or windows one after the other; what is left at the end is not used. */
export function spansOf(durationS: number, windowS: number | undefined): Span[] {
  const count = windowS === undefined ? 0 : Math.floor(durationS / windowS + 1e-3);
  if (windowS === undefined || count < 1) return [{ fromS: 0, toS: durationS, isWhole: true }];
  return Array.from({ length: count }, (_, i) => ({ fromS: i * windowS, toS: (i + 1) * windowS, isWhole: false }));
}

interface About {
  readonly entry: Entry;
  readonly recording: Recording;
  readonly trackedShare: number;
}

/** What the analysis says, in the words of a report. */
interface Answer {
  readonly bpm: number | undefined;
  readonly confidence: number;
  readonly snrDb: number | undefined;
  readonly reasons: readonly string[];
  readonly wave: readonly number[];
  readonly means: ReadonlyMap<string, number>;
}

const NOTHING: Answer = { bpm: undefined, confidence: 0, snrDb: undefined, reasons: [], wave: [], means: new Map() };

function answerOf({ channels }: AnalysisResult): Answer {
  const means = new Map<string, number>();
  for (const { id, values } of channels) {
    const mean = meanOf(values);
    if (mean !== undefined) means.set(id, mean);
  }
  const rate = channels.find(({ id }) => id === "HR_BPM");
  return {
    bpm: means.get("HR_BPM"),
    confidence: means.get("HR_BPM_CONFIDENCE") ?? 0,
    snrDb: means.get("SNR"),
    reasons: (rate?.notes ?? []).map(noteText),
    wave: channels.find(({ id }) => id === PULSE_WAVE)?.values ?? [],
    means,
  };
}

function rowOf(
  { entry, recording: { reference }, trackedShare }: About,
  span: Span,
  ours: Answer,
  plain: PlainAnswer | undefined,
  reasons: readonly string[],
): Row {
  return {
    name: entry.name,
    kind: reference?.kind ?? entry.kind,
    conditions: reference?.conditions ?? [],
    fromS: span.fromS,
    toS: span.toS,
    truthBpm: reference && truthIn(reference, span),
    plainBpm: plain?.bpm,
    bpm: ours.bpm,
    confidence: ours.confidence,
    snrDb: ours.snrDb,
    trackedShare,
    reasons,
    others: OTHER_METRICS.flatMap((id) => {
      // The truth of these is one of the whole; a window has its own, which nobody knows.
      const truth = span.isWhole ? reference?.others[id] : undefined;
      const value = ours.means.get(id);
      return truth === undefined && value === undefined ? [] : [{ id, truth, value }];
    }),
    seconds: 0,
  };
}

function wavesOf(
  row: Row,
  ours: Answer,
  plain: PlainAnswer | undefined,
  chunks: readonly EnginePayload[],
  { reference }: Recording,
): Waves {
  const truth = row.truthBpm === undefined ? "not known" : shown(row.truthBpm);
  const answer = row.bpm === undefined ? `refused: ${row.reasons.join(", ")}` : `ours ${shown(row.bpm)}`;
  const rateHz = plain?.rateHz ?? 30;
  return {
    name: row.name,
    title: `true rate ${truth}, plain ${shown(row.plainBpm)}, ${answer}`,
    ours: ours.wave.length > 0 ? { endS: endOf(chunks), rateHz: gridRate(rateHz), values: ours.wave } : undefined,
    plain: plain && {
      endS: (plain.startMs + ((plain.wave.length - 1) * 1000) / rateHz) / 1000,
      rateHz,
      values: Array.from(plain.wave),
    },
    beatTimesS: reference?.beatTimesS ?? [],
  };
}

function shown(bpm: number | null | undefined): string {
  return typeof bpm === "number" ? bpm.toFixed(1) : "none";
}

/** The analysis works at 15 to 60 samples per second. */
function gridRate(rateHz: number): number {
  return Math.min(60, Math.max(15, rateHz));
}

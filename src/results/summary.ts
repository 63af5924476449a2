import type { CaptureNote, CaptureTiming } from "../domain/capture.js";
import type { ChunkQuality } from "../domain/constraints.js";
import type { Failure } from "../domain/errors.js";
import { signalInfo } from "../domain/result.js";
import { countReached, type Measurement } from "./measurement.js";
import type { Metric } from "./metrics.js";

/** Where a measurement's files are; absent ones are null. */
export interface SummaryPaths {
  readonly folder: string | null;
  readonly chunks: string | null;
  readonly results: string | null;
  readonly snapshot: string | null;
  readonly faces: string | null;
}

export interface SummaryMetric {
  readonly mean: number | null;
  readonly unit: string;
  readonly confidence: number | null;
  readonly notes: readonly string[];
}

interface SummaryPart {
  readonly id: string;
  /** Numbers of the chunks that it has acknowledged. */
  readonly chunks: readonly number[];
  /** Over those chunks only. */
  readonly metrics: Readonly<Record<string, SummaryMetric>>;
}

/** How even a live source was, and what went less than well. */
export interface SummaryCapture extends CaptureTiming {
  readonly notes: readonly CaptureNote[];
}

/** How a measurement was made, to tell it apart from others and to repeat it. Nothing in it is secret. */
export interface Made {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** The same of the newest process that went on with it; absent when it ran in one go. */
  readonly resumedAt?: string;
  /** "dfxterm 0.1.0". */
  readonly program: string;
  /** Name and version; null when the measurement did not get so far. */
  readonly engine: string | null;
  readonly ffmpeg: string | null;
  /** "node 20.20.2, linux x64". */
  readonly system: string;
  /** "640x480, 30.00 frames/s". */
  readonly video: string | null;
  /** What was asked for, by the names of the command line; files by their names without folders. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** The last line of `--json` and the content of summary.json; docs/json.md describes it. */
export interface Summary {
  readonly v: 1;
  readonly type: "summary";
  readonly status: "completed" | "cancelled" | "failed";
  /** Of the newest of `measurements`. */
  readonly measurementId: string | null;
  /** The measurements of the service that this one became, in order; more than one when the service closed one early. */
  readonly measurements: readonly SummaryPart[];
  readonly source: string | null;
  /** Media time that was collected, in seconds. */
  readonly durationS: number;
  readonly frames: { readonly read: number; readonly tracked: number; readonly dropped: number };
  readonly chunks: {
    readonly planned: number;
    readonly extracted: number;
    readonly acknowledged: number;
    readonly results: number;
  };
  /** Per chunk, in the order of their numbers. */
  readonly quality: readonly ChunkQuality[];
  /** How the frames of a live source came; null for files. */
  readonly capture: SummaryCapture | null;
  readonly metrics: Readonly<Record<string, SummaryMetric>>;
  readonly error: Failure | null;
  /** `dfxterm resume` could bring it to its end. */
  readonly canResume?: boolean;
  readonly paths: SummaryPaths;
  readonly timing: { readonly wallS: number };
  /** Absent in summaries of earlier versions. */
  readonly made?: Made;
}

/** These two are always in the summary, also when nothing was measured. */
const ALWAYS = ["HR_BPM", "SNR"];

/** Folds a finished measurement into its summary. */
export function summarise(state: Measurement, paths: SummaryPaths, wallS: number): Summary {
  const { progress, chunks, phase } = state;
  const metrics = new Map(state.metrics.map((metric) => [metric.id, summaryMetric(metric)]));
  for (const id of ALWAYS) {
    if (!metrics.has(id))
      metrics.set(id, { mean: null, unit: signalInfo(id).unit, confidence: null, notes: ["NOTE_NO_RESULT"] });
  }
  return {
    v: 1,
    type: "summary",
    status: phase.kind === "completed" || phase.kind === "cancelled" ? phase.kind : "failed",
    measurementId: state.measurementId ?? null,
    measurements: state.parts.map((part) => ({
      id: part.id,
      chunks: part.acknowledged,
      metrics: Object.fromEntries(part.metrics.map((metric) => [metric.id, summaryMetric(metric)])),
    })),
    source: state.source?.label ?? null,
    durationS: round(progress.positionS, 2),
    frames: { read: progress.framesRead, tracked: progress.framesTracked, dropped: progress.framesDropped },
    chunks: {
      planned: state.plannedChunks,
      extracted: countReached(chunks, "extractedAtMs"),
      acknowledged: countReached(chunks, "acknowledgedAtMs"),
      results: countReached(chunks, "resultAtMs"),
    },
    quality: chunks.flatMap(({ quality }) => quality ?? []),
    capture: captureOf(state),
    metrics: Object.fromEntries(metrics),
    error: phase.kind === "failed" ? phase.failure : null,
    paths,
    timing: { wallS: round(wallS, 3) },
  };
}

function captureOf({ timing, notes }: Measurement): SummaryCapture | null {
  if (timing === undefined) return null;
  const { clock, rateHz, jitterMs, longestMs } = timing;
  return { clock, rateHz: rounded(rateHz), jitterMs: rounded(jitterMs), longestMs: round(longestMs, 2), notes };
}

function rounded(value: number | null): number | null {
  return value === null ? null : round(value, 2);
}

function summaryMetric(metric: Metric): SummaryMetric {
  const missing = metric.mean === undefined && metric.notes.length === 0;
  return {
    mean: metric.mean === undefined ? null : round(metric.mean, 2),
    unit: signalInfo(metric.id).unit,
    confidence: metric.confidence === undefined ? null : round(metric.confidence, 2),
    notes: missing ? ["NOTE_NO_RESULT"] : metric.notes,
  };
}

function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

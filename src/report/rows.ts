import { type ConstraintId, VIOLATION } from "../domain/constraints.js";
import { noteText } from "../domain/notes.js";
import { KNOWN_SIGNALS, signalInfo } from "../domain/result.js";
import { captureLine, confidenceWord, counted, HEADLINES, keptLine, partSentences } from "../results/plain-summary.js";
import type { Summary, SummaryMetric } from "../results/summary.js";
import type { Report, ReportChunk } from "./report.js";

// The tables of a report as words, the same in every form of it. A dash is unknown, never zero.

export const DISCLAIMER = "Wellness information, not a diagnosis: dfxterm is not a medical device.";

/** Said before the rest of a report while another process goes on with the measurement. */
export const RUNNING = "Another dfxterm goes on with this now. Before that:";

export const UNKNOWN = "-";

/** How it ended, in one line: "Measurement complete: 4 chunks, 20.0 s, face in 600 of 600 frames". */
export function headline({ status, chunks, durationS, frames }: Summary): string {
  return (
    `${HEADLINES[status]}: ${counted(chunks.extracted, "chunk")}, ${durationS.toFixed(1)} s, ` +
    `face in ${frames.tracked} of ${counted(frames.read, "frame")}`
  );
}

/** What went wrong and what is left of it, and of what the values are when not of the whole; empty when nothing did. */
export function troubles(summary: Summary): string[] {
  const { status, error, chunks } = summary;
  return [
    ...(error ? [error.message] : []),
    ...(status !== "completed" && chunks.extracted > 0 ? [keptLine(chunks)] : []),
    ...partSentences(summary),
  ];
}

export interface MetricRow {
  readonly id: string;
  readonly label: string;
  /** With two decimals, or "N/A". */
  readonly value: string;
  readonly unit: string;
  /** "high (0.97)"; empty where there is none. */
  readonly confidence: string;
  /** Sentences, joined. */
  readonly notes: string;
}

/** The metrics in the order in which they are always shown. */
export function metricRows({ metrics }: Summary): MetricRow[] {
  return Object.entries(metrics)
    .toSorted(([a], [b]) => rankOf(a) - rankOf(b))
    .map(([id, metric]) => metricRow(id, metric));
}

function rankOf(id: string): number {
  const rank = KNOWN_SIGNALS.indexOf(id);
  return rank === -1 ? KNOWN_SIGNALS.length : rank;
}

function metricRow(id: string, { mean, unit, confidence, notes }: SummaryMetric): MetricRow {
  return {
    id,
    label: signalInfo(id).label,
    value: mean?.toFixed(2) ?? "N/A",
    unit,
    confidence: mean === null || confidence === null ? "" : `${confidenceWord(confidence)} (${confidence.toFixed(2)})`,
    notes: notes.map(noteText).join("; "),
  };
}

export const CHUNK_HEADER: readonly string[] = [
  "chunk",
  "time",
  "quality",
  "face",
  "movement",
  "light",
  "rate",
  "heart rate",
  "remark",
];

/** One row a chunk, cells as in `CHUNK_HEADER`. */
export function chunkRows({ chunks }: Report): string[][] {
  return chunks.map((chunk) => {
    const { number, startS, endS, quality } = chunk;
    const { faceShare, movementMm, brightness, rateHz, stars, worst } = quality ?? NOTHING;
    return [
      String(number + 1),
      startS === undefined || endS === undefined ? UNKNOWN : `${shortS(startS)}-${shortS(endS)} s`,
      stars === null ? UNKNOWN : `${stars} of 5`,
      faceShare === null ? UNKNOWN : `${Math.floor(faceShare * 100)} %`,
      movementMm === null ? UNKNOWN : `${movementMm.toFixed(1)} mm`,
      brightness === null ? UNKNOWN : brightness.toFixed(0),
      rateHz === null ? UNKNOWN : `${rateHz.toFixed(1)}/s`,
      heartRateCell(chunk),
      worstCell(worst, faceShare),
    ];
  });
}

function worstCell(worst: ConstraintId | null, faceShare: number | null): string {
  if (worst === "FaceNone" && faceShare !== null && faceShare > 0) return "no face was seen in a part of it";
  return worst === null ? "" : VIOLATION[worst];
}

const NOTHING = { faceShare: null, movementMm: null, brightness: null, rateHz: null, stars: null, worst: null };

function heartRateCell({ heartRateBpm, confidence }: ReportChunk): string {
  if (heartRateBpm === undefined) return UNKNOWN;
  return `${heartRateBpm.toFixed(1)} bpm${confidence === undefined ? "" : ` (${confidence.toFixed(2)})`}`;
}

function shortS(seconds: number): string {
  return Number.isInteger(seconds) ? String(seconds) : seconds.toFixed(1);
}

/** How the measurement was made: pairs of what and with what. */
export function madeRows({ measurementId, made, capture, frames, timing }: Summary): (readonly [string, string])[] {
  const id = [["measurement", measurementId ?? UNKNOWN]] as const;
  const counts = [
    ...(capture ? [["live source", captureLine(capture)] as const] : []),
    ...(capture?.notes ?? []).map(({ text }) => ["note", text] as const),
    ["frames dropped", String(frames.dropped)],
    [made?.resumedAt === undefined ? "time taken" : "since resumed", `${timing.wallS.toFixed(1)} s`],
  ] as const;
  if (!made) return [...id, ...counts];
  const options = Object.entries(made.options).map(([name, value]) => (value === true ? name : `${name} ${value}`));
  return [
    ...id,
    ["started", utc(made.startedAt)],
    ...(made.resumedAt === undefined ? [] : [["resumed", utc(made.resumedAt)] as const]),
    ["program", made.program],
    ["engine", made.engine ?? UNKNOWN],
    ["decoder", made.ffmpeg ?? UNKNOWN],
    ["system", made.system],
    ["video", made.video ?? UNKNOWN],
    ["options", options.join(", ")],
    ...counts,
  ];
}

/** "2026-11-22 10:21:07 UTC" */
function utc(isoTime: string): string {
  return `${isoTime.slice(0, 19).replace("T", " ")} UTC`;
}

import { noteText } from "../domain/notes.js";
import { printable } from "../domain/printable.js";
import { signalInfo } from "../domain/result.js";
import type { Summary, SummaryCapture, SummaryMetric } from "./summary.js";

/** How a measurement ended, in words. */
export const HEADLINES = {
  completed: "Measurement complete",
  cancelled: "Measurement cancelled",
  failed: "Measurement failed",
} as const;

/** The summary as the lines that stand on the normal screen after the program has ended. */
export function plainSummary(summary: Summary): string[] {
  const lines = summaryLines(summary);
  return summary.chunks.extracted > 0 ? [...lines, "  Wellness information, not a diagnosis."] : lines;
}

/** The same without the reminder at its end. */
export function summaryLines(summary: Summary): string[] {
  const { chunks } = summary;
  const lines = headline(summary);
  if (summary.capture) lines.push(`  ${captureLine(summary.capture)}`);
  for (const { text } of summary.capture?.notes ?? []) lines.push(`  note: ${text}`);
  if (summary.error) lines.push(`  ${summary.error.message}`);
  if (summary.status !== "completed" && chunks.extracted > 0) {
    lines.push(`  ${keptLine(chunks)}`);
  }
  lines.push(...partSentences(summary).map((sentence) => `  ${sentence}`));
  if (chunks.extracted > 0) lines.push(...metricsLines(summary.metrics).map((line) => `  ${line}`));
  if (summary.paths.folder) lines.push(`  saved in ${summary.paths.folder}`);
  if (summary.canResume && summary.paths.folder)
    lines.push(`  go on with: dfxterm resume ${shellWord(summary.paths.folder)}`);
  return lines.map(printable);
}

/** How it ended, and of what it is; in two lines, because a terminal has 80 columns. */
function headline({ status, source, chunks, durationS, frames }: Summary): string[] {
  if (source === null) return [HEADLINES[status]];
  const extent = `${counted(chunks.extracted, "chunk")}, ${durationS.toFixed(1)} s`;
  return [
    `${HEADLINES[status]}: ${source}`,
    `  ${extent}, face in ${frames.tracked} of ${counted(frames.read, "frame")}`,
  ];
}

/** Nothing for a measurement in one piece. Summaries of earlier versions do not know of parts. */
export function partSentences({ measurements }: Partial<Pick<Summary, "measurements">>): string[] {
  if (measurements === undefined || measurements.length < 2) return [];
  const parts = measurements.map(({ id, chunks }) => {
    const [first, last] = [chunks.at(0), chunks.at(-1)];
    if (first === undefined || last === undefined) return `no chunk in ${id}`;
    return `${first === last ? `chunk ${first + 1}` : `chunks ${first + 1}-${last + 1}`} in ${id}`;
  });
  return [`In ${parts.length} measurements (${parts.join(", ")}); the values are the newest of each.`];
}

const CLOCKS = { device: "the camera", container: "the stream", arrival: "arrival" } as const;

/** "29.97 frames/s by the times of the camera, which vary by 0.4 ms". */
export function captureLine({ clock, rateHz, jitterMs }: SummaryCapture): string {
  if (rateHz === null || jitterMs === null) return "too few frames to tell their rate";
  return `${rateHz.toFixed(2)} frames/s by the times of ${CLOCKS[clock]}, which vary by ${jitterMs.toFixed(1)} ms`;
}

function metricsLines(metrics: Summary["metrics"]): string[] {
  const all = Object.entries(metrics).map(([id, metric]) => ({ id, ...metric }));
  const reasons = notesTexts(all);
  return all.flatMap((metric, index) => metricLines(metric, reasons[index] ?? ""));
}

/** Shorter notes are as well said again. */
const REPEATED_MIN = 40;

/** The notes of each metric in words; long ones that another had before only point to it: they are listened to, too. */
export function notesTexts(metrics: readonly { readonly id: string; readonly notes: readonly string[] }[]): string[] {
  const said = new Map<string, string>();
  return metrics.map(({ id, notes }) => {
    const text = notes.map(noteText).join("; ");
    const before = said.get(text);
    if (before !== undefined && text.length >= REPEATED_MIN) return `as for ${before}`;
    const { label } = signalInfo(id);
    if (before === undefined) said.set(text, label);
    return text;
  });
}

/** "Heart rate      72.41 bpm   confidence high (0.97)", and notes below it where a terminal has no room for both. */
function metricLines({ id, mean, unit, confidence: share }: SummaryMetric & { id: string }, notes: string): string[] {
  const label = signalInfo(id).label.padEnd(16);
  const value = (mean === null ? "N/A" : mean.toFixed(2)).padStart(8);
  const confidence = share === null || mean === null ? "" : `confidence ${confidenceWord(share)} (${share.toFixed(2)})`;
  const start = `${label}${value} ${unit.padEnd(5)}  `;
  const both = `${start}${[confidence, notes].filter(Boolean).join("  ")}`.trimEnd();
  if (both.length <= LINE_COLUMNS || notes === "") return [both];
  const [first = "", ...more] = [
    ...(confidence === "" ? [] : [confidence]),
    ...inLines(notes, LINE_COLUMNS - start.length),
  ];
  return [`${start}${first}`, ...more.map((line) => `${" ".repeat(start.length)}${line}`)];
}

/** Broken between words. */
function inLines(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Of the usual 80, two are the indent. */
const LINE_COLUMNS = 78;

/** A confidence in one word. */
export function confidenceWord(confidence: number): "high" | "medium" | "low" {
  if (confidence >= 0.8) return "high";
  return confidence >= 0.5 ? "medium" : "low";
}

/** What is left of a measurement that did not go well. */
export function keptLine({ extracted, acknowledged, results }: Omit<Summary["chunks"], "planned">): string {
  return `Kept: ${counted(extracted, "chunk")}, ${acknowledged} acknowledged, results of ${results}.`;
}

/** "1 chunk", "2 chunks". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A path as a shell takes it. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

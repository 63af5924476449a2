import type { ChunkProgress, Measurement } from "../results/measurement.js";
import { bar, clamp01, percent, span } from "./format.js";
import type { Theme } from "./theme.js";

/** One row of the panel: a chunk that exists, is being filled, or is still to come. */
interface ChunkRow {
  /** 0-based. */
  readonly number: number;
  readonly startS: number;
  readonly endS: number;
  readonly progress: ChunkProgress | undefined;
}

const STEPS = [
  ["extracted", "extractedAtMs"],
  ["sent", "sentAtMs"],
  ["acknowledged", "acknowledgedAtMs"],
] as const;
/** Columns that all step words take together. */
const ALL_STEPS_WIDTH = 56;

/** The chunks around the current one, as at most `rows` lines of `width` columns. */
export function chunkLines(measurement: Measurement, width: number, rows: number, theme: Theme): string[] {
  const all = chunkRows(measurement);
  const current = all.findIndex((row) => row.progress?.resultAtMs === undefined);
  const newest = all.findIndex((row) => row.progress?.extractedAtMs === undefined);
  // The oldest unanswered chunk and the one that is being filled should both be seen.
  const last = Math.max(newest < 0 ? all.length - 1 : newest + 1, rows - 1);
  const first = Math.max(0, Math.min(current < 0 ? all.length : current, last - rows + 1));
  const start = Math.min(first, Math.max(0, all.length - rows));
  return all.slice(start, start + rows).map((row) => {
    const name = ` ${String(row.number + 1).padStart(2)}  ${span(row.startS, row.endS).padEnd(9)}  `;
    return name + stepText(row, measurement, width - name.length - 1, width >= ALL_STEPS_WIDTH, theme);
  });
}

function chunkRows(measurement: Measurement): ChunkRow[] {
  const { chunks, plannedChunks, chunkLengthS, plannedS } = measurement;
  const known = new Map(chunks.map((chunk) => [chunk.number, chunk]));
  const filling = fillingNumber(measurement);
  const count = Math.max(
    plannedChunks,
    filling === undefined ? 0 : filling + 1,
    ...chunks.map(({ number }) => number + 1),
  );
  return Array.from({ length: count }, (_, number) => {
    const progress = known.get(number);
    const endS = (number + 1) * chunkLengthS;
    return {
      number,
      startS: progress?.startS ?? number * chunkLengthS,
      endS:
        progress?.endS ?? (plannedS === undefined ? endS : Math.min(endS, Math.max(plannedS, number * chunkLengthS))),
      progress,
    };
  });
}

/** The chunk that takes frames now. */
function fillingNumber({ phase, chunks }: Measurement): number | undefined {
  if (phase.kind !== "measuring") return undefined;
  return chunks.filter((chunk) => chunk.extractedAtMs !== undefined).length;
}

function stepText(row: ChunkRow, measurement: Measurement, width: number, allSteps: boolean, theme: Theme): string {
  const { progress } = row;
  if (progress?.resultAtMs !== undefined && !allSteps) return resultText(progress, theme);
  const reached = STEPS.filter(([, key]) => progress?.[key] !== undefined);
  if (progress?.extractedAtMs === undefined) {
    return row.number === fillingNumber(measurement)
      ? fillingText(row, measurement, width, theme)
      : theme.paint("muted", "waiting");
  }
  if (!allSteps) return reached.at(-1)?.[0] ?? "";
  const words = STEPS.map(([word, key]) => (progress[key] === undefined ? " ".repeat(word.length) : word));
  const result = progress.resultAtMs === undefined ? "" : `  ${resultText(progress, theme, "")}`;
  return theme.paint("muted", words.join(" ")) + result;
}

function resultText({ heartRateBpm }: ChunkProgress, theme: Theme, prefix = "result "): string {
  if (heartRateBpm === undefined) return theme.paint("warning", `${prefix}N/A`);
  return theme.paint("ok", `${prefix}${heartRateBpm.toFixed(1).padStart(5)} bpm`);
}

function fillingText(row: ChunkRow, measurement: Measurement, width: number, theme: Theme): string {
  const lengthS = row.endS - row.startS;
  const fraction = lengthS > 0 ? clamp01((measurement.progress.positionS - row.startS) / lengthS) : 0;
  const word = "extracting ";
  return `${word}${bar(fraction, Math.max(4, Math.min(24, width - word.length - 5)), theme)}${percent(fraction)}`;
}

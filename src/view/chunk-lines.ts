import type { ChunkProgress, Measurement, Moment } from "../results/measurement.js";
import { type ChunkRow, chunkRows } from "./chunk-rows.js";
import { bar, clamp01, clockTenths, percent, shortDuration, span, UNKNOWN } from "./format.js";
import type { Theme } from "./theme.js";

/** The life of a chunk; the word of the newest step stands alone where there is no room for all. */
const STEPS = [
  ["captured", "capturedAtMs"],
  ["extracted", "extractedAtMs"],
  ["sent", "sentAtMs"],
  ["acknowledged", "acknowledgedAtMs"],
  ["result", "resultAtMs"],
] as const;

/** How much of a chunk's life fits into a line: everything, the times alone, or its newest step. */
type Detail = "full" | "times" | "newest";

/** Number and time of a chunk of the first hundred seconds. */
const NAME = 14;
const FULL_STEP = 13;
const TIME_CLOCK = 8;
const TIME_STEP = 7;
const RATE = 5;
const FULL_STEPS = STEPS.length * FULL_STEP + RATE;
const TIME_STEPS = TIME_CLOCK + (STEPS.length - 1) * TIME_STEP + RATE;

/** The chunks around the current one, as at most `rows` lines of `width` columns, with a head line where it fits. */
export function chunkLines(measurement: Measurement, width: number, rows: number, theme: Theme): string[] {
  const all = chunkRows(measurement);
  const fits = (name: typeof longName): boolean => width >= nameWidth(all, name) + TIME_STEPS;
  const nameOf = !fits(longName) && fits(shortName) ? shortName : longName;
  const name = nameWidth(all, nameOf);
  const detail = width >= name + FULL_STEPS ? "full" : width >= name + TIME_STEPS ? "times" : "newest";
  const head = detail !== "newest" && rows >= 4 ? [theme.paint("muted", "".padEnd(name) + headLine(detail))] : [];
  return [
    ...head,
    ...window(all, rows - head.length).map(
      (row) => nameOf(row).padEnd(name) + stepText(row, measurement, width - name - 1, detail, theme),
    ),
  ];
}

function longName(row: ChunkRow): string {
  const number = row.kind === "left out" ? UNKNOWN : String(row.number + 1);
  return ` ${number.padStart(2)}  ${span(row.startS, row.endS)}`;
}

/** Where the times of a long measurement would not fit beside the long name. */
function shortName(row: ChunkRow): string {
  return longName(row).trimStart().replace("  ", " ").replace(" s", "");
}

/** The same for all rows, so that no column moves when others are shown. */
function nameWidth(all: readonly ChunkRow[], nameOf: (row: ChunkRow) => string): number {
  return Math.max(NAME, ...all.map((row) => nameOf(row).length + 1));
}

function isOpen({ kind }: ChunkRow): boolean {
  return kind === "filling" || kind === "waiting";
}

/** The oldest unanswered chunk and the one that is being filled should both be seen. */
function window(all: readonly ChunkRow[], rows: number): readonly ChunkRow[] {
  const current = all.findIndex(
    (row) => isOpen(row) || (row.kind === "known" && row.progress.resultAtMs === undefined),
  );
  const newest = all.findIndex(isOpen);
  const last = Math.max(newest < 0 ? all.length - 1 : newest + 1, rows - 1);
  const first = Math.max(0, Math.min(current < 0 ? all.length : current, last - rows + 1));
  const start = Math.min(first, Math.max(0, all.length - rows));
  return all.slice(start, start + rows);
}

function headLine(detail: "full" | "times"): string {
  const rate = "bpm".padStart(RATE);
  if (detail === "full") {
    return STEPS.map(([word]) => word.padStart(FULL_STEP - 1).padEnd(FULL_STEP)).join("") + rate;
  }
  const words = ["captured", "cut", "sent", "ack", "result"];
  return words.map((word, index) => word.padStart(index === 0 ? TIME_CLOCK : TIME_STEP)).join("") + rate;
}

function stepText(row: ChunkRow, measurement: Measurement, width: number, detail: Detail, theme: Theme): string {
  switch (row.kind) {
    case "known":
      return knownText(row.progress, detail, theme);
    case "filling":
      return fillingText(row, measurement, width, theme);
    case "waiting":
      return theme.paint("muted", "waiting");
    case "left out":
      return theme.paint("warning", "left out: no face");
  }
}

function knownText(progress: ChunkProgress, detail: Detail, theme: Theme): string {
  switch (detail) {
    case "full":
      return stepTimes(progress, FULL_STEP - 1, FULL_STEP - 1, " ") + rateText(progress, theme);
    case "times":
      return stepTimes(progress, TIME_CLOCK, TIME_STEP, "") + rateText(progress, theme);
    case "newest":
      return newestStep(progress, theme);
  }
}

/** What stands for a time of an earlier run. */
const EARLIER = "earlier";

/** The time, when it is one of this run. */
function ownTime(moment: Moment | undefined): number | undefined {
  return moment === "earlier" ? undefined : moment;
}

/**
 * When it was captured, and how long each step took after the one before. The first step of this run after those of an
 * earlier one has its time instead.
 */
function stepTimes(progress: ChunkProgress, clockWidth: number, stepWidth: number, gap: string): string {
  let before = ownTime(progress.capturedAtMs ?? progress.extractedAtMs);
  return STEPS.map(([, key], index) => {
    const atMs = ownTime(progress[key]);
    if (index === 0) return (before === undefined ? EARLIER : clockTenths(before / 1000)).padStart(clockWidth) + gap;
    const text = atMs === undefined ? "" : sinceText(atMs, before);
    // A result may overtake the acknowledgement; the next step counts from whichever came last.
    if (atMs !== undefined) before = Math.max(before ?? atMs, atMs);
    return text.padStart(stepWidth) + gap;
  }).join("");
}

/** "+21ms", or "00:04.2" when there is nothing to count from. */
function sinceText(atMs: number, beforeMs: number | undefined): string {
  if (beforeMs === undefined) return clockTenths(atMs / 1000);
  return `+${shortDuration(Math.max(0, atMs - beforeMs))}`;
}

function rateText(progress: ChunkProgress, theme: Theme): string {
  const { resultAtMs, heartRateBpm } = progress;
  if (resultAtMs === undefined) return "";
  if (heartRateBpm === undefined) return theme.paint("warning", "  N/A");
  return theme.paint("ok", heartRateBpm.toFixed(0).padStart(5));
}

/** "result  72.1 bpm", or the newest step with its time. */
function newestStep(progress: ChunkProgress, theme: Theme): string {
  if (progress.resultAtMs !== undefined) {
    const { heartRateBpm } = progress;
    if (heartRateBpm === undefined) return theme.paint("warning", "result N/A");
    return theme.paint("ok", `result ${heartRateBpm.toFixed(1).padStart(5)} bpm`);
  }
  const newest = STEPS.findLast(([, key]) => progress[key] !== undefined);
  if (!newest) return "";
  const [word, key] = newest;
  const atMs = ownTime(progress[key]);
  return `${word} ${theme.paint("muted", atMs === undefined ? EARLIER : clockTenths(atMs / 1000))}`;
}

function fillingText(row: ChunkRow, measurement: Measurement, width: number, theme: Theme): string {
  const lengthS = row.endS - row.startS;
  const fraction = lengthS > 0 ? clamp01((measurement.progress.positionS - row.startS) / lengthS) : 0;
  const word = "extracting ";
  return `${word}${bar(fraction, Math.max(4, Math.min(24, width - word.length - 5)), theme)}${percent(fraction)}`;
}

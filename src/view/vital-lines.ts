import { briefNote, noteText } from "../domain/notes.js";
import { KNOWN_SIGNALS, signalInfo } from "../domain/result.js";
import type { Measurement } from "../results/measurement.js";
import type { Metric } from "../results/metrics.js";
import { confidenceWord } from "../results/plain-summary.js";
import { columnsOf } from "./columns.js";
import { fit, oneLine, UNKNOWN } from "./format.js";
import type { Role, Theme } from "./theme.js";

/**
 * Rows that are there before any result, so that nothing moves when the first one comes: what every study
 * reports. Others are shown when the server names them.
 */
const EXPECTED = ["HR_BPM", "SNR"];
const ORDER = [...EXPECTED, ...KNOWN_SIGNALS.filter((id) => !EXPECTED.includes(id))];

/** Widths of the columns; the note takes what is left. */
interface Columns {
  readonly label: number;
  readonly value: number;
  readonly unit: number;
}

const WIDE: Columns = { label: 18, value: 8, unit: 5 };
const TIGHT: Columns = { label: 11, value: 7, unit: 4 };
/** A change between two results that is smaller than this share is none. */
const LEVEL = 0.005;
/** "medium 0.55" */
const CONFIDENCE = 11;
const CONFIDENCE_ROLE: Readonly<Record<ReturnType<typeof confidenceWord>, Role>> = {
  high: "ok",
  medium: "warning",
  low: "error",
};

/**
 * The vitals as lines of at most `width` columns: label, mean, unit, confidence, note. A note stands below
 * its value when `rows` leave room for that, beside it when the line is long enough.
 */
export function vitalLines(measurement: Measurement, width: number, rows: number, theme: Theme): string[] {
  const metrics = metricsInOrder(measurement);
  const columns = width >= 46 ? WIDE : TIGHT;
  const below = metrics.length * 2 <= rows;
  const shown = metrics.length <= rows || below ? metrics : metrics.slice(0, Math.max(0, rows - 1));
  const lines = shown.flatMap((metric) => {
    const line = valueText(metric, columns, theme);
    const note = noteFor(metric, below ? width - 3 : width - columnsOf(line) - 1);
    if (below) return [line, note === "" ? "" : `   ${theme.paint("muted", note)}`];
    return [note === "" ? line : `${line} ${theme.paint("muted", note)}`];
  });
  const hidden = metrics.length - shown.length;
  return hidden > 0 ? [...lines, theme.paint("muted", ` and ${hidden} more`)] : lines;
}

/** The notes in so many columns: in full, in short, or the first one in short; what is too long is only for what has no value. */
function noteFor({ known, notes, mean }: Row, width: number): string {
  if (!known) return "";
  const full = notes.map((note) => oneLine(noteText(note))).join("; ");
  const brief = notes.map((note) => oneLine(briefNote(note)));
  const fitting = [full, brief.join("; "), brief[0] ?? ""].find((text) => text.length <= width);
  return fitting ?? (mean === undefined ? brief.join("; ") : "");
}

interface Row extends Metric {
  /** False before the server has said anything of it. */
  readonly known: boolean;
}

function metricsInOrder({ metrics }: Measurement): Row[] {
  const known = new Map(metrics.map((metric) => [metric.id, metric]));
  const others = metrics.map((metric) => metric.id).filter((id) => !ORDER.includes(id));
  const ids = [...ORDER.filter((id) => EXPECTED.includes(id) || known.has(id)), ...others];
  return ids.map((id) => {
    const metric = known.get(id);
    return metric ? { ...metric, known: true } : { ...NOTHING, id };
  });
}

const NOTHING = { mean: undefined, confidence: undefined, notes: [], known: false };

function valueText(metric: Row, columns: Columns, theme: Theme): string {
  const signal = signalInfo(metric.id);
  const label = fit(oneLine(signal.label), columns.label, theme);
  const value = meanText(metric).padStart(columns.value);
  const unit = signal.unit.padEnd(columns.unit);
  // Without a value there is nothing that a unit could belong to; its place is left to the note.
  if (metric.mean === undefined && metric.notes.length > 0) return ` ${label}${theme.paint("muted", value)}`;
  const shown = metric.mean === undefined ? theme.paint("muted", value) : theme.paint("strong", value);
  return ` ${label}${shown} ${theme.paint("muted", unit)}${arrow(metric, theme)} ${confidenceText(metric, theme)}`;
}

/** Where the mean went since the chunk before; a blank while there is none. */
function arrow({ mean, before }: Row, theme: Theme): string {
  if (mean === undefined || before === undefined) return mean === undefined ? "" : " ";
  const { up, down, level } = theme.glyphs;
  const isLevel = Math.abs(mean - before) <= Math.abs(before) * LEVEL;
  return isLevel ? theme.paint("muted", level) : theme.paint("accent", mean > before ? up : down);
}

function meanText({ known, mean }: Row): string {
  if (mean !== undefined) return mean.toFixed(2);
  return known ? "N/A" : UNKNOWN;
}

function confidenceText({ confidence, mean }: Row, theme: Theme): string {
  // Without a value its place is left to the note.
  if (mean === undefined) return "";
  if (confidence === undefined) return " ".repeat(CONFIDENCE);
  const word = confidenceWord(confidence);
  return theme.paint(CONFIDENCE_ROLE[word], `${word.padEnd(6)} ${confidence.toFixed(2)}`);
}

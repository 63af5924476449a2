import { styleText } from "node:util";

import { printable } from "../domain/printable.js";
import { isAfterGap, type Series } from "../report/plots.js";
import type { Report } from "../report/report.js";
import { CHUNK_HEADER, chunkRows, DISCLAIMER, madeRows, RUNNING } from "../report/rows.js";
import { summaryLines } from "../results/plain-summary.js";
import { DotCanvas, drawCurve } from "../view/braille.js";
import { columnsOf, splitAtColumn } from "../view/columns.js";
import { themeFor } from "../view/theme.js";

export interface TextStyle {
  /** Lines are not longer than this. */
  readonly columns: number;
  /** Colours and bold. */
  readonly color: boolean;
  /** Braille; otherwise stars. */
  readonly unicode: boolean;
}

const TREND_ROWS = 4;
const WAVE_ROWS = 3;
/** Room for the numbers left of a curve: "  72.4 ". */
const SCALE = 8;

/** A report as lines for a terminal or a pipe, without its still. */
export function reportLines(report: Report, style: TextStyle): string[] {
  const { summary, isRunning, trend, wave, remarks } = report;
  const body = [
    ...(isRunning ? [RUNNING] : []),
    ...summaryLines(summary),
    ...plot("Heart rate over time, bpm", trend, "no heart rate over time was reported", TREND_ROWS, style),
    ...plot("Pulse wave, the end of the measurement", wave, "no pulse wave was reported", WAVE_ROWS, style),
    ...chunkTable(report, style),
    ...madeTable(report, style),
    ...(remarks.length > 0 ? ["", ...remarks.map((remark) => `  ${printable(remark)}`)] : []),
    "",
    `  ${DISCLAIMER}`,
  ];
  return body.flatMap((line) => wrapped(line, style.columns));
}

function heading(words: string, { color }: TextStyle): string[] {
  return ["", color ? styleText("bold", words, { validateStream: false }) : words];
}

/** A curve with its highest and lowest value at the left and its times below. */
function plot(title: string, series: Series | undefined, absent: string, rows: number, style: TextStyle): string[] {
  if (!series || series.values.length < 2) return [...heading(title, style), `  ${absent}`];
  const columns = Math.max(10, style.columns - SCALE - 2);
  const [low, high] = rangeOf(series.values);
  const canvas = new DotCanvas(columns, rows, style.unicode);
  drawCurve(canvas, evenly(series, canvas.dotsAcross), "front");
  const theme = themeFor({ color: false, unicode: style.unicode });
  const lines = canvas.lines(theme, "plain", "plain").map((line, index) => {
    const scale = index === 0 ? high.toFixed(1) : index === rows - 1 ? low.toFixed(1) : "";
    return `${scale.padStart(SCALE - 1)} ${line.trimEnd()}`;
  });
  // A frame more or less than the time that they stand for may begin a moment before it.
  const start = `${Math.max(0, series.timesS[0] ?? 0).toFixed(0)} s`;
  const end = `${(series.timesS.at(-1) ?? 0).toFixed(0)} s`;
  const axis = `${" ".repeat(SCALE)}${start}${end.padStart(columns - start.length)}`;
  return [...heading(title, style), ...lines, axis];
}

/** So many values, evenly in time; NaN in gaps. */
function evenly(series: Series, count: number): number[] {
  const { timesS, values } = series;
  const [startS, endS] = [timesS[0] ?? 0, timesS.at(-1) ?? 0];
  let right = 0;
  return Array.from({ length: count }, (_, index) => {
    const atS = startS + ((endS - startS) * index) / (count - 1);
    while (right < timesS.length - 1 && (timesS[right] ?? 0) < atS) right += 1;
    const left = Math.max(0, right - 1);
    const [fromS, toS] = [timesS[left] ?? 0, timesS[right] ?? 0];
    if (isAfterGap(series, right) && atS < toS) return Number.NaN;
    const share = toS > fromS ? (atS - fromS) / (toS - fromS) : 1;
    return (values[left] ?? 0) + ((values[right] ?? 0) - (values[left] ?? 0)) * share;
  });
}

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Columns as wide as their widest cell; the last ones are left out where there is no room for them. */
function chunkTable(report: Report, style: TextStyle): string[] {
  const rows = chunkRows(report);
  if (rows.length === 0) return [];
  const widths = CHUNK_HEADER.map((head, column) =>
    Math.max(head.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const lines = [CHUNK_HEADER, ...rows].map((cells) => {
    let line = " ";
    for (const [column, cell] of cells.entries()) {
      const next = ` ${cell.padEnd(widths[column] ?? 0)}`;
      const isLast = column === cells.length - 1;
      if (line.length + (isLast ? 1 + cell.length : next.length) > style.columns) break;
      line += `${next}${isLast ? "" : " "}`;
    }
    return line.trimEnd();
  });
  return [...heading("Quality of the chunks", style), ...lines];
}

function madeTable({ summary }: Report, style: TextStyle): string[] {
  const lines = madeRows(summary).map(([name, value]) => `  ${name.padEnd(15)} ${printable(value)}`);
  return [...heading("How it was made", style), ...lines];
}

/** Breaks long lines between words; what goes on stands below its value, where that leaves room, or is indented by four. */
function wrapped(line: string, columns: number): string[] {
  // A command is broken by the terminal: what it breaks is whole when it is copied.
  if (columnsOf(line) <= columns || line.includes("\u001b") || line.includes(": dfxterm resume ")) return [line];
  const indent = " ".repeat(indentOf(line, columns));
  const lines: string[] = [];
  let rest = line;
  while (columnsOf(rest) > columns) {
    const end = splitAtColumn(rest, columns)[0].length;
    const space = rest.lastIndexOf(" ", end);
    const at = space > rest.length - rest.trimStart().length ? space : end;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Where the last column of a line begins: columns are two spaces apart. */
function indentOf(line: string, columns: number): number {
  const gap = [...line.matchAll(/ {2,}(?=\S)/g)].at(-1);
  const at = gap ? gap.index + gap[0].length : 0;
  return at > columns / 2 ? 4 : Math.max(4, at);
}

import { printable } from "../domain/printable.js";

// Records of a server as a table for people, as CSV and as JSON. Names in them were typed by anybody: none of the three
// may move a cursor, and a spreadsheet must not take one for a formula.

export type Cell = string | number | null | undefined;

export interface Column<Row> {
  /** Head of the column in CSV. */
  readonly name: string;
  /** Head of the column in a table; columns without one are in CSV only. */
  readonly title?: string;
  readonly value: (row: Row) => Cell;
  /** What a table shows in place of the value. */
  readonly shown?: (row: Row) => string;
  readonly right?: boolean;
  /** Gives way when the line is too long. */
  readonly flexible?: boolean;
}

const GAP = "  ";
const FLEXIBLE_MIN = 6;

/** Lines of at most `width` columns where the columns that do not give way allow it. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const shown = columns.filter(({ title }) => title !== undefined);
  const lines = [
    shown.map(({ title = "" }) => title),
    ...rows.map((row) => shown.map((column) => cleaned(column.shown?.(row) ?? textOf(column.value(row)) ?? "-"))),
  ];
  const widths = fitted(shown, lines, width - GAP.length * (shown.length - 1));
  return lines
    .map((cells) => {
      const padded = cells.map((text, index) => cell(text, widths[index] ?? 0, shown[index]?.right === true));
      return `${padded.join(GAP).trimEnd()}\n`;
    })
    .join("");
}

function fitted<Row>(columns: readonly Column<Row>[], lines: readonly string[][], width: number): number[] {
  const widths = columns.map((_column, index) => Math.max(...lines.map((cells) => displayWidth(cells[index] ?? ""))));
  const flexible = columns.flatMap(({ flexible: gives }, index) => (gives === true ? [index] : []));
  for (let excess = sum(widths) - width; excess > 0; excess -= 1) {
    const widest = flexible.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (widest === undefined || (widths[widest] ?? 0) <= FLEXIBLE_MIN) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function cell(text: string, width: number, right: boolean): string {
  const cut = clipped(text, width);
  const padding = " ".repeat(Math.max(0, width - displayWidth(cut)));
  return right ? padding + cut : cut + padding;
}

/** "name  value" lines; long values go on below themselves. */
export function detailsOf(pairs: readonly (readonly [string, Cell])[], width: number): string {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const head = Math.max(0, ...shown.map(([name]) => displayWidth(cleaned(name))));
  const room = Math.max(20, width - head - GAP.length);
  return shown
    .map(([name, value]) => {
      const [first = "", ...more] = wrapped(cleaned(textOf(value) ?? ""), room);
      const indent = " ".repeat(head + GAP.length);
      return [`${cell(cleaned(name), head, false)}${GAP}${first}\n`, ...more.map((line) => `${indent}${line}\n`)].join(
        "",
      );
    })
    .join("");
}

/** RFC 4180, with the line ends that it asks for. */
export function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => columns.map(({ value }) => value(row)))];
  return lines.map((cells) => `${cells.map(csvField).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would take for a formula gets an apostrophe, which spreadsheets hide. */
function csvField(value: Cell): string {
  if (typeof value === "number") return String(value);
  const text = value ?? "";
  const isNumber = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text);
  const safe = !isNumber && /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Indented JSON whose text is ASCII where it has to be: no control character stands in it as it is. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  return `${text.replaceAll(/[\u007f-\u009f\u2028\u2029]|\p{Bidi_Control}/gu, escaped)}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * "2026-11-22 10:21 UTC", from epoch seconds. Reports, the history and the names of folders have the same time, and the days
 * that a list is asked for begin with it.
 */
export function utcTime(seconds: number | null | undefined): string {
  const time = utcMinute(seconds);
  return time === "-" ? time : `${time} UTC`;
}

/** The same for a column whose title says UTC. */
export function utcMinute(seconds: number | null | undefined): string {
  return isoTime(seconds)?.slice(0, -8).replace("T", " ") ?? "-";
}

/** ISO time, from epoch seconds. */
export function isoTime(seconds: number | null | undefined): string | undefined {
  return dateOf(seconds)?.toISOString();
}

function dateOf(seconds: number | null | undefined): Date | undefined {
  // Beyond the range of Date there is no time (ECMA-262, 21.4.1.1).
  return typeof seconds === "number" && Math.abs(seconds) <= 8.64e12 ? new Date(seconds * 1000) : undefined;
}

function textOf(value: Cell): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  return typeof value === "number" ? String(value) : value;
}

/** On one line, without what moves the cursor or turns the direction of the text. */
export function cleaned(text: string): string {
  return printable(text)
    .replaceAll(/[\p{Bidi_Control}\u2028\u2029]/gu, " ")
    .trim();
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
// East Asian Wide and Fullwidth, by blocks; pictures.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;

/** Columns of a terminal that a text takes. */
function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(segment: string): number {
  if (WIDE.test(segment)) return 2;
  return /^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(segment) ? 0 : 1;
}

function clipped(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width || line === "") line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

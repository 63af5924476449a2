// What has to be written so that one line of the screen becomes another: the part from the first to the last difference.
//
//   before   │ Heart rate   72.41 bpm │
//   next     │ Heart rate   72.46 bpm │
//   written                     6             at its place, in its colour
//
// Colours are opened and closed by SGR sequences; what is in force where the writing begins is set again there.

import { columnsOf, isNarrow } from "./columns.js";

/** A line, and the columns of it that belong to the preview. */
export interface Line {
  readonly text: string;
  readonly hole?: { readonly column: number; readonly columns: number } | undefined;
}

const ESC = "\u001B";
// What stood there is erased before the text, not after it: behind a character in the last column the cursor
// still stands on that column, and terminals such as tmux would erase the character.
const ERASE_REST = `${ESC}[K`;

/**
 * Bytes that turn a painted line into the next one. `before` is undefined when it is not known what stands there; then,
 * and when the hole is another one, the cells of the hole are erased too.
 */
export function lineUpdate(before: Line | undefined, next: Line, row: number): string {
  const isKept = before !== undefined && isSameHole(before, next);
  if (isKept && before.text === next.text) return "";
  if (!next.hole) return segmentUpdate(isKept ? before.text : undefined, next.text, row, 0, true);
  const { column, columns } = next.hole;
  const [left, right] = sides(next);
  const [leftBefore, rightBefore] = isKept ? sides(before) : [undefined, undefined];
  const erase = isKept ? "" : `${moveTo(row, column)}${ESC}[${columns}X`;
  return (
    segmentUpdate(leftBefore, left, row, 0, false) +
    erase +
    segmentUpdate(rightBefore, right, row, column + columns, true)
  );
}

function isSameHole({ hole: a }: Line, { hole: b }: Line): boolean {
  return a?.column === b?.column && a?.columns === b?.columns;
}

/** What stands left and right of the hole; each begins with the colours that are in force there. */
function sides({ text, hole }: Line): [left: string, right: string] {
  if (!hole) return [text, ""];
  const start = indexOfColumn(text, hole.column);
  const end = indexOfColumn(text, hole.column + hole.columns);
  return [text.slice(0, start), sgr(styleAt(text, end)) + text.slice(end)];
}

/** @param isLast nothing stands behind the segment, so that what is too long can be erased */
function segmentUpdate(before: string | undefined, next: string, row: number, column: number, isLast: boolean): string {
  if (before === next) return "";
  const whole = `${moveTo(row, column)}${isLast ? ERASE_REST : ""}${pinned(next, column)}${next === "" ? "" : `${ESC}[m`}`;
  // In front of wide characters (names of files and servers) columns and characters are not the same.
  if (before === undefined || !isNarrow(before) || !isNarrow(next)) return whole;
  const start = commonStart(before, next);
  const end = commonEnd(before, next, start);
  const middle = next.slice(start, next.length - end);
  const isSameWidth = columnsOf(middle) === columnsOf(before.slice(start, before.length - end));
  const place = moveTo(row, column + columnsOf(next.slice(0, start))) + sgr(styleAt(next, start));
  if (isSameWidth) return `${place}${middle}${ESC}[m`;
  return isLast ? `${place}${ERASE_REST}${next.slice(start)}${ESC}[m` : whole;
}

const TOKEN = new RegExp(`${ESC}\\[[\\d;]*m|[\\s\\S]`, "gu");

/** Behind characters whose columns terminals do not agree on, the next one is put where it belongs: borders stay in line. */
function pinned(text: string, column: number): string {
  if (isNarrow(text)) return text;
  let written = "";
  let at = column;
  let isUnsure = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const isSequence = token.startsWith(ESC) && token.length > 1;
    if (!isSequence) {
      const isSure = isNarrow(token);
      if (isSure && isUnsure) written += `${ESC}[${at + 1}G`;
      isUnsure = !isSure;
      at += columnsOf(token);
    }
    written += token;
  }
  return written;
}

function moveTo(row: number, column: number): string {
  return `${ESC}[${row + 1};${column + 1}H`;
}

/** Length of what both begin with; never in the middle of a sequence or of a character. */
function commonStart(a: string, b: string): number {
  let length = 0;
  const most = Math.min(a.length, b.length);
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  const sequence = a.lastIndexOf(ESC, length - 1);
  return sequence >= 0 && endOfSequence(a, sequence) > length ? sequence : length;
}

/** Length of what both end with, behind that start, in the same colours; never in the middle of a sequence. */
function commonEnd(a: string, b: string, start: number): number {
  let length = 0;
  const most = Math.min(a.length, b.length) - start;
  while (length < most && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)) length += 1;
  const first = b.length - length;
  const sequence = b.lastIndexOf(ESC, first - 1);
  if (sequence >= 0 && endOfSequence(b, sequence) > first) length = b.length - endOfSequence(b, sequence);
  const [styleA, styleB] = [styleAt(a, a.length - length), styleAt(b, b.length - length)];
  return styleA.color === styleB.color && styleA.intensity === styleB.intensity ? length : 0;
}

/** Behind the `m` of an SGR sequence, the only kind that Ink writes. */
function endOfSequence(text: string, start: number): number {
  const end = text.indexOf("m", start);
  return end < 0 ? text.length : end + 1;
}

/** Colours in force at a place; empty when the usual ones. */
interface Style {
  readonly color: string;
  readonly intensity: string;
}

const SEQUENCE = new RegExp(`${ESC}\\[([\\d;]*)m`, "g");

function styleAt(text: string, end: number): Style {
  let color = "";
  let intensity = "";
  for (const [, parameters = ""] of text.slice(0, end).matchAll(SEQUENCE)) {
    for (const parameter of parameters.split(";")) {
      const code = Number(parameter);
      if (code === 0) [color, intensity] = ["", ""];
      else if (code === 1 || code === 2) intensity = parameter;
      else if (code === 22) intensity = "";
      else if (code === 39) color = "";
      else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) color = parameter;
    }
  }
  return { color, intensity };
}

function sgr({ color, intensity }: Style): string {
  const parameters = [color, intensity].filter(Boolean).join(";");
  return parameters === "" ? "" : `${ESC}[${parameters}m`;
}

function indexOfColumn(text: string, column: number): number {
  let index = 0;
  for (let seen = 0; index < text.length && seen < column; ) {
    if (text[index] === ESC) index = endOfSequence(text, index);
    else {
      index += 1;
      seen += 1;
    }
  }
  return index;
}

import { clamp01 } from "./format.js";

// A braille character is two dots wide and four high; bit of each dot from U+2800:
//
//   0x01 0x08
//   0x02 0x10
//   0x04 0x20
//   0x40 0x80
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/**
 * A curve as `rows` lines of `columns` characters, scaled to its own range, from the first to the last value.
 * Without `unicode` it is drawn with dots, one per column.
 */
export function curve(values: readonly number[], columns: number, rows: number, unicode: boolean): string[] {
  const dotsAcross = unicode ? columns * 2 : columns;
  const dotsDown = unicode ? rows * 4 : rows;
  const heights = heightsOf(values, dotsAcross, dotsDown);
  return unicode ? brailleLines(heights, columns, rows) : plainLines(heights, columns, rows);
}

/** The row of dots of each column of dots, 0 at the top. */
function heightsOf(values: readonly number[], across: number, down: number): number[] {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return Array.from({ length: across }, (_, column) => {
    const fraction = range > 0 ? (at(values, (column / (across - 1)) * (values.length - 1)) - low) / range : 0.5;
    return Math.round((1 - clamp01(fraction)) * (down - 1));
  });
}

/** The value at a place between two others, on the line that joins them. */
function at(values: readonly number[], place: number): number {
  const left = Math.floor(place);
  const a = values[left] ?? 0;
  const b = values[Math.min(values.length - 1, left + 1)] ?? a;
  return a + (b - a) * (place - left);
}

function brailleLines(heights: readonly number[], columns: number, rows: number): string[] {
  const cells = Array.from({ length: rows }, () => new Uint8Array(columns));
  for (const [x, y] of heights.entries()) {
    // Down or up to the neighbour, so that steep parts stay one line.
    const before = heights[x - 1] ?? y;
    const from = before < y ? before + 1 : y;
    const to = before > y ? before - 1 : y;
    for (let dot = Math.min(from, y); dot <= Math.max(to, y); dot += 1) {
      const row = cells[dot >> 2];
      if (row) row[x >> 1] = (row[x >> 1] ?? 0) | (DOTS[(x & 1) as 0 | 1][(dot & 3) as 0 | 1 | 2 | 3] ?? 0);
    }
  }
  return cells.map((row) =>
    Array.from(row, (bits) => (bits === 0 ? " " : String.fromCodePoint(0x2800 + bits))).join(""),
  );
}

function plainLines(heights: readonly number[], columns: number, rows: number): string[] {
  const lines = Array.from({ length: rows }, () => Array.from({ length: columns }, () => " "));
  for (const [x, y] of heights.entries()) {
    const line = lines[y];
    if (line) line[x] = ".";
  }
  return lines.map((line) => line.join(""));
}

import { clamp01 } from "./format.js";
import type { Role, Theme } from "./theme.js";

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

/** Drawn without Unicode: what stands in front, and what lies behind it. */
const PLAIN_FRONT = "*";
const PLAIN_BACK = ".";

/** Which of two things a dot belongs to: a cell shows the colour of the front as soon as it holds some of it. */
export type Layer = "front" | "back";

/** A field of dots, two across and four down in each character; one per character without Unicode. */
export class DotCanvas {
  readonly dotsAcross: number;
  readonly dotsDown: number;
  readonly #columns: number;
  readonly #unicode: boolean;
  readonly #bits: Uint8Array;
  readonly #front: Uint8Array;

  constructor(columns: number, rows: number, unicode: boolean) {
    this.#columns = columns;
    this.#unicode = unicode;
    this.dotsAcross = unicode ? columns * 2 : columns;
    this.dotsDown = unicode ? rows * 4 : rows;
    this.#bits = new Uint8Array(columns * rows);
    this.#front = new Uint8Array(columns * rows);
  }

  /** Sets a dot, counted from the upper left corner; outside the field nothing happens. */
  set(x: number, y: number, layer: Layer): void {
    if (!(x >= 0 && y >= 0 && x < this.dotsAcross && y < this.dotsDown)) return;
    const cell = this.#unicode ? (y >> 2) * this.#columns + (x >> 1) : y * this.#columns + x;
    const bit = this.#unicode ? (DOTS[(x & 1) as 0 | 1][(y & 3) as 0 | 1 | 2 | 3] ?? 0) : 1;
    this.#bits[cell] = (this.#bits[cell] ?? 0) | bit;
    if (layer === "front") this.#front[cell] = 1;
  }

  /** All dots of a column from one row to another, in either order. */
  column(x: number, from: number, to: number, layer: Layer): void {
    for (let y = Math.min(from, to); y <= Math.max(from, to); y += 1) this.set(x, y, layer);
  }

  /** The rows as text; neighbours of one colour are painted together. */
  lines(theme: Theme, front: Role, back: Role): string[] {
    const rows = this.#bits.length / this.#columns;
    return Array.from({ length: rows }, (_, row) => {
      let text = "";
      let run = "";
      let isFront = true;
      for (let cell = row * this.#columns; cell < (row + 1) * this.#columns; cell += 1) {
        const character = this.#character(cell);
        if (character !== " " && (this.#front[cell] === 1) !== isFront) {
          text += theme.paint(isFront ? front : back, run);
          run = "";
          isFront = !isFront;
        }
        run += character;
      }
      return text + theme.paint(isFront ? front : back, run);
    });
  }

  #character(cell: number): string {
    const bits = this.#bits[cell] ?? 0;
    if (bits === 0) return " ";
    if (this.#unicode) return String.fromCodePoint(0x2800 + bits);
    return this.#front[cell] === 1 ? PLAIN_FRONT : PLAIN_BACK;
  }
}

/**
 * A curve over the whole field, scaled to its own range, from the first to the last value; NaN is a gap in it.
 * @param reach values further from zero than this do not widen the scale: they run along the edge, behind.
 */
export function drawCurve(
  canvas: DotCanvas,
  values: readonly number[],
  layer: Layer,
  reach: number = Number.POSITIVE_INFINITY,
): void {
  const known = values.filter(Number.isFinite);
  const low = Math.max(-reach, Math.min(...known));
  const range = Math.min(reach, Math.max(...known)) - low;
  let before: number | undefined;
  for (let x = 0; x < canvas.dotsAcross; x += 1) {
    const value = between(values, (x / (canvas.dotsAcross - 1)) * (values.length - 1));
    if (!Number.isFinite(value)) {
      before = undefined;
      continue;
    }
    const y = Math.round((1 - clamp01(range > 0 ? (value - low) / range : 0.5)) * (canvas.dotsDown - 1));
    joinColumn(canvas, x, before, y, Math.abs(value) > reach ? "back" : layer);
    before = y;
  }
}

/** Down or up to the column before, so that steep parts stay one line. */
export function joinColumn(canvas: DotCanvas, x: number, before: number | undefined, y: number, layer: Layer): void {
  const from = before === undefined || before === y ? y : before < y ? before + 1 : before - 1;
  canvas.column(x, from, y, layer);
}

/** The value at a place between two others, on the line that joins them. */
export function between(values: readonly number[], place: number): number {
  const left = Math.floor(place);
  const a = values[left] ?? 0;
  const b = values[Math.min(values.length - 1, left + 1)] ?? a;
  return a + (b - a) * (place - left);
}

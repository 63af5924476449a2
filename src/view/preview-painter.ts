import type { PreviewPicture } from "../domain/preview.js";
import type { PictureMode } from "./capability.js";
import type { HoleRect } from "./frame-sink.js";
import { codeOf, colorParameters, rampCharacter } from "./picture-colors.js";

// Only cells that look wrong are painted, the worst first:
//
//   error      largest channel difference between the picture and what the cell shows, plus its age
//   threshold  taken from the histogram of errors, so that the bytes fit into the budget
//
// With a real sensor noise changes nearly every cell a little; below ERROR_MIN nobody sees it.

const ERROR_MIN = 8;
const ERROR_UNKNOWN = 300;
const AGE_BONUS_MAX = 8;
/** The dearest cell: both colours in truecolor, and a block of three bytes. */
const CELL_BYTES_MAX = 42;
const MOVE_BYTES_MAX = 10;
const UPPER_HALF = "\u2580";
const LOWER_HALF = "\u2584";

/** Paints pictures of columns x 2 rows pixels into cells, as differences to what it painted before. */
export class PreviewPainter {
  readonly #mode: PictureMode;
  #columns = 0;
  #rows = 0;
  /** Six bytes per cell, upper pixel first: the colours from which it was painted. */
  #shown = new Uint8Array(0);
  /** Codes on the terminal; -1 is unknown. */
  #upper = new Int32Array(0);
  #lower = new Int32Array(0);
  #age = new Uint8Array(0);
  #errors = new Uint16Array(0);
  #cellBytes = CELL_BYTES_MAX / 2;
  #firstRow = 0;

  constructor(mode: PictureMode) {
    this.#mode = mode;
  }

  /** Forget what the cells show. */
  invalidate(): void {
    this.#upper.fill(-1);
    this.#firstRow = 0;
  }

  /**
   * Bytes that bring the hole closer to the picture, at most `budgetBytes`; cells that did not fit follow
   * with the next pictures. Empty when nothing differs, or when the picture was made for another size.
   */
  paint(picture: PreviewPicture, hole: HoleRect, budgetBytes: number): string {
    if (picture.widthPx !== hole.columns || picture.heightPx !== hole.rows * 2) return "";
    if (picture.rgb.length < picture.widthPx * picture.heightPx * 3) return "";
    if (hole.columns !== this.#columns || hole.rows !== this.#rows) this.#resize(hole.columns, hole.rows);
    const threshold = this.#rate(picture.rgb, budgetBytes);
    const pen = new Pen(this.#mode, hole);
    let painted = 0;
    let stoppedAt = -1;
    for (let step = 0; step < this.#rows && stoppedAt < 0; step += 1) {
      const row = (this.#firstRow + step) % this.#rows;
      for (let column = 0; column < this.#columns; column += 1) {
        const cell = row * this.#columns + column;
        if ((this.#errors[cell] ?? 0) < threshold) continue;
        if (pen.bytes + CELL_BYTES_MAX + MOVE_BYTES_MAX > budgetBytes) {
          stoppedAt = row;
          break;
        }
        if (this.#put(picture.rgb, row, column, pen)) painted += 1;
      }
    }
    this.#firstRow = Math.max(0, stoppedAt);
    if (painted > 0) this.#cellBytes += (pen.bytes / painted - this.#cellBytes) / 4;
    return pen.text;
  }

  #resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    const cells = columns * rows;
    this.#shown = new Uint8Array(cells * 6);
    this.#upper = new Int32Array(cells).fill(-1);
    this.#lower = new Int32Array(cells).fill(-1);
    this.#age = new Uint8Array(cells);
    this.#errors = new Uint16Array(cells);
    this.#firstRow = 0;
  }

  /** Fills the errors and gives the smallest one that is painted. */
  #rate(rgb: Uint8Array, budgetBytes: number): number {
    const histogram = new Uint32Array(ERROR_UNKNOWN + 1);
    for (let row = 0; row < this.#rows; row += 1) {
      for (let column = 0; column < this.#columns; column += 1) {
        const cell = row * this.#columns + column;
        const error = this.#error(rgb, cell, pixelOffset(row, column, this.#columns));
        this.#errors[cell] = error;
        histogram[error] = (histogram[error] ?? 0) + 1;
      }
    }
    let affordable = budgetBytes / this.#cellBytes;
    let threshold = ERROR_UNKNOWN;
    while (threshold > ERROR_MIN) {
      affordable -= histogram[threshold] ?? 0;
      if (affordable < 0) break;
      threshold -= 1;
    }
    return threshold;
  }

  #error(rgb: Uint8Array, cell: number, offset: number): number {
    if ((this.#upper[cell] ?? -1) < 0) return ERROR_UNKNOWN;
    const below = offset + this.#columns * 3;
    let error = 0;
    for (let channel = 0; channel < 3; channel += 1) {
      const upper = Math.abs((rgb[offset + channel] ?? 0) - (this.#shown[cell * 6 + channel] ?? 0));
      const lower = Math.abs((rgb[below + channel] ?? 0) - (this.#shown[cell * 6 + 3 + channel] ?? 0));
      error = Math.max(error, upper, lower);
    }
    if (error === 0) return 0;
    const age = Math.min(255, (this.#age[cell] ?? 0) + 1);
    this.#age[cell] = age;
    return error + Math.min(AGE_BONUS_MAX, age >> 3);
  }

  /** True when bytes were needed: two colours may differ and still have one code. */
  #put(rgb: Uint8Array, row: number, column: number, pen: Pen): boolean {
    const cell = row * this.#columns + column;
    const offset = pixelOffset(row, column, this.#columns);
    const below = offset + this.#columns * 3;
    this.#shown.set(rgb.subarray(offset, offset + 3), cell * 6);
    this.#shown.set(rgb.subarray(below, below + 3), cell * 6 + 3);
    this.#age[cell] = 0;
    const { upper, lower } = this.#codes(cell * 6);
    if (upper === this.#upper[cell] && lower === this.#lower[cell]) return false;
    this.#upper[cell] = upper;
    this.#lower[cell] = lower;
    pen.put(row, column, upper, lower);
    return true;
  }

  #codes(offset: number): { upper: number; lower: number } {
    const at = (index: number) => this.#shown[offset + index] ?? 0;
    if (this.#mode !== "ascii") {
      return { upper: codeOf(this.#mode, at(0), at(1), at(2)), lower: codeOf(this.#mode, at(3), at(4), at(5)) };
    }
    const mean = (index: number) => (at(index) + at(index + 3)) >> 1;
    return { upper: codeOf("ascii", mean(0), mean(1), mean(2)), lower: 0 };
  }
}

/** Offset of the upper pixel of a cell in packed RGB. */
function pixelOffset(row: number, column: number, columns: number): number {
  return (row * 2 * columns + column) * 3;
}

/** Writes cells with as few bytes as it can: it knows where the cursor is and which colours are set. */
class Pen {
  text = "";
  /** Length of `text` in UTF-8. */
  bytes = 0;
  readonly #mode: PictureMode;
  readonly #hole: HoleRect;
  #row = -1;
  #column = -1;
  #foreground = -1;
  #background = -1;

  constructor(mode: PictureMode, hole: HoleRect) {
    this.#mode = mode;
    this.#hole = hole;
  }

  put(row: number, column: number, upper: number, lower: number): void {
    this.#move(row, column);
    if (this.#mode === "ascii") this.#add(rampCharacter(upper), 1);
    else if (upper === lower) this.#solid(this.#mode, upper);
    else this.#halves(this.#mode, upper, lower);
    this.#row = row;
    this.#column = column + 1;
  }

  #move(row: number, column: number): void {
    if (row === this.#row && column === this.#column) return;
    const skip = column - this.#column;
    if (row === this.#row && skip > 0) this.#code(skip === 1 ? "[C" : `[${skip}C`);
    else this.#code(`[${this.#hole.y + row + 1};${this.#hole.x + column + 1}H`);
  }

  #solid(mode: "truecolor" | "palette", code: number): void {
    if (this.#background !== code) this.#code(`[${colorParameters(mode, 48, code)}m`);
    this.#background = code;
    this.#add(" ", 1);
  }

  /** Either half block can show a pair of colours; the one that needs fewer changes is taken. */
  #halves(mode: "truecolor" | "palette", upper: number, lower: number): void {
    const changes = (foreground: number, background: number) =>
      Number(this.#foreground !== foreground) + Number(this.#background !== background);
    if (changes(lower, upper) < changes(upper, lower)) this.#block(mode, lower, upper, LOWER_HALF);
    else this.#block(mode, upper, lower, UPPER_HALF);
  }

  #block(mode: "truecolor" | "palette", foreground: number, background: number, block: string): void {
    const parameters: string[] = [];
    if (this.#foreground !== foreground) parameters.push(colorParameters(mode, 38, foreground));
    if (this.#background !== background) parameters.push(colorParameters(mode, 48, background));
    if (parameters.length > 0) this.#code(`[${parameters.join(";")}m`);
    this.#foreground = foreground;
    this.#background = background;
    this.#add(block, 3);
  }

  #code(sequence: string): void {
    this.#add(`\u001B${sequence}`, sequence.length + 1);
  }

  #add(text: string, bytes: number): void {
    this.text += text;
    this.bytes += bytes;
  }
}

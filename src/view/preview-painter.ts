import type { PreviewPicture } from "../domain/preview.js";
import { type CellCoder, type CellLook, CHARACTERS, halfBlocks, sextants } from "./cell-coder.js";
import type { HoleRect } from "./frame-sink.js";
import { type CellStyle, PicturePen } from "./picture-pen.js";

// Only cells that look wrong are painted, the worst first:
//
//   error      largest channel difference between the picture and what the cell shows, plus its age
//   threshold  taken from the histogram of errors, so that the bytes fit into the budget
//
// With a real sensor noise changes nearly every cell a little; below ERROR_MIN nobody sees it.

const ERROR_MIN = 8;
const ERROR_UNKNOWN = 300;
const AGE_BONUS_MAX = 8;
/** The dearest cell: both colours in truecolor, and a block of four bytes. */
const CELL_BYTES_MAX = 43;
const MOVE_BYTES_MAX = 10;

function coderFor(style: CellStyle): CellCoder {
  if (style.draw === "ascii") return CHARACTERS;
  return style.draw === "half" ? halfBlocks(style.colors) : sextants(style.colors);
}

/** Paints pictures into cells, as differences to what it painted before. */
export class PreviewPainter {
  readonly #style: CellStyle;
  readonly #coder: CellCoder;
  readonly #cellPixels: number;
  readonly #look: CellLook = { pattern: 0, front: 0, back: 0 };
  #columns = 0;
  #rows = 0;
  /** The pixels from which each cell was painted, row by row, three bytes each. */
  #shown = new Uint8Array(0);
  /** What stands on the terminal: pattern (-1 is unknown), front, back. */
  #patterns = new Int32Array(0);
  #fronts = new Int32Array(0);
  #backs = new Int32Array(0);
  #age = new Uint8Array(0);
  #errors = new Uint16Array(0);
  #cellBytes = CELL_BYTES_MAX / 2;
  #firstRow = 0;

  constructor(style: CellStyle) {
    this.#style = style;
    this.#coder = coderFor(style);
    this.#cellPixels = this.#coder.across * this.#coder.down;
  }

  /** Forget what the cells show. */
  invalidate(): void {
    this.#patterns.fill(-1);
    this.#firstRow = 0;
  }

  /**
   * Bytes that bring the hole closer to the picture, at most `budgetBytes`; cells that did not fit follow
   * with the next pictures. Empty when nothing differs, or when the picture was made for another size.
   */
  paint(picture: PreviewPicture, hole: HoleRect, budgetBytes: number): string {
    const { across, down } = this.#coder;
    if (picture.widthPx !== hole.columns * across || picture.heightPx !== hole.rows * down) return "";
    if (picture.rgb.length < picture.widthPx * picture.heightPx * 3) return "";
    if (hole.columns !== this.#columns || hole.rows !== this.#rows) this.#resize(hole.columns, hole.rows);
    const threshold = this.#rate(picture.rgb, budgetBytes);
    const pen = new PicturePen(this.#style, hole);
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
    this.#shown = new Uint8Array(cells * this.#cellPixels * 3);
    this.#patterns = new Int32Array(cells).fill(-1);
    this.#fronts = new Int32Array(cells);
    this.#backs = new Int32Array(cells);
    this.#age = new Uint8Array(cells);
    this.#errors = new Uint16Array(cells);
    this.#firstRow = 0;
  }

  /** Fills the errors and gives the smallest one that is painted. */
  #rate(rgb: Uint8Array, budgetBytes: number): number {
    const histogram = new Uint32Array(ERROR_UNKNOWN + 1);
    for (let row = 0; row < this.#rows; row += 1) {
      for (let column = 0; column < this.#columns; column += 1) {
        const error = this.#error(rgb, row, column);
        this.#errors[row * this.#columns + column] = error;
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

  #error(rgb: Uint8Array, row: number, column: number): number {
    const cell = row * this.#columns + column;
    if ((this.#patterns[cell] ?? -1) < 0) return ERROR_UNKNOWN;
    const lineBytes = this.#coder.across * 3;
    let shown = cell * this.#cellPixels * 3;
    let error = 0;
    for (let line = 0; line < this.#coder.down; line += 1) {
      const start = this.#pixelOffset(row, column, line);
      for (let at = start; at < start + lineBytes; at += 1) {
        const difference = (rgb[at] ?? 0) - (this.#shown[shown] ?? 0);
        shown += 1;
        if (difference > error) error = difference;
        else if (-difference > error) error = -difference;
      }
    }
    if (error === 0) return 0;
    const age = Math.min(255, (this.#age[cell] ?? 0) + 1);
    this.#age[cell] = age;
    return error + Math.min(AGE_BONUS_MAX, age >> 3);
  }

  /** True when bytes were needed: two colours may differ and still have one code. */
  #put(rgb: Uint8Array, row: number, column: number, pen: PicturePen): boolean {
    const cell = row * this.#columns + column;
    const lineBytes = this.#coder.across * 3;
    const first = cell * this.#cellPixels * 3;
    for (let line = 0; line < this.#coder.down; line += 1) {
      const start = this.#pixelOffset(row, column, line);
      this.#shown.set(rgb.subarray(start, start + lineBytes), first + line * lineBytes);
    }
    this.#age[cell] = 0;
    const look = this.#look;
    this.#coder.encode(this.#shown, first, look);
    const isSame =
      look.pattern === this.#patterns[cell] && look.front === this.#fronts[cell] && look.back === this.#backs[cell];
    if (isSame) return false;
    this.#patterns[cell] = look.pattern;
    this.#fronts[cell] = look.front;
    this.#backs[cell] = look.back;
    pen.put(row, column, look);
    return true;
  }

  /** Offset of a cell's pixels in one of its lines, in packed RGB. */
  #pixelOffset(row: number, column: number, line: number): number {
    const { across, down } = this.#coder;
    return ((row * down + line) * this.#columns * across + column * across) * 3;
  }
}

import type { PictureColors } from "./capability.js";
import { type CellLook, sextantCharacter } from "./cell-coder.js";
import type { HoleRect } from "./frame-sink.js";
import { colorParameters, rampCharacter } from "./picture-colors.js";

/** Cells as they can be drawn: characters alone, or blocks in colours. */
export type CellStyle =
  | { readonly draw: "ascii" }
  | { readonly draw: "half" | "sextant"; readonly colors: PictureColors };

const UPPER_HALF = "\u2580";
const LOWER_HALF = "\u2584";
const SEXTANT_PARTS = 0b111111;

/** Writes cells with as few bytes as it can: it knows where the cursor is and which colours are set. */
export class PicturePen {
  text = "";
  /** Length of `text` in UTF-8. */
  bytes = 0;
  readonly #style: CellStyle;
  readonly #hole: HoleRect;
  #row = -1;
  #column = -1;
  #foreground = -1;
  #background = -1;

  constructor(style: CellStyle, hole: HoleRect) {
    this.#style = style;
    this.#hole = hole;
  }

  put(row: number, column: number, look: CellLook): void {
    this.#move(row, column);
    const style = this.#style;
    if (style.draw === "ascii") this.#add(rampCharacter(look.pattern), 1);
    else if (look.pattern === 0) this.#solid(style.colors, look.back);
    else this.#parts(style.colors, look, style.draw);
    this.#row = row;
    this.#column = column + 1;
  }

  #move(row: number, column: number): void {
    if (row === this.#row && column === this.#column) return;
    const skip = column - this.#column;
    if (row === this.#row && skip > 0) this.#code(skip === 1 ? "[C" : `[${skip}C`);
    else this.#code(`[${this.#hole.y + row + 1};${this.#hole.x + column + 1}H`);
  }

  #solid(colors: PictureColors, code: number): void {
    if (this.#background !== code) this.#code(`[${colorParameters(colors, 48, code)}m`);
    this.#background = code;
    this.#add(" ", 1);
  }

  /** A pattern and its opposite with the colours exchanged look the same; the one that needs fewer changes is taken. */
  #parts(colors: PictureColors, { pattern, front, back }: CellLook, draw: "half" | "sextant"): void {
    const changes = (foreground: number, background: number): number =>
      Number(this.#foreground !== foreground) + Number(this.#background !== background);
    const isTurned = changes(back, front) < changes(front, back);
    if (isTurned) this.#colors(colors, back, front);
    else this.#colors(colors, front, back);
    if (draw === "half") this.#add(isTurned ? LOWER_HALF : UPPER_HALF, 3);
    else {
      const character = sextantCharacter(isTurned ? pattern ^ SEXTANT_PARTS : pattern);
      this.#add(character, character.length === 1 ? 3 : 4);
    }
  }

  #colors(colors: PictureColors, foreground: number, background: number): void {
    const front = this.#foreground === foreground ? "" : colorParameters(colors, 38, foreground);
    const back = this.#background === background ? "" : colorParameters(colors, 48, background);
    if (front !== "" && back !== "") this.#code(`[${front};${back}m`);
    else if (front !== "" || back !== "") this.#code(`[${front}${back}m`);
    this.#foreground = foreground;
    this.#background = background;
  }

  #code(sequence: string): void {
    this.#add(`\u001B${sequence}`, sequence.length + 1);
  }

  #add(text: string, bytes: number): void {
    this.text += text;
    this.bytes += bytes;
  }
}

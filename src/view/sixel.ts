import type { PreviewPicture } from "../domain/preview.js";
import { PicturePalette } from "./picture-palette.js";

// DEC sixels: bands of six lines; in each band, for every colour, one character per column that says which of the six
// pixels have it (bits + 63). `!n` repeats the next character, `$` goes back to the start of the band, `-` to the next.

/** Each colour is a line of its own in every band: 24 take 14 kB for a picture, 64 take 22. */
const COLORS_MAX = 24;
/** One palette serves so many pictures: colours that change with every picture flicker. */
const PALETTE_PICTURES = 30;
const BAND = 6;
const EMPTY = 63;

/** Draws one picture after the other as sixels. */
export class SixelPen {
  readonly #colorsMax: number;
  #palette: PicturePalette | undefined;
  #pictures = 0;

  /** @param registers colours that the terminal can hold at the same time; undefined: it does not say. */
  constructor(registers: number | undefined) {
    this.#colorsMax = Math.min(COLORS_MAX, registers ?? COLORS_MAX);
  }

  /** A picture as sixels, every pixel as a square of `factor` pixels. */
  draw({ widthPx, heightPx, rgb }: PreviewPicture, factor: number): string {
    const palette = this.#paletteFor(rgb);
    const colors = new Uint8Array(widthPx * heightPx);
    for (let pixel = 0; pixel < colors.length; pixel += 1) {
      const at = pixel * 3;
      colors[pixel] = palette.indexOf(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0);
    }
    const entries = palette.colors.map((color, index) => `#${index};2;${color.map(percent).join(";")}`).join("");
    const height = heightPx * factor;
    const bands: string[] = [];
    for (let top = 0; top < height; top += BAND) bands.push(band(colors, widthPx, heightPx, top, factor));
    return `\u001BP0;1q"1;1;${widthPx * factor};${height}${entries}${bands.join("-")}\u001B\\`;
  }

  /** The next picture may be quite another. */
  invalidate(): void {
    this.#palette = undefined;
  }

  #paletteFor(rgb: Uint8Array): PicturePalette {
    if (!this.#palette || this.#pictures >= PALETTE_PICTURES) {
      this.#palette = new PicturePalette(rgb, this.#colorsMax);
      this.#pictures = 0;
    }
    this.#pictures += 1;
    return this.#palette;
  }
}

function percent(share: number): number {
  return Math.round(100 * share);
}

function band(colors: Uint8Array, widthPx: number, heightPx: number, top: number, factor: number): string {
  const rows = new Map<number, Uint8Array>();
  for (let line = 0; line < BAND; line += 1) {
    const row = Math.floor((top + line) / factor);
    if (row >= heightPx) break;
    for (let column = 0; column < widthPx; column += 1) {
      const color = colors[row * widthPx + column] ?? 0;
      let bits = rows.get(color);
      if (!bits) {
        bits = new Uint8Array(widthPx);
        rows.set(color, bits);
      }
      bits[column] = (bits[column] ?? 0) | (1 << line);
    }
  }
  return [...rows].map(([color, bits]) => `#${color}${runs(bits, factor)}`).join("$");
}

/** One line of a band; equal neighbours together, nothing behind the last pixel. */
function runs(bits: Uint8Array, factor: number): string {
  let text = "";
  let end = bits.length;
  while (end > 0 && bits[end - 1] === 0) end -= 1;
  for (let start = 0; start < end; ) {
    let next = start + 1;
    while (next < end && bits[next] === bits[start]) next += 1;
    const count = (next - start) * factor;
    const character = String.fromCharCode(EMPTY + (bits[start] ?? 0));
    text += count > 3 ? `!${count}${character}` : character.repeat(count);
    start = next;
  }
  return text;
}

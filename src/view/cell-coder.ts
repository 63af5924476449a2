import type { PictureColors } from "./capability.js";
import { codeOf, luma, rampCode } from "./picture-colors.js";

/** What a cell of the terminal is given: which of its parts are in front, and the two colours. */
export interface CellLook {
  /** Bit per part, from the upper left, row by row; 0 is all background. For characters: which one. */
  pattern: number;
  front: number;
  back: number;
}

/** Turns the pixels of one cell into what the cell can show. */
export interface CellCoder {
  /** Pixels in a cell. */
  readonly across: number;
  readonly down: number;
  /** Reads `across * down` colours, row by row, three bytes each from `offset`; fills `look`. */
  encode(pixels: Uint8Array, offset: number, look: CellLook): void;
}

/** The upper half of a cell is its front, the lower its back. */
const UPPER_HALF = 1;

/** Characters from light to heavy, without any colour. */
export const CHARACTERS: CellCoder = {
  across: 1,
  down: 2,
  encode(pixels, offset, look) {
    const mean = (channel: number): number =>
      ((pixels[offset + channel] ?? 0) + (pixels[offset + channel + 3] ?? 0)) >> 1;
    look.pattern = rampCode(mean(0), mean(1), mean(2));
    look.front = 0;
    look.back = 0;
  },
};

/** Two pixels, one above the other, each in its own colour. */
export function halfBlocks(colors: PictureColors): CellCoder {
  return {
    across: 1,
    down: 2,
    encode(pixels, offset, look) {
      const code = (at: number): number => codeOf(colors, pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
      look.front = code(offset);
      look.back = code(offset + 3);
      look.pattern = look.front === look.back ? 0 : UPPER_HALF;
    },
  };
}

const SEXTANT_PIXELS = 6;
/** Pixels whose light differs by less are one colour. */
const FLAT = 10;

/** Six pixels in two colours: those lighter than the middle in front, the others behind. */
export function sextants(colors: PictureColors): CellCoder {
  const lights = new Uint8Array(SEXTANT_PIXELS);
  return {
    across: 2,
    down: 3,
    encode(pixels, offset, look) {
      let low = 255;
      let high = 0;
      for (let pixel = 0; pixel < SEXTANT_PIXELS; pixel += 1) {
        const at = offset + pixel * 3;
        const light = luma(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
        lights[pixel] = light;
        low = Math.min(low, light);
        high = Math.max(high, light);
      }
      let pattern = 0;
      if (high - low > FLAT) {
        for (let pixel = 0; pixel < SEXTANT_PIXELS; pixel += 1) {
          if ((lights[pixel] ?? 0) * 2 > low + high) pattern |= 1 << pixel;
        }
      }
      look.back = meanCode(colors, pixels, offset, pattern, 0);
      look.front = pattern === 0 ? look.back : meanCode(colors, pixels, offset, pattern, 1);
      look.pattern = look.front === look.back ? 0 : pattern;
    },
  };
}

/** Code of the mean colour of the pixels whose bit in the pattern is that one. */
function meanCode(colors: PictureColors, pixels: Uint8Array, offset: number, pattern: number, bit: 0 | 1): number {
  let red = 0;
  let green = 0;
  let blue = 0;
  let count = 0;
  for (let pixel = 0; pixel < SEXTANT_PIXELS; pixel += 1) {
    if (((pattern >> pixel) & 1) !== bit) continue;
    const at = offset + pixel * 3;
    red += pixels[at] ?? 0;
    green += pixels[at + 1] ?? 0;
    blue += pixels[at + 2] ?? 0;
    count += 1;
  }
  return codeOf(colors, Math.round(red / count), Math.round(green / count), Math.round(blue / count));
}

// U+1FB00 and on, for all patterns but those that were characters before: nothing, left half, right half, everything.
const LEFT_HALF_PATTERN = 0b010101;
const RIGHT_HALF_PATTERN = 0b101010;
const FULL_PATTERN = 0b111111;

/** The character of a pattern of six parts; 1 to 62. */
export function sextantCharacter(pattern: number): string {
  if (pattern === LEFT_HALF_PATTERN) return "\u258C";
  if (pattern === RIGHT_HALF_PATTERN) return "\u2590";
  if (pattern === FULL_PATTERN) return "\u2588";
  const skipped = Number(pattern > LEFT_HALF_PATTERN) + Number(pattern > RIGHT_HALF_PATTERN);
  return String.fromCodePoint(0x1fb00 + pattern - 1 - skipped);
}

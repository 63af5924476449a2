import type { PictureMode } from "./capability.js";
import type { CellSize } from "./cell-size.js";

export const USUAL_CELL: CellSize = { widthPx: 8, heightPx: 16 };

/** What a picture in pixels may have: JPEG is cheap, the others cost four and more bytes for each of its one. */
const PIXELS_MAX = { iterm: 240 * 136, kitty: 160 * 90, sixel: 120 * 68 } as const;

export interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Width of one of these pixels on the screen divided by its height. */
  readonly pixelAspect: number;
}

/** Pixels of a picture that fills so many cells; undefined when none is drawn. */
export function pictureSize(mode: PictureMode, columns: number, rows: number, cell: CellSize): PictureSize | undefined {
  const size = pixelsOf(mode, columns, rows, cell);
  if (!size) return undefined;
  const pixelAspect = (columns * cell.widthPx * size.heightPx) / (rows * cell.heightPx * size.widthPx);
  return { ...size, pixelAspect };
}

function pixelsOf(
  mode: PictureMode,
  columns: number,
  rows: number,
  cell: CellSize,
): Omit<PictureSize, "pixelAspect"> | undefined {
  switch (mode.draw) {
    case "off":
      return undefined;
    case "ascii":
    case "half":
      return { widthPx: columns, heightPx: rows * 2 };
    case "sextant":
      return { widthPx: columns * 2, heightPx: rows * 3 };
    case "iterm":
    case "kitty": {
      const [width, height] = [columns * cell.widthPx, rows * cell.heightPx];
      const scale = Math.min(1, Math.sqrt(PIXELS_MAX[mode.draw] / (width * height)));
      return { widthPx: Math.max(1, Math.round(width * scale)), heightPx: Math.max(1, Math.round(height * scale)) };
    }
    case "sixel": {
      const factor = sixelFactor(columns, rows, cell);
      return {
        widthPx: Math.floor((columns * cell.widthPx) / factor),
        heightPx: Math.floor((rows * cell.heightPx) / factor),
      };
    }
  }
}

/** A terminal does not scale sixels: every pixel is drawn as a square of so many. */
export function sixelFactor(columns: number, rows: number, cell: CellSize): number {
  return Math.max(1, Math.ceil(Math.sqrt((columns * cell.widthPx * rows * cell.heightPx) / PIXELS_MAX.sixel)));
}

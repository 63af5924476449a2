// A face made of soft ellipses, enough of one for BlazeFace and FaceMesh. Only + - * / and square roots are used,
// which every machine rounds alike, so the networks' stored reference outputs (reference/README.md) belong to exactly
// these pictures.

type Rgb = readonly [number, number, number];

interface Ellipse {
  /** Centre and half axes in units of the drawing, which is 640 x 480 with the face in the middle. */
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
  readonly color: Rgb;
  /** Opacity in the middle. */
  readonly alpha: number;
  /** Part of the radius over which it fades out, in (0, 1]. */
  readonly soft: number;
}

function ellipse(x: number, y: number, rx: number, ry: number, color: Rgb, alpha = 1, soft = 0.06): Ellipse {
  return { x, y, rx, ry, color, alpha, soft };
}

/** The same on both sides of the middle. */
function pair(x: number, y: number, rx: number, ry: number, color: Rgb, alpha = 1, soft = 0.06): readonly Ellipse[] {
  return [ellipse(x, y, rx, ry, color, alpha, soft), ellipse(640 - x, y, rx, ry, color, alpha, soft)];
}

const SKIN: Rgb = [213, 164, 136];
const SHADE: Rgb = [120, 76, 56];
const HAIR: Rgb = [43, 28, 20];
const LIGHT: Rgb = [255, 236, 218];

// From back to front.
const DRAWING: readonly Ellipse[] = [
  ellipse(320, 500, 190, 115, [45, 58, 85]),
  ellipse(320, 375, 44, 60, [175, 126, 100]),
  ellipse(320, 385, 46, 22, SHADE, 0.6, 1),
  ellipse(320, 205, 118, 140, HAIR),
  ...pair(214, 232, 13, 28, [185, 132, 103]),
  ellipse(320, 244, 105, 137, SKIN),
  ...pair(232, 262, 40, 110, SHADE, 0.35, 1),
  ellipse(320, 108, 92, 42, HAIR, 1, 0.4),
  ellipse(315, 158, 60, 26, LIGHT, 0.35, 1),
  ...pair(268, 218, 36, 22, SHADE, 0.5, 1),
  ...pair(262, 196, 20, 6, HAIR, 1, 0.5),
  ...pair(278, 193, 20, 6, HAIR, 1, 0.5),
  ...pair(269, 222, 26, 11.5, HAIR, 0.9, 0.3),
  ...pair(269, 223, 24, 9, [240, 234, 228], 1, 0.2),
  ...pair(269, 221, 8.5, 8.5, [74, 50, 34], 1, 0.2),
  ...pair(269, 221, 4, 4, [10, 6, 5], 1, 0.4),
  ...pair(302, 250, 7, 36, SHADE, 0.4, 1),
  ellipse(320, 256, 12, 34, LIGHT, 0.45, 1),
  ...pair(300, 281, 10, 9, SHADE, 0.45, 1),
  ...pair(309, 287, 6, 3.5, [74, 39, 27], 1, 0.5),
  ellipse(320, 291, 12, 4, SHADE, 0.5, 1),
  ellipse(320, 320, 36, 8, [164, 87, 79], 1, 0.3),
  ellipse(320, 332, 34, 12, [184, 101, 91], 1, 0.3),
  ellipse(320, 325, 37, 2.2, [92, 42, 37], 1, 0.5),
  ellipse(320, 352, 26, 7, SHADE, 0.5, 1),
  ...pair(260, 275, 26, 20, LIGHT, 0.35, 1),
];

/** Where the nose tip of the drawing is, in its own units. */
export const DRAWN_NOSE = { x: 320, y: 276 };

/**
 * Draws the face.
 * @param x,y where the middle of the drawing lies, in pixels.
 * @param scale pixels per unit; the face is about 210 units wide. 0 draws the background alone.
 * @returns RGB, three numbers in [0, 255] per pixel.
 */
export function drawFace(widthPx: number, heightPx: number, x: number, y: number, scale: number): Float32Array {
  const rgb = new Float32Array(widthPx * heightPx * 3);
  for (let row = 0; row < heightPx; row += 1) {
    for (let column = 0; column < widthPx; column += 1) {
      const at = (row * widthPx + column) * 3;
      const shade = (row + column) / (widthPx + heightPx);
      rgb[at] = 109 - 46 * shade;
      rgb[at + 1] = 127 - 53 * shade;
      rgb[at + 2] = 140 - 55 * shade;
    }
  }
  if (scale <= 0) return rgb;
  for (const shape of DRAWING) paint(rgb, widthPx, heightPx, placed(shape, x, y, scale));
  return rgb;
}

function placed(shape: Ellipse, x: number, y: number, scale: number): Ellipse {
  return {
    ...shape,
    x: x + (shape.x - 320) * scale,
    y: y + (shape.y - 240) * scale,
    rx: shape.rx * scale,
    ry: shape.ry * scale,
  };
}

function paint(rgb: Float32Array, widthPx: number, heightPx: number, shape: Ellipse): void {
  const firstRow = Math.max(0, Math.floor(shape.y - shape.ry));
  const lastRow = Math.min(heightPx - 1, Math.ceil(shape.y + shape.ry));
  const firstColumn = Math.max(0, Math.floor(shape.x - shape.rx));
  const lastColumn = Math.min(widthPx - 1, Math.ceil(shape.x + shape.rx));
  for (let row = firstRow; row <= lastRow; row += 1) {
    for (let column = firstColumn; column <= lastColumn; column += 1) {
      const across = (column + 0.5 - shape.x) / shape.rx;
      const down = (row + 0.5 - shape.y) / shape.ry;
      const inside = 1 - Math.sqrt(across * across + down * down);
      if (inside <= 0) continue;
      const opacity = shape.alpha * Math.min(1, inside / shape.soft);
      const at = (row * widthPx + column) * 3;
      for (const [channel, value] of shape.color.entries()) {
        rgb[at + channel] = (rgb[at + channel] ?? 0) * (1 - opacity) + value * opacity;
      }
    }
  }
}

/** Full-range BT.601 YUV 4:2:0 of an RGB picture: Y, U, V, the chroma planes rounded up to whole samples. */
export function toYuv420(rgb: Float32Array, widthPx: number, heightPx: number): Uint8Array {
  const chromaWidth = Math.ceil(widthPx / 2);
  const chromaCount = chromaWidth * Math.ceil(heightPx / 2);
  const luma = widthPx * heightPx;
  const yuv = new Uint8Array(luma + 2 * chromaCount);
  const u = new Float32Array(chromaCount);
  const v = new Float32Array(chromaCount);
  const covered = new Uint8Array(chromaCount);
  for (let row = 0; row < heightPx; row += 1) {
    for (let column = 0; column < widthPx; column += 1) {
      const at = row * widthPx + column;
      const [red = 0, green = 0, blue = 0] = rgb.subarray(at * 3, at * 3 + 3);
      yuv[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
      const chroma = Math.floor(row / 2) * chromaWidth + Math.floor(column / 2);
      u[chroma] = (u[chroma] ?? 0) - 0.168736 * red - 0.331264 * green + 0.5 * blue;
      v[chroma] = (v[chroma] ?? 0) + 0.5 * red - 0.418688 * green - 0.081312 * blue;
      covered[chroma] = (covered[chroma] ?? 0) + 1;
    }
  }
  // A chroma sample is the mean of the two by two pixels it belongs to, fewer at odd borders.
  for (let i = 0; i < chromaCount; i += 1) {
    yuv[luma + i] = Math.round(128 + (u[i] ?? 0) / (covered[i] ?? 1));
    yuv[luma + chromaCount + i] = Math.round(128 + (v[i] ?? 0) / (covered[i] ?? 1));
  }
  return yuv;
}

/** The reference inputs of a network whose input is side x side pixels with values in [low, high]. */
export function referenceInputs(side: number, low: number, high: number): Record<"noise" | "face", Float32Array> {
  const spread = (high - low) / 255;
  const noise = new Float32Array(side * side * 3);
  let state = 12345;
  for (let i = 0; i < noise.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[i] = low + (state >>> 24) * spread;
  }
  // The face fills about half of the picture's width.
  const face = drawFace(side, side, side / 2, side / 2, side / 400).map((value) => low + value * spread);
  return { noise, face };
}

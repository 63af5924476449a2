import { expect, test } from "vitest";

import type { Rect } from "../../src/domain/face.js";
import type { Frame } from "../../src/domain/video.js";
import { createThumbnailer } from "../../src/native/face-engine.js";
import { drawFace, toYuv420 } from "./face-drawing.js";

const WIDTH = 63;
const HEIGHT = 47;

function frameOf(data: Uint8Array): Frame {
  const format = { widthPx: WIDTH, heightPx: HEIGHT, fullRange: true, bt709: false };
  return { data, format, number: 1, timestampMs: 0 };
}

function thumbnail(data: Uint8Array, crop: Rect, outWidthPx: number, outHeightPx: number): Uint8Array {
  const out = new Uint8Array(outWidthPx * outHeightPx * 3);
  createThumbnailer()(frameOf(data), crop, out, outWidthPx, outHeightPx);
  return out;
}

const rgb = drawFace(WIDTH, HEIGHT, 31, 23, 0.1);
const yuv = toYuv420(rgb, WIDTH, HEIGHT);

/** Mean of the true picture over a rectangle. */
function meanOf(channel: number, { x, y, w, h }: Rect): number {
  let sum = 0;
  for (let row = y; row < y + h; row += 1) {
    for (let column = x; column < x + w; column += 1) sum += rgb[(row * WIDTH + column) * 3 + channel] ?? 0;
  }
  return sum / (w * h);
}

test("shows the colors of the picture", () => {
  const out = thumbnail(yuv, { x: 0, y: 0, w: 60, h: 40 }, 6, 4);
  for (let row = 0; row < 4; row += 1) {
    for (let column = 0; column < 6; column += 1) {
      for (const channel of [0, 1, 2]) {
        const shown = out[(row * 6 + column) * 3 + channel] ?? 0;
        const truth = meanOf(channel, { x: column * 10, y: row * 10, w: 10, h: 10 });
        expect(Math.abs(shown - truth)).toBeLessThan(3);
      }
    }
  }
});

test("is black beyond the picture, and takes crops that are no whole pixels", () => {
  const out = thumbnail(yuv, { x: -63.2, y: 0.4, w: 125.9, h: 47 }, 2, 1);
  expect([...out.subarray(0, 3)]).toEqual([0, 0, 0]);
  expect(out[3]).toBeGreaterThan(50);
});

test("a result that does not fit is an ENGINE error", () => {
  const crop = { x: 0, y: 0, w: 10, h: 10 };
  const call = (): void => createThumbnailer()(frameOf(yuv), crop, new Uint8Array(5), 2, 2);
  expect(call).toThrowError(expect.objectContaining({ code: "ENGINE" }));
});

test("a frame that is too short is an ENGINE error", () => {
  expect(() => thumbnail(yuv.subarray(0, 99), { x: 0, y: 0, w: 9, h: 9 }, 1, 1)).toThrowError(
    expect.objectContaining({ code: "ENGINE" }),
  );
});

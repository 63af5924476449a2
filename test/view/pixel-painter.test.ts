import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { PreviewPicture } from "../../src/domain/preview.js";
import type { CellSize } from "../../src/view/cell-size.js";
import { pictureSize } from "../../src/view/picture-size.js";
import { KITTY_DELETE, PixelPainter } from "../../src/view/pixel-painter.js";
import { SixelPen } from "../../src/view/sixel.js";

const HOLE = { x: 4, y: 2, columns: 30, rows: 10 };
const CELL: CellSize = { widthPx: 9, heightPx: 18 };

/** Control characters as words. */
function plain(text: string): string {
  return text.replaceAll("\u001B", "<ESC>").replaceAll("\u0007", "<BEL>");
}

/** Left half red, right half blue. */
function twoColors(widthPx: number, heightPx: number): PreviewPicture {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let pixel = 0; pixel < widthPx * heightPx; pixel += 1) {
    rgb.set(pixel % widthPx < widthPx / 2 ? [255, 0, 0] : [0, 0, 255], pixel * 3);
  }
  return { widthPx, heightPx, rgb };
}

function pictureFor(draw: "iterm" | "kitty" | "sixel"): PreviewPicture {
  const size = pictureSize({ draw }, HOLE.columns, HOLE.rows, CELL);
  if (!size) throw new Error("no size");
  return twoColors(size.widthPx, size.heightPx);
}

/** Channels of the pixel in the middle of one half. */
async function colorAt(image: Buffer, share: number): Promise<number[]> {
  const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (Math.floor(info.height / 2) * info.width + Math.floor(info.width * share)) * info.channels;
  return [...data.subarray(at, at + 3)];
}

function expectNear(color: readonly number[], wanted: readonly number[]): void {
  for (const [channel, value] of color.entries()) expect(Math.abs(value - (wanted[channel] ?? 0))).toBeLessThan(60);
}

describe("pictures in pixels", () => {
  test("as iTerm2 takes them are JPEGs that fill the hole", async () => {
    const text = plain(await new PixelPainter("iterm", CELL).paint(pictureFor("iterm"), HOLE));
    const match = /^<ESC>\[3;5H<ESC>\]1337;File=inline=1;width=30;height=10;[^:]*size=(\d+):([^<]+)<BEL>$/.exec(text);
    const jpeg = Buffer.from(match?.[2] ?? "", "base64");
    expect(jpeg).toHaveLength(Number(match?.[1]));
    expectNear(await colorAt(jpeg, 0.25), [255, 0, 0]);
    expectNear(await colorAt(jpeg, 0.75), [0, 0, 255]);
  });

  test("as kitty takes them are one PNG in pieces, always under the same number", async () => {
    const size = pictureSize({ draw: "kitty" }, HOLE.columns, HOLE.rows, CELL);
    const noise = twoColors(size?.widthPx ?? 0, size?.heightPx ?? 0);
    let state = 1;
    for (let at = 0; at < noise.rgb.length; at += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      noise.rgb[at] = state >>> 24;
    }
    const text = plain(await new PixelPainter("kitty", CELL).paint(noise, HOLE));
    const pieces = [...text.matchAll(/<ESC>_G([^;]*);([^<]*)<ESC>\\/g)];
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces[0]?.[1]).toContain("a=T,f=100,i=31,p=1,c=30,r=10,C=1,q=2,m=1");
    expect(pieces.at(-1)?.[1]).toBe("m=0");
    for (const [, , data = ""] of pieces) expect(data.length).toBeLessThanOrEqual(4_096);
    const png = Buffer.from(pieces.map(([, , data]) => data).join(""), "base64");
    expect(await sharp(png).metadata()).toMatchObject({ format: "png", width: noise.widthPx, height: noise.heightPx });
  });

  test("of another size, and the same once more, are not drawn", async () => {
    const painter = new PixelPainter("sixel", CELL);
    const picture = pictureFor("sixel");
    expect(await painter.paint(twoColors(10, 10), HOLE)).toBe("");
    expect(await painter.paint(picture, HOLE)).not.toBe("");
    expect(await painter.paint(picture, HOLE)).toBe("");
    expect(painter.invalidate()).toBe("");
    expect(await painter.paint(picture, HOLE)).not.toBe("");
  });

  test("are taken away where text does not cover them", () => {
    expect(new PixelPainter("kitty", CELL).invalidate()).toBe(KITTY_DELETE);
  });
});

/** What a sixel sequence paints: colour in percent of each pixel, row by row. */
function painted(text: string): { width: number; height: number; at(x: number, y: number): string | undefined } {
  const body = /^<ESC>P0;1q"1;1;(\d+);(\d+)([\s\S]*)<ESC>\\$/.exec(plain(text));
  const colors = new Map<string, string>();
  const cells = new Map<string, string>();
  let [x, top, color] = [0, 0, ""];
  for (const [, index, percent, count, character, control] of (body?.[3] ?? "").matchAll(
    /#(\d+)(?:;2;(\d+;\d+;\d+))?|(?:!(\d+))?([?-~])|([$-])/g,
  )) {
    if (index !== undefined) {
      if (percent !== undefined) colors.set(index, percent);
      color = colors.get(index) ?? "";
    } else if (control !== undefined) {
      x = 0;
      if (control === "-") top += 6;
    } else if (character !== undefined) {
      for (let repeat = 0; repeat < Number(count ?? 1); repeat += 1, x += 1) {
        const bits = character.charCodeAt(0) - 63;
        for (let line = 0; line < 6; line += 1) if ((bits >> line) & 1) cells.set(`${x},${top + line}`, color);
      }
    }
  }
  return { width: Number(body?.[1]), height: Number(body?.[2]), at: (cx, cy) => cells.get(`${cx},${cy}`) };
}

test("sixels paint every pixel once, as a square of the wanted size", () => {
  const picture = painted(new SixelPen(undefined).draw(twoColors(10, 7), 3));
  expect([picture.width, picture.height]).toEqual([30, 21]);
  for (let y = 0; y < 21; y += 1) {
    for (let x = 0; x < 30; x += 1) expect(picture.at(x, y)).toBe(x < 15 ? "100;0;0" : "0;0;100");
  }
  expect(picture.at(0, 21)).toBeUndefined();
  expect(picture.at(30, 0)).toBeUndefined();
});

describe("the size of a picture", () => {
  test("fills the cells, in blocks or in pixels", () => {
    expect(pictureSize({ draw: "off" }, 60, 20, CELL)).toBeUndefined();
    expect(pictureSize({ draw: "half", colors: "greys" }, 60, 20, CELL)).toEqual({
      widthPx: 60,
      heightPx: 40,
      pixelAspect: 1,
    });
    expect(pictureSize({ draw: "sextant", colors: "greys" }, 60, 20, CELL)).toMatchObject({
      widthPx: 120,
      heightPx: 60,
      pixelAspect: 0.75,
    });
  });

  test("in pixels is bounded, has the shape of the hole, and for sixels divides it", () => {
    for (const draw of ["iterm", "kitty", "sixel"] as const) {
      const size = pictureSize({ draw }, 96, 40, CELL);
      expect((size?.widthPx ?? 0) * (size?.heightPx ?? 0)).toBeLessThanOrEqual(240 * 137);
      expect(size?.pixelAspect).toBeCloseTo(1, 1);
    }
    expect(pictureSize({ draw: "iterm" }, 4, 2, CELL)).toMatchObject({ widthPx: 36, heightPx: 36 });
    expect(pictureSize({ draw: "sixel" }, 4, 2, CELL)).toMatchObject({ widthPx: 36, heightPx: 36 });
  });
});

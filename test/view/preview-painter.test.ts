import xterm from "@xterm/headless";
import { describe, expect, test } from "vitest";
import type { PreviewPicture } from "../../src/domain/preview.js";
import { codeOf } from "../../src/view/picture-colors.js";
import type { CellStyle } from "../../src/view/picture-pen.js";
import { PreviewPainter } from "../../src/view/preview-painter.js";

const HOLE = { x: 2, y: 1, columns: 24, rows: 8 };
const PLENTY = 1_000_000;
const TRUECOLOR: CellStyle = { draw: "half", colors: "truecolor" };

type Color = readonly [red: number, green: number, blue: number];

function pictureOf(color: (x: number, y: number) => Color, hole = HOLE): PreviewPicture {
  const widthPx = hole.columns;
  const heightPx = hole.rows * 2;
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let pixel = 0; pixel < widthPx * heightPx; pixel += 1) {
    rgb.set(color(pixel % widthPx, Math.floor(pixel / widthPx)), pixel * 3);
  }
  return { widthPx, heightPx, rgb };
}

/** Something different in every pixel. */
const gradient = pictureOf((x, y) => [x * 10, y * 15, 255 - x * 10]);

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** What a terminal shows in a cell: colours of the upper and the lower half. */
async function halvesAfter(text: string, column: number, row: number): Promise<[number, number]> {
  const terminal = new xterm.Terminal({ cols: 40, rows: 12, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const cell = terminal.buffer.active.getLine(HOLE.y + row)?.getCell(HOLE.x + column);
  if (!cell) throw new Error("no such cell");
  const [front, back] = [cell.getFgColor(), cell.getBgColor()];
  if (cell.getChars() === "\u2580") return [front, back];
  return cell.getChars() === "\u2584" ? [back, front] : [back, back];
}

describe("the painter", () => {
  test("puts every pixel where it belongs", async () => {
    const text = new PreviewPainter(TRUECOLOR).paint(gradient, HOLE, PLENTY);
    for (const [column, row] of [
      [0, 0],
      [23, 7],
      [11, 3],
    ] as const) {
      const fiveBits = (y: number) =>
        [column * 10, y * 15, 255 - column * 10]
          .map((level) => ((level >> 3) << 3) | (level >> 5))
          .reduce((value, level) => value * 256 + level, 0);
      expect(await halvesAfter(text, column, row)).toEqual([fiveBits(row * 2), fiveBits(row * 2 + 1)]);
    }
  });

  test("writes nothing when nothing changed", () => {
    const painter = new PreviewPainter(TRUECOLOR);
    painter.paint(gradient, HOLE, PLENTY);
    expect(painter.paint(gradient, HOLE, PLENTY)).toBe("");
  });

  test("writes one cell when one pixel changed", async () => {
    const painter = new PreviewPainter(TRUECOLOR);
    const first = painter.paint(gradient, HOLE, PLENTY);
    const changed = pictureOf((x, y) => (x === 5 && y === 4 ? [255, 255, 255] : [x * 10, y * 15, 255 - x * 10]));
    const second = painter.paint(changed, HOLE, PLENTY);
    expect(second.startsWith("\u001B[4;8H")).toBe(true);
    expect(utf8Bytes(second)).toBeLessThan(60);
    expect((await halvesAfter(first + second, 5, 2))[0]).toBe(0xffffff);
  });

  test("lets the noise of a sensor pass", () => {
    const painter = new PreviewPainter(TRUECOLOR);
    painter.paint(
      pictureOf(() => [100, 100, 100]),
      HOLE,
      PLENTY,
    );
    expect(
      painter.paint(
        pictureOf((x, y) => [100 + ((x + y) % 5), 100, 97]),
        HOLE,
        PLENTY,
      ),
    ).toBe("");
  });

  test("never writes more than its budget, and still arrives at the picture", () => {
    const painter = new PreviewPainter(TRUECOLOR);
    const sizes = Array.from({ length: 40 }, () => utf8Bytes(painter.paint(gradient, HOLE, 700)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(700);
    expect(sizes[0]).toBeGreaterThan(350);
    expect(sizes.at(-1)).toBe(0);
    expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(HOLE.columns * HOLE.rows * 10);
  });

  test("paints the worst cells first", async () => {
    const painter = new PreviewPainter(TRUECOLOR);
    const start = painter.paint(
      pictureOf(() => [50, 50, 50]),
      HOLE,
      PLENTY,
    );
    // Everything is a little off, the last cell is all wrong.
    const next = pictureOf((x, y) => (x === 23 && y >= 14 ? [255, 255, 255] : [50 + 16 + (x % 3), 66 + (y % 7), 66]));
    const text = painter.paint(next, HOLE, 300);
    expect((await halvesAfter(start + text, 23, 7))[0]).toBe(0xffffff);
  });

  test("paints everything again after the cells were erased or the size has changed", () => {
    const painter = new PreviewPainter(TRUECOLOR);
    const first = painter.paint(gradient, HOLE, PLENTY);
    painter.invalidate();
    expect(painter.paint(gradient, HOLE, PLENTY)).toBe(first);
    const smaller = { x: 0, y: 0, columns: 10, rows: 4 };
    expect(
      painter.paint(
        pictureOf(() => [9, 9, 9], smaller),
        smaller,
        PLENTY,
      ),
    ).not.toBe("");
  });

  test("drops a picture that was made for another size, or is too short", () => {
    const painter = new PreviewPainter(TRUECOLOR);
    expect(painter.paint(gradient, { ...HOLE, columns: 23 }, PLENTY)).toBe("");
    expect(painter.paint({ ...gradient, rgb: gradient.rgb.slice(3) }, HOLE, PLENTY)).toBe("");
  });

  test("needs fewer bytes with 256 colours, and only one per cell without colours", () => {
    const sizeIn = (style: CellStyle) => utf8Bytes(new PreviewPainter(style).paint(gradient, HOLE, PLENTY));
    expect(sizeIn({ draw: "half", colors: "palette" })).toBeLessThan(sizeIn(TRUECOLOR));
    const moves = HOLE.rows * "\u001B[1;3H".length;
    expect(sizeIn({ draw: "ascii" })).toBe(HOLE.columns * HOLE.rows + moves);
    const ascii = new PreviewPainter({ draw: "ascii" }).paint(gradient, HOLE, PLENTY);
    expect(ascii).not.toContain("m");
    expect(utf8Bytes(ascii)).toBe(ascii.length);
  });
});

describe("256 colours", () => {
  test("show skin in greys and a vivid overlay in its colour", () => {
    expect(codeOf("palette", 214, 164, 138)).toBeGreaterThanOrEqual(232);
    expect(codeOf("palette", 0, 255, 0)).toBe(46);
    expect(codeOf("palette", 0, 0, 0)).toBe(16);
    expect(codeOf("palette", 255, 255, 255)).toBe(231);
  });
});

/** What paints the whole hole in one colour. */
function paint(style: CellStyle, color: Color): string {
  return new PreviewPainter(style).paint(
    pictureOf(() => color),
    HOLE,
    PLENTY,
  );
}

describe("greys and 16 colours", () => {
  test("keep the light of a face", () => {
    expect(codeOf("greys", 0, 255, 0)).toBeGreaterThanOrEqual(232);
    expect(codeOf("ansi", 0, 0, 0)).toBe(0);
    expect(codeOf("ansi", 255, 255, 255)).toBe(15);
    expect(codeOf("ansi", 250, 10, 10)).toBe(9);
    expect(codeOf("ansi", 130, 126, 125)).toBe(8);
  });

  test("are written as terminals know them", () => {
    expect(paint({ draw: "half", colors: "ansi" }, [255, 255, 255])).toContain("\u001B[107m");
    expect(paint({ draw: "half", colors: "ansi" }, [0, 0, 0])).toContain("\u001B[40m");
    expect(paint({ draw: "half", colors: "greys" }, [200, 30, 30])).toMatch(/\[48;5;23\dm/);
  });
});

/** Six pixels for each of the cells of a small hole. */
function sixths(color: (x: number, y: number) => Color): PreviewPicture {
  const [widthPx, heightPx] = [HOLE.columns * 2, HOLE.rows * 3];
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let pixel = 0; pixel < widthPx * heightPx; pixel += 1) {
    rgb.set(color(pixel % widthPx, Math.floor(pixel / widthPx)), pixel * 3);
  }
  return { widthPx, heightPx, rgb };
}

describe("sextants", () => {
  const SEXTANT: CellStyle = { draw: "sextant", colors: "truecolor" };

  test("show the six parts of a cell in two colours", () => {
    const text = new PreviewPainter(SEXTANT).paint(
      sixths((x, y) => ((x + y) % 2 === 0 ? [248, 248, 248] : [8, 8, 8])),
      HOLE,
      PLENTY,
    );
    // Upper left, middle right and lower left are bright: 0b011001, or the opposite in a cell that starts dark.
    expect(text).toContain("\u{1FB17}");
    expect([...text.matchAll(/[\u{1FB00}-\u{1FB3B}]/gu)]).toHaveLength(HOLE.columns * HOLE.rows);
  });

  test("are the older characters where there are some", () => {
    const halves = sixths((x) => (x % 2 === 0 ? [248, 248, 248] : [8, 8, 8]));
    expect(new PreviewPainter(SEXTANT).paint(halves, HOLE, PLENTY)).toMatch(/[\u258C\u2590]/);
    const flat = new PreviewPainter(SEXTANT).paint(
      sixths(() => [100, 90, 80]),
      HOLE,
      PLENTY,
    );
    expect(flat).not.toMatch(/[^\p{ASCII}]/u);
  });

  test("stay within the budget and write nothing twice", () => {
    const painter = new PreviewPainter(SEXTANT);
    const picture = sixths((x, y) => [x * 5, y * 10, 255 - x * 5]);
    expect(utf8Bytes(painter.paint(picture, HOLE, 1_000))).toBeLessThanOrEqual(1_000);
    for (let step = 0; step < 20; step += 1) painter.paint(picture, HOLE, 1_000);
    expect(painter.paint(picture, HOLE, PLENTY)).toBe("");
  });
});

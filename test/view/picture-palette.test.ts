import { describe, expect, test } from "vitest";
import { PicturePalette } from "../../src/view/picture-palette.js";
import { randomFrom } from "../helpers/pulse.js";

/** As many pixels of each colour as it says. */
function picture(...colors: (readonly [count: number, red: number, green: number, blue: number])[]): Uint8Array {
  return Uint8Array.from(colors.flatMap(([count, ...rgb]) => Array.from({ length: count }, () => rgb).flat()));
}

describe("the palette of a picture", () => {
  test("holds the colours themselves when they are few", () => {
    const palette = new PicturePalette(picture([50, 255, 0, 0], [3, 0, 255, 0], [20, 0, 0, 255]), 16);
    expect(palette.colors).toHaveLength(3);
    expect(palette.colors[palette.indexOf(255, 0, 0)]).toEqual([1, 0, 0]);
    expect(palette.colors[palette.indexOf(0, 255, 0)]).toEqual([0, 1, 0]);
    expect(palette.colors[palette.indexOf(0, 0, 255)]).toEqual([0, 0, 1]);
  });

  test("keeps greys grey", () => {
    const greys = Array.from({ length: 256 }, (_, level) => [40, level, level, level] as const);
    const palette = new PicturePalette(picture(...greys), 12);
    expect(palette.colors).toHaveLength(12);
    for (const [red, green, blue] of palette.colors) expect([green, blue]).toEqual([red, red]);
  });

  test("has no more colours than there may be, all between 0 and 1, and one near every pixel", () => {
    const random = randomFrom(3);
    const skin = Uint8Array.from({ length: 3 * 8_000 }, (_, at) =>
      Math.min(255, Math.max(0, ([190, 140, 110][at % 3] ?? 0) + 25 * random.normal())),
    );
    const palette = new PicturePalette(skin, 64);
    expect(palette.colors).toHaveLength(64);
    expect(palette.colors.flat().every((share) => share >= 0 && share <= 1)).toBe(true);
    let squares = 0;
    for (let at = 0; at < skin.length; at += 3) {
      const rgb = skin.subarray(at, at + 3);
      const color = palette.colors[palette.indexOf(rgb[0] ?? 0, rgb[1] ?? 0, rgb[2] ?? 0)] ?? [0, 0, 0];
      for (const [axis, share] of color.entries()) squares += (share * 255 - (rgb[axis] ?? 0)) ** 2;
    }
    expect(Math.sqrt(squares / skin.length)).toBeLessThan(12);
  });

  test("serves a colour that its picture did not have with the nearest", () => {
    const palette = new PicturePalette(picture([9, 0, 0, 0], [9, 255, 255, 255]), 2);
    expect(palette.colors[palette.indexOf(200, 190, 210)]).toEqual([1, 1, 1]);
    expect(palette.colors[palette.indexOf(30, 60, 10)]).toEqual([0, 0, 0]);
  });

  test("of nothing is one colour", () => {
    expect(new PicturePalette(new Uint8Array(0), 8).colors).toHaveLength(1);
  });
});

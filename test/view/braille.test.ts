import { expect, test } from "vitest";
import { usualReach } from "../../src/results/usual-reach.js";
import { DotCanvas, drawCurve } from "../../src/view/braille.js";
import { themeFor } from "../../src/view/theme.js";

function curve(values: readonly number[], columns: number, rows: number, unicode: boolean): string[] {
  const canvas = new DotCanvas(columns, rows, unicode);
  drawCurve(canvas, values, "front");
  return canvas.lines(themeFor({ color: false, unicode }), "ok", "muted");
}

test("a rising line goes from the lower left to the upper right", () => {
  expect(curve([0, 1], 4, 2, true)).toEqual(["  ⡠⠊", "⡠⠊  "]);
});

test("a jump is one connected stroke", () => {
  const [line] = curve([0, 0, 0, 1, 1, 1], 3, 1, true);
  expect(line).toHaveLength(3);
  expect(line).toContain("⣀");
  expect(line).toContain("⠉");
});

test("a flat line stands in the middle", () => {
  expect(curve([5, 5, 5], 3, 1, true)).toEqual(["⠤⠤⠤"]);
});

test("what goes beyond the usual runs along the edge, behind, and leaves the rest its height", () => {
  const wave = Array.from({ length: 160 }, (_, i) => (i > 60 && i < 70 ? 40 : Math.sin(i / 3)));
  const canvas = new DotCanvas(80, 8, false);
  drawCurve(canvas, wave, "front", usualReach(wave, 20));
  const lines = canvas.lines(themeFor({ color: false, unicode: false }), "ok", "muted");
  const rowsOf = (from: number, to: number): number =>
    lines.filter((line) => line.slice(from, to).includes("*")).length;
  expect(rowsOf(0, 28)).toBeGreaterThan(5);
  expect(rowsOf(40, 80)).toBeGreaterThan(5);
  expect(lines[0]?.slice(31, 34)).toBe("...");
});

test("a gap is left open", () => {
  const wave = Array.from({ length: 80 }, (_, i) => (i > 40 && i < 60 ? Number.NaN : i % 8));
  const lines = curve(wave, 80, 4, false);
  expect(lines.every((line) => line.slice(42, 59).trim() === "")).toBe(true);
  expect(lines.some((line) => line.slice(62).trim() !== "")).toBe(true);
});

test("every line has the asked width, with and without braille", () => {
  const values = Array.from({ length: 240 }, (_, index) => Math.sin(index / 9));
  for (const unicode of [true, false]) {
    const lines = curve(values, 37, 5, unicode);
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).toHaveLength(37);
  }
  expect(curve(values, 37, 5, false).join("")).toMatch(/^[ *]+$/);
});

test("a cell with both shows the colour of the front, and what lies outside is left out", () => {
  const canvas = new DotCanvas(2, 1, true);
  canvas.column(0, 3, 1, "back");
  canvas.set(0, 0, "front");
  canvas.set(2, 3, "back");
  canvas.set(9, 9, "front");
  canvas.set(-1, 0, "front");
  const [line] = canvas.lines(themeFor({ color: true, unicode: true }), "ok", "muted");
  expect(line).toBe("\u001B[32m\u2847\u001B[39m\u001B[2m\u2840\u001B[22m");
});

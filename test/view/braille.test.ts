import { expect, test } from "vitest";
import { curve } from "../../src/view/braille.js";

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

test("every line has the asked width, with and without braille", () => {
  const values = Array.from({ length: 240 }, (_, index) => Math.sin(index / 9));
  for (const unicode of [true, false]) {
    const lines = curve(values, 37, 5, unicode);
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).toHaveLength(37);
  }
  expect(curve(values, 37, 5, false).join("")).toMatch(/^[ .]+$/);
});

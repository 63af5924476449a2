import { describe, expect, test } from "vitest";
import { columnsOf, endInColumns } from "../../src/view/columns.js";
import { bar, centred, clock, duration, fit, oneLine, percent, span, wrapped } from "../../src/view/format.js";
import { themeFor } from "../../src/view/theme.js";

const plain = themeFor({ color: false, unicode: true });

describe("clock", () => {
  test("shows minutes and seconds, and hours only when there are some", () => {
    expect(clock(0)).toBe("00:00");
    expect(clock(59.9)).toBe("00:59");
    expect(clock(3_723)).toBe("1:02:03");
  });

  test("never goes below zero", () => {
    expect(clock(-3)).toBe("00:00");
  });
});

describe("percent", () => {
  test("always takes five columns and says 100 only at the end", () => {
    expect(percent(0)).toBe("  0 %");
    expect(percent(0.999)).toBe(" 99 %");
    expect(percent(1.2)).toBe("100 %");
  });

  test("shows a dash when the length is not known", () => {
    expect(percent(undefined)).toBe("  - %");
  });
});

test("a duration changes its unit at one second", () => {
  expect(duration(undefined)).toBe("-");
  expect(duration(3.4)).toBe("3 ms");
  expect(duration(1_240)).toBe("1.2 s");
});

test("a span has decimals only where they say something", () => {
  expect(span(0, 15)).toBe("0-15 s");
  expect(span(10, 12.54)).toBe("10-12.5 s");
});

test("a bar has its width at every fraction", () => {
  for (const fraction of [-1, 0, 0.3, 0.5, 1, 7]) expect(bar(fraction, 10, plain)).toHaveLength(10);
  expect(bar(0.5, 4, plain)).toBe("██░░");
});

test("a text that is too long is cut and marked", () => {
  expect(fit("Heart rate", 12, plain)).toBe("Heart rate  ");
  expect(fit("Systolic pressure", 8, plain)).toBe("Systoli…");
});

test("text from outside stays on one line and cannot move the cursor or fake the preview", () => {
  expect(oneLine("a\nb\u001B[2Jc\uE000d")).toBe("a b [2Jc d");
});

test("text from outside has no characters whose columns depend on the terminal", () => {
  expect(oneLine("👩\u200D👧 ❤\uFE0F 👍🏽 a\u202Eb\u00ADc")).toBe("👩👧 ❤ 👍 abc");
});

test("pictures take two columns only where they are pictures by themselves", () => {
  expect(columnsOf("✅⚡⭐")).toBe(6);
  expect(columnsOf("❤🌡🖥")).toBe(3);
  expect(columnsOf("🇩🇪")).toBe(2);
  expect(columnsOf("e\u0301ｘ")).toBe(3);
});

test("wide words are wrapped and put in the middle by their columns", () => {
  expect(wrapped("面面面面面 ab", 6)).toEqual(["面面面", "面面", "ab"]);
  expect(wrapped("面a", 1)).toEqual(["面", "a"]);
  expect(centred("面面", 8)).toBe("  面面");
});

test("of what is typed the end is shown, marked where it is cut", () => {
  expect(endInColumns("/clips/a.mp4", 12, "…")).toBe("/clips/a.mp4");
  expect(endInColumns("/clips/a.mp4", 7, "…")).toBe("…/a.mp4");
  expect(endInColumns("面面面", 5, "…")).toBe("…面面");
  expect(endInColumns("面面面", 4, "…")).toBe("…面");
});

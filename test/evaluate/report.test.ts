import sharp from "sharp";
import { expect, test } from "vitest";

import { agreementOf, groupsOf } from "../../src/evaluate/metrics.js";
import { blandAltman, wavePicture } from "../../src/evaluate/plots.js";
import { clipsCsv, reportText, totalsCsv } from "../../src/evaluate/report.js";
import { rowWith } from "./rows.js";

const ROWS = [
  rowWith({ name: "good.mp4", truthBpm: 70, bpm: 70.5 }),
  rowWith({ name: "wrong.mp4", truthBpm: 70, bpm: 80, conditions: ["dark skin"] }),
  rowWith({ name: "refused.mp4", bpm: undefined, confidence: 0.2, reasons: ["the head moves at the same rate"] }),
  rowWith({ name: "dead.mp4", truthBpm: null, bpm: undefined, reasons: ["too weak"] }),
  rowWith({ name: "unknown.mp4", truthBpm: undefined }),
];

test("the table shows truth, both answers, error and the reason of a refusal", () => {
  const lines = reportText(ROWS, [{ name: "bad.csv", reason: "bad.csv cannot be used" }], groupsOf(ROWS)).split("\n");
  const lineOf = (name: string): string => lines.find((line) => line.trimStart().startsWith(name)) ?? "";
  expect(lineOf("good.mp4")).toMatch(/70\.00 +72\.00 +70\.50 +\+0\.50 +0\.90/);
  expect(lineOf("wrong.mp4")).toMatch(/\+10\.00.*WRONG/);
  expect(lineOf("refused.mp4")).toMatch(/- +0\.20.*refused: the head moves at the same rate/);
  expect(lineOf("dead.mp4")).toMatch(/no pulse.*refused: too weak/);
  expect(lineOf("unknown.mp4")).toMatch(/\?/);
  expect(lineOf("bad.csv")).toContain("cannot be used");
  // Errors 0.5 and 10, of three with a pulse one refused.
  expect(lineOf("all")).toMatch(/^all +3 +1 +1 +5\.25 +7\.08 +- +50 +10\.00 +1/);
  expect(lineOf("dark skin: ")).toBe(
    "dark skin: MAE 10.00, 1.90 x the overall; 0 of 1 refused, 0 without a pulse, 1 false",
  );
});

test("of many windows a few are printed and all are in the table for programs", () => {
  const rows = Array.from({ length: 10 }, (_, i) => rowWith({ name: "long.csv", fromS: 30 * i, toS: 30 * i + 30 }));
  const text = reportText(rows, [], groupsOf(rows));
  expect(text.match(/^long\.csv/gm)).toHaveLength(3);
  expect(text).toContain("and 7 more windows");
  expect(clipsCsv(rows).trim().split("\n")).toHaveLength(11);
});

test("names cannot write to the terminal or out of their cell", () => {
  const rows = [rowWith({ name: 'a\u001b[2J,"b\n.mp4' })];
  expect(reportText(rows, [], groupsOf(rows))).not.toContain("\u001b");
  expect(clipsCsv(rows).split("\n")[1]).toBe('"a\u001b[2J,""b');
});

test("the tables for programs hold all digits, and nothing where nothing is known", () => {
  const [heading = "", first = "", , third = "", fourth = "", fifth = ""] = clipsCsv(ROWS).split("\n");
  const cell = (line: string, name: string): string | undefined => line.split(",")[heading.split(",").indexOf(name)];
  expect(cell(first, "error_bpm")).toBe("0.5");
  expect(cell(third, "bpm")).toBe("");
  expect(cell(fourth, "truth_bpm")).toBe("none");
  expect(cell(fifth, "truth_bpm")).toBe("");
  expect(heading.split(",").at(-1)).toBe("seconds");
  const [totals = "", all = ""] = totalsCsv(groupsOf(ROWS)).split("\n");
  expect(all.split(",")[totals.split(",").indexOf("ours_mae")]).toBe("5.25");
});

test("the Bland-Altman picture has one point per answer and the bias, and can be drawn", async () => {
  const agreement = agreementOf([
    { truth: 70, value: 70.5 },
    { truth: 70, value: 80 },
  ]);
  const svg = blandAltman(ROWS, agreement);
  expect(svg.match(/<circle/g)).toHaveLength(5);
  expect(svg).toContain("bias 5.25");
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  expect([width, height]).toEqual([960, 460]);
});

test("pictures of nothing can be drawn", async () => {
  const nothing = blandAltman([], agreementOf([]));
  const waves = wavePicture({ name: "x", title: "y", ours: undefined, plain: undefined, beatTimesS: [] });
  for (const svg of [nothing, waves]) {
    expect(svg).not.toContain("NaN");
    expect((await sharp(Buffer.from(svg)).png().toBuffer()).length).toBeGreaterThan(0);
  }
});

test("the wave picture shows the last 15 s with the beats inside them, and takes any name", async () => {
  const wave = { endS: 29.9, rateHz: 10, values: Array.from({ length: 300 }, (_, i) => Math.sin(i)) };
  const svg = wavePicture({
    name: 'a<b>&"\u0001.mp4',
    title: "refused: x & y",
    ours: wave,
    plain: wave,
    beatTimesS: [1, 14, 16, 29, 40],
  });
  expect(svg.match(/stroke-dasharray="3 3"/g)).toHaveLength(2);
  expect(svg).toContain("a&lt;b&gt;&amp;&quot; .mp4");
  const points = /points="([^"]*)"/.exec(svg)?.[1]?.split(" ") ?? [];
  expect(points).toHaveLength(151);
  expect((await sharp(Buffer.from(svg)).metadata()).format).toBe("svg");
});

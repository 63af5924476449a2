import sharp from "sharp";
import { expect, test } from "vitest";

import { reportCsv } from "../../src/report/csv.js";
import { reportHtml } from "../../src/report/html.js";
import { reportJson } from "../../src/report/json.js";
import { reportPng } from "../../src/report/picture.js";
import type { Report } from "../../src/report/report.js";
import { chunkRows, madeRows, metricRows, troubles } from "../../src/report/rows.js";
import { brokenLines, escaped } from "../../src/report/svg.js";
import { HOSTILE, madeReport } from "./made-report.js";

const still = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#20a040" } })
  .png()
  .toBuffer();

const NO_RATE = { heartRateBpm: undefined, confidence: undefined, snrDb: undefined };

test("metrics stand in their usual order, with units, confidence and reasons in words", () => {
  expect(metricRows(madeReport("X").summary)).toEqual([
    { id: "HR_BPM", label: "Heart rate", value: "71.55", unit: "bpm", confidence: "high (0.97)", notes: "" },
    { id: "SNR", label: "SNR", value: "-2.25", unit: "dB", confidence: "", notes: "" },
    {
      id: "HRV_SDNN",
      label: "HRV SDNN",
      value: "N/A",
      unit: "ms",
      confidence: "",
      notes: "not enough good signal",
    },
    { id: "X", label: "X", value: "-1.50", unit: "X", confidence: "medium (0.60)", notes: "x" },
  ]);
});

test("what is not known of a chunk is a dash, never a zero, and a share is not rounded up to all", () => {
  expect(chunkRows(madeReport())).toEqual([
    ["1", "0-5 s", "4 of 5", "99 %", "11.8 mm", "-", "30.0/s", "70.1 bpm (0.70)", "the face moved too much"],
    ["2", "-", "-", "-", "-", "-", "-", "-", ""],
  ]);
});

test("how it was made names program, engine, decoder and options", () => {
  expect(Object.fromEntries(madeRows(madeReport("E").summary))).toMatchObject({
    started: "2026-11-22 10:21:07 UTC",
    program: "dfxterm 0.1.0",
    engine: "E",
    options: "study E, chunklength 5, live",
  });
});

test("HTML holds everything and needs nothing: no script, no address, text only as text", () => {
  const html = reportHtml(madeReport(HOSTILE, { still }));
  for (const part of ["71.55", "high (0.97)", "not enough good signal", "4 of 5", "dfxterm 0.1.0", "not a medical"]) {
    expect(html).toContain(part);
  }
  expect(html).toContain(`src="data:image/png;base64,${still.toString("base64")}"`);
  const tags = [...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, name]) => name?.toLowerCase());
  expect(tags).not.toContain("script");
  expect(tags.filter((name) => name === "img")).toHaveLength(1);
  expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/<[^>]*(https?:|\/\/)[^>]*>/);
  expect(html).toContain("default-src 'none'");
  expect(html).not.toMatch(/(?!\n)\p{Cc}|[\u202A-\u202E]|\p{Cs}/u);
  // Every element is closed: what opens equals what closes.
  for (const name of ["table", "tr", "td", "svg", "figure", "p"]) {
    expect(tags.filter((tag) => tag === name).length % 2).toBe(0);
  }
});

test("HTML without curves, still and chunks says so instead", () => {
  const html = reportHtml(madeReport("clip.mp4", { trend: undefined, wave: undefined, chunks: [] }));
  expect(html).toContain("no heart rate over time was reported");
  expect(html).toContain("no pulse wave was reported");
  expect(html).toContain("no chunk was extracted");
});

/** RFC 4180, read by hand. */
function cells(csv: string): string[][] {
  const rows: string[][] = [[""]];
  let quoted = false;
  for (let i = 0; i < csv.length; i += 1) {
    const letter = csv[i] ?? "";
    const row = rows.at(-1) ?? [];
    if (quoted && letter === '"' && csv[i + 1] === '"') i += 1;
    else if (letter === '"') {
      quoted = !quoted;
      continue;
    }
    if (!quoted && letter === ",") row.push("");
    else if (!quoted && letter === "\r" && csv[i + 1] === "\n") {
      rows.push([""]);
      i += 1;
    } else row[row.length - 1] += letter;
  }
  return rows.slice(0, -1);
}

test("CSV is one table that a spreadsheet does not calculate", () => {
  const csv = reportCsv(madeReport(HOSTILE));
  const [header, ...rows] = cells(csv);
  expect(header).toEqual(["kind", "id", "chunk", "time_s", "value", "unit", "confidence", "note"]);
  for (const row of rows) {
    expect(row).toHaveLength(8);
    for (const cell of row)
      if (!/^-?\d+(\.\d+)?(e-?\d+)?$/.test(cell)) expect(cell).not.toMatch(/^\s*[=+\-@\t\r＝＋－＠]/);
  }
  expect(rows.filter(([kind]) => kind === "trend")).toHaveLength(300);
  expect(rows.filter(([kind]) => kind === "wave")).toHaveLength(300);
  expect(rows).toContainEqual(["metric", "HR_BPM", "", "", "71.55", "bpm", "0.97", ""]);
  expect(rows).toContainEqual(["metric", "SNR", "", "", "-2.25", "dB", "", ""]);
  expect(rows).toContainEqual(["chunk", "HR_BPM", "1", "5", "70.1235", "bpm", "0.7", ""]);
});

test("CSV says what could not be read, as the other forms do", () => {
  const remarks = ["result_0.bin is left out: it is damaged"];
  expect(cells(reportCsv(madeReport("clip.mp4", { remarks })))).toContainEqual(
    expect.arrayContaining(["about", "remark", ...remarks]),
  );
});

test("CSV has an empty cell for what is unknown", () => {
  const { summary } = madeReport();
  expect(cells(reportCsv(madeReport("x", { summary: { ...summary, measurementId: null } })))).toContainEqual(
    expect.arrayContaining(["about", "measurement", "", "", ""]),
  );
});

test("CSV marks every beginning that a spreadsheet takes for a formula", () => {
  for (const begin of ["=", "+", "-", "@", "\t=", " =", "\r", "＝", '"=']) {
    const rows = cells(reportCsv(madeReport(`${begin}1+1`)));
    const source = rows.find(([kind, id]) => kind === "about" && id === "source")?.[4] ?? "";
    expect(source).not.toMatch(/^\s*[=+\-@＝]/);
  }
});

test("numbers stay numbers, however large", () => {
  const report = madeReport("clip.mp4");
  const metrics = { ...report.summary.metrics, BIG: { mean: 1e308, unit: "", confidence: -1e300, notes: [] } };
  const huge = {
    ...report,
    summary: { ...report.summary, metrics },
    wave: { timesS: [0, 1e300], values: [1e305, 0.12345] },
  };
  expect(reportCsv(huge)).toContain("metric,BIG,,,1e+308,,-1e+300,");
  expect(JSON.parse(reportJson(huge)).wave).toMatchObject({ timesS: [0, 1e300], values: [1e305, 0.1235] });
});

test("JSON is one versioned object on one line, unknown as null", () => {
  const text = reportJson(madeReport(HOSTILE));
  expect(text.endsWith("\n")).toBe(true);
  expect(text.indexOf("\n")).toBe(text.length - 1);
  const { v, type, summary, chunks, wave } = JSON.parse(text) as Record<string, unknown> & {
    wave: { id: string; timesS: number[]; values: number[] };
  };
  expect({ v, type }).toEqual({ v: 1, type: "report" });
  expect(summary).toMatchObject({ source: HOSTILE, metrics: { HR_BPM: { mean: 71.55 } } });
  expect(chunks).toMatchObject([
    { number: 0, heartRateBpm: 70.1235 },
    { number: 1, quality: null, startS: null },
  ]);
  expect(wave).toMatchObject({ id: "PULSE_WAVE" });
  expect(wave.values).toHaveLength(wave.timesS.length);
});

test("the picture shows the still and takes any text; a broken still is left out", async () => {
  const whole = await reportPng(madeReport("clip.mp4", { still }));
  const { width, height, format } = await sharp(whole).metadata();
  expect({ width, format }).toEqual({ width: 1120, format: "png" });
  const area = { left: 100, top: 180, width: 50, height: 50 };
  const { channels } = await sharp(await sharp(whole).extract(area).toBuffer()).stats();
  expect(channels.slice(0, 3).map(({ mean }) => Math.round(mean))).toEqual([0x20, 0xa0, 0x40]);
  for (const report of [madeReport(HOSTILE), madeReport("clip.mp4", { still: new Uint8Array([0x89, 0x50]) })]) {
    expect((await sharp(await reportPng(report)).metadata()).height).toBeGreaterThan((height ?? 0) / 3);
  }
});

async function heightOf(report: Report): Promise<number> {
  return (await sharp(await reportPng(report)).metadata()).height;
}

function remarked(remark: string): Report {
  return madeReport("clip.mp4", { remarks: [remark] });
}

test("where there is no curve there is no empty room for one either", async () => {
  const [both, none] = [madeReport(), madeReport("clip.mp4", { trend: undefined, wave: undefined })];
  expect((await heightOf(both)) - (await heightOf(none))).toBeGreaterThan(300);
  expect(reportHtml(none)).not.toContain('height="220"');
});

test("a long name and a long reason take more lines in the picture, and are not cut", async () => {
  expect(
    (await heightOf(remarked("no end of words ".repeat(30)))) - (await heightOf(remarked("words"))),
  ).toBeGreaterThan(24);
  expect((await heightOf(remarked("x".repeat(400)))) - (await heightOf(remarked("words")))).toBeGreaterThan(24);
});

test("a thousand chunks do not make an endless picture", async () => {
  const { chunks: few } = madeReport();
  const chunks = Array.from({ length: 500 }, () => few).flat();
  expect((await sharp(await reportPng(madeReport("clip.mp4", { chunks }))).metadata()).height).toBeLessThan(3000);
});

test("long text is broken between words and keeps all of them", () => {
  const words = "the regions of the face disagree; the pulse methods disagree";
  const lines = brokenLines(words, 15);
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.join(" ")).toBe(words);
  expect(brokenLines("", 10)).toEqual([""]);
  const name = "a".repeat(30);
  expect(brokenLines(`of ${name}.mp4 `, 10).join("").replace(" ", "")).toBe(`of${name}.mp4`);
  expect(brokenLines(name, 10).length).toBe(2);
});

test("what XML does not allow is not in it", () => {
  expect(escaped("a\u0000b\uFFFEc\uD800d")).toBe("a b c d");
  expect(escaped("😀 é")).toBe("😀 é");
});

test("values of a measurement in two parts are not told as if they were of the whole", () => {
  const { summary } = madeReport();
  const part = { id: "m", chunks: [0, 1], metrics: {} };
  const measurements = [part, { ...part, id: "n", chunks: [2] }];
  expect(troubles(summary)).not.toContainEqual(expect.stringContaining("measurements"));
  const sentence = "In 2 measurements (chunks 1-2 in m, chunk 3 in n); the values are the newest of each.";
  expect(troubles({ ...summary, measurements })).toContain(sentence);
  expect(reportHtml(madeReport("clip.mp4", { summary: { ...summary, measurements } }))).toContain(sentence);
});

test("how long it took is said of the process that was timed", () => {
  const { summary } = madeReport();
  expect(madeRows(summary)).toContainEqual(["time taken", "12.3 s"]);
  if (!summary.made) throw new Error("no made");
  const made = { ...summary.made, resumedAt: "2026-11-23T08:00:01.000Z" };
  const rows = madeRows({ ...summary, made });
  expect(rows).toContainEqual(["started", "2026-11-22 10:21:07 UTC"]);
  expect(rows).toContainEqual(["resumed", "2026-11-23 08:00:01 UTC"]);
  expect(rows).toContainEqual(["since resumed", "12.3 s"]);
});

test("a chunk with a face in a part of it is not said to be without one", () => {
  const quality = { number: 0, movementMm: 1, brightness: 100, rateHz: 30, stars: 4, worst: "FaceNone" } as const;
  const remarks = [0, 0.79].map((faceShare, number) => {
    const chunk = { number, startS: 0, endS: 5, quality: { ...quality, faceShare } };
    return chunkRows(madeReport("x", { chunks: [{ ...chunk, ...NO_RATE }] }))[0]?.at(-1);
  });
  expect(remarks).toEqual(["no face was seen", "no face was seen in a part of it"]);
});

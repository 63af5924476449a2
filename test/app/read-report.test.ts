import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeEach, expect, test } from "vitest";

import { findMeasurement } from "../../src/app/find-measurement.js";
import { readReport } from "../../src/app/read-report.js";
import { reportLines } from "../../src/app/show-text.js";
import { pngOf } from "../../src/app/still.js";
import { processMark } from "../../src/journal/process-mark.js";
import { reportCsv } from "../../src/report/csv.js";
import { reportHtml } from "../../src/report/html.js";
import { reportJson } from "../../src/report/json.js";
import { columnsOf } from "../../src/view/columns.js";
import { encodeResultMessage } from "../../src/wire/v1-messages.js";
import { encodeResultJson } from "../../src/wire/v2-json.js";
import { manifestText } from "../helpers/manifest-text.js";
import { freshFolder } from "../helpers/program.js";
import { HOSTILE, madeReport } from "../report/made-report.js";

let folder = "";
beforeEach(async () => {
  folder = freshFolder("report");
  await mkdir(join(folder, "results"));
  await mkdir(join(folder, "chunks"));
  await save("summary.json", JSON.stringify(madeReport("clip.mp4").summary));
});

async function save(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, name), content);
}

function message(chunk: number, heartRates: readonly number[]) {
  return {
    measurementId: "m",
    measurementDataId: `m:${chunk}`,
    measurementResultId: "r",
    multiplier: 100,
    channels: [
      { id: "HR_BPM", data: heartRates.map((rate) => rate * 100), notes: [] },
      { id: "HR_BPM_CONFIDENCE", data: [90], notes: [] },
      { id: "PULSE_WAVE", data: [100, -100, 50], notes: [] },
    ],
    errorCode: "OK",
  };
}

test("a summary alone is a report, without curves and without a remark", async () => {
  const { trend, wave, chunks, still, remarks } = await readReport(folder);
  expect({ trend, wave, chunks, still, remarks }).toEqual({
    trend: undefined,
    wave: undefined,
    chunks: [],
    still: undefined,
    remarks: [],
  });
});

test("results are told by their chunk, in either form, and the newest one gives the curves", async () => {
  await save("results/result_10.bin", encodeResultMessage(message(1, [70, 72])));
  await save("results/result_2.bin", encodeResultJson(message(0, [66])));
  await save("chunks/properties0.json", '{"start_time_s": 0, "end_time_s": 5}');
  const { trend, wave, chunks } = await readReport(folder);
  expect(chunks).toMatchObject([
    { number: 0, startS: 0, endS: 5, heartRateBpm: 66, confidence: 0.9 },
    { number: 1, startS: undefined, heartRateBpm: 71 },
  ]);
  expect(trend).toEqual({ timesS: [2.5, 7.5], values: [70, 72] });
  expect(wave?.values).toEqual([1, -1, 0.5]);
  expect(wave?.timesS.at(-1)).toBe(10);
  expect((wave?.timesS[1] ?? 0) - (wave?.timesS[0] ?? 0)).toBeCloseTo(1 / 30, 9);
});

test("of a measurement that went on in a second one, chunks keep their numbers, and the curve has a point a chunk", async () => {
  const metrics = {};
  const measurements = [
    { id: "m", chunks: [0, 1], metrics },
    { id: "n", chunks: [2, 3], metrics },
  ];
  await save("summary.json", JSON.stringify({ ...madeReport().summary, measurements }));
  await save("results/result_0.bin", encodeResultMessage(message(0, [60, 61])));
  await save("results/result_1.bin", encodeResultMessage(message(1, [62, 63])));
  // The second server begins at 0 again; one that counts on says the same.
  await save("results/result_2.bin", encodeResultMessage({ ...message(0, [64]), measurementId: "n" }));
  await save("results/result_3.bin", encodeResultMessage({ ...message(3, [66]), measurementId: "n" }));
  for (const n of [0, 1, 2, 3]) {
    await save(`chunks/properties${n}.json`, `{"start_time_s": ${n * 5}, "end_time_s": ${n * 5 + 5}}`);
  }
  const { chunks, trend } = await readReport(folder);
  expect(chunks.map(({ number, heartRateBpm }) => [number, heartRateBpm])).toEqual([
    [0, 60.5],
    [1, 62.5],
    [2, 64],
    [3, 66],
  ]);
  expect(trend).toEqual({ timesS: [5, 10, 15, 20], values: [60.5, 62.5, 64, 66] });
});

test("the curves of a cancelled measurement end where its results do, not where the recording did", async () => {
  const measurements = [{ id: "m", chunks: [0], metrics: {} }];
  await save("summary.json", JSON.stringify({ ...madeReport().summary, durationS: 10, measurements }));
  await save("results/result_0.bin", encodeResultMessage(message(0, [66, 68])));
  for (const n of [0, 1]) {
    await save(`chunks/properties${n}.json`, `{"start_time_s": ${n * 5}, "end_time_s": ${n * 5 + 5}}`);
  }
  const ofChunk = await readReport(folder);
  expect(ofChunk.trend?.timesS).toEqual([1.25, 3.75]);
  expect(ofChunk.wave?.timesS.at(-1)).toBe(5);
  const Results = { HR_BPM: [{ Data: [6000, 8000], Multiplier: 100 }] };
  await save("final.json", JSON.stringify({ ID: "m", StatusID: "COMPLETE", Results }));
  expect((await readReport(folder)).trend).toEqual({ timesS: [1.25, 3.75], values: [60, 80] });
});

test("chunks are told in the time of the measurement, and end where it did", async () => {
  // A camera that was watched for 2 s, then measured for 8.2 s.
  await save("summary.json", JSON.stringify({ ...madeReport().summary, durationS: 8.2 }));
  for (const [n, startS, endS] of [
    [0, 2, 7],
    [1, 7, 11],
  ]) {
    const times = { first_chunk_start_time_s: 2, start_time_s: startS, end_time_s: endS };
    await save(`chunks/properties${n}.json`, JSON.stringify(times));
  }
  await save("results/result_0.bin", encodeResultMessage(message(1, [66, 68])));
  const { chunks, wave } = await readReport(folder);
  expect(chunks.map(({ startS, endS }) => [startS, endS])).toEqual([
    [0, 5],
    [5, 8.2],
  ]);
  expect(wave?.timesS.at(-1)).toBe(8.2);
});

test("final results go before the newest chunk's, and a server that sends means only has a point a chunk", async () => {
  await save("results/result_0.bin", encodeResultMessage(message(0, [66])));
  await save("results/result_1.bin", encodeResultMessage(message(1, [70])));
  for (const n of [0, 1]) {
    await save(`chunks/properties${n}.json`, `{"start_time_s": ${n * 5}, "end_time_s": ${n * 5 + 5}}`);
  }
  expect((await readReport(folder)).trend).toEqual({ timesS: [5, 10], values: [66, 70] });
  const Results = { HR_BPM: [{ Data: [6000, 8000], Multiplier: 100 }] };
  await save("final.json", JSON.stringify({ ID: "m", StatusID: "COMPLETE", Results }));
  expect((await readReport(folder)).trend?.values).toEqual([60, 80]);
});

test("what is damaged is left out and remarked", async () => {
  await save("results/result_0.bin", "no protobuf at all, and no JSON");
  await save("final.json", "{");
  await save("snapshot.png", "GIF89a");
  await save("chunks/properties0.json", "{");
  const { remarks, chunks, still } = await readReport(folder);
  expect(remarks).toEqual([
    "result_0.bin is left out: it is damaged",
    "final.json is left out: it is damaged",
    "snapshot.png is left out: it is damaged",
  ]);
  expect(chunks).toMatchObject([{ number: 0, startS: undefined }]);
  expect(still).toBeUndefined();
});

test("a report of what another process goes on with says so, in every form, and does not offer to go on", async () => {
  const summary = { ...madeReport().summary, canResume: true };
  await save("summary.json", JSON.stringify(summary));
  const text = async (): Promise<string> =>
    reportLines(await readReport(folder), { columns: 100, unicode: true, color: false }).join("\n");
  expect(await text()).toContain("go on with: dfxterm resume");
  await save(`lock-${process.ppid}`, processMark(process.ppid) ?? "");
  expect(await text()).toMatch(/^Another dfxterm goes on with this now\. Before that:\nMeasurement failed/);
  expect(await text()).not.toContain("dfxterm resume");
  const report = await readReport(folder);
  expect(reportHtml(report)).toContain(
    "<p>Another dfxterm goes on with this now. Before that:</p>\n<p>Measurement failed",
  );
  expect(reportCsv(report)).toContain("about,running,,,Another dfxterm goes on with this now");
  expect(JSON.parse(reportJson(report))).toMatchObject({ running: true, summary: { canResume: false } });
});

test("a pipe in place of a file is not waited for, and a still that was cut off is not shown", async () => {
  execFileSync("sh", ["-c", `mkfifo "${join(folder, "final.json")}"`]);
  const png = await pngOf({ widthPx: 8, heightPx: 8, rgb: new Uint8Array(192) });
  await save("snapshot.png", png);
  expect((await readReport(folder)).still).toBeDefined();
  await save("snapshot.png", png.subarray(0, -4));
  const { remarks, still } = await readReport(folder);
  expect(still).toBeUndefined();
  expect(remarks).toEqual(["final.json is left out: it is damaged", "snapshot.png is left out: it is damaged"]);
});

test("a moved folder names its new place, and nothing outside of it is read", async () => {
  const secret = freshFolder("elsewhere");
  await writeFile(join(secret, "snapshot.png"), "x");
  const summary = {
    ...madeReport().summary,
    paths: { folder: secret, chunks: secret, results: secret, snapshot: join(secret, "snapshot.png"), faces: null },
  };
  await save("summary.json", JSON.stringify(summary));
  const report = await readReport(folder);
  expect(report.summary.paths).toMatchObject({ folder, snapshot: null, chunks: join(folder, "chunks") });
  expect(report.still).toBeUndefined();
});

test("what is no summary is refused in one sentence that names the file", async () => {
  for (const bad of [
    "{",
    "[]",
    '{"v": 2, "type": "summary"}',
    JSON.stringify({ ...madeReport().summary, frames: 3 }),
  ]) {
    await save("summary.json", bad);
    await expect(readReport(folder)).rejects.toMatchObject({
      code: "FILE",
      message: expect.stringMatching(/summary\.json is no summary of a measurement: it (is not JSON|has another form)/),
    });
  }
  await rm(join(folder, "summary.json"));
  await expect(readReport(folder)).rejects.toThrow(/is no folder of a measurement: it holds no summary\.json/);
  await save("manifest.json", "{}");
  await expect(readReport(folder)).rejects.toThrow(
    /has no manifest\.json that can be read: nothing can go on with it$/,
  );
});

test("what failed before its source was open is told by what it was to be of", async () => {
  const { summary } = madeReport();
  await save("summary.json", JSON.stringify({ ...summary, source: null }));
  expect((await readReport(folder)).summary.source).toBeNull();
  await save("manifest.json", manifestText("broken.mp4"));
  expect((await readReport(folder)).summary.source).toBe("broken.mp4");
});

test("a command to be copied is left in one piece", () => {
  const folderName = `/measurements/${"x".repeat(60)}`;
  const { summary } = madeReport();
  const paths = { ...summary.paths, folder: folderName };
  const report = madeReport("clip.mp4", { summary: { ...summary, canResume: true, paths } });
  const lines = reportLines(report, { columns: 80, unicode: true, color: false });
  expect(lines).toContain(`  go on with: dfxterm resume ${folderName}`);
});

test("an older summary, without how it was made, is read", async () => {
  const { made, ...older } = madeReport().summary;
  expect(made).toBeDefined();
  await save("summary.json", JSON.stringify(older));
  expect((await readReport(folder)).summary.made).toBeUndefined();
});

test("a measurement is found by folder, file, name, tag and the beginning of its ID; the newest by nothing", async () => {
  const state = freshFolder("state");
  const ids = { "2026-11-22T10-21-07-aaaaaa": "6f2c0d3e-1", "2026-11-23T10-21-07-bbbbbb": "6f2c1111-2" };
  for (const [name, measurementId] of Object.entries(ids)) {
    await mkdir(join(state, "measurements", name), { recursive: true });
    const summary = JSON.stringify({ ...madeReport().summary, measurementId });
    await writeFile(join(state, "measurements", name, "summary.json"), summary);
  }
  // What is no measurement's folder is never the newest.
  await mkdir(join(state, "measurements", "zzz"));
  await symlink("/", join(state, "measurements", "2027-01-01T00-00-00-link"));
  const [first, second] = Object.keys(ids).map((name) => join(state, "measurements", name));
  const find = async (word: string | undefined): Promise<string> => findMeasurement(word, state);
  expect(await find(undefined)).toBe(second);
  expect(await find(first)).toBe(first);
  expect(await find(join(first ?? "", "summary.json"))).toBe(first);
  expect(await find("2026-11-22T10-21-07-aaaaaa")).toBe(first);
  expect(await find("aaaaaa")).toBe(first);
  expect(await find("2026-11-22")).toBe(first);
  expect(await find("6F2C0")).toBe(first);
  await expect(find("6f2c")).rejects.toThrow(/fits several: .*aaaaaa, .*bbbbbb/);
  await expect(find("2026-11")).rejects.toThrow(/fits several/);
  for (const word of ["nothing", "", "6f", "..", "zz"]) {
    await expect(find(word === ".." ? "../nowhere" : word)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/^there is no folder and no measurement .*the newest are .*bbbbbb, .*aaaaaa$/),
    });
  }
  await expect(findMeasurement(undefined, freshFolder("state"))).rejects.toThrow(/no measurement in .* yet/);
  await expect(findMeasurement("x", freshFolder("state"))).rejects.toThrow(/there is none yet/);
});

test("no line is wider than the terminal, and none holds a control character", () => {
  for (const columns of [40, 60, 80, 100]) {
    for (const unicode of [true, false]) {
      const lines = reportLines(madeReport(HOSTILE), { columns, unicode, color: false });
      for (const line of lines) {
        expect(line.length).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(/\p{Cc}/u);
      }
      expect(lines.some((line) => /[\u2800-\u28FF]/.test(line))).toBe(unicode);
    }
  }
});

test("names in wide letters are broken by their columns, and no letter is taken apart", () => {
  const name = "日本語の長い名前😀".repeat(8);
  const lines = reportLines(madeReport(name), { columns: 80, unicode: true, color: false });
  for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(80);
  const [, text = ""] = /failed:(.*?)\n {2}2 chunks/s.exec(lines.join("\n")) ?? [];
  expect(text.replaceAll(/\s/g, "")).toBe(name);
});

test("curves carry the values at their ends", () => {
  const text = reportLines(madeReport(), { columns: 80, unicode: false, color: false }).join("\n");
  expect(text).toMatch(/Heart rate over time, bpm\n {3}71\.0 /);
  expect(text).toMatch(/\n {3}69\.0 /);
  expect(text).toMatch(/0 s {2,}10 s/);
});

test("the curves leave out the time without a face, and end where it was seen last", async () => {
  const quality = [1, 1, 0.6, 0].map((faceShare, number) => ({
    number,
    faceShare,
    movementMm: null,
    brightness: null,
    rateHz: 30,
    stars: 3,
    worst: null,
  }));
  const measurements = [{ id: "m", chunks: [0, 1, 2, 3], metrics: {} }];
  const { summary } = madeReport();
  const saved = { ...summary, durationS: 30, quality, measurements };
  await save("summary.json", JSON.stringify(saved));
  const starts = [0, 10, 15, 25];
  for (const [n, startS] of starts.entries()) {
    await save(`chunks/properties${n}.json`, `{"start_time_s": ${startS}, "end_time_s": ${startS + 5}}`);
  }
  await save(
    "results/result_3.bin",
    encodeResultMessage(message(3, [60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72])),
  );
  const report = await readReport(folder);
  expect(report.trend?.timesS.slice(3, 7)).toEqual([3.5, 4.5, 10.5, 11.5]);
  expect(report.trend?.timesS.at(-1)).toBe(17.5);
  expect(report.wave?.timesS.at(-1)).toBe(18);
  const [svg] = /<figure.*?<path[^>]* d="([^"]*)"/s.exec(reportHtml(report))?.slice(1) ?? [];
  expect(svg?.match(/M/g)).toHaveLength(2);
  const lines = reportLines(report, { columns: 80, color: false, unicode: false });
  const top = lines.indexOf("Heart rate over time, bpm") + 1;
  // 0.5 to 17.5 s in 70 columns: 5 to 10 s are columns 18 to 38 behind the scale of 8.
  for (const line of lines.slice(top, top + 4)) expect(line.slice(8 + 20, 8 + 37).trim()).toBe("");
});

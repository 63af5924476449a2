import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { z } from "zod";

import { spanOfChunk } from "../domain/chunk.js";
import { AppError } from "../domain/errors.js";
import { type ChunkResult, CONFIDENCE_SUFFIX, meanOf, PULSE_WAVE } from "../domain/result.js";
import { isBeingMeasured } from "../journal/lock.js";
import type { Series } from "../report/plots.js";
import type { Report, ReportChunk } from "../report/report.js";
import type { Stretch } from "../results/face-time.js";
import { faceSpans, faceTimes } from "../results/face-time.js";
import type { Summary } from "../results/summary.js";
import { vectorRateHz } from "../results/vector-rate.js";
import { chunkResult } from "../wire/results.js";
import { decodeResultMessage } from "../wire/v1-messages.js";
import { RetrieveReply } from "../wire/v1-rest.js";
import { decodeResultJson } from "../wire/v2-json.js";
import { reasonOf } from "./measurement-folder.js";
import { retrievedResult } from "./retrieved.js";
import { readOwnFile, readSummary, sourceToBe } from "./summary-file.js";

/** How every PNG file begins, and how one that is whole ends: with an empty IEND chunk and its checksum. */
const PNG_START = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PNG_END = Buffer.from([0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);
/** When a chunk is, in its properties; see ChunkPayload. */
const Times = z.object({
  first_chunk_start_time_s: z.number().default(0),
  start_time_s: z.number(),
  end_time_s: z.number(),
});

/**
 * Everything that a report of a past measurement tells, out of its folder alone; it may have been moved. What is damaged is
 * left out and remarked.
 * @throws AppError FILE when the folder holds no summary.
 */
export async function readReport(folder: string): Promise<Report> {
  const isRunning = isBeingMeasured(folder);
  const saved = await readSummary(folder);
  const remarks: string[] = [];
  const results = await readResults(join(folder, "results"), saved, remarks);
  const final = await readFinal(join(folder, "final.json"), remarks);
  const still = await readStill(join(folder, "snapshot.png"), remarks);
  const newest = results.at(-1);
  const paths = await pathsNow(saved, folder, still !== undefined);
  const source = saved.source ?? (await sourceToBe(folder));
  const summary = { ...saved, ...(isRunning ? { canResume: false } : {}), source, paths };
  const chunks = await chunksOf(summary, results, join(folder, "chunks"));
  const acknowledged = summary.measurements.flatMap((measurement) => measurement.chunks);
  const whole = { result: final, endS: endOf(acknowledged, chunks, summary.durationS) };
  const latest = { result: newest, endS: endOf([newest?.chunkNumber ?? -1], chunks, summary.durationS) };
  return {
    summary,
    isRunning,
    // The values of the last of several measurements are not about the whole time.
    trend: trendOf(summary.measurements.length > 1 ? undefined : seriesOf("HR_BPM", whole, latest), chunks),
    wave: waveOf(seriesOf(PULSE_WAVE, latest, whole), waveRateHz(newest, chunks, summary), chunks),
    chunks,
    still,
    remarks,
  };
}

/** The results in the order of their chunks; the one that came last counts. */
async function readResults(folder: string, summary: Summary, remarks: string[]): Promise<ChunkResult[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^result_\d+\.bin$/.test(name));
  const byChunk = new Map<number, ChunkResult>();
  for (const name of names.toSorted((a, b) => indexIn(a) - indexIn(b))) {
    const result = await attempt(name, remarks, async () => savedResult(await readOwnFile(join(folder, name))));
    if (!result) continue;
    const chunkNumber = ourNumber(result, summary) ?? indexIn(name);
    byChunk.set(chunkNumber, { ...result, chunkNumber });
  }
  return [...byChunk].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}

/** Of a measurement that went on in a second one: the server may count on there, or begin at 0 again. */
function ourNumber({ measurementId, chunkNumber }: ChunkResult, { measurements }: Summary): number | undefined {
  const first = measurements.find(({ id }) => id === measurementId)?.chunks[0] ?? 0;
  return chunkNumber !== undefined && chunkNumber < first ? chunkNumber + first : chunkNumber;
}

/** A body as it came: protobuf, or JSON where the server speaks it. */
function savedResult(body: Uint8Array): ChunkResult {
  const isJson = body[0] === "{".charCodeAt(0);
  return chunkResult(isJson ? decodeResultJson(body) : decodeResultMessage(body), body);
}

function indexIn(name: string): number {
  return Number(/\d+/.exec(name)?.[0] ?? 0);
}

async function readFinal(path: string, remarks: string[]): Promise<ChunkResult | undefined> {
  return attempt("final.json", remarks, async () =>
    retrievedResult(RetrieveReply.parse(JSON.parse((await readOwnFile(path)).toString("utf8")))),
  );
}

async function readStill(path: string, remarks: string[]): Promise<Uint8Array | undefined> {
  return attempt("snapshot.png", remarks, async () => {
    const bytes = await readOwnFile(path);
    const isWhole = bytes.subarray(0, PNG_START.length).equals(PNG_START) && bytes.subarray(-8).equals(PNG_END);
    if (!isWhole) throw new AppError("FILE", "no whole PNG file");
    return bytes;
  });
}

/** What is not there is no remark: a cancelled measurement has no final results. */
async function attempt<Value>(name: string, remarks: string[], read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    const isSystem = error instanceof Error && "syscall" in error;
    remarks.push(`${name} is left out: it ${isSystem ? `cannot be read (${reasonOf(error)})` : "is damaged"}`);
    return undefined;
  }
}

async function pathsNow(saved: Summary, folder: string, hasStill: boolean): Promise<Summary["paths"]> {
  const path = resolve(folder);
  const inside = async (name: string): Promise<string | null> =>
    stat(join(path, name)).then(
      () => join(path, name),
      () => null,
    );
  return {
    folder: path,
    chunks: await inside("chunks"),
    results: await inside("results"),
    snapshot: hasStill ? join(path, "snapshot.png") : null,
    faces: (await inside("faces.json")) ?? saved.paths.faces,
  };
}

/** A result, and the time until which it is about the measurement. */
interface Answer {
  readonly result: ChunkResult | undefined;
  readonly endS: number;
}

/** Values that end at a time of the measurement. */
interface Values {
  readonly values: readonly number[];
  readonly endS: number;
}

/** The values of the first answer that has some. */
function seriesOf(id: string, ...answers: readonly Answer[]): Values | undefined {
  for (const { result, endS } of answers) {
    const values = valuesOf(id, result);
    if (values.length > 0) return { values, endS };
  }
  return undefined;
}

function valuesOf(id: string, result: ChunkResult | undefined): readonly number[] {
  return result?.channels.find((channel) => channel.id === id)?.values ?? [];
}

/** The end of the last of these chunks; what was measured after it has no result. Else the end of all. */
function endOf(numbers: readonly number[], chunks: readonly ReportChunk[], durationS: number): number {
  const ends = chunks.flatMap(({ number, endS }) => (numbers.includes(number) && endS !== undefined ? [endS] : []));
  const endS = Math.max(...ends);
  return endS > 0 && endS <= durationS ? endS : durationS;
}

async function chunksOf(
  { quality, durationS }: Summary,
  results: readonly ChunkResult[],
  folder: string,
): Promise<ReportChunk[]> {
  const names = await readdir(folder).catch(() => []);
  const saved = names.filter((name) => /^properties\d{1,6}\.json$/.test(name)).map(indexIn);
  const answered = new Map(results.map((result, index) => [result.chunkNumber ?? index, result]));
  const numbers = new Set([...quality.map(({ number }) => number), ...saved, ...answered.keys()]);
  const chunks: ReportChunk[] = [];
  for (const number of [...numbers].toSorted((a, b) => a - b)) {
    const result = answered.get(number);
    const mean = (id: string): number | undefined => meanOf(valuesOf(id, result));
    const times = await timesOf(join(folder, `properties${number}.json`), durationS);
    chunks.push({
      number,
      startS: times?.startS,
      endS: times?.endS,
      quality: quality.find((entry) => entry.number === number),
      heartRateBpm: mean("HR_BPM"),
      confidence: mean(`HR_BPM${CONFIDENCE_SUFFIX}`),
      snrDb: mean("SNR"),
    });
  }
  return chunks;
}

/** From when to when a chunk is, in seconds of the measurement. */
async function timesOf(path: string, measuredS: number): Promise<ReturnType<typeof spanOfChunk> | undefined> {
  const text = await readOwnFile(path).catch(() => undefined);
  if (!text) return undefined;
  try {
    const times = Times.parse(JSON.parse(text.toString("utf8")));
    const [firstChunkStartTimeS, startTimeS] = [times.first_chunk_start_time_s, times.start_time_s];
    return spanOfChunk({ firstChunkStartTimeS, startTimeS, endTimeS: times.end_time_s }, measuredS);
  } catch {
    return undefined;
  }
}

/** Where the face was in what is answered; all of it, when the chunks do not tell. */
function spansUntil(endS: number, chunks: readonly ReportChunk[]): ReturnType<typeof faceSpans> {
  const parts: Stretch[] = [];
  for (const { startS, endS: chunkEndS, quality } of chunks) {
    const faceShare = quality?.faceShare;
    if (startS === undefined || chunkEndS === undefined || faceShare === undefined) return [{ fromS: 0, toS: endS }];
    if (chunkEndS <= endS) parts.push({ startS, endS: chunkEndS, faceShare });
  }
  const spans = faceSpans(parts);
  return spans.length > 0 ? spans : [{ fromS: 0, toS: endS }];
}

/**
 * Values over all data lie evenly in it, but for the time without a face. A server that sends means only has one a chunk; it holds for all data until the
 * chunk's end.
 */
function trendOf(series: Values | undefined, chunks: readonly ReportChunk[]): Series | undefined {
  if (series && series.values.length > 1 && series.endS > 0) {
    const { values, endS } = series;
    return { timesS: faceTimes(values.length, spansUntil(endS, chunks)), values };
  }
  const points = chunks.flatMap(({ endS, heartRateBpm }) =>
    endS === undefined || heartRateBpm === undefined ? [] : [{ endS, heartRateBpm }],
  );
  if (points.length < 2) return undefined;
  return { timesS: points.map(({ endS }) => endS), values: points.map(({ heartRateBpm }) => heartRateBpm) };
}

/** Values per second of the newest result's wave; 0 when nothing tells. */
function waveRateHz(newest: ChunkResult | undefined, chunks: readonly ReportChunk[], summary: Summary): number {
  const { frames, durationS } = summary;
  if (frames.read === 0 || durationS <= 0) return 0;
  const parts = chunks
    .filter(({ number }) => number <= (newest?.chunkNumber ?? -1))
    .map(({ startS, endS, quality }) => ({ startS: startS ?? 0, endS: endS ?? 0, faceShare: quality?.faceShare ?? 1 }));
  return vectorRateHz(valuesOf("HR_BPM", newest).length, parts, frames.read / durationS);
}

/** The wave goes up to where the face was seen last. */
function waveOf(series: Values | undefined, rateHz: number, chunks: readonly ReportChunk[]): Series | undefined {
  if (!series || series.values.length < 2 || rateHz <= 0) return undefined;
  const { values } = series;
  const endS = spansUntil(series.endS, chunks).at(-1)?.toS ?? series.endS;
  return { timesS: values.map((_, index) => endS - (values.length - 1 - index) / rateHz), values };
}

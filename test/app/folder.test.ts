import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { readDemographics } from "../../src/app/demographics.js";
import { MeasurementFolder } from "../../src/app/measurement-folder.js";
import { retrievedResult } from "../../src/app/retrieved.js";
import { SerialQueue } from "../../src/app/serial-queue.js";
import { SMALL_CHUNK } from "../helpers/small-chunk.js";

let place = "";
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "dfxterm-folder-"));
});
afterEach(async () => {
  await rm(place, { recursive: true, force: true });
});

test("chunks and results are saved in the original's form, in both places, for the owner only", async () => {
  const copies = { chunks: join(place, "c"), results: join(place, "r") };
  const folder = await MeasurementFolder.create(place, new Date("2026-11-22T10:21:07Z"), "6f2c", copies);
  await folder.saveChunk(SMALL_CHUNK);
  await folder.saveResult(0, new Uint8Array([9]));
  await folder.saveResult(1, new Uint8Array([8]));
  expect(folder.path).toBe(join(place, "measurements", "2026-11-22T10-21-07-6f2c"));
  for (const where of [folder.chunks, copies.chunks]) {
    expect((await readdir(where)).sort()).toEqual(["metadata0.bin", "payload0.bin", "properties0.json"]);
    expect([...(await readFile(join(where, "payload0.bin")))]).toEqual([1, 2, 3]);
    // Key names and example values are from the original's own sample files.
    expect(JSON.parse(await readFile(join(where, "properties0.json"), "utf8"))).toEqual({
      valid: 1,
      start_frame: 1,
      end_frame: 152,
      chunk_number: 0,
      number_chunks: 6,
      first_chunk_start_time_s: 0,
      start_time_s: 0,
      end_time_s: 5,
      duration_s: 5,
    });
  }
  expect((await readdir(copies.results)).sort()).toEqual(["result_0.bin", "result_1.bin"]);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder.chunks, "payload0.bin"))).mode & 0o777).toBe(0o600);
});

test("a wrong place for copies leaves no folder behind that looks like the newest measurement", async () => {
  await writeFile(join(place, "file"), "");
  const copies = { chunks: join(place, "file", "c"), results: undefined };
  await expect(MeasurementFolder.create(place, new Date(), "x", copies)).rejects.toThrow("file/c cannot be made");
  expect(await readdir(place)).toEqual(["file"]);
});

test("a folder that cannot be made is refused in one sentence that names it", async () => {
  await writeFile(join(place, "measurements"), "a file is in the way");
  const attempt = MeasurementFolder.create(place, new Date(), "x", { chunks: undefined, results: undefined });
  await expect(attempt).rejects.toMatchObject({
    code: "FILE",
    message: expect.stringContaining(join(place, "measurements")),
  });
  // The form has no line for it.
  await expect(attempt).rejects.toThrow(/choose another folder with --state-dir or DFXTERM_STATE_DIR$/);
});

test("a copy that cannot be written is told once and ends nothing", async () => {
  const copies = { chunks: join(place, "c"), results: undefined };
  const told: string[] = [];
  const folder = await MeasurementFolder.create(place, new Date(0), "x", copies, (sentence) => told.push(sentence));
  await mkdir(join(copies.chunks, "payload0.bin", "in the way"), { recursive: true });
  await folder.saveChunk(SMALL_CHUNK);
  await folder.saveChunk(SMALL_CHUNK);
  expect(told).toEqual([expect.stringMatching(/payload0\.bin cannot be written .* everything is kept in /)]);
  expect((await readdir(folder.chunks)).sort()).toEqual(["metadata0.bin", "payload0.bin", "properties0.json"]);
});

test("demographics become text properties, and anything but a flat object is refused", async () => {
  const path = join(place, "who.json");
  await writeFile(path, '{"gender": "female", "age": 40, "smoking": 0}');
  expect((await readDemographics(path)).properties).toEqual({ gender: "female", age: "40", smoking: "0" });
  for (const bad of ["[1]", "{", '{"a": {"b": 1}}', "null"]) {
    await writeFile(path, bad);
    await expect(readDemographics(path)).rejects.toMatchObject({ code: "USAGE" });
  }
  await expect(readDemographics(join(place, "none.json"))).rejects.toThrow(/cannot be read: not found/);
});

test("final results are scaled by their multiplier, and a zero multiplier means no value", () => {
  const result = retrievedResult({
    ID: "m",
    StatusID: "COMPLETE",
    Results: {
      HR_BPM: [{ Data: [720_000, 740_000], Multiplier: 10_000, Notes: ["NOTE_X"] }],
      SNR: [{ Data: [5], Multiplier: 0 }],
      EMPTY: [],
    },
  });
  expect(result.channels).toEqual([
    { id: "HR_BPM", values: [72, 74], notes: ["NOTE_X"] },
    { id: "SNR", values: [], notes: [] },
  ]);
});

test("tasks run one after the other, and none after a failure", async () => {
  const queue = new SerialQueue();
  const log: string[] = [];
  const slow = queue.add(async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    log.push("first");
  });
  const failing = queue.add(async () => {
    log.push("second");
    throw new Error("no");
  });
  const never = queue.add(async () => {
    log.push("third");
  });
  await slow;
  await expect(failing).rejects.toThrow("no");
  await expect(never).rejects.toThrow("no");
  await expect(queue.done()).rejects.toThrow("no");
  expect(log).toEqual(["first", "second"]);
});

test("a queue is done when its last task is, and at once when it is empty", async () => {
  const queue = new SerialQueue();
  await queue.done();
  const log: string[] = [];
  void queue.add(async () => {
    await Promise.resolve();
    log.push("only");
  });
  await queue.done();
  expect(log).toEqual(["only"]);
});

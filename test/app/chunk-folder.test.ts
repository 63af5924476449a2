import { mkdtemp, readdir, rename, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type SavedChunkEvent, startSavedChunks } from "../../src/app/chunk-folder.js";
import type { MeasureSettings } from "../../src/app/settings.js";
import { writeChunk } from "../../src/journal/chunk-files.js";
import type { ExtractionEvent } from "../../src/worker/host.js";
import { pulsePayload, writePayload } from "../wire/payload-writer.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dfxterm-chunks-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Chunks of 5 s whose payload is not ours. */
async function save(count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await writeChunk(folder, {
      valid: true,
      startFrame: number * 150 + 1,
      endFrame: number * 150 + 150,
      chunkNumber: number,
      numberChunks: count + 3,
      firstChunkStartTimeS: 0,
      startTimeS: number * 5,
      endTimeS: number * 5 + 5,
      durationS: 5,
      payload: new Uint8Array([number, 1, 2]),
      metadata: new Uint8Array(Buffer.from(`{"number":${number}}`)),
    });
  }
}

const settings = { mode: "DISCRETE", chunkLengthS: 5, fromChunks: true } as const;

type SourceEvent = ExtractionEvent | SavedChunkEvent;

async function play(): Promise<{ events: SourceEvent[]; chunks: SavedChunkEvent[] }> {
  const events: SourceEvent[] = [];
  const start = await startSavedChunks({ ...settings, source: folder } as unknown as MeasureSettings);
  const source = start(undefined, (event) => {
    events.push(event);
    if (event.kind === "saved-chunk") source.chunkTaken();
  });
  source.start();
  expect(await source.outcome).toMatchObject({ kind: "done", cancelled: false });
  return { events, chunks: events.filter((event) => event.kind === "saved-chunk") };
}

describe("a folder of saved chunks", () => {
  test("gives them in the order of their numbers, the last as the last, however many were planned", async () => {
    await save(12);
    const { events, chunks } = await play();
    expect(chunks.map(({ chunk }) => chunk.chunkNumber)).toEqual(Array.from({ length: 12 }, (_, number) => number));
    expect(chunks.map(({ last }) => last).indexOf(true)).toBe(11);
    expect(chunks[11]?.chunk).toMatchObject({ numberChunks: 12, startTimeS: 55, endTimeS: 60, startFrame: 1651 });
    expect([...(chunks[2]?.chunk.payload ?? [])]).toEqual([2, 1, 2]);
    expect(events[0]).toMatchObject({ kind: "opened", plannedS: 60, plannedChunks: 12 });
  });

  test("may have names with four digits, as dfx-demo-py writes them", async () => {
    await save(2);
    for (const name of await readdir(folder))
      await rename(join(folder, name), join(folder, name.replace(/\d/, "000$&")));
    expect((await play()).chunks.map(({ chunk }) => chunk.startTimeS)).toEqual([0, 5]);
  });

  test("may lack metadata and properties", async () => {
    await save(2);
    for (const name of ["metadata0.bin", "metadata1.bin", "properties0.json", "properties1.json"]) {
      await unlink(join(folder, name));
    }
    const { chunks } = await play();
    expect(chunks.map(({ chunk }) => [chunk.startTimeS, chunk.endTimeS, chunk.durationS])).toEqual([
      [0, 5, 5],
      [5, 10, 5],
    ]);
    expect(Buffer.from(chunks[0]?.chunk.metadata ?? []).toString()).toBe("{}");
  });

  test("with payloads of ours says itself how long they are and what is in them", async () => {
    const plan = { chunkNumber: 0, frames: 240, rateHz: 30, startMs: 0, bpm: 72 };
    await writeFile(join(folder, "payload0.bin"), writePayload(pulsePayload(plan)));
    const { events, chunks } = await play();
    expect(chunks[0]?.chunk.durationS).toBe(8);
    expect(events.find((event) => event.kind === "tick")).toMatchObject({ tick: { framesRead: 240 } });
  });
});

async function refused(sentence: RegExp, changes: Partial<MeasureSettings> = {}): Promise<void> {
  const asked = { ...settings, source: folder, ...changes } as unknown as MeasureSettings;
  await expect(startSavedChunks(asked)).rejects.toThrow(sentence);
}

describe("a folder that is no whole measurement is refused in one sentence", () => {
  test("because there is nothing in it, or no folder", async () => {
    await refused(/holds no chunks: there is no payload0\.bin in it$/);
    await refused(/the folder of chunks .*none cannot be read: not found$/, { source: join(folder, "none") });
  });

  test("because a chunk is missing or there twice", async () => {
    await save(3);
    await rename(join(folder, "payload1.bin"), join(folder, "payload0002.bin"));
    await refused(/payload1\.bin is missing$/);
    await rename(join(folder, "payload0002.bin"), join(folder, "payload0001.bin"));
    await writeFile(join(folder, "payload01.bin"), "");
    await refused(/chunk 1 is there twice$/);
  });

  test("because its properties are something else", async () => {
    await save(1);
    await writeFile(join(folder, "properties0.json"), "[]");
    await refused(/properties0\.json is not what a saved chunk has$/);
  });

  test("because it is longer than the mode allows", async () => {
    await save(25);
    await refused(/last 125 s, but a discrete measurement at most 120 s: choose another --measurement-mode$/);
  });
});

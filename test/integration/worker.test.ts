import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import type { Extraction, ExtractionEvent, ExtractionOutcome } from "../../src/worker/host.js";
import type { ExtractionSettings } from "../../src/worker/protocol.js";
import { clip, freshFolder } from "../helpers/program.js";

// The thread is started from dist/, as the program does: Node cannot start one from a .ts file.
const HOST: string = new URL("../../dist/worker/host.js", import.meta.url).href;
const { startExtraction } = (await import(HOST)) as {
  startExtraction: (settings: ExtractionSettings, onEvent: (event: ExtractionEvent) => void) => Extraction;
};

const defaults: ExtractionSettings = {
  source: clip,
  resolution: undefined,
  ffmpegPath: undefined,
  live: false,
  wait: false,
  videoLengthS: undefined,
  chunkLengthS: 5,
  study: undefined,
  faceDetect: "smart",
  faceFile: undefined,
  recordFacesAt: undefined,
  properties: {},
};

type ChunkEvent = Extract<ExtractionEvent, { kind: "chunk" }>;

/** Runs the thread to its end; `onEvent` may act on the way. */
async function extract(
  change: Partial<ExtractionSettings>,
  onEvent: (event: ExtractionEvent, extraction: Extraction) => void = () => {},
): Promise<{ outcome: ExtractionOutcome; chunks: ChunkEvent[] }> {
  const chunks: ChunkEvent[] = [];
  const extraction = startExtraction({ ...defaults, ...change }, (event) => {
    if (event.kind === "opened") extraction.start();
    if (event.kind === "chunk") {
      chunks.push(event);
      extraction.chunkTaken();
    }
    onEvent(event, extraction);
  });
  return { outcome: await extraction.outcome, chunks };
}

/** A copy of the clip under its own name, so that its ffmpeg can be told from others in the process list. */
function ownClip(name: string): string {
  const copy = join(freshFolder("worker"), name);
  copyFileSync(clip, copy);
  return copy;
}

function processesOf(file: string): string[] {
  return execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(file) && line.includes("ffmpeg"));
}

test("chunks come whole and in order, without a gap, and only the last is the last", async () => {
  const { outcome, chunks } = await extract({ properties: { gender: "female" } });
  expect(outcome).toMatchObject({ kind: "done", cancelled: false, tick: { framesRead: 600, framesTracked: 600 } });
  expect(chunks.map(({ chunk, last }) => [chunk.chunkNumber, chunk.startFrame, chunk.endFrame, last])).toEqual([
    [0, 1, 150, false],
    [1, 151, 300, false],
    [2, 301, 450, false],
    [3, 451, 600, true],
  ]);
  for (const { chunk } of chunks) {
    expect(Buffer.from(chunk.payload.subarray(0, 4)).toString()).toBe("DXTP");
    expect(JSON.parse(Buffer.from(chunk.metadata).toString())).toMatchObject({ gender: "female" });
  }
  // What was counted when each was sealed, not what the last tick told some frames before: a resume counts from there.
  for (const { chunk, tick } of chunks) {
    expect(tick.framesRead).toBeGreaterThanOrEqual(chunk.endFrame);
    expect(tick.framesRead).toBeLessThanOrEqual(chunk.endFrame + 1);
  }
});

test("stills come of the first chunk and of the last, not of each", async () => {
  const told: string[] = [];
  const { outcome } = await extract({}, ({ kind }) => told.push(kind));
  expect(outcome).toMatchObject({ kind: "done" });
  expect(told.filter((kind) => kind === "chunk" || kind === "still")).toEqual([
    "still",
    "chunk",
    "chunk",
    "chunk",
    "chunk",
    "still",
  ]);
});

test("a video shorter than a chunk is one chunk, the last", async () => {
  const { chunks } = await extract({ chunkLengthS: 30 });
  expect(chunks.map(({ chunk, last }) => [chunk.startFrame, chunk.endFrame, last])).toEqual([[1, 600, true]]);
});

test("--videolength cuts a file", async () => {
  const { chunks } = await extract({ videoLengthS: 7 });
  expect(chunks.map(({ chunk, last }) => [chunk.startFrame, chunk.endFrame, last])).toEqual([
    [1, 150, false],
    [151, 210, true],
  ]);
});

test("extraction waits when chunks are not taken, and goes on when they are", async () => {
  // Chunks of one second are not for the service, but the engine takes them: twenty of them fill the queue.
  const seen: number[] = [];
  let release: (() => void) | undefined;
  const stalled = new Promise<void>((resolve) => {
    release = resolve;
  });
  const extraction = startExtraction({ ...defaults, chunkLengthS: 1 }, (event) => {
    if (event.kind === "opened") extraction.start();
    if (event.kind === "chunk") {
      seen.push(event.chunk.chunkNumber);
      if (seen.length === 5) setTimeout(() => release?.(), 1000);
      if (seen.length > 5) extraction.chunkTaken();
    }
  });
  await stalled;
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  for (let count = 0; count < 5; count += 1) extraction.chunkTaken();
  expect(await extraction.outcome).toMatchObject({ kind: "done", cancelled: false });
  expect(seen).toHaveLength(20);
});

for (const when of ["opened", "tick", "chunk"] as const) {
  test(`a cancel at the first "${when}" ends thread and ffmpeg within 300 ms`, async () => {
    const source = ownClip(`cancel-${when}.mp4`);
    let cancelledAtMs = 0;
    const { outcome } = await extract({ source, live: when === "tick" }, (event, extraction) => {
      if (event.kind !== when || cancelledAtMs !== 0) return;
      cancelledAtMs = performance.now();
      extraction.cancel();
    });
    expect(performance.now() - cancelledAtMs).toBeLessThan(300);
    expect(outcome).toMatchObject({ kind: "done", cancelled: true });
    expect(processesOf(source)).toEqual([]);
  });
}

test("a killed ffmpeg is a lost source, told with the place, and what was sealed has come", async () => {
  const source = ownClip("killed.mp4");
  const { outcome, chunks } = await extract({ source, live: true }, (event) => {
    if (event.kind !== "chunk") return;
    for (const line of processesOf(source)) process.kill(Number(line.trim().split(/\s+/)[0]), "SIGKILL");
  });
  expect(chunks).toHaveLength(1);
  expect(outcome).toMatchObject({ kind: "failed", failure: { code: "SOURCE_LOST" } });
});

test("a preview is made only while one is wanted, one at a time, in the wanted size", async () => {
  const sizes: number[] = [];
  const { outcome } = await extract({}, (event, extraction) => {
    if (event.kind === "opened")
      extraction.setPreview({ widthPx: 64, heightPx: 36, rateHzMax: 1000, zoom: true, overlay: "regions" });
    if (event.kind !== "picture") return;
    sizes.push(event.picture.rgb.length);
    if (sizes.length < 3) extraction.picturePainted();
    else extraction.setPreview(undefined);
  });
  expect(outcome.kind).toBe("done");
  expect(sizes).toEqual([64 * 36 * 3, 64 * 36 * 3, 64 * 36 * 3]);
});

test("live playing keeps the clip's own pace", async () => {
  const startedMs = performance.now();
  const { outcome } = await extract({ live: true, videoLengthS: 3 });
  expect(performance.now() - startedMs).toBeGreaterThan(2800);
  // On a busy machine frames that come too late are dropped, and counted; at the very end there may be none behind
  // them to tell it.
  const { framesRead = 0, framesDropped = 0 } = outcome.tick ?? {};
  expect(outcome.kind).toBe("done");
  expect(framesRead + framesDropped).toBeGreaterThan(80);
  expect(framesRead + framesDropped).toBeLessThanOrEqual(90);
});

test("a cancel keeps the seconds that were collected, though their chunk was not full", async () => {
  const rests: number[] = [];
  const { outcome, chunks } = await extract({ live: true, chunkLengthS: 15 }, (event, extraction) => {
    if (event.kind === "tick" && event.tick.positionS > 2) extraction.cancel();
    if (event.kind === "rest") rests.push(event.chunk.endFrame - event.chunk.startFrame + 1);
  });
  expect(outcome).toMatchObject({ kind: "done", cancelled: true });
  expect(chunks).toEqual([]);
  expect(rests).toHaveLength(1);
  expect(rests[0]).toBeGreaterThanOrEqual(60);
});

test("a file that is played to its end before the start is not said to show no face", async () => {
  const short = join(freshFolder("worker"), "short.mp4");
  const { path: ffmpeg } = await resolveFfmpeg({ env: process.env });
  execFileSync(ffmpeg, ["-v", "error", "-i", clip, "-t", "1", "-c", "copy", short]);
  const played = { ...defaults, source: short, live: true };
  const ends = [
    { change: { wait: true }, advice: "press s while it plays, or leave out --live" },
    { change: { autoStart: true }, advice: "face, light and distance were never good for 2 s" },
  ].map(async ({ change, advice }) => {
    const outcome = await startExtraction({ ...played, ...change }, () => {}).outcome;
    const message = `short.mp4 ended before the measurement was started: ${advice}`;
    expect(outcome).toMatchObject({ kind: "failed", failure: { code: "NO_SIGNAL", message } });
  });
  await Promise.all(ends);
});

import { expect, test } from "vitest";

import type { ChunkPayload } from "../../src/domain/chunk.js";
import type { ChunkQuality } from "../../src/domain/constraints.js";
import type { Collector, CollectorState, FaceTracker } from "../../src/domain/engine.js";
import type { Frame } from "../../src/domain/video.js";
import { FaceConstraints } from "../../src/extraction/face-constraints.js";
import { ConstraintGuard } from "../../src/pipeline/constraint-guard.js";
import { Credits } from "../../src/pipeline/credits.js";
import { measure } from "../../src/pipeline/measure.js";
import { StartGate } from "../../src/pipeline/start-gate.js";

const format = { widthPx: 2, heightPx: 2, fullRange: false, bt709: false };

async function* framesOf(count: number, rateHz = 10): AsyncGenerator<Frame> {
  for (let index = 0; index < count; index++) {
    yield { data: new Uint8Array(6), format, number: index + 1, timestampMs: (index * 1000) / rateHz };
  }
}

/** A collector that only counts: `perChunk` frames make a chunk, `planned` chunks make it complete. */
class CountingCollector extends FaceConstraints implements Collector {
  state: CollectorState = "WAITING";
  watched = 0;
  markers: string[] = [];
  readonly #perChunk: number;
  readonly #planned: number;
  #held: number[] = [];
  #ready: number[][] = [];
  #sealed = 0;

  constructor(perChunk: number, planned: number) {
    super([]);
    this.#perChunk = perChunk;
    this.#planned = planned;
  }
  setTargetFps(): void {}
  setChunkDurationSeconds(): void {}
  setNumberChunks(): void {}
  setProperty(): void {}
  getState(): CollectorState {
    return this.state;
  }
  startCollection(): void {
    this.state = "COLLECTING";
  }
  addMarker(text: string): void {
    this.markers.push(text);
  }
  extractChannels(frame: Frame): CollectorState {
    if (this.state === "WAITING") {
      this.watched += 1;
      return this.state;
    }
    this.#held.push(frame.number);
    if (this.#held.length === this.#perChunk) {
      this.#seal();
      this.state = this.#sealed === this.#planned ? "COMPLETED" : "CHUNKREADY";
    }
    return this.state;
  }
  forceComplete(): void {
    if (this.#held.length > 0) this.#seal();
    this.state = "COMPLETED";
  }
  getChunkData(): ChunkPayload | null {
    const numbers = this.#ready.shift();
    if (!numbers) return null;
    if (this.state === "CHUNKREADY") this.state = "COLLECTING";
    return {
      valid: true,
      startFrame: numbers[0] ?? 0,
      endFrame: numbers.at(-1) ?? 0,
      chunkNumber: this.#sealed - 1 - this.#ready.length,
      numberChunks: this.#planned,
      firstChunkStartTimeS: 0,
      startTimeS: 0,
      endTimeS: 0,
      durationS: 0,
      payload: new Uint8Array(),
      metadata: new Uint8Array(),
    };
  }
  cancelCollection(): void {}
  resetCollection(): void {}
  regionPolygons(): [] {
    return [];
  }
  #seal(): void {
    this.#ready.push(this.#held);
    this.#held = [];
    this.#sealed += 1;
  }
}

const noFace: FaceTracker = { pointNames: [], track: () => undefined };

async function check(frames: number, perChunk: number, planned: number, plannedMs = 1e9) {
  const collector = new CountingCollector(perChunk, planned);
  const gate = new StartGate();
  gate.open();
  const chunks: [first: number, last: number, isLast: boolean][] = [];
  await measure(
    { frames: framesOf(frames), tracker: noFace, collector },
    {
      frame() {},
      rest() {},
      async chunk(chunk, last) {
        chunks.push([chunk.startFrame, chunk.endFrame, last]);
      },
    },
    gate,
    "hold",
    plannedMs,
  );
  return { chunks, collector };
}

test("full chunks: the one that completes the collection is the last, later frames are left alone", async () => {
  expect((await check(25, 10, 2)).chunks).toEqual([
    [1, 10, false],
    [11, 20, true],
  ]);
});

test("a video that ends early seals what is left as the last chunk", async () => {
  expect((await check(15, 10, 3)).chunks).toEqual([
    [1, 10, false],
    [11, 15, true],
  ]);
});

test("a video shorter than a chunk is one chunk, and the last", async () => {
  expect((await check(4, 10, 1)).chunks).toEqual([[1, 4, true]]);
});

test("a source without frames makes no chunk", async () => {
  expect((await check(0, 10, 1)).chunks).toEqual([]);
});

test("collection ends after the planned time", async () => {
  expect((await check(50, 10, 9, 1500)).chunks).toEqual([
    [1, 10, false],
    [11, 15, true],
  ]);
});

test("the 1000th frame is marked, as in the original", async () => {
  expect((await check(1001, 5000, 1)).collector.markers).toEqual(["This is the 1000th frame"]);
});

test("a camera is watched until the gate opens, and what was watched is not collected", async () => {
  const collector = new CountingCollector(5, 1);
  const gate = new StartGate();
  const chunks: number[] = [];
  await measure(
    { frames: framesOf(20), tracker: noFace, collector },
    {
      frame(frame) {
        if (frame.number === 7) gate.open();
      },
      rest() {},
      async chunk(chunk) {
        chunks.push(chunk.startFrame, chunk.endFrame);
      },
    },
    gate,
    "watch",
    1e9,
  );
  expect(collector.watched).toBe(7);
  expect(chunks).toEqual([8, 12]);
});

test("a file waits with its first frame, which is then measured", async () => {
  const collector = new CountingCollector(5, 1);
  const gate = new StartGate();
  const chunks: number[] = [];
  await measure(
    { frames: framesOf(20), tracker: noFace, collector },
    {
      frame() {
        setTimeout(() => gate.open(), 5);
      },
      rest() {},
      async chunk(chunk) {
        chunks.push(chunk.startFrame, chunk.endFrame);
      },
    },
    gate,
    "hold",
    1e9,
  );
  expect(chunks).toEqual([1, 5]);
});

test("credits hold back who takes more than there are, until one is given", async () => {
  const credits = new Credits(2);
  const { signal } = new AbortController();
  await credits.take(signal);
  await credits.take(signal);
  let third = false;
  const waiting = credits.take(signal).then(() => {
    third = true;
    return third;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(third).toBe(false);
  credits.give();
  await waiting;
  expect(third).toBe(true);
});

test("an abort frees who waits for a credit, and its place is not lost", async () => {
  const credits = new Credits(1);
  const abort = new AbortController();
  await credits.take(abort.signal);
  const waiting = credits.take(abort.signal);
  abort.abort(new Error("stop"));
  await expect(waiting).rejects.toThrow("stop");
  credits.give();
  await expect(credits.take(new AbortController().signal)).resolves.toBeUndefined();
});

test("a guard ends the measurement when what is collected stays unusable, and not before it is collected", async () => {
  const collector = new CountingCollector(1000, 1);
  const gate = new StartGate();
  const seen: boolean[] = [];
  const guard = new ConstraintGuard();
  const running = measure(
    { frames: framesOf(200), tracker: noFace, collector, guard },
    {
      frame(frame, _, collecting, { results }) {
        expect(results.FaceNone).toBe("ERROR");
        seen.push(collecting);
        if (frame.number === 100) gate.open();
      },
      rest() {},
      async chunk() {},
    },
    gate,
    "watch",
    1e9,
  );
  await expect(running).rejects.toMatchObject({ code: "NO_FACE" });
  expect(seen.filter((collecting) => !collecting)).toHaveLength(100);
  expect(seen.filter((collecting) => collecting)).toHaveLength(31);
});

test("chunks come with the quality of their own frames", async () => {
  const gate = new StartGate();
  gate.open();
  const qualities: ChunkQuality[] = [];
  await measure(
    { frames: framesOf(25), tracker: noFace, collector: new CountingCollector(10, 3) },
    {
      frame() {},
      rest() {},
      async chunk(_, __, quality) {
        qualities.push(quality);
      },
    },
    gate,
    "hold",
    1e9,
  );
  expect(qualities.map(({ number, faceShare, stars, worst }) => [number, faceShare, stars, worst])).toEqual([
    [0, 0, 1, "FaceNone"],
    [1, 0, 1, "FaceNone"],
    [2, 0, 1, "FaceNone"],
  ]);
  expect(qualities[2]?.rateHz).toBeCloseTo(10, 3);
});

async function* failing(): AsyncGenerator<Frame> {
  yield* framesOf(14);
  throw new Error("the camera is gone");
}

test("what was collected before the frames failed is sealed and kept, not sent", async () => {
  const gate = new StartGate();
  gate.open();
  const sent: number[] = [];
  const kept: [first: number, last: number][] = [];
  const ended = measure(
    { frames: failing(), tracker: noFace, collector: new CountingCollector(10, 3) },
    {
      frame() {},
      rest(chunk) {
        kept.push([chunk.startFrame, chunk.endFrame]);
      },
      async chunk(chunk) {
        sent.push(chunk.startFrame, chunk.endFrame);
      },
    },
    gate,
    "hold",
    1e9,
  );
  await expect(ended).rejects.toThrow("the camera is gone");
  expect(sent).toEqual([1, 10]);
  expect(kept).toEqual([[11, 14]]);
});

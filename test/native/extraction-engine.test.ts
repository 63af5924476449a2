import { expect, test } from "vitest";

import type { ChunkPayload } from "../../src/domain/chunk.js";
import { POINT_STRIDE } from "../../src/domain/face.js";
import { POSE_POINT_NAMES } from "../../src/face/pose-points.js";
import { loadAddon } from "../../src/native/addon.js";
import { ExtractionEngine } from "../../src/native/extraction-engine.js";
import { collectorFor, feed, Picture, POINT_NAMES, squareStudy, testFace } from "./extraction-fixture.js";

const picture = new Picture(180, 160);

function refusal(code: string, sentence: RegExp): unknown {
  return expect.objectContaining({ name: "AppError", code, message: expect.stringMatching(sentence) });
}

function metadataOf(chunk: ChunkPayload): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(chunk.metadata)) as Record<string, unknown>;
}

test("the engine tells its name and version", () => {
  const engine = new ExtractionEngine(loadAddon());
  expect(engine.name).toBe("dfxterm");
  expect(engine.version).toMatch(/^\d+\.\d+\.\d+$/);
});

test("a collector waits, collects, has a chunk ready and completes", () => {
  const collector = collectorFor(squareStudy(), 5, 2);
  expect(collector.getState()).toBe("WAITING");
  expect(collector.extractChannels(picture.frame(1, 0), testFace())).toBe("WAITING");
  collector.startCollection();
  expect(collector.getState()).toBe("COLLECTING");
  expect(collector.getChunkData()).toBeNull();
  const { states } = feed(collector, picture, 300);
  expect(states.indexOf("CHUNKREADY")).toBe(149);
  expect(states[150]).toBe("COLLECTING");
  expect(states.indexOf("COMPLETED")).toBe(299);
  expect(collector.getChunkData()).toBeNull();
  collector.resetCollection();
  expect(collector.getState()).toBe("WAITING");
});

test("chunks are numbered without holes, and their frames follow each other", () => {
  const collector = collectorFor(squareStudy(), 5, 3);
  collector.startCollection();
  const { chunks } = feed(collector, picture, 450);
  const frames = chunks.map((chunk) => [chunk.chunkNumber, chunk.startFrame, chunk.endFrame]);
  expect(frames).toEqual([
    [0, 1, 150],
    [1, 151, 300],
    [2, 301, 450],
  ]);
  const times = chunks.map((chunk) => [chunk.firstChunkStartTimeS, chunk.startTimeS, chunk.endTimeS]);
  expect(times).toEqual([
    [0, 0, 5],
    [0, 5, 10],
    [0, 10, 15],
  ]);
  for (const chunk of chunks) {
    expect(chunk.valid).toBe(true);
    expect(chunk.numberChunks).toBe(3);
    expect(chunk.durationS).toBeCloseTo(5, 5);
  }
});

test("what is left at the end becomes a short chunk", () => {
  const collector = collectorFor(squareStudy(), 5, 3);
  collector.startCollection();
  feed(collector, picture, 200);
  collector.forceComplete();
  expect(collector.getState()).toBe("COMPLETED");
  expect(collector.getChunkData()).toMatchObject({ chunkNumber: 1, startFrame: 151, endFrame: 200, numberChunks: 3 });
  expect(collector.getChunkData()).toBeNull();
});

test("a chunk without a face is not delivered and takes no number", () => {
  const collector = collectorFor(squareStudy(), 2, 3);
  collector.startCollection();
  const { chunks } = feed(collector, picture, 180, (number) => number <= 60 || number > 120);
  expect(chunks.map((chunk) => [chunk.chunkNumber, chunk.startFrame])).toEqual([
    [0, 1],
    [1, 121],
  ]);
});

test("bytes of a chunk can be moved to another thread", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  collector.startCollection();
  const [chunk] = feed(collector, picture, 30).chunks;
  const length = chunk?.payload.length ?? 0;
  const moved = structuredClone(chunk, { transfer: chunk ? [chunk.payload.buffer, chunk.metadata.buffer] : [] });
  expect(moved?.payload).toHaveLength(length);
  expect(chunk?.payload).toHaveLength(0);
});

test("properties and facts are in the metadata", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  collector.setProperty("gender", "female");
  collector.setProperty("note", 'ä "quoted"\nline');
  collector.startCollection();
  const [chunk] = feed(collector, picture, 30, (number) => number !== 7).chunks;
  expect(chunk).toBeUndefined();

  const other = collectorFor(squareStudy({ minFaceSeconds: 0.5 }), 1, 1);
  other.setProperty("gender", "female");
  other.setProperty("note", 'ä "quoted"\nline');
  other.startCollection();
  const [delivered] = feed(other, picture, 30, (number) => number !== 7).chunks;
  expect(delivered && metadataOf(delivered)).toEqual({
    dfxterm: new ExtractionEngine(loadAddon()).version,
    gender: "female",
    note: 'ä "quoted"\nline',
    extraction: {
      study: "squares",
      frames: 30,
      faceFrames: 29,
      ignoredFrames: 0,
      regions: ["left", "right"],
      video: { widthPx: 180, heightPx: 160, fullRange: true, bt709: false },
    },
  });
});

test("a property that is too long or belongs to the engine is refused in one sentence", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  expect(() => collector.setProperty("k".repeat(65), "v")).toThrowError(refusal("ENGINE", /1 to 64 bytes/));
  expect(() => collector.setProperty("k", "v".repeat(2000))).toThrowError(refusal("ENGINE", /longer than 1024/));
  expect(() => collector.setProperty("dfxterm", "v")).toThrowError(refusal("ENGINE", /choose another key/));
});

test("calls in the wrong state are refused in one sentence", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  expect(() => collector.forceComplete()).toThrowError(refusal("ENGINE", /no collection/));
  collector.startCollection();
  expect(() => collector.setNumberChunks(3)).toThrowError(refusal("ENGINE", /before a collection/));
  expect(() => collector.startCollection()).toThrowError(refusal("ENGINE", /before a collection/));
});

test("regions of the last frame are polygons in its pixels", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  expect(collector.regionPolygons()).toEqual([]);
  collector.extractChannels(picture.frame(1, 0), testFace());
  const [left, right] = collector.regionPolygons();
  expect(left?.name).toBe("left");
  expect(left?.points).toEqual(Float32Array.of(20, 20, 80, 20, 80, 80, 20, 80));
  expect(right?.points[0]).toBe(100);
  collector.extractChannels(picture.frame(2, 33), undefined);
  expect(collector.regionPolygons()).toEqual([]);
});

test("a polygon that leaves the picture is clipped to it", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  collector.extractChannels(new Picture(60, 40).frame(1, 0), testFace());
  const [left, ...others] = collector.regionPolygons();
  expect(others).toEqual([]);
  expect([...(left?.points ?? [])].sort((a, b) => a - b)).toEqual([20, 20, 20, 20, 40, 40, 60, 60]);
});

test("the tracker's points are enough for the bundled study", () => {
  const factory = new ExtractionEngine(loadAddon()).createFactory();
  expect(factory.createCollector(POSE_POINT_NAMES).getState()).toBe("WAITING");
});

test("a tracker without the points that are needed is refused by name", () => {
  const factory = new ExtractionEngine(loadAddon()).createFactory();
  expect(() => factory.createCollector(["9.3"])).toThrowError(refusal("STUDY", /pose point 3\.7/));
});

test("bad frames and faces are refused and leave the collector alive", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  collector.startCollection();
  const frame = picture.frame(1, 0);
  const face = testFace();
  const short = { ...frame, data: frame.data.subarray(1) };
  expect(() => collector.extractChannels(short, face)).toThrowError(refusal("ENGINE", /shorter than/));
  const late = { ...frame, timestampMs: Number.NaN };
  expect(() => collector.extractChannels(late, face)).toThrowError(refusal("ENGINE", /timestampMs/));
  const few = { ...face, points: face.points.subarray(POINT_STRIDE) };
  expect(() => collector.extractChannels(frame, few)).toThrowError(refusal("ENGINE", /at least/));
  const detached = frame.data.slice();
  structuredClone(detached, { transfer: [detached.buffer] });
  expect(() => collector.extractChannels({ ...frame, data: detached }, face)).toThrowError(
    refusal("ENGINE", /detached/),
  );
  const flat = { ...frame, format: { ...frame.format, heightPx: 0 } };
  expect(() => collector.extractChannels(flat, face)).toThrowError(refusal("ENGINE", /heightPx/));
  expect(collector.extractChannels(frame, face)).toBe("COLLECTING");
});

test("points that are no numbers make regions absent, not frames fail", () => {
  const collector = collectorFor(squareStudy(), 1, 1);
  const face = testFace();
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -3e38, 1e9]) {
    face.points[POINT_STRIDE * POINT_NAMES.indexOf("left.1")] = wrong;
    collector.extractChannels(picture.frame(1, 0), face);
    expect(collector.regionPolygons().map((region) => region.name)).toEqual(["right"]);
  }
});

test("the add-on's own classes check what they are given", () => {
  const addon = loadAddon();
  const factory = new addon.Factory();
  expect(() => factory.createCollector([])).toThrowError(expect.objectContaining({ code: "ENGINE_STUDY" }));
  const layout = new Float64Array(3);
  expect(() => factory.initializeStudy("x", ["a"], 0, ["r"], layout, layout)).toThrowError(
    expect.objectContaining({ code: "ENGINE_STUDY" }),
  );
  const strange = "text" as unknown as Float64Array;
  expect(() => factory.initializeStudy("x", ["a"], 0, ["r"], strange, layout)).toThrowError(
    expect.objectContaining({ code: "ENGINE_ARGUMENT" }),
  );
});

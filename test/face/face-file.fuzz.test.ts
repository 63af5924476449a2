import { expect, test } from "vitest";

import { POINT_STRIDE } from "../../src/domain/face.js";
import type { Frame } from "../../src/domain/video.js";
import { type FaceFile, PreTrackedFaces, parseFaceFile } from "../../src/face/face-file.js";
import { loadAddon } from "../../src/native/addon.js";
import { ExtractionEngine } from "../../src/native/extraction-engine.js";
import { parseStudy } from "../../src/native/study.js";
import { corpus, fuzz } from "../helpers/fuzz.js";
import { Chance, mutateBytes, mutateText } from "../helpers/mutate.js";

const FILES = corpus("faces");
const TEXTS = FILES.map((bytes) => new TextDecoder().decode(bytes));
const factory = new ExtractionEngine(loadAddon(), parseStudy).createFactory();
// A study that needs no points beyond those of every collector.
factory.initializeStudy(
  new TextEncoder().encode(
    JSON.stringify({
      format: "dfxterm-study",
      version: 1,
      id: "any",
      regions: [{ name: "nose", kind: "skin", outlines: [{ outer: { vertices: ["9.3", "8.3", "3.7"] } }] }],
    }),
  ),
);
const format = { widthPx: 8, heightPx: 8, fullRange: true, bt709: false };
const data = new Uint8Array(96);

/** Takes the faces all the way: as tracker, and into a collector. STUDY: points that every collector needs are missing. */
function useFaces(file: FaceFile): void {
  const tracker = new PreTrackedFaces(file);
  const collector = factory.createCollector(tracker.pointNames);
  collector.startCollection();
  for (let number = 1; number <= 13; number += 1) {
    const frame: Frame = { data, format, number, timestampMs: number * 33 };
    const face = tracker.track(frame);
    if (face) {
      expect(face.points.length).toBe(tracker.pointNames.length * POINT_STRIDE);
      expect(face.points.every(Number.isFinite)).toBe(true);
      expect(Object.values(face.rect).every((side) => Number.isInteger(side) && side >= 0)).toBe(true);
      expect(Object.values(face.attributes ?? {}).every(Number.isFinite)).toBe(true);
    }
    collector.extractChannels(frame, face);
  }
}

test("damaged face files are usable to the end or refused in one sentence", async () => {
  const chance = new Chance(20_250_117);
  const { accepted, refused } = await fuzz(8000, ["FILE", "STUDY"], (round) => {
    const text =
      round % 4 === 0
        ? new TextDecoder().decode(mutateBytes(chance.pick(FILES), FILES, chance))
        : mutateText(chance.pick(TEXTS), TEXTS, chance);
    useFaces(parseFaceFile(text));
  });
  expect(accepted).toBeGreaterThan(400);
  expect(refused).toBeGreaterThan(2000);
});

const SEVEN = ["3.7", "3.11", "3.8", "3.12", "9.3", "8.3", "8.4"];

test("the files of the corpus are read as they are meant", () => {
  const read = TEXTS.map((text) => parseFaceFile(text));
  expect(read.map(({ frames, pointNames }) => [[...frames.keys()], pointNames])).toEqual([
    [[12], SEVEN],
    [[0], SEVEN],
    [[], []],
    [
      [1, 3],
      [...SEVEN, "13.2"],
    ],
  ]);
});

function fileOf(names: readonly string[]): string {
  const points = Object.fromEntries(names.map((name) => [name, { x: 1, y: 2 }]));
  const rect = { "rect.x": 0, "rect.y": 0, "rect.w": 0, "rect.h": 0 };
  return JSON.stringify({ frames: { "1": { ...rect, points } } });
}

test("more points than the engine takes, and names without an end, are refused as the file's fault", () => {
  const names = Array.from({ length: 1025 }, (_, index) => `p${index}`);
  expect(parseFaceFile(fileOf(names.slice(1))).pointNames).toHaveLength(1024);
  expect(() => parseFaceFile(fileOf(names))).toThrow(/more than 1024 different points/);
  expect(() => parseFaceFile(fileOf(["x".repeat(65)]))).toThrow(/point x{20}\.\.\. of frame 1 has too long a name/);
});

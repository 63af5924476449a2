import { expect, test } from "vitest";

import { loadAddon } from "../../src/native/addon.js";
import { ExtractionEngine } from "../../src/native/extraction-engine.js";
import { flattenStudy } from "../../src/native/flat-study.js";
import { parseStudy } from "../../src/native/study.js";
import { corpus, fuzz } from "../helpers/fuzz.js";
import { Chance, mutateBytes, mutateText } from "../helpers/mutate.js";
import { Picture, POINT_NAMES, testFace } from "./extraction-fixture.js";

const FILES = corpus("study");
const TEXTS = FILES.map((bytes) => new TextDecoder().decode(bytes));
const factory = new ExtractionEngine(loadAddon(), parseStudy).createFactory();
const frame = new Picture(180, 160).frame(1, 0);

/** Takes a study all the way: read, handed to C++, measured with. */
function useStudy(bytes: Uint8Array): void {
  factory.initializeStudy(bytes);
  const collector = factory.createCollector(POINT_NAMES);
  collector.startCollection();
  expect(collector.extractChannels(frame, testFace())).toBe("COLLECTING");
  for (const { points } of collector.regionPolygons()) expect(points.every(Number.isFinite)).toBe(true);
  collector.forceComplete();
}

test("damaged studies are usable to the end or refused in one sentence", async () => {
  const chance = new Chance(20_250_116);
  const encoder = new TextEncoder();
  const { accepted, refused } = await fuzz(4000, ["STUDY"], (round) => {
    const bytes =
      round % 4 === 0
        ? mutateBytes(chance.pick(FILES), FILES, chance)
        : encoder.encode(mutateText(chance.pick(TEXTS), TEXTS, chance));
    useStudy(bytes);
  });
  expect(accepted).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(1000);
});

test("what is read is what is written: every study of the corpus but the vendor's", () => {
  const read = FILES.slice(0, 3).map((bytes) => flattenStudy(parseStudy(bytes)));
  expect(read.map(({ id, regionNames }) => [id, regionNames.length])).toEqual([
    ["dfxterm-default-1", 10],
    ["mixes \u00e9\u{1F600}", 1],
    ["two", 2],
  ]);
  expect(() => parseStudy(FILES[3] ?? new Uint8Array())).toThrow(/not a dfxterm study/);
});

test("a file larger than any study is refused before it is read", () => {
  expect(() => parseStudy(new Uint8Array(300_000).fill(0x5b))).toThrow(/not a dfxterm study/);
});

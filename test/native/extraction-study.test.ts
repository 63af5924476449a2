import { expect, test } from "vitest";

import { POSE_POINT_NAMES } from "../../src/face/pose-points.js";
import { loadAddon } from "../../src/native/addon.js";
import { DEFAULT_STUDY } from "../../src/native/default-study.js";
import { ExtractionEngine } from "../../src/native/extraction-engine.js";
import { flattenStudy } from "../../src/native/flat-study.js";
import { checkStudy, parseStudy } from "../../src/native/study.js";
import { bytesOf, squareStudy } from "./extraction-fixture.js";

function refusal(sentence: RegExp): unknown {
  return expect.objectContaining({ name: "AppError", code: "STUDY", message: expect.stringMatching(sentence) });
}

/** Names of the points that dlib's 68 landmarks give (without the duplicates). */
const DLIB_POINTS = (
  "13.2 13.4 13.6 13.8 13.10 13.12 13.14 13.16 13.17 13.15 13.13 13.11 13.9 13.7 13.5 13.3 13.1 4.6 14.4 4.4 14.2 " +
  "4.2 4.1 14.1 4.3 14.3 4.5 12.1 9.12 9.3 9.2 9.4 9.15 9.5 9.1 3.12 12.10 12.6 3.8 12.8 12.12 3.11 12.9 12.5 3.7 " +
  "12.7 12.11 8.4 8.6 8.9 8.1 8.10 8.5 8.3 8.7 8.2 8.8 2.5 2.7 2.2 2.6 2.4 2.8 2.3 2.9"
).split(" ");

test("the bundled study, which is not checked when it is used, is whole and without mistakes", () => {
  expect(checkStudy(DEFAULT_STUDY)).toEqual(DEFAULT_STUDY);
});

test("the bundled study names points that the tracker gives", () => {
  const { pointNames } = flattenStudy(DEFAULT_STUDY);
  expect(pointNames.filter((name) => !POSE_POINT_NAMES.includes(name))).toEqual([]);
});

test("every region of the bundled study has an outline for trackers without a forehead", () => {
  const study = DEFAULT_STUDY;
  const missing = study.regions.filter(
    (region) =>
      region.kind === "skin" &&
      !region.outlines.some((outline) => {
        const names = flattenStudy({ ...study, requiredPoints: [], regions: [{ ...region, outlines: [outline] }] });
        return names.pointNames.every((name) => DLIB_POINTS.includes(name));
      }),
  );
  expect(missing).toEqual([]);
});

test("the bundled study has the regions that the analysis expects", () => {
  expect(DEFAULT_STUDY.regions.map((region) => region.name)).toEqual([
    "forehead",
    "glabella",
    "cheek_left",
    "cheek_right",
    "under_eye_left",
    "under_eye_right",
    "nose",
    "chin",
    "skin",
    "background",
  ]);
});

test("a study is flattened in the order that the native side reads", () => {
  const flat = flattenStudy(
    checkStudy({
      ...squareStudy(),
      requiredPoints: ["9.3"],
      regions: [
        {
          name: "patch",
          kind: "skin",
          outlines: [{ outer: { scale: 0.9, vertices: ["a", { a: 0.25, b: 0.75 }, "9.3"] } }],
        },
        { name: "wall", kind: "background" },
      ],
    }),
  );
  expect(flat.pointNames).toEqual(["9.3", "a", "b"]);
  expect(flat.requiredPoints).toBe(1);
  expect([...flat.layout]).toEqual([0, 1, 1, 0.9, 3, 1, 1, 1, 2, 1, 0.25, 2, 0.75, 1, 0, 1, 1, 0]);
  expect([...flat.limits]).toEqual([24, 1, 0.1, 10, 250]);
});

test("bytes that are no study of ours name the vendor's SDK", () => {
  const vendors = [
    new Uint8Array(0),
    Uint8Array.of(0x0a, 0xff, 0x00, 0x17, 0x80),
    new TextEncoder().encode("not json"),
    bytesOf({ study_cfg_data: "AAAA" }),
    bytesOf(null),
    bytesOf([1, 2, 3]),
    new Uint8Array(300_000).fill(0x20),
  ];
  for (const bytes of vendors) expect(() => parseStudy(bytes)).toThrowError(refusal(/vendor's licensed SDK/));
});

test("the factory refuses a vendor's study and keeps the one it has", () => {
  const factory = new ExtractionEngine(loadAddon(), parseStudy).createFactory();
  expect(() => factory.initializeStudy(Uint8Array.of(1, 2, 3))).toThrowError(refusal(/licensed SDK/));
  expect(factory.createCollector(POSE_POINT_NAMES).getState()).toBe("WAITING");
});

test("a mistake in a study is named with its place", () => {
  const study = squareStudy();
  const check = (change: object, sentence: RegExp): void => {
    expect(() => parseStudy(bytesOf({ ...study, ...change }))).toThrowError(refusal(sentence));
  };
  check({ version: 2 }, /at version/);
  check({ regions: [] }, /at regions/);
  check({ regions: [{ name: "x", kind: "hair" }] }, /at regions\.0\.kind/);
  check({ regions: [{ name: "x", kind: "skin", outlines: [{ outer: { vertices: ["a", "b"] } }] }] }, /vertices/);
  check({ limits: { maxLuma: 300 } }, /at limits\.maxLuma/);
  check({ id: "" }, /at id/);
});

test("weights that do not sum to one are refused", () => {
  const factory = new ExtractionEngine(loadAddon(), parseStudy).createFactory();
  const vertices = [{ a: 0.5, b: 0.4 }, "a", "b"];
  const study = { ...squareStudy(), regions: [{ name: "x", kind: "skin", outlines: [{ outer: { vertices } }] }] };
  expect(() => factory.initializeStudy(bytesOf(study))).toThrowError(refusal(/sum to 1/));
});

test("what a newer study says beside is ignored", () => {
  expect(parseStudy(bytesOf({ ...squareStudy(), signals: ["HR_BPM"] })).id).toBe("squares");
});

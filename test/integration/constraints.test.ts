import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { makeClip } from "../../fixtures/make.mjs";
import type { ConstraintId } from "../../src/domain/constraints.js";
import { clip, type Finished, freshFolder, jsonLines, run, summaryOf } from "../helpers/program.js";

// The whole program on drawn people who do something wrong.

const folder = freshFolder("constraints");

/** All advice of a run with --json, each ID once, in the order of its first appearance. */
function adviceOf({ stdout }: Finished): string[] {
  const lists = jsonLines(stdout).flatMap((line) => (line["type"] === "progress" ? [line["advice"] as string[]] : []));
  return [...new Set(lists.flat())];
}

interface Fault {
  readonly face?: object;
  readonly [option: string]: unknown;
}

async function measured(name: string, { face, ...options }: Fault): Promise<Finished> {
  const out = join(folder, `${name}.mp4`);
  const small = { seconds: 6, width: 400, height: 300, preset: "ultrafast" };
  await makeClip({ ...small, ...options, face: { faceShare: 0.5, ...face }, out });
  return run(["measure", out, "--json", "--chunklength", "5"]);
}

describe("advice to the person in a file", () => {
  const faults: readonly (readonly [string, Fault, ConstraintId])[] = [
    ["small", { face: { faceShare: 0.24 } }, "FaceFar"],
    ["dark", { exposureStep: { atS: 0, factor: 0.3 } }, "ImageDark"],
    ["turned", { face: { yawDeg: 30 } }, "FaceDirection"],
    ["moving", { swayPx: 45 }, "FaceMovement"],
    ["slow", { fps: 12 }, "LowFps"],
    ["aside", { face: { centreX: 0.08 } }, "FaceOffTarget"],
    ["absent", { faceUntil: 2 }, "FaceNone"],
  ];

  test.each(faults)("a face that is %s", async (name, options, id) => {
    const finished = await measured(name, options);
    expect(adviceOf(finished)).toContain(id);
    const { status, error, quality } = summaryOf(finished);
    // Whatever is wrong with a file, it is measured.
    expect(error?.message).toBeUndefined();
    expect(status).toBe("completed");
    expect(quality[0]?.worst).toBe(id);
    expect(quality[0]?.stars).toBeLessThanOrEqual(4);
  });
});

test("the fixture gets no advice, and five stars for every chunk", async () => {
  const finished = await run(["measure", clip, "--json", "--chunklength", "5"]);
  expect(adviceOf(finished)).toEqual([]);
  const { quality } = summaryOf(finished);
  expect(quality.map(({ number, stars, worst, faceShare }) => [number, stars, worst, faceShare])).toEqual(
    [0, 1, 2, 3].map((number) => [number, 5, null, 1]),
  );
  for (const { rateHz, brightness, movementMm } of quality) {
    expect(rateHz).toBeCloseTo(30, 1);
    expect(brightness).toBeGreaterThan(100);
    expect(movementMm).toBeLessThan(9);
  }
});

test("--constraints changes the limits, and plain lines tell the advice once", async () => {
  const file = join(folder, "strict.json");
  writeFileSync(file, '{"minInterPupilDist_px": 200, "checkCameraMovement": true}');
  const { stdout, status } = await run([
    "measure",
    clip,
    "--plain",
    "--live",
    "--videolength",
    "5",
    "--constraints",
    file,
  ]);
  expect(status).toBe(0);
  expect(stdout.match(/^advice: .*$/gm)).toEqual(["advice: Come closer to the camera."]);
  expect(stdout).toContain("warning: checkCameraMovement has no effect");
});

test.each([
  [
    "unknown.json",
    '{"minimumFPS": 3}',
    /unknown\.json: "minimumFPS" is no key of the constraints \(did you mean "minimumFps"\?\)/,
  ],
  ["wrong.json", '{"minimumFps": "3"}', /wrong\.json: "minimumFps" is "3", but must be a number from 0 to 1000/],
  ["missing.json", undefined, /missing\.json cannot be read: not found/],
])("--constraints %s is refused with one sentence", async (name, content, sentence) => {
  const file = join(folder, name);
  if (content !== undefined) writeFileSync(file, content);
  const { status, stderr } = await run(["measure", clip, "--json", "--constraints", file]);
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(status).toBe(2);
});

import { expect, test } from "vitest";

import { POINT_STRIDE } from "../../src/domain/face.js";
import { LANDMARK_COUNT, POSE_POINT_NAMES, posePointsFrom } from "../../src/face/pose-points.js";

/** Landmark i lies at (i, 2 i, 3 i), so the mean of indices shows in the result. */
const landmarks = Float32Array.from({ length: LANDMARK_COUNT * 3 }, (_, at) => Math.floor(at / 3) * ((at % 3) + 1));

function pointNamed(name: string): readonly number[] {
  const out = new Float32Array(POSE_POINT_NAMES.length * POINT_STRIDE);
  posePointsFrom(landmarks, out);
  const index = POSE_POINT_NAMES.indexOf(name);
  return [...out.subarray(index * POINT_STRIDE, (index + 1) * POINT_STRIDE)];
}

function check(name: string, meanIndex: number): void {
  const [x = 0, y = 0, z = 0, quality] = pointNamed(name);
  expect(x).toBeCloseTo(meanIndex, 3);
  expect(y).toBeCloseTo(2 * meanIndex, 3);
  expect(z).toBeCloseTo(3 * meanIndex, 3);
  expect(quality).toBe(1);
}

test("there are 130 points, each once", () => {
  expect(POSE_POINT_NAMES).toHaveLength(130);
  expect(new Set(POSE_POINT_NAMES).size).toBe(130);
});

test("all points that extraction and the drawing of regions need are there", () => {
  const core = "3.1 3.2 3.3 3.4 3.7 3.8 3.11 3.12 8.1 8.2 8.3 8.4 9.1 9.2 9.3";
  const additional =
    "2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9 4.1 4.2 4.3 4.4 8.5 8.6 8.7 8.8 8.9 8.10 9.4 9.5 9.12 9.15 12.1 12.7 12.8 " +
    "12.11 12.12 13.3 13.4 13.5 13.6 13.7 13.8 13.9 13.10 13.11 13.12 13.13 13.14 13.15 13.16 13.17 14.1 14.2";
  expect(POSE_POINT_NAMES).toEqual(expect.arrayContaining(`${core} ${additional}`.split(" ")));
});

test("a point is the mean of its landmarks", () => {
  check("9.3", 4);
  check("8.2", (17 + 200) / 2);
  check("8.3", (273 + 422 + 291) / 3);
  check("13.6", (137 + 93 + 132) / 3);
  check("15.17", 152);
});

test("points of the iris are taken from lids and corners, each in its share", () => {
  check("3.4", (145 + 144) / 2);
  check("3.6", (33 + 133 + 159 + 145) / 4);
  check("3.5", (362 + 263 + 386 + 374) / 4);
  check("12.6", (158 + 153) / 2);
  check("12.9", ((385 + 380) / 2 + 384) / 2);
  check("3.13", (257 + 386) / 2);
  check("3.14", (26 + 159) / 2);
});

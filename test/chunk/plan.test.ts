import { expect, test } from "vitest";

import { planChunks } from "../../src/chunk/plan.js";
import { actionFor } from "../../src/domain/chunk.js";

test("the number of chunks is the ceiling of length by chunk length", () => {
  expect(planChunks(60, 15)).toBe(4);
  expect(planChunks(62, 15)).toBe(5);
  expect(planChunks(30, 5)).toBe(6);
  expect(planChunks(19.99, 5)).toBe(4);
});

test("a rest of less than a second makes no chunk of its own", () => {
  expect(planChunks(60.5, 15)).toBe(4);
  expect(planChunks(61.5, 15)).toBe(5);
});

test("there is always one chunk", () => {
  expect(planChunks(3, 15)).toBe(1);
  expect(planChunks(0.2, 15)).toBe(1);
});

test("a single chunk is the last, otherwise the first is the first", () => {
  expect(actionFor(0, true)).toBe("LAST::PROCESS");
  expect([actionFor(0, false), actionFor(1, false), actionFor(2, true)]).toEqual([
    "FIRST::PROCESS",
    "CHUNK::PROCESS",
    "LAST::PROCESS",
  ]);
});

import { expect, test } from "vitest";

import { crossingProblems, smallModel } from "../../native/test/crossing.mjs";
import { loadAddon } from "../../src/native/addon.js";
import { loadFaceModels } from "../../src/native/models.js";

test("everything that the add-on exports refuses what it cannot take with a TypeError or a RangeError", () => {
  expect(crossingProblems(loadAddon(), { ...loadFaceModels(), small: smallModel() })).toEqual([]);
});

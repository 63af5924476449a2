import { expect, test } from "vitest";

import { warmUp } from "../../../src/server/analysis/warm-up.js";
import { makeTrace } from "../../helpers/pulse.js";
import { outcomeOf } from "./result.js";

test("warming up changes no result", () => {
  const { payload } = makeTrace({ seed: 91 });
  const before = outcomeOf([payload]);
  warmUp();
  expect(outcomeOf([payload])).toEqual(before);
});

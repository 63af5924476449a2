import { expect, test } from "vitest";

import { initialMeasurement } from "../../src/results/measurement.js";
import { faceText } from "../../src/view/status-lines.js";
import { themeFor } from "../../src/view/theme.js";

test("nothing is said of a face while nobody looks for one", () => {
  const theme = themeFor({ color: false, unicode: true });
  const state = initialMeasurement("local", "REST", 5);
  // What an earlier run has counted, and no picture of this one.
  const recalled = { ...state, progress: { ...state.progress, framesTracked: 600, face: "tracked" as const } };
  expect(faceText(recalled, theme)).toBe("");
  expect(faceText({ ...recalled, phase: { kind: "finishing" } }, theme)).toBe("");
  const measuring = { ...state, phase: { kind: "measuring" } as const };
  expect(faceText(measuring, theme)).toContain("face searching");
  const tracked = { ...measuring, progress: { ...state.progress, face: "tracked" as const, presence: 0.998 } };
  expect(faceText(tracked, theme)).toContain("face tracked 99.8 %");
});

import { expect, test, vi } from "vitest";

import { PlainReporter } from "../../src/app/plain-reporter.js";
import { initialMeasurement, reduce } from "../../src/results/measurement.js";
import { plainSummary } from "../../src/results/plain-summary.js";
import { summarise } from "../../src/results/summary.js";

const TITLE = "\u001b]0;mine\u0007";
const state = initialMeasurement("local", "REST", 5);

/** Nothing but line ends is left of what a terminal would obey. */
function expectPlain(text: string): void {
  expect(text).toContain("mine");
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
}

test("names and words from outside cannot command the terminal, neither in lines nor in the summary", () => {
  let written = "";
  const reporter = new PlainReporter(
    (line) => {
      written += line;
    },
    () => state,
  );
  reporter.event({ type: "message", message: { atMs: 0, level: "warning", text: `a clip called ${TITLE}` } });
  expectPlain(written);
  expect(written.endsWith("\n")).toBe(true);
  const measured = reduce(state, { type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 });
  const metrics = [{ id: TITLE, mean: 1, confidence: 1, notes: [TITLE] }];
  const nowhere = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
  expectPlain(plainSummary(summarise({ ...measured, metrics }, nowhere, 0)).join("\n"));
});

test("what is read aloud tells progress every five seconds at most, and everything else at once", () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    let measured = { ...state, plannedS: 20 };
    const reporter = new PlainReporter(
      (line) => lines.push(line.trim()),
      () => measured,
      5_000,
    );
    for (let positionS = 0; positionS <= 20; positionS += 1) {
      const progress = { ...state.progress, positionS };
      measured = { ...measured, progress };
      reporter.event({ type: "progress", progress });
      vi.advanceTimersByTime(1_000);
    }
    reporter.event({ type: "message", message: { atMs: 0, level: "info", text: "all is sent" } });
    const told = lines.filter((line) => line.startsWith("measured")).map((line) => line.split(" ")[1]);
    expect(told).toEqual(["2.0", "7.0", "12.0", "17.0"]);
    expect(lines.at(-1)).toBe("all is sent");
  } finally {
    vi.useRealTimers();
  }
});

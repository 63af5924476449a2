import { expect, test, vi } from "vitest";

import { JsonReporter } from "../../src/app/json-reporter.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { reduce } from "../../src/results/reduce.js";
import { summarise } from "../../src/results/summary.js";

test("a long wait is a line every ten seconds, as the plain form has it, until it is over", async () => {
  vi.useFakeTimers();
  try {
    const lines: unknown[] = [];
    let measured = initialMeasurement("local", "REST", 5);
    const reporter = new JsonReporter(
      (line) => lines.push(JSON.parse(line)),
      () => measured,
    );
    const pass = (event: Parameters<typeof reduce>[1], ms: number): unknown[] => {
      measured = reduce(measured, event);
      reporter.event(event);
      vi.advanceTimersByTime(ms);
      return lines.splice(0);
    };
    expect(pass({ type: "phase", phase: { kind: "connecting", step: "logging in" } }, 21_000)).toEqual([
      { v: 1, type: "phase", phase: "connecting", step: "logging in" },
      { v: 1, type: "waiting", text: "logging in", waitedS: 10 },
      { v: 1, type: "waiting", text: "logging in", waitedS: 20 },
    ]);
    expect(pass({ type: "phase", phase: { kind: "ready" } }, 60_000)).toHaveLength(1);
    expect(pass({ type: "phase", phase: { kind: "finishing" } }, 11_000)).toHaveLength(2);
    const nowhere = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
    await reporter.finish(summarise(measured, nowhere, 0));
    lines.splice(0);
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

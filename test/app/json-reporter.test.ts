import { expect, test, vi } from "vitest";

import { JsonReporter } from "../../src/app/json-reporter.js";
import { drivenReporter } from "./driven-reporter.js";

test("a long wait is a line every ten seconds, as the plain form has it, until it is over", async () => {
  vi.useFakeTimers();
  try {
    const { pass, finish } = drivenReporter((write, state) => new JsonReporter(write, state));
    const lines = pass({ type: "phase", phase: { kind: "connecting", step: "logging in" } }, 21_000);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { v: 1, type: "phase", phase: "connecting", step: "logging in" },
      { v: 1, type: "waiting", text: "logging in", waitedS: 10 },
      { v: 1, type: "waiting", text: "logging in", waitedS: 20 },
    ]);
    expect(pass({ type: "phase", phase: { kind: "ready" } }, 60_000)).toHaveLength(1);
    expect(pass({ type: "phase", phase: { kind: "finishing" } }, 11_000)).toHaveLength(2);
    expect(await finish()).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

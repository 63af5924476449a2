import { vi } from "vitest";

import type { Reporter } from "../../src/app/reporter.js";
import type { MeasurementEvent } from "../../src/results/events.js";
import { initialMeasurement, type Measurement } from "../../src/results/measurement.js";
import { reduce } from "../../src/results/reduce.js";
import { summarise } from "../../src/results/summary.js";

const NOWHERE = { folder: null, chunks: null, results: null, snapshot: null, faces: null };

/** A reporter whose measurement and clock a test moves on, with fake timers; what it writes meanwhile comes back in lines. */
export interface DrivenReporter {
  readonly pass: (event: MeasurementEvent, ms: number) => string[];
  /** The lines of the minute after the end. */
  readonly finish: () => Promise<string[]>;
}

export function drivenReporter(
  made: (write: (line: string) => void, state: () => Measurement) => Reporter,
): DrivenReporter {
  const lines: string[] = [];
  let measured = initialMeasurement("local", "REST", 5);
  const reporter = made(
    (line) => lines.push(line.trim()),
    () => measured,
  );
  return {
    pass(event, ms) {
      measured = reduce(measured, event);
      reporter.event(event);
      vi.advanceTimersByTime(ms);
      return lines.splice(0);
    },
    async finish() {
      await reporter.finish(summarise(measured, NOWHERE, 0));
      lines.splice(0);
      vi.advanceTimersByTime(60_000);
      return lines;
    },
  };
}

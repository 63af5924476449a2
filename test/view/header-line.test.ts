import { expect, test } from "vitest";

import { initialMeasurement, type Measurement } from "../../src/results/measurement.js";
import { reduce } from "../../src/results/reduce.js";
import { MeasurementStore } from "../../src/results/store.js";
import { headerLine } from "../../src/view/header-line.js";
import { timeText } from "../../src/view/status-lines.js";
import { type Theme, themeFor } from "../../src/view/theme.js";
import { ViewModel } from "../../src/view/view-model.js";

const theme = themeFor({ color: false, unicode: true });

function lineOf(measurement: Measurement, columns: number, look: Theme): string {
  const model = new ViewModel(new MeasurementStore(measurement), { columns, rows: 24, nowMs: () => 0 });
  model.close();
  return headerLine("dfxterm", model.getSnapshot(), columns, look);
}

test.each([80, 100])("the phase and the time are whole beside a long server name at %i columns", (columns) => {
  const state = initialMeasurement("measurements.clinic.example.org:18777", "websocket", 5);
  const measurement = { ...state, phase: { kind: "finishing" } as const, hasTrouble: true, roundTripMs: 1_234 };
  const line = lineOf(measurement, columns, theme);
  expect(line).toHaveLength(columns);
  expect(line).toMatch(/^ dfxterm {2}● finishing .*  measu\S*… {2}(WS|websocket) +(trouble|fail) +- .*%? $/u);
});

test("nothing is sending any more when the measurement is over", () => {
  const state = { ...initialMeasurement("local", "REST", 5), measurementId: "6f2c" };
  const sent = reduce(reduce(state, { type: "extracted", number: 0, startS: 0, endS: 5, atMs: 1 }), {
    type: "sent",
    number: 0,
    atMs: 2,
  });
  expect(lineOf(sent, 100, theme)).toContain("REST sending");
  const over = reduce(sent, { type: "phase", phase: { kind: "cancelled" } });
  expect(lineOf(over, 100, theme)).not.toContain("sending");
});

test("nothing is said of a server that has not answered in this run", () => {
  const state = { ...initialMeasurement("local", "REST", 5), measurementId: "6f2c" };
  expect(lineOf(state, 100, theme)).toMatch(/REST {7}- /);
  expect(lineOf({ ...state, hasAnswered: true }, 100, theme)).toMatch(/REST {6}ok /);
});

test("a measurement that lost its server does not call the connection ok", () => {
  const state = {
    ...initialMeasurement("local", "REST", 5),
    measurementId: "6f2c",
    hasAnswered: true,
    roundTripMs: 26,
  };
  const failed = (code: "NETWORK" | "NO_FACE") =>
    lineOf({ ...state, phase: { kind: "failed", failure: { code, message: "" } } }, 100, theme);
  expect(failed("NETWORK")).toMatch(/REST trouble +- /);
  expect(failed("NO_FACE")).toMatch(/REST +ok +26 ms/);
});

test("the end of what was planned is reached, and not passed, whatever the last frame's time is rounded to", () => {
  const state = initialMeasurement("local", "REST", 5);
  const at = (kind: "measuring" | "completed" | "cancelled", positionS: number, plannedS: number) =>
    timeText({ ...state, phase: { kind }, progress: { ...state.progress, positionS }, plannedS });
  expect(at("completed", 6.999999, 7)).toBe("00:07 / 00:07  100 %");
  expect(at("measuring", 18.04, 17.996)).toBe("00:18 / 00:18  100 %");
  expect(at("completed", 17.9, 17.996)).toBe("00:18 / 00:18  100 %");
  // A stream that ended early, and one that was cancelled close to its end.
  expect(at("completed", 7, 30)).toBe("00:07 / 00:30   23 %");
  expect(at("cancelled", 6.9, 7)).toBe("00:06 / 00:07   98 %");
});

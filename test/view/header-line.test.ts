import { expect, test } from "vitest";

import { initialMeasurement } from "../../src/results/measurement.js";
import { headerLine } from "../../src/view/header-line.js";
import { themeFor } from "../../src/view/theme.js";

const theme = themeFor({ color: false, unicode: true });

test.each([80, 100])("the phase and the time are whole beside a long server name at %i columns", (columns) => {
  const state = initialMeasurement("measurements.clinic.example.org:18777", "websocket", 5);
  const measurement = { ...state, phase: { kind: "finishing" } as const, hasTrouble: true, roundTripMs: 1_234 };
  const line = headerLine("dfxterm", measurement, columns, theme);
  expect(line).toHaveLength(columns);
  expect(line).toMatch(/^ dfxterm {2}● finishing .*  measu\S*… {2}(WS|websocket) +(trouble|fail) +1\.2 s .*%? $/u);
});

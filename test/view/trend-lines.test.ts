import { expect, test } from "vitest";

import { initialMeasurement } from "../../src/results/measurement.js";
import type { RatePoint } from "../../src/results/rate-trend.js";
import { themeFor } from "../../src/view/theme.js";
import { trendLines } from "../../src/view/trend-lines.js";

function point(atS: number): RatePoint {
  return { atS, bpm: 70, halfWidthBpm: undefined, confidence: 0.9 };
}

function holes(line: string): number {
  return line.match(/[ \u2800]/g)?.length ?? 0;
}

test("no line leads over the time in which no face was seen", () => {
  const theme = themeFor({ color: false, unicode: true });
  const seen = Array.from({ length: 10 }, (_, index) => point(index + 1));
  const back = [{ ...point(16), isAfterGap: true }, ...[17, 18, 19, 20].map(point)];
  const middle = (rates: readonly RatePoint[]): string => {
    const measurement = { ...initialMeasurement("local", "REST", 5), rates, plannedS: 20 };
    return trendLines(measurement, 46, 3, theme)[1]?.slice(5) ?? "";
  };
  expect(holes(middle([...seen, point(16), ...back.slice(1)]))).toBe(0);
  // Six of twenty seconds.
  expect(holes(middle([...seen, ...back]))).toBeGreaterThan(9);
  expect(holes(middle([...seen, ...back]))).toBeLessThan(14);
});

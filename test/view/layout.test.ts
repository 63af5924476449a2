import { describe, expect, test } from "vitest";
import { layoutFor } from "../../src/view/layout.js";

const SIZES = [
  [80, 24],
  [99, 60],
  [100, 30],
  [120, 36],
  [120, 40],
  [200, 60],
  [400, 120],
] as const;

describe("panels", () => {
  test.each(SIZES)("fill %i x %i exactly", (columns, rows) => {
    const layout = layoutFor(columns, rows);
    if (layout.kind !== "panels") throw new Error(`no panels but ${layout.kind}`);
    expect(layout.leftColumns + layout.rightColumns).toBe(columns);
    const logPanel = layout.logRows > 0 ? layout.logRows + 2 : 0;
    // Header, body with two borders, strip, advice, log, counters, keys.
    expect(1 + layout.bodyRows + 2 + layout.stripRows + 1 + logPanel + 1 + 1).toBe(rows);
    const titles = layout.waveRows > 0 ? 2 : 1;
    expect(layout.vitalRows + layout.waveRows + layout.chunkRows + titles).toBe(layout.bodyRows);
    expect(layout.chunkRows).toBeGreaterThanOrEqual(3);
    expect(layout.pictureColumns).toBe(layout.leftColumns - 2);
    expect(layout.pictureRows).toBeLessThan(layout.bodyRows);
  });
});

test("below 80 x 24 there is a list, below 50 x 12 one line", () => {
  expect(layoutFor(79, 24).kind).toBe("list");
  expect(layoutFor(200, 23).kind).toBe("list");
  expect(layoutFor(50, 12).kind).toBe("list");
  expect(layoutFor(49, 12).kind).toBe("tiny");
  expect(layoutFor(50, 11).kind).toBe("tiny");
});

test("a size that is not known counts as 80 x 24", () => {
  expect(layoutFor(0, 0)).toEqual(layoutFor(80, 24));
  expect(layoutFor(Number.NaN, 24)).toEqual(layoutFor(80, 24));
});

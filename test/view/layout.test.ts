import { describe, expect, test } from "vitest";
import { EVERY_PANEL, layoutFor, type PanelChoice, type PanelLayout, visiblePanels } from "../../src/view/layout.js";
import { PANELS } from "../../src/view/panels.js";

const SIZES = [
  [80, 24],
  [99, 60],
  [100, 30],
  [120, 36],
  [120, 40],
  [200, 60],
  [400, 120],
] as const;

function panelsAt(columns: number, rows: number, choice: PanelChoice = EVERY_PANEL): PanelLayout {
  const layout = layoutFor(columns, rows, choice);
  if (layout.kind !== "panels") throw new Error(`no panels but ${layout.kind}`);
  return layout;
}

/** Nothing overlaps, nothing is left over. */
function expectFilled({ columns, rows, stacks, log, picture }: PanelLayout): void {
  const logRows = log ? log.rows + (log.framed ? 2 : 0) : 0;
  // Header, advice, counters, keys.
  const body = rows - 4 - logRows;
  if (stacks.length > 0) expect(stacks.reduce((sum, stack) => sum + stack.columns, 0)).toBe(columns);
  for (const { panels } of stacks) {
    expect(panels.reduce((sum, panel) => sum + panel.rows + 1, 1)).toBe(body);
  }
  const preview = stacks.find(({ panels }) => panels.some(({ id }) => id === "preview"));
  expect(picture?.columns).toBe(preview && preview.columns - 2);
  expect(picture?.rows).toBe(preview && body - 3);
}

test.each(SIZES)("panels fill %i x %i exactly, whichever are hidden", (columns, rows) => {
  expectFilled(panelsAt(columns, rows));
  for (let set = 0; set < 1 << PANELS.length; set += 1) {
    const hidden = PANELS.filter((_, index) => (set >> index) & 1);
    const layout = panelsAt(columns, rows, { ...EVERY_PANEL, hidden });
    expectFilled(layout);
    for (const id of hidden) expect(visiblePanels(layout)).not.toContain(id);
  }
});

test("the larger the screen, the more of the panels are there", () => {
  expect(visiblePanels(layoutFor(80, 24))).toEqual(["preview", "vitals", "trend", "wave", "chunks", "log"]);
  for (const [columns, rows] of [
    [120, 36],
    [120, 40],
    [200, 60],
  ] as const) {
    expect(visiblePanels(layoutFor(columns, rows))).toEqual(PANELS);
  }
});

describe("a panel that was asked for", () => {
  test("is there when the room is scarce", () => {
    const layout = panelsAt(80, 24, { ...EVERY_PANEL, wanted: ["spectrum"] });
    expect(visiblePanels(layout)).toContain("spectrum");
    expectFilled(layout);
  });

  test.each(PANELS)("large has the screen for itself (%s), also where there is no room for two", (zoomed) => {
    for (const [columns, rows] of [...SIZES, [60, 20], [50, 12]] as const) {
      const layout = panelsAt(columns, rows, { ...EVERY_PANEL, zoomed });
      expect(visiblePanels(layout)).toEqual([zoomed]);
      expectFilled(layout);
    }
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

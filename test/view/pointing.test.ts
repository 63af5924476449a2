import { expect, test } from "vitest";
import { layoutFor } from "../../src/view/layout.js";
import { barKeyAt, panelAt } from "../../src/view/pointing.js";
import { ViewModel } from "../../src/view/view-model.js";
import { measure, newStore } from "./story.js";

test.each([
  [80, 24],
  [120, 40],
] as const)("every cell of a panel is its panel's at %i x %i", (columns, rows) => {
  const layout = layoutFor(columns, rows);
  expect(panelAt(layout, 0, 1)).toBe("preview");
  expect(panelAt(layout, columns - 1, 1)).toBe("vitals");
  expect(panelAt(layout, columns - 1, 2)).toBe("vitals");
  expect(panelAt(layout, columns - 1, 7)).toBe("trend");
  expect(panelAt(layout, 0, rows - 3)).toBe("log");
  expect(panelAt(layout, 0, 0)).toBeUndefined();
  expect(panelAt(layout, 0, rows - 1)).toBeUndefined();
  expect(panelAt(layout, 0, rows - 2)).toBeUndefined();
});

test("there are no panels to point at on a small screen", () => {
  expect(panelAt(layoutFor(60, 20), 3, 3)).toBeUndefined();
});

test("the words of the bar are the keys that stand before them", () => {
  const store = newStore();
  measure(store, 1);
  const model = new ViewModel(store, { columns: 80, rows: 24, nowMs: () => 0 });
  const state = model.getSnapshot();
  // " c cancel   p preview   z zoom ..."
  expect(barKeyAt(state, 1, 23)).toBe("c");
  expect(barKeyAt(state, 8, 23)).toBe("c");
  expect(barKeyAt(state, 9, 23)).toBeUndefined();
  expect(barKeyAt(state, 12, 23)).toBe("p");
  expect(barKeyAt(state, 1, 22)).toBeUndefined();
  expect(barKeyAt(state, 79, 23)).toBeUndefined();
  model.close();
});

test("a bar that cannot be seen has no keys", () => {
  const store = newStore();
  measure(store, 1);
  const model = new ViewModel(store, { columns: 40, rows: 10, nowMs: () => 0 });
  expect(barKeyAt(model.getSnapshot(), 1, 9)).toBeUndefined();
  model.close();
});

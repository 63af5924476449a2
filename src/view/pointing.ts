import { BAR_GAP, barBindings } from "./key-table.js";
import type { Layout } from "./layout.js";
import type { PanelId } from "./panels.js";
import { keyContext, type ViewState } from "./view-model.js";

// What lies under a cell of the screen, for the mouse. Rows and columns are 0-based.

/** The panel under a cell; its title and borders belong to it. */
export function panelAt(layout: Layout, column: number, row: number): PanelId | undefined {
  if (layout.kind !== "panels") return undefined;
  let left = 0;
  let bodyEnd = 1;
  for (const { columns, panels } of layout.stacks) {
    let top = 1;
    for (const { id, rows } of panels) {
      const end = top + rows + 1;
      if (column >= left && column < left + columns && row >= top && row < end) return id;
      top = end;
    }
    left += columns;
    bodyEnd = Math.max(bodyEnd, top + 1);
  }
  // Advice, then the log, then counters and keys.
  return layout.log && row > bodyEnd && row < layout.rows - 2 ? "log" : undefined;
}

/** The key of the bar under a cell. */
export function barKeyAt(state: ViewState, column: number, row: number): string | undefined {
  const { kind, columns, rows } = state.layout;
  if (kind === "tiny" || row !== rows - 1) return undefined;
  let left = 1;
  for (const { keys, shown, label } of barBindings(state.ui, keyContext(state), columns)) {
    const end = left + shown.length + 1 + label.length;
    if (column >= left && column < end) return keys[0];
    left = end + BAR_GAP.length;
  }
  return undefined;
}

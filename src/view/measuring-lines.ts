import { inRows } from "./format.js";
import type { PanelLayout } from "./layout.js";
import { logLines } from "./log-lines.js";
import { panelSection } from "./panel-content.js";
import { panelStack } from "./panel-stack.js";
import { adviceLine, countersLine } from "./status-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";

/** Preview on the left, numbers on the right; the same from connecting to the last result. */
export function measuringLines(state: ViewState, layout: PanelLayout, theme: Theme): string[] {
  const stacks = layout.stacks.map(({ columns, panels }) =>
    panelStack(
      columns,
      panels.map((panel) => panelSection(panel, state, columns - 2, theme)),
      theme,
    ),
  );
  const body = (stacks[0] ?? []).map((_, row) => stacks.map((stack) => stack[row] ?? "").join(""));
  return [
    ...body,
    adviceLine(state, theme),
    ...logPart(state, layout, theme),
    countersLine(state, layout.columns, theme),
  ];
}

function logPart(state: ViewState, { log, columns }: PanelLayout, theme: Theme): string[] {
  if (!log) return [];
  if (log.framed) {
    return panelStack(columns, [panelSection({ id: "log", rows: log.rows }, state, columns - 2, theme)], theme);
  }
  return inRows(logLines(state.measurement.messages, state.ui.log, log.rows, theme), log.rows);
}

import { isOver } from "../results/measurement.js";
import { inColumns } from "./columns.js";
import { finalLines } from "./final-lines.js";
import { inRows, oneLine, percent, wrapped } from "./format.js";
import { headerLine } from "./header-line.js";
import { helpLines } from "./help-lines.js";
import { BAR_GAP, barBindings } from "./key-table.js";
import { COLUMNS_MIN, ROWS_MIN } from "./layout.js";
import { listLines } from "./list-lines.js";
import { measuringLines } from "./measuring-lines.js";
import { fractionDone, waitingText } from "./status-lines.js";
import type { Theme } from "./theme.js";
import { keyContext, type ViewState } from "./view-model.js";

/** The whole terminal, row by row, each in its width. */
export function screenLines(state: ViewState, title: string, theme: Theme): string[] {
  const { layout } = state;
  const { columns, rows } = layout;
  const lines =
    layout.kind === "tiny"
      ? wrapped(tooSmall(state), columns)
      : [
          headerLine(title, state, columns, theme),
          ...inRows(bodyLines(state, theme), rows - 2),
          barLine(state, columns, theme),
        ];
  return inRows(lines, rows).map((line) => inColumns(line, columns, theme.glyphs.more));
}

function bodyLines(state: ViewState, theme: Theme): string[] {
  const { layout, measurement, ui } = state;
  const { columns, rows } = layout;
  const isEnded = isOver(measurement.phase);
  if (ui.help) return helpLines({ columns, rows, top: ui.helpTop, isOver: isEnded }, theme);
  if (isEnded) return finalLines(state, columns, rows, theme);
  if (layout.kind === "panels") return measuringLines(state, layout, theme);
  return listLines(state, columns, rows, theme);
}

/** The keys that do something now. */
function barLine(state: ViewState, columns: number, theme: Theme): string {
  const keys = barBindings(state.ui, keyContext(state), columns).map(
    ({ shown, label }) => `${theme.paint("accent", shown)} ${label}`,
  );
  return ` ${keys.join(BAR_GAP)}`;
}

function tooSmall(state: ViewState): string {
  const { columns, rows } = state.layout;
  return `Need ${COLUMNS_MIN}x${ROWS_MIN}, have ${columns}x${rows}: ${blindText(state)}`;
}

/** The one thing that is worth a line: the question that is open, or how far the measurement is. */
function blindText(state: ViewState): string {
  const { measurement, ui } = state;
  const { phase } = measurement;
  if (ui.asking && !isOver(phase)) return "cancel? y yes, n no";
  switch (phase.kind) {
    case "measuring": {
      const done = fractionDone(measurement);
      return done === undefined ? "measuring" : `measuring ${percent(done).trim()}`;
    }
    case "ready":
      return "s starts, q quits";
    case "connecting":
      return `connecting: ${waitingText(state)}`;
    case "finishing":
      return waitingText(state);
    case "completed":
    case "cancelled":
      return `${phase.kind}, q quits`;
    case "failed":
      return `failed, q quits: ${oneLine(phase.failure.message)}`;
  }
}

import { oneLine, wrapped } from "../format.js";
import type { LobbyView } from "./lobby-model.js";

// Which lines of a page can be seen.

/** Header, two borders, keys. */
export const OTHER_ROWS = 4;
/** Below the page: the hint and what is wrong. */
const WORD_ROWS = 2;
const PAGE_ROWS_MIN = 2;

/** The first row of the screen that belongs to the page: behind the header and the upper border. */
export const PAGE_TOP = 2;

/** Lines of the page: what is wrong comes first, and takes as many lines as it has. */
export function pageRows(view: LobbyView): number {
  const wordRows = Math.max(WORD_ROWS, problemLines(view).length);
  return Math.max(PAGE_ROWS_MIN, view.rows - OTHER_ROWS - wordRows);
}

/** What is wrong, as it stands below the page. */
export function problemLines({ state, columns }: Pick<LobbyView, "state" | "columns">): readonly string[] {
  return wrapped(oneLine(state.problem ?? ""), columns - 2);
}

/** The first of so many lines that is shown when the one at `at` should be among them. */
export function firstAround(at: number, count: number, rows: number): number {
  return Math.max(0, Math.min(at - (rows >> 1), count - rows));
}

export const COLUMNS_MIN = 40;
export const ROWS_MIN = 8;

/** Nothing but one sentence can be shown. */
export function isTooSmall({ columns, rows }: { readonly columns: number; readonly rows: number }): boolean {
  return columns < COLUMNS_MIN || rows < ROWS_MIN;
}

// Which lines of a page can be seen.

/** Header, two borders, two lines of hints, keys. */
const OTHER_ROWS = 6;

/** The first row of the screen that belongs to the page: behind the header and the upper border. */
export const PAGE_TOP = 2;

/** Lines of a page on a screen of so many rows. */
export function pageRows(rows: number): number {
  return rows - OTHER_ROWS;
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

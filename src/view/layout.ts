// Where everything stands, from the size of the terminal alone: values never move a panel.
//
//   header                                   1 row
//   preview panel  | vitals, wave, chunks    body
//   wave strip (compact only)                2 rows
//   advice                                   1 row
//   log panel (medium and wide)
//   counters, keys                           2 rows

/** Columns of both panels side by side, and rows between their borders. */
export interface PanelLayout {
  readonly kind: "panels";
  readonly columns: number;
  readonly rows: number;
  /** Width of the preview panel with its borders; the right column takes the rest. */
  readonly leftColumns: number;
  readonly rightColumns: number;
  /** Rows between the top and the bottom border of both columns. */
  readonly bodyRows: number;
  readonly vitalRows: number;
  /** Rows of the wave in the right column; 0 when it is a strip below the panels. */
  readonly waveRows: number;
  readonly stripRows: number;
  readonly chunkRows: number;
  /** Lines in the log panel; 0 for no panel. */
  readonly logRows: number;
  /** Cells of the picture. */
  readonly pictureColumns: number;
  readonly pictureRows: number;
}

export type Layout =
  | PanelLayout
  /** No preview: vitals as a list, one progress line. */
  | { readonly kind: "list"; readonly columns: number; readonly rows: number }
  /** One line that says the terminal is too small. */
  | { readonly kind: "tiny"; readonly columns: number; readonly rows: number };

export const COLUMNS_MIN = 50;
export const ROWS_MIN = 12;

/** Rows for five vitals with their notes. */
const VITAL_ROWS = 10;
/** Wider pictures cost more bytes than they show detail. */
const PICTURE_COLUMNS_MAX = 96;

/** Both in cells; 0 or less counts as unknown, which is 80 x 24 (seen under `script` and some serial lines). */
export function layoutFor(columns: number, rows: number): Layout {
  if (!(columns > 0 && rows > 0)) return layoutFor(80, 24);
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return { kind: "tiny", columns, rows };
  if (columns < 80 || rows < 24) return { kind: "list", columns, rows };
  return columns >= 100 && rows >= 30 ? roomy(columns, rows) : compact(columns, rows);
}

function roomy(columns: number, rows: number): PanelLayout {
  const logRows = Math.min(12, Math.floor(rows * 0.14));
  const bodyRows = rows - 4 - 2 - (logRows + 2);
  const rest = bodyRows - VITAL_ROWS - 2;
  const waveRows = Math.min(8, Math.max(2, Math.round(rest * 0.45)));
  const leftColumns = Math.min(PICTURE_COLUMNS_MAX + 2, Math.round(columns * 0.515));
  return {
    kind: "panels",
    columns,
    rows,
    leftColumns,
    rightColumns: columns - leftColumns,
    bodyRows,
    vitalRows: VITAL_ROWS,
    waveRows,
    stripRows: 0,
    chunkRows: rest - waveRows,
    logRows,
    pictureColumns: leftColumns - 2,
    pictureRows: bodyRows - 1,
  };
}

function compact(columns: number, rows: number): PanelLayout {
  const stripRows = 2;
  const bodyRows = rows - 4 - 2 - stripRows;
  const leftColumns = Math.min(PICTURE_COLUMNS_MAX + 2, Math.floor(columns / 2));
  return {
    kind: "panels",
    columns,
    rows,
    leftColumns,
    rightColumns: columns - leftColumns,
    bodyRows,
    vitalRows: VITAL_ROWS,
    waveRows: 0,
    stripRows,
    chunkRows: bodyRows - VITAL_ROWS - 1,
    logRows: 0,
    pictureColumns: leftColumns - 2,
    pictureRows: bodyRows - 1,
  };
}

import { AppError } from "../domain/errors.js";

/** Colour of a patch of skin over time, as a phone or a camera wrote it down. */
export interface Trace {
  readonly timesMs: readonly number[];
  readonly red: readonly number[];
  readonly green: readonly number[];
  readonly blue: readonly number[];
}

/** A pulse wave, more blood = up. */
export interface Waveform {
  readonly rateHz: number;
  readonly values: readonly number[];
}

/** Rate of tables that have no time column; all published ones that we know were taken at this rate. */
const TABLE_RATE_HZ = 30;

/** Intervals outside this range, in ms, are no heart's. */
const INTERVAL_MS_MIN = 200;
const INTERVAL_MS_MAX = 3000;

/** The monitor's column: Masimo Radical 7 in Hoffman 2022, npj Digit Med 5:146. */
const MONITOR_COLUMN = "Pulse 5";

/** Comma-separated text with a heading; cells are still text. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function parseTable(text: string): Table {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "");
  const cells = lines.map((line) => line.split(",").map((cell) => cell.trim()));
  return { columns: cells[0] ?? [], rows: cells.slice(1) };
}

export function hasColumns({ columns }: Table, names: readonly string[]): boolean {
  return names.every((name) => indexOfColumn(columns, name) >= 0);
}

/**
 * Colours of a table with R, G, B and, if it has one, `time` in ms.
 * @throws AppError FILE
 */
export function traceOf(table: Table, name: string): Trace {
  const column = (title: string): number[] => numbersOf(table, title, name);
  const red = column("R");
  if (red.length < 2) throw unusable(name, "it has fewer than two rows");
  const timesMs = hasColumns(table, ["time"]) ? column("time") : red.map((_, i) => (i * 1000) / TABLE_RATE_HZ);
  return { timesMs, red, green: column("G"), blue: column("B") };
}

/**
 * The wave of a table with a column `ppg`, and the rates in `hr_ecg` or `hr_ppg` beside it.
 * @returns bpm undefined when the table has no rates.
 * @throws AppError FILE
 */
export function waveformOf(
  table: Table,
  name: string,
): { readonly waveform: Waveform; readonly bpm: number | undefined } {
  const values = numbersOf(table, "ppg", name);
  if (values.length < 2) throw unusable(name, "it has fewer than two rows");
  const title = ["hr_ecg", "hr_ppg"].find((candidate) => hasColumns(table, [candidate]));
  const rates = title === undefined ? [] : numbersOf(table, title, name);
  // The middle one: such columns are running estimates, whose first seconds are off.
  const bpm = rates.sort((a, b) => a - b)[rates.length >> 1];
  return { waveform: { rateHz: TABLE_RATE_HZ, values }, bpm };
}

/**
 * The rates of a monitor, one row a second, up to the line on which the recording was stopped. A cell without a number is 0:
 * the monitor had no signal.
 * @throws AppError FILE
 */
export function monitorOf(table: Table, name: string): number[] {
  const index = indexOfColumn(table.columns, MONITOR_COLUMN);
  if (index < 0) throw unusable(name, `it has no column "${MONITOR_COLUMN}"`);
  const stop = table.rows.findIndex((row) => row.length <= index || (row[index] === "" && /[a-z]/i.test(row[0] ?? "")));
  const rows = stop < 0 ? table.rows : table.rows.slice(0, stop);
  if (rows.length === 0) throw unusable(name, "it has no rows");
  return rows.map((row) => {
    const rate = Number(row[index]);
    return Number.isFinite(rate) ? rate : 0;
  });
}

/**
 * Intervals between beats in ms, separated by white space or commas.
 * @throws AppError FILE when there are fewer than three or one is no heart's.
 */
export function parseIntervals(text: string, name: string): number[] {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const intervals = words.map(Number);
  const wrong = intervals.findIndex((value) => !(value >= INTERVAL_MS_MIN && value <= INTERVAL_MS_MAX));
  if (wrong >= 0) {
    const shown = JSON.stringify((words[wrong] ?? "").slice(0, 20));
    throw unusable(name, `${shown} is no interval between beats of ${INTERVAL_MS_MIN} to ${INTERVAL_MS_MAX} ms`);
  }
  if (intervals.length < 3) throw unusable(name, "it has fewer than three intervals");
  return intervals;
}

function numbersOf(table: Table, title: string, name: string): number[] {
  const index = indexOfColumn(table.columns, title);
  if (index < 0) throw unusable(name, `it has no column "${title}"`);
  return table.rows.map((row, i) => {
    const cell = row[index] ?? "";
    const value = Number(cell);
    if (cell === "" || !Number.isFinite(value)) {
      throw unusable(name, `row ${i + 1} has no number in column "${title}"`);
    }
    return value;
  });
}

function indexOfColumn(columns: readonly string[], name: string): number {
  return columns.findIndex((column) => column.toLowerCase() === name.toLowerCase());
}

function unusable(name: string, why: string): AppError {
  return new AppError("FILE", `${name} cannot be used: ${why}`);
}

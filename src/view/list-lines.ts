import { chunkLines } from "./chunk-lines.js";
import { columnsOf } from "./columns.js";
import { bar, inRows, percent } from "./format.js";
import { SERVER_COLUMNS_MIN, serverText } from "./header-line.js";
import { waveLines } from "./pulse-lines.js";
import { adviceLines, countersLine, faceText, fractionDone } from "./status-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";
import { vitalLines } from "./vital-lines.js";

/** Five vitals without notes, and one row for what else there is. */
const VITAL_ROWS = 5;
/** The longest advice is read on two lines of 50 columns. */
const ADVICE_ROWS = 2;
/** Header, face, progress bar, counters, advice, keys. */
const OTHER_ROWS = 5 + ADVICE_ROWS;
const CHUNK_ROWS_MAX = 5;
const WAVE_ROWS_MAX = 4;

/** The screen of a small terminal: no preview, one progress line. */
export function listLines(state: ViewState, columns: number, rows: number, theme: Theme): string[] {
  const { measurement } = state;
  const done = fractionDone(measurement);
  const width = columns - 8;
  const free = Math.max(0, rows - VITAL_ROWS - OTHER_ROWS);
  const chunkRows = Math.min(CHUNK_ROWS_MAX, free);
  const waveRows = Math.min(WAVE_ROWS_MAX, Math.max(0, free - chunkRows - 1));
  const wave = waveRows > 0 ? waveLines(measurement, state.ui.pulse, columns, waveRows, theme) : [];
  return [
    ` ${bar(done ?? 0, width, theme)} ${percent(done)}`,
    ...inRows(vitalLines(measurement, columns, VITAL_ROWS, theme), VITAL_ROWS),
    ...inRows(chunkRows > 0 ? chunkLines(measurement, columns, chunkRows, theme) : [], chunkRows),
    ...inRows(wave, waveRows > 0 ? waveRows + 1 : 0),
    faceLine(state, columns, theme),
    countersLine(state, columns, theme),
    ...inRows(adviceLines(state, columns, theme), ADVICE_ROWS),
  ];
}

/** The state of the face, and that of the connection where the header has no room for it. */
function faceLine(state: ViewState, columns: number, theme: Theme): string {
  const face = faceText(state.measurement, theme);
  if (columns >= SERVER_COLUMNS_MIN) return face;
  const server = serverText(state, columns, columns - columnsOf(face) - 1, theme).trimEnd();
  const gap = columns - columnsOf(face) - columnsOf(server) - 1;
  return `${face}${" ".repeat(Math.max(0, gap))}${server}`;
}

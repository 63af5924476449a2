import type { ReactNode } from "react";
import { chunkLines } from "./chunk-lines.js";
import { bar, percent } from "./format.js";
import { Lines } from "./Lines.js";
import { waveLines } from "./pulse-lines.js";
import { adviceLine, countersLine, faceText, fractionDone } from "./status-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";
import { vitalLines } from "./vital-lines.js";

export interface ListScreenProps {
  readonly state: ViewState;
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
}

/** Five vitals without notes, and one row for what else there is. */
const VITAL_ROWS = 5;
/** Header, face, progress bar, counters, advice, keys. */
const OTHER_ROWS = 6;
const CHUNK_ROWS_MAX = 5;
const WAVE_ROWS_MAX = 4;

/** The screen of a small terminal: no preview, one progress line. */
export function ListScreen({ state, columns, rows, theme }: ListScreenProps): ReactNode {
  const { measurement } = state;
  const { positionS } = measurement.progress;
  const done = fractionDone(positionS, measurement.plannedS);
  const width = columns - 8;
  const free = Math.max(0, rows - VITAL_ROWS - OTHER_ROWS - 1);
  const chunkRows = Math.min(CHUNK_ROWS_MAX, free);
  const waveRows = Math.min(WAVE_ROWS_MAX, Math.max(0, free - chunkRows - 1));
  return (
    <>
      <Lines lines={[` ${bar(done ?? 0, width, theme)} ${percent(done)}`]} rows={1} />
      <Lines lines={vitalLines(measurement, columns, VITAL_ROWS, theme)} rows={VITAL_ROWS} />
      {chunkRows > 0 && <Lines lines={chunkLines(measurement, columns, chunkRows, theme)} rows={chunkRows} />}
      <Lines lines={[]} rows={1} />
      {waveRows > 0 && (
        <Lines lines={waveLines(measurement, state.ui.pulse, columns, waveRows, theme)} rows={waveRows + 1} />
      )}
      <Lines lines={[faceText(measurement, theme)]} rows={1} />
      <Lines lines={[countersLine(state, columns, theme)]} rows={1} />
      <Lines lines={[adviceLine(state, theme)]} rows={1} />
    </>
  );
}

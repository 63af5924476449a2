import type { ReactNode } from "react";
import { countReached, type Measurement } from "../results/measurement.js";
import { counted, HEADLINES, keptLine } from "../results/plain-summary.js";
import { oneLine, wrapped } from "./format.js";
import { Lines } from "./Lines.js";
import { logLines, WHOLE_LOG } from "./log-lines.js";
import { type PanelSection, PanelStack } from "./PanelStack.js";

import { waveLines, waveRemark } from "./pulse-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";
import { vitalLines } from "./vital-lines.js";

export interface FinalScreenProps {
  readonly state: ViewState;
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
}

/** Header, first title, bottom border, disclaimer, keys. */
const OTHER_ROWS = 5;
const WAVE_ROWS_MAX = 8;
const LOG_ROWS_MAX = 8;
/** Below this a title and a few lines of log are worth more than a curve. */
const ROWS_FOR_WAVE = 9;

/** What came out: the vitals, the end of the pulse wave and the last messages. */
export function FinalScreen({ state, columns, rows, theme }: FinalScreenProps): ReactNode {
  const { measurement } = state;
  const inner = columns - 2;
  const story = storyOf(measurement, inner, theme);
  const count = Math.max(5, measurement.metrics.length);
  let free = rows - OTHER_ROWS;
  const storyRows = story.length === 0 ? 0 : Math.min(story.length, Math.max(0, free - count));
  free -= storyRows;
  // With notes below the values when there is plenty of room, beside them otherwise.
  const vitalRows = Math.min(free, free >= count * 2 + ROWS_FOR_WAVE ? count * 2 : count);
  free -= vitalRows;
  const waveRows = measurement.wave.length > 1 && free >= ROWS_FOR_WAVE ? Math.min(WAVE_ROWS_MAX, free - 6) : 0;
  if (waveRows > 0) free -= waveRows + 1;
  const logRows = Math.min(LOG_ROWS_MAX, free - 1);

  const sections: PanelSection[] = [
    {
      title: HEADLINES[endOf(measurement)],
      remark: extent(measurement),
      rows: vitalRows + storyRows,
      lines: [...story.slice(0, storyRows), ...vitalLines(measurement, inner, vitalRows, theme)],
    },
  ];
  if (waveRows > 0) {
    sections.push({
      title: "Pulse wave",
      remark: waveRemark(measurement, "server"),
      rows: waveRows,
      lines: waveLines(measurement, "server", inner, waveRows, theme),
    });
  }
  if (logRows > 0) {
    const lines = logLines(measurement.messages, WHOLE_LOG, logRows, theme);
    sections.push({ title: "Log", rows: logRows, lines });
  }
  return (
    <>
      <PanelStack columns={columns} sections={sections} theme={theme} />
      <Lines lines={[` ${theme.paint("muted", "Wellness information, not a diagnosis.")}`]} rows={1} />
    </>
  );
}

/** This screen is shown when the measurement is over. */
function endOf({ phase }: Measurement): keyof typeof HEADLINES {
  return phase.kind === "completed" || phase.kind === "failed" ? phase.kind : "cancelled";
}

/** "4 chunks, 60.0 s" */
function extent({ chunks, progress }: Measurement): string {
  return `${counted(chunks.length, "chunk")}, ${progress.positionS.toFixed(1)} s`;
}

/** What happened and what is kept, when not everything went well. */
function storyOf({ phase, chunks }: Measurement, width: number, theme: Theme): string[] {
  if (phase.kind === "completed") return [];
  const what =
    phase.kind === "failed"
      ? wrapped(oneLine(phase.failure.message), width - 2).map((line) => theme.paint("error", line))
      : [];
  return [...what, ...wrapped(keptText(chunks), width - 2)].map((line) => ` ${line}`);
}

function keptText(chunks: Measurement["chunks"]): string {
  const extracted = countReached(chunks, "extractedAtMs");
  if (extracted === 0) return "Nothing was measured.";
  const acknowledged = countReached(chunks, "acknowledgedAtMs");
  return keptLine({ extracted, acknowledged, results: countReached(chunks, "resultAtMs") });
}

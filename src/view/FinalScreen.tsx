import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { countReached, type Measurement } from "../results/measurement.js";
import { counted, HEADLINES, keptLine } from "../results/plain-summary.js";
import { oneLine } from "./format.js";
import { Lines } from "./Lines.js";
import { type PanelSection, PanelStack } from "./PanelStack.js";
import { logLines } from "./status-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";
import { vitalLines } from "./vital-lines.js";
import { Wave, waveRemark } from "./Wave.js";

export interface FinalScreenProps {
  readonly state: ViewState;
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
}

/** Header, first title, bottom border, disclaimer, keys. */
const OTHER_ROWS = 5;
const STORY_ROWS = 3;
const WAVE_ROWS_MAX = 8;
const LOG_ROWS_MAX = 8;
/** Below this a title and a few lines of log are worth more than a curve. */
const ROWS_FOR_WAVE = 9;

/** What came out: the vitals, the end of the pulse wave and the last messages. */
export function FinalScreen({ state, columns, rows, theme }: FinalScreenProps): ReactNode {
  const { measurement } = state;
  const inner = columns - 2;
  const story = storyOf(measurement, theme);
  const count = Math.max(5, measurement.metrics.length);
  let free = rows - OTHER_ROWS;
  const storyRows = story.length === 0 ? 0 : Math.min(STORY_ROWS, free - count);
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
      content: (
        <>
          <Story lines={story} rows={storyRows} columns={inner} />
          <Lines lines={vitalLines(measurement, inner, vitalRows, theme)} rows={vitalRows} />
        </>
      ),
    },
  ];
  if (waveRows > 0) {
    sections.push({
      title: "Pulse wave",
      remark: waveRemark(measurement),
      rows: waveRows,
      content: <Wave measurement={measurement} columns={inner} rows={waveRows} theme={theme} />,
    });
  }
  if (logRows > 0) {
    const lines = logLines(measurement.messages, logRows, theme);
    sections.push({ title: "Log", rows: logRows, content: <Lines lines={lines} rows={logRows} /> });
  }
  return (
    <>
      <PanelStack columns={columns} sections={sections} theme={theme} />
      <Lines lines={[` ${theme.paint("muted", "Wellness information, not a diagnosis.")}`]} rows={1} />
    </>
  );
}

interface StoryProps {
  readonly lines: readonly string[];
  readonly rows: number;
  readonly columns: number;
}

/** Sentences that may take more than one line. */
function Story({ lines, rows, columns }: StoryProps): ReactNode {
  if (rows === 0) return undefined;
  return (
    <Box flexDirection="column" width={columns} height={rows} paddingX={1} overflow="hidden" flexShrink={0}>
      {lines.map((line) => (
        <Text key={line}>{line}</Text>
      ))}
    </Box>
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
function storyOf({ phase, chunks }: Measurement, theme: Theme): string[] {
  if (phase.kind === "completed") return [];
  const what = phase.kind === "failed" ? [theme.paint("error", oneLine(phase.failure.message))] : [];
  const extracted = countReached(chunks, "extractedAtMs");
  if (extracted === 0) return [...what, "Nothing was measured."];
  const acknowledged = countReached(chunks, "acknowledgedAtMs");
  return [...what, keptLine({ extracted, acknowledged, results: countReached(chunks, "resultAtMs") })];
}

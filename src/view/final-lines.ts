import { basename } from "node:path";
import { VIOLATION } from "../domain/constraints.js";
import { countReached, type Measurement } from "../results/measurement.js";
import { counted, HEADLINES, keptLine } from "../results/plain-summary.js";
import { inRows, oneLine, wrapped } from "./format.js";
import { logLines, WHOLE_LOG } from "./log-lines.js";
import { type PanelSection, panelStack } from "./panel-stack.js";
import { waveLines, waveRemark } from "./pulse-lines.js";
import type { Theme } from "./theme.js";
import { trendLines, trendRemark } from "./trend-lines.js";
import type { ViewState } from "./view-model.js";
import { vitalLines } from "./vital-lines.js";

/** Header, first title, bottom border, disclaimer, keys. */
const OTHER_ROWS = 5;
const WAVE_ROWS_MAX = 8;
const TREND_ROWS_MAX = 5;
const LOG_ROWS_MAX = 8;
/** Below this a title and a few lines of log are worth more than a curve. */
const ROWS_FOR_CURVE = 9;
/** Label, value, unit, arrow, confidence and a note in full. */
const COLUMNS_FOR_NOTES = 90;

/** What came out: the vitals, how good they are and where they lie; the heart rate's way, the end of the wave, the log. */
export function finalLines(state: ViewState, columns: number, rows: number, theme: Theme): string[] {
  const { measurement } = state;
  const inner = columns - 2;
  const story = storyOf(state, inner, theme);
  // Where nothing was measured, there is nothing but the story.
  const isMeasured = measurement.phase.kind === "completed" || countReached(measurement.chunks, "extractedAtMs") > 0;
  const count = isMeasured ? Math.max(5, measurement.metrics.length) : 0;
  let free = rows - OTHER_ROWS;
  // What went wrong is more than values: of those there are always two lines.
  const spared = measurement.phase.kind === "completed" ? count : Math.min(count, 2);
  const told = shortened(story, Math.max(0, free - spared), theme);
  free -= told.length;
  // A note stands beside its value where the line is long enough for both, below it where there is room for that.
  const isBelow = inner < COLUMNS_FOR_NOTES && free >= count * 2 + ROWS_FOR_CURVE;
  const vitalRows = Math.min(free, isBelow ? count * 2 : count);
  free -= vitalRows;
  const vitals = inRows(isMeasured ? vitalLines(measurement, inner, vitalRows, theme) : [], vitalRows);
  const sections: PanelSection[] = [
    {
      title: HEADLINES[endOf(measurement)],
      remark: extent(measurement),
      rows: vitalRows + told.length,
      lines: [...vitals, ...told],
    },
  ];
  if (measurement.wave.length > 1 && free >= ROWS_FOR_CURVE) {
    const waveRows = Math.min(WAVE_ROWS_MAX, free - 6);
    free -= waveRows + 1;
    const remark = waveRemark(measurement, "server", inner);
    const lines = waveLines(measurement, "server", inner, waveRows, theme);
    sections.push({ title: "Pulse wave", remark, rows: waveRows, lines });
  }
  if (measurement.rates.length > 1 && free >= ROWS_FOR_CURVE) {
    const trendRows = Math.min(TREND_ROWS_MAX, free - 6);
    free -= trendRows + 1;
    const remark = trendRemark(measurement, theme);
    sections.push({ title: "Trend", remark, rows: trendRows, lines: trendLines(measurement, inner, trendRows, theme) });
  }
  const logRows = Math.min(LOG_ROWS_MAX, free - 1);
  if (logRows > 0) {
    sections.push({ title: "Log", rows: logRows, lines: logLines(measurement.messages, WHOLE_LOG, logRows, theme) });
  }
  return [
    ...panelStack(columns, sections, theme),
    ` ${theme.paint("muted", "Wellness information, not a diagnosis.")}`,
  ];
}

/** The story in so many lines: first without the empty one above it, then without its end, which is marked. */
function shortened(story: readonly string[], rows: number, theme: Theme): readonly string[] {
  if (story.length <= rows) return story;
  const told = story.slice(1);
  if (told.length <= rows) return told;
  return rows === 0 ? [] : [...told.slice(0, rows - 1), `${told[rows - 1]}${theme.glyphs.more}`];
}

/** This screen is shown when the measurement is over. */
function endOf({ phase }: Measurement): keyof typeof HEADLINES {
  return phase.kind === "completed" || phase.kind === "failed" ? phase.kind : "cancelled";
}

/** "4 chunks, 60.0 s, quality 4.5 of 5" */
function extent({ chunks, progress }: Measurement): string {
  const stars = chunks.flatMap(({ quality }) => quality?.stars ?? []);
  const mean = stars.reduce((sum, value) => sum + value, 0) / stars.length;
  const quality = stars.length === 0 ? "" : `, quality ${mean.toFixed(1)} of 5`;
  return `${counted(chunks.length, "chunk")}, ${progress.positionS.toFixed(1)} s${quality}`;
}

/** What happened when not everything went well, what is kept, where it is, and how to go on. */
function storyOf({ measurement, summary, answer, canRepeat }: ViewState, width: number, theme: Theme): string[] {
  const { phase, chunks, parts } = measurement;
  const lines: string[] = [""];
  const say = (text: string, paint = (line: string) => line): void => {
    lines.push(...wrapped(oneLine(text), width - 2).map((line) => ` ${paint(line)}`));
  };
  if (phase.kind === "failed") say(phase.failure.message, (line) => theme.paint("error", line));
  if (phase.kind !== "completed") say(keptText(chunks));
  if (parts.length > 1)
    say(`The server made ${parts.length} measurements of it; the values are the newest of each, not of the whole.`);
  const worst = worstOf(chunks);
  if (worst !== undefined) say(worst, (line) => theme.paint("warning", line));
  const folder = summary?.paths.folder;
  const isKept = countReached(chunks, "extractedAtMs") > 0;
  if (folder && (phase.kind === "completed" || isKept)) say(`Saved in ${folder}`);
  if (answer !== undefined) say(answer);
  if (phase.kind !== "completed")
    say(waysOn(summary?.canResume === true, canRepeat, isKept), (line) => theme.paint("muted", line));
  if (folder && summary?.canResume)
    say(`${isKept ? "What is missing, later" : "Later"}: dfxterm resume ${basename(folder)}`);
  return lines.length > 1 ? lines : [];
}

/** "g goes on with what is missing, r measures the same once more, n something else, q leaves." */
function waysOn(canResume: boolean, canRepeat: boolean, isKept: boolean): string {
  // Where nothing is kept, all is missing.
  if (canResume && !isKept) return "g tries again, n measures something else, q leaves.";
  const same = canRepeat ? "r measures the same once more, n something else" : "n measures something else";
  return `${canResume ? "g goes on with what is missing, " : ""}${same}, q leaves.`;
}

const STARS_MAX = 5;

/** What cost the worst chunk its stars; nothing where none was lost. */
function worstOf(chunks: Measurement["chunks"]): string | undefined {
  const [worst] = chunks
    .flatMap(({ quality }) => quality ?? [])
    .filter((quality) => quality.worst !== null && quality.stars < STARS_MAX)
    .toSorted((a, b) => a.stars - b.stars);
  if (!worst?.worst) return undefined;
  return `The worst chunk lost quality chiefly because ${VIOLATION[worst.worst]}.`;
}

function keptText(chunks: Measurement["chunks"]): string {
  const extracted = countReached(chunks, "extractedAtMs");
  if (extracted === 0) return "Nothing was measured.";
  const acknowledged = countReached(chunks, "acknowledgedAtMs");
  return keptLine({ extracted, acknowledged, results: countReached(chunks, "resultAtMs") });
}

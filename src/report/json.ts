import type { Series } from "./plots.js";
import type { Report } from "./report.js";
import { rounded } from "./rounded.js";

/** A report as one JSON object on one line; docs/report.md describes it. The still is in the folder that `summary.paths` names. */
export function reportJson({ summary, isRunning, trend, wave, chunks, remarks }: Report): string {
  const report = {
    v: 1,
    type: "report",
    running: isRunning,
    summary,
    chunks: chunks.map(({ number, startS, endS, quality, heartRateBpm, confidence, snrDb }) => ({
      number,
      startS: startS ?? null,
      endS: endS ?? null,
      heartRateBpm: orNull(heartRateBpm),
      confidence: orNull(confidence),
      snrDb: orNull(snrDb),
      quality: quality ?? null,
    })),
    trend: seriesOf("HR_BPM", trend),
    wave: seriesOf("PULSE_WAVE", wave),
    remarks,
  };
  return `${JSON.stringify(report)}\n`;
}

function seriesOf(id: string, series: Series | undefined): object | null {
  return series ? { id, timesS: series.timesS.map(rounded), values: series.values.map(rounded) } : null;
}

function orNull(value: number | undefined): number | null {
  return value === undefined ? null : rounded(value);
}

import { noteText } from "../domain/notes.js";
import { printable } from "../domain/printable.js";
import { signalInfo } from "../domain/result.js";
import type { Series } from "./plots.js";
import type { Report } from "./report.js";
import { rounded } from "./rounded.js";
import { DISCLAIMER, madeRows, RUNNING, UNKNOWN } from "./rows.js";

// One table, a value a row, so that one header holds for all of it:
//
//   kind      what the row is: about, metric, chunk, trend, wave
//   id        of what: HR_BPM, stars, PULSE_WAVE ...
//   chunk     from 1; only in rows of kind chunk
//   time_s    seconds from the start of the measurement
//   value, unit, confidence, note

const HEADER = ["kind", "id", "chunk", "time_s", "value", "unit", "confidence", "note"];

type Cell = string | number | null | undefined;

/** A report as a CSV file (RFC 4180). Texts that a spreadsheet would calculate are marked as text. */
export function reportCsv(report: Report): string {
  const { summary, isRunning, trend, wave, remarks } = report;
  const rows: Cell[][] = [
    HEADER,
    about("source", summary.source),
    about("status", summary.status),
    ...(isRunning ? [about("running", RUNNING)] : []),
    ...(summary.error ? [about("error", summary.error.message)] : []),
    ...madeRows(summary).map(([name, value]) => about(name, value === UNKNOWN ? undefined : value)),
    ...remarks.map((remark) => about("remark", remark)),
    about("disclaimer", DISCLAIMER),
    ...Object.entries(summary.metrics).map(([id, { mean, unit, confidence, notes }]) => [
      "metric",
      id,
      undefined,
      undefined,
      mean,
      unit,
      confidence,
      notes.map(noteText).join("; "),
    ]),
    ...chunkValues(report),
    ...seriesRows("trend", "HR_BPM", trend),
    ...seriesRows("wave", "PULSE_WAVE", wave),
  ];
  return rows.map((cells) => `${HEADER.map((_, index) => cellText(cells[index])).join(",")}\r\n`).join("");
}

function about(name: string, value: Cell): Cell[] {
  return ["about", name, undefined, undefined, value];
}

function chunkValues({ chunks }: Report): Cell[][] {
  return chunks.flatMap(({ number, startS, endS, quality, heartRateBpm, confidence, snrDb }) => {
    const row = (id: string, value: Cell, unit = "", sure?: number, note?: string | null): Cell[] => [
      "chunk",
      id,
      number + 1,
      endS,
      value,
      unit,
      sure,
      note,
    ];
    return [
      row("start", startS, "s"),
      row("end", endS, "s"),
      row("HR_BPM", heartRateBpm, signalInfo("HR_BPM").unit, confidence),
      row("SNR", snrDb, signalInfo("SNR").unit),
      row("stars", quality?.stars, "", undefined, quality?.worst),
      row("face_share", quality?.faceShare),
      row("movement", quality?.movementMm, "mm"),
      row("brightness", quality?.brightness),
      row("frame_rate", quality?.rateHz, "Hz"),
    ];
  });
}

function seriesRows(kind: string, id: string, series: Series | undefined): Cell[][] {
  const { unit } = signalInfo(id);
  return (series?.values ?? []).map((value, index) => [kind, id, undefined, series?.timesS[index], value, unit]);
}

/**
 * A spreadsheet takes text that begins with one of these for a formula, also after quotes (OWASP, "CSV injection"): an
 * apostrophe makes it text. Numbers are ours and stay numbers.
 */
const FORMULA = /^[\s\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u;

function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return String(rounded(cell));
  const shown = printable(cell);
  const text = FORMULA.test(shown) ? `'${shown}` : shown;
  return /[",;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

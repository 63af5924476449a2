import { type Agreement, isWrong, type Row, type Totals } from "./metrics.js";
import { OTHER_METRICS } from "./reference.js";

/** An entry that could not be evaluated, and why. */
export interface Problem {
  readonly name: string;
  readonly reason: string;
}

/** Where windows are many, only this many of a recording are in the printed table; the CSV has all. */
const WINDOWS_SHOWN_MAX = 3;

/** Everything that is printed: the table of rows, what was left out, the totals. */
export function reportText(rows: readonly Row[], problems: readonly Problem[], groups: readonly Totals[]): string {
  const left = problems.map(({ name, reason }) => `  ${printable(name)}: ${printable(reason)}`);
  return [
    ...rowTable(rows),
    "",
    ...(left.length > 0 ? ["Not evaluated", ...left, ""] : []),
    ...totalTable(groups),
    "",
    ...otherTable(groups),
    ...conditionLines(groups),
  ].join("\n");
}

const ROW_HEADING = ["recording", "s", "truth", "plain", "ours", "error", "conf", "SNR dB", "face %", "took s", ""];

function rowTable(rows: readonly Row[]): string[] {
  const lines: string[][] = [];
  const counts = new Map<string, number>();
  for (const row of rows) {
    const count = (counts.get(row.name) ?? 0) + 1;
    counts.set(row.name, count);
    if (count <= WINDOWS_SHOWN_MAX) lines.push(rowCells(row));
  }
  const hidden = [...counts.values()].reduce((sum, count) => sum + Math.max(0, count - WINDOWS_SHOWN_MAX), 0);
  const table = aligned([ROW_HEADING, ...lines], new Set([0, ROW_HEADING.length - 1]));
  return hidden > 0 ? [...table, `and ${hidden} more windows, all in clips.csv`] : table;
}

function rowCells(row: Row): string[] {
  const { truthBpm: truth, bpm } = row;
  const words = row.reasons.map(printable).join("; ");
  const refusal = bpm === undefined ? `refused: ${words}` : words;
  return [
    printable(row.name),
    `${row.fromS.toFixed(0)}-${row.toS.toFixed(0)}`,
    truth === undefined ? "?" : truth === null ? "no pulse" : truth.toFixed(2),
    fixed(row.plainBpm, 2),
    fixed(bpm, 2),
    typeof truth === "number" && bpm !== undefined ? signed(bpm - truth) : "-",
    row.confidence.toFixed(2),
    fixed(row.snrDb, 1),
    (100 * row.trackedShare).toFixed(0),
    row.seconds.toFixed(1),
    isWrong(truth, bpm) ? `WRONG ${refusal}`.trim() : refusal,
  ];
}

const TOTAL_HEADING = [
  "group",
  "pulse",
  "none",
  "refused",
  "MAE",
  "RMSE",
  "r",
  "<=3 %",
  "worst",
  "false",
  "plain MAE",
  "same clips",
  "RMSE",
  "<=3 %",
  "false",
];

function totalTable(groups: readonly Totals[]): string[] {
  const lines = groups.map(
    ({ group, withPulse, withoutPulse, refused, ours, falseConfident, plain, plainSame, plainFalse }) => [
      printable(group),
      String(withPulse),
      String(withoutPulse),
      String(refused),
      ...agreementCells(ours),
      fixed(ours.worst, 2),
      String(falseConfident),
      fixed(plain.mae, 2),
      fixed(plainSame.mae, 2),
      fixed(plain.rmse, 2),
      percent(plain.withinShare),
      String(plainFalse),
    ],
  );
  return [
    "Totals in 1/min. Ours where it answers; refused: of those with a pulse; false: answers more than 3 off or without a pulse.",
    ...aligned([TOTAL_HEADING, ...lines], new Set([0])),
  ];
}

function agreementCells({ mae, rmse, r, withinShare }: Agreement): string[] {
  return [fixed(mae, 2), fixed(rmse, 2), fixed(r, 3), percent(withinShare)];
}

/** Other metrics, per group where any was given; where none was, one line says so. */
function otherTable(groups: readonly Totals[]): string[] {
  const never = (groups[0]?.others ?? []).filter(({ agreement }) => agreement.count === 0).map(({ id }) => id);
  const lines = groups.flatMap(({ group, others }) =>
    others
      .filter(({ id }) => !never.includes(id))
      .map(({ id, known, agreement: { count, mae, medianError } }) => [
        printable(group),
        id,
        String(known),
        String(count),
        fixed(mae, 2),
        fixed(medianError, 2),
      ]),
  );
  const heading = ["other metrics", "", "known", "answered", "MAE", "median"];
  return [
    ...(lines.length > 0 ? aligned([heading, ...lines], new Set([0, 1])) : []),
    ...(never.length > 0 ? [`never given: ${never.join(", ")}`] : []),
    "",
  ];
}

/** The error under each condition beside the error over all. */
function conditionLines(groups: readonly Totals[]): string[] {
  const all = groups[0];
  const hard = groups.filter(({ group }) => ["dark skin", "low light", "heavy compression"].includes(group));
  if (!all || hard.length === 0) return [];
  return hard.map(({ group, ours, withPulse, refused, withoutPulse, falseConfident }) => {
    const ratio = ours.mae / all.ours.mae;
    const error = ours.count > 0 ? `MAE ${fixed(ours.mae, 2)}, ${fixed(ratio, 2)} x the overall` : "no answer";
    return `${group}: ${error}; ${refused} of ${withPulse} refused, ${withoutPulse} without a pulse, ${falseConfident} false`;
  });
}

const CSV_COLUMNS: Readonly<Record<string, (row: Row) => string | number | null | undefined>> = {
  name: (row) => row.name,
  kind: (row) => row.kind,
  conditions: (row) => row.conditions.join("; "),
  from_s: (row) => row.fromS,
  to_s: (row) => row.toS,
  truth_bpm: (row) => (row.truthBpm === null ? "none" : row.truthBpm),
  plain_bpm: (row) => row.plainBpm,
  bpm: (row) => row.bpm,
  error_bpm: (row) => (typeof row.truthBpm === "number" && row.bpm !== undefined ? row.bpm - row.truthBpm : undefined),
  confidence: (row) => row.confidence,
  snr_db: (row) => row.snrDb,
  tracked_share: (row) => row.trackedShare,
  wrong: (row) => (isWrong(row.truthBpm, row.bpm) ? 1 : 0),
  reasons: (row) => row.reasons.join("; "),
  ...Object.fromEntries(
    OTHER_METRICS.flatMap((id) => {
      const of = (row: Row) => row.others.find((other) => other.id === id);
      return [
        [`${id.toLowerCase()}_truth`, (row: Row) => of(row)?.truth],
        [id.toLowerCase(), (row: Row) => of(row)?.value],
      ];
    }),
  ),
  seconds: (row) => row.seconds,
};

/** All rows with all digits. `seconds` comes last: it alone differs from run to run. */
export function clipsCsv(rows: readonly Row[]): string {
  const columns = Object.entries(CSV_COLUMNS);
  return csvOf([columns.map(([name]) => name), ...rows.map((row) => columns.map(([, cell]) => cell(row)))]);
}

/** All groups with all digits. */
export function totalsCsv(groups: readonly Totals[]): string {
  const lines = groups.map((totals) => ({
    group: totals.group,
    with_pulse: totals.withPulse,
    without_pulse: totals.withoutPulse,
    refused: totals.refused,
    false_confident: totals.falseConfident,
    plain_false: totals.plainFalse,
    ...agreementFields("ours", totals.ours),
    ...agreementFields("plain", totals.plain),
    ...agreementFields("plain_same_clips", totals.plainSame),
  }));
  return csvOf([Object.keys(lines[0] ?? {}), ...lines.map((line) => Object.values(line))]);
}

function agreementFields(prefix: string, { count, mae, rmse, r, withinShare, worst, bias, deviation }: Agreement) {
  return {
    [`${prefix}_answered`]: count,
    [`${prefix}_mae`]: mae,
    [`${prefix}_rmse`]: rmse,
    [`${prefix}_pearson`]: r,
    [`${prefix}_within_3_share`]: withinShare,
    [`${prefix}_worst`]: worst,
    [`${prefix}_bias`]: bias,
    [`${prefix}_sd`]: deviation,
  };
}

/** RFC 4180; unknown values are empty. */
function csvOf(lines: readonly (readonly (string | number | null | undefined)[])[]): string {
  return lines.map((line) => `${line.map(csvCell).join(",")}\n`).join("");
}

function csvCell(value: string | number | null | undefined): string {
  if (value === undefined || value === null || Number.isNaN(value)) return "";
  const words = String(value);
  return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
}

/** Columns of equal width: words to the left, figures to the right. */
function aligned(lines: readonly (readonly string[])[], left: ReadonlySet<number>): string[] {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => (line[i] ?? "").length)));
  return lines.map((line) =>
    line
      .map((cell, i) => (left.has(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? "-" : value.toFixed(digits);
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

function percent(share: number): string {
  return fixed(100 * share, 0);
}

/** Names come from files, and go to a terminal. */
function printable(words: string): string {
  return words.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
}

import { OTHER_METRICS, type OtherMetric } from "./reference.js";

/** An answer further off than this is wrong, in 1/min. */
const WRONG_BPM = 3;

/** What one recording, or one window of it, gave. */
export interface Row {
  readonly name: string;
  readonly kind: string;
  readonly conditions: readonly string[];
  readonly fromS: number;
  readonly toS: number;
  /** null: there is no pulse; undefined: nobody knows. */
  readonly truthBpm: number | null | undefined;
  /** Of the plain pipeline; undefined only without a face. */
  readonly plainBpm: number | undefined;
  /** Of ours; undefined: refused. */
  readonly bpm: number | undefined;
  readonly confidence: number;
  readonly snrDb: number | undefined;
  /** Share of the frames with a face, 0 to 1. */
  readonly trackedShare: number;
  /** Why it was refused, or what to think of the answer; sentences. */
  readonly reasons: readonly string[];
  readonly others: readonly OtherValue[];
  /** Wall time of the whole recording that this row is of. */
  readonly seconds: number;
}

/** Another metric of a row; either side may be unknown. */
export interface OtherValue {
  readonly id: OtherMetric;
  readonly truth: number | undefined;
  readonly value: number | undefined;
}

/** A measured value beside the true one. */
export interface Pair {
  readonly truth: number;
  readonly value: number;
}

/** How well values agree with the truth; NaN where there are too few to say. */
export interface Agreement {
  readonly count: number;
  readonly mae: number;
  readonly rmse: number;
  /** Pearson's correlation. */
  readonly r: number;
  /** Share not more than WRONG_BPM off, 0 to 1. */
  readonly withinShare: number;
  readonly worst: number;
  readonly medianError: number;
  /** Mean difference, value - truth, and the standard deviation of the differences (n - 1): Bland & Altman 1986. */
  readonly bias: number;
  readonly deviation: number;
}

export function agreementOf(pairs: readonly Pair[]): Agreement {
  const differences = pairs.map(({ truth, value }) => value - truth);
  const errors = differences.map(Math.abs).sort((a, b) => a - b);
  const bias = meanOf(differences);
  const n = pairs.length;
  return {
    count: n,
    mae: meanOf(errors),
    rmse: Math.sqrt(meanOf(errors.map((error) => error ** 2))),
    r: pearson(pairs),
    withinShare: n > 0 ? errors.filter((error) => error <= WRONG_BPM).length / n : Number.NaN,
    worst: errors.at(-1) ?? Number.NaN,
    medianError: n > 0 ? (errors[(n - 1) >> 1]! + errors[n >> 1]!) / 2 : Number.NaN,
    bias,
    deviation: n > 1 ? Math.sqrt(differences.reduce((sum, d) => sum + (d - bias) ** 2, 0) / (n - 1)) : Number.NaN,
  };
}

/** The figures of a group of rows. Rows without a reference are not in them. */
export interface Totals {
  readonly group: string;
  /** Rows with a pulse, and rows that are known to have none. */
  readonly withPulse: number;
  readonly withoutPulse: number;
  /** Ours, where it answers. */
  readonly ours: Agreement;
  /** The plain pipeline on all rows with a pulse, and on those where ours answers. */
  readonly plain: Agreement;
  readonly plainSame: Agreement;
  /** Rows with a pulse and no answer. */
  readonly refused: number;
  /** Answers that are more than 3 off, or where there is no pulse. */
  readonly falseConfident: number;
  /** The same of the plain pipeline, which answers always. */
  readonly plainFalse: number;
  readonly others: readonly { readonly id: OtherMetric; readonly known: number; readonly agreement: Agreement }[];
}

export function totalsOf(group: string, rows: readonly Row[]): Totals {
  const known = rows.filter((row) => row.truthBpm !== undefined);
  const beating = known.flatMap((row) => (typeof row.truthBpm === "number" ? [{ row, truth: row.truthBpm }] : []));
  const answered = beating.filter(({ row }) => row.bpm !== undefined);
  const pairs = (of: typeof beating, value: (row: Row) => number | undefined): Pair[] =>
    of.flatMap(({ row, truth }) => {
      const bpm = value(row);
      return bpm === undefined ? [] : [{ truth, value: bpm }];
    });
  return {
    group,
    withPulse: beating.length,
    withoutPulse: known.length - beating.length,
    ours: agreementOf(pairs(beating, (row) => row.bpm)),
    plain: agreementOf(pairs(beating, (row) => row.plainBpm)),
    plainSame: agreementOf(pairs(answered, (row) => row.plainBpm)),
    refused: beating.length - answered.length,
    falseConfident: known.filter((row) => isWrong(row.truthBpm, row.bpm)).length,
    plainFalse: known.filter((row) => isWrong(row.truthBpm, row.plainBpm)).length,
    others: OTHER_METRICS.map((id) => otherTotals(id, rows)).filter((other) => other.known > 0),
  };
}

/** An answer that misleads: more than 3 off, or given where there is no pulse. No answer and no truth mislead nobody. */
export function isWrong(truth: number | null | undefined, bpm: number | undefined): boolean {
  if (truth === undefined || bpm === undefined) return false;
  return truth === null || Math.abs(bpm - truth) > WRONG_BPM;
}

/** All rows, then by kind, then by condition; a single kind is not repeated. */
export function groupsOf(rows: readonly Row[]): Totals[] {
  const named = (names: readonly string[], pass: (row: Row, name: string) => boolean): Totals[] =>
    [...new Set(names)].sort(byText).map((name) =>
      totalsOf(
        name,
        rows.filter((row) => pass(row, name)),
      ),
    );
  const kinds = named(
    rows.map((row) => row.kind),
    (row, kind) => row.kind === kind,
  );
  const conditions = named(
    rows.flatMap((row) => row.conditions),
    (row, name) => row.conditions.includes(name),
  );
  const scored = [...(kinds.length > 1 ? kinds : []), ...conditions].filter(
    ({ withPulse, withoutPulse }) => withPulse + withoutPulse > 0,
  );
  return [totalsOf("all", rows), ...scored];
}

function otherTotals(id: OtherMetric, rows: readonly Row[]): Totals["others"][number] {
  const values = rows.flatMap((row) => row.others.filter((other) => other.id === id && other.truth !== undefined));
  const pairs = values.flatMap(({ truth, value }) => (value === undefined ? [] : [{ truth: truth!, value }]));
  return { id, known: values.length, agreement: agreementOf(pairs) };
}

function pearson(pairs: readonly Pair[]): number {
  const truth = meanOf(pairs.map((pair) => pair.truth));
  const value = meanOf(pairs.map((pair) => pair.value));
  let product = 0;
  let squares = 0;
  let others = 0;
  for (const pair of pairs) {
    product += (pair.truth - truth) * (pair.value - value);
    squares += (pair.truth - truth) ** 2;
    others += (pair.value - value) ** 2;
  }
  return pairs.length > 2 ? product / Math.sqrt(squares * others) : Number.NaN;
}

function meanOf(values: readonly number[]): number {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;
}

/** The same order on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

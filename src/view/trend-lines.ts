import type { Measurement } from "../results/measurement.js";
import { confidenceWord } from "../results/plain-summary.js";
import type { RatePoint } from "../results/rate-trend.js";
import { DotCanvas, joinColumn } from "./braille.js";
import { centred, clamp01 } from "./format.js";
import type { Role, Theme } from "./theme.js";

/** So much of the measurement is shown, its end. */
const SHOWN_S = 120;
/** A narrower scale would make waves out of nothing. */
const SCALE_BPM_MIN = 8;
/** "104 " */
const SCALE_COLUMNS = 4;

const ROLES: Readonly<Record<ReturnType<typeof confidenceWord>, Role>> = {
  high: "ok",
  medium: "warning",
  low: "error",
};

/** "72.4 ±0.6 bpm, 0-20 s": the newest rate with half of its 95 % interval. */
export function trendRemark({ rates }: Measurement, theme: Theme): string {
  const newest = rates.at(-1);
  if (!newest) return "";
  const { bpm, halfWidthBpm } = newest;
  const half = halfWidthBpm === undefined ? "" : ` ${theme.glyphs.plusMinus}${halfWidthBpm.toFixed(1)}`;
  return `${bpm.toFixed(1)}${half} bpm at ${newest.atS.toFixed(0)} s`;
}

/** The heart rate as a line in its band of confidence, over the time that is measured. */
export function trendLines(measurement: Measurement, columns: number, rows: number, theme: Theme): string[] {
  const newest = measurement.rates.at(-1);
  if (!newest) {
    const above = Array.from({ length: (rows - 1) >> 1 }, () => "");
    return [...above, theme.paint("muted", centred("no heart rate yet", columns))];
  }
  const fromS = Math.max(0, newest.atS - SHOWN_S);
  const toS = Math.max(newest.atS, Math.min(measurement.plannedS ?? 0, fromS + SHOWN_S));
  const points = measurement.rates.filter(({ atS }) => atS >= fromS);
  const scale = scaleOf(points);
  const canvas = new DotCanvas(columns - 2 - SCALE_COLUMNS, rows, theme.unicode);
  draw(canvas, points, scale, { fromS, toS });
  const role = newest.confidence === undefined ? "accent" : ROLES[confidenceWord(newest.confidence)];
  const lines = canvas.lines(theme, role, "muted");
  return lines.map((line, row) => {
    const label = row === 0 ? scale.high.toFixed(0) : row === rows - 1 ? scale.low.toFixed(0) : "";
    return ` ${theme.paint("muted", label.padStart(SCALE_COLUMNS - 1))} ${line}`;
  });
}

interface Scale {
  readonly low: number;
  readonly high: number;
}

/** Whole numbers round everything that is shown. */
function scaleOf(points: readonly RatePoint[]): Scale {
  const low = Math.min(...points.map(({ bpm, halfWidthBpm = 0 }) => bpm - halfWidthBpm));
  const high = Math.max(...points.map(({ bpm, halfWidthBpm = 0 }) => bpm + halfWidthBpm));
  const spare = Math.max(0, SCALE_BPM_MIN - (high - low)) / 2;
  return { low: Math.floor(low - spare), high: Math.ceil(high + spare) };
}

interface Span {
  readonly fromS: number;
  readonly toS: number;
}

function draw(canvas: DotCanvas, points: readonly RatePoint[], { low, high }: Scale, { fromS, toS }: Span): void {
  const base = canvas.dotsDown - 1;
  const yOf = (bpm: number): number => Math.round(base * (1 - clamp01((bpm - low) / (high - low))));
  const perDotS = Math.max(toS - fromS, 1) / (canvas.dotsAcross - 1);
  let next = 0;
  let before: number | undefined;
  for (let x = 0; x < canvas.dotsAcross; x += 1) {
    const atS = fromS + x * perDotS;
    while (next < points.length - 1 && (points[next]?.atS ?? 0) < atS) next += 1;
    const right = points[next];
    if (!right || atS > right.atS + perDotS) break;
    if (right.isAfterGap === true && atS < right.atS - perDotS) {
      before = undefined;
      continue;
    }
    const left = points[Math.max(0, next - 1)] ?? right;
    const gapS = right.atS - left.atS;
    const share = gapS > 0 ? clamp01((atS - left.atS) / gapS) : 1;
    const bpm = left.bpm + (right.bpm - left.bpm) * share;
    const half = (left.halfWidthBpm ?? 0) + ((right.halfWidthBpm ?? 0) - (left.halfWidthBpm ?? 0)) * share;
    // The edges of the band alone: filled, it would swallow the line in cells that have one colour each.
    if (half > 0) {
      canvas.set(x, yOf(bpm + half), "back");
      canvas.set(x, yOf(bpm - half), "back");
    }
    joinColumn(canvas, x, before, yOf(bpm), "front");
    before = yOf(bpm);
  }
}

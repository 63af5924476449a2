import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";

import { COLORS, lineFrom, textAt } from "./svg.js";

/** A signal over time: `timesS` and `values` have the same length and the same order. */
export interface Series {
  readonly timesS: readonly number[];
  readonly values: readonly number[];
}

export interface Plot {
  readonly title: string;
  /** Undefined or under two values: the plot says so. */
  readonly series: Series | undefined;
  /** Said where there is no curve. */
  readonly absent: string;
  readonly color: string;
  /** The axis of values covers at least this much around its middle. */
  readonly spanMin: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

const MARGIN = { top: 30, right: 16, bottom: 38, left: 52 };
const TICK_PX = 12;

/** A curve with axes, as the inside of an SVG picture; its upper left corner is at 0, 0. */
export function linePlot({ title, series, absent, color, spanMin, widthPx, heightPx }: Plot): string {
  const heading = textAt(0, 16, title, { bold: true, widthPx });
  if (!hasCurve(series)) {
    return [heading, textAt(0, 40, absent, { color: COLORS.muted, widthPx })].join("\n");
  }
  const right = widthPx - MARGIN.right;
  const bottom = heightPx - MARGIN.bottom;
  const x = scaleLinear(rangeOf(series.timesS, 0), [MARGIN.left, right]);
  const y = scaleLinear(rangeOf(series.values, spanMin), [bottom, MARGIN.top]).nice(5);
  const xTick = x.tickFormat(8);
  const yTick = y.tickFormat(5);
  const gapped = withGaps(series);
  const curve = line<number>()
    .defined(Number.isFinite)
    .x((_, index) => x(gapped.timesS[index] ?? 0))
    .y((value) => y(value))
    .digits(1);
  const muted = { sizePx: TICK_PX, color: COLORS.muted };
  return [
    heading,
    ...y
      .ticks(5)
      .flatMap((value) => [
        lineFrom(MARGIN.left, y(value), right, y(value), COLORS.faint),
        textAt(MARGIN.left - 8, y(value) + 4, yTick(value), { ...muted, anchor: "end" }),
      ]),
    ...x.ticks(8).map((value) => textAt(x(value), bottom + 18, xTick(value), { ...muted, anchor: "middle" })),
    textAt(right, heightPx - 4, "time in s", { ...muted, anchor: "end" }),
    `<path fill="none" stroke="${color}" stroke-width="1.5" stroke-linejoin="round" d="${curve(gapped.values) ?? ""}"/>`,
  ].join("\n");
}

/** One value is no curve. */
export function hasCurve(series: Series | undefined): series is Series {
  return series !== undefined && series.values.length > 1;
}

/** A longer pause than this in values that are dense is one in which nothing was seen. */
const GAP_S = 1;

/** True where a curve must not lead from the value before to this one. */
export function isAfterGap({ timesS }: Series, index: number): boolean {
  const stepS = ((timesS.at(-1) ?? 0) - (timesS[0] ?? 0)) / Math.max(1, timesS.length - 1);
  return (timesS[index] ?? 0) - (timesS[index - 1] ?? Number.POSITIVE_INFINITY) > Math.max(GAP_S, 3 * stepS);
}

/** With NaN in each gap, where the curve breaks off. */
function withGaps(series: Series): Series {
  const timesS: number[] = [];
  const values: number[] = [];
  for (const [index, value] of series.values.entries()) {
    const timeS = series.timesS[index] ?? 0;
    if (isAfterGap(series, index)) {
      timesS.push(timeS);
      values.push(Number.NaN);
    }
    timesS.push(timeS);
    values.push(value);
  }
  return { timesS, values };
}

/** Lowest and highest value; a narrow range is widened around its middle. */
function rangeOf(values: readonly number[], spanMin: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const missing = Math.max(0, spanMin - (high - low)) / 2;
  return [low - missing, high + missing];
}

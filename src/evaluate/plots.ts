import type { Wave, Waves } from "./measure.js";
import type { Agreement, Row } from "./metrics.js";

const WIDTH = 960;
const INK = "#222222";
const FAINT = "#bbbbbb";
const OURS = "#1f6fb4";
const PLAIN = "#d9822b";

/** Seconds of a wave that are drawn: the end of it. */
const WAVE_S = 15;

/**
 * Difference to the truth over the mean of both, for ours and for the plain pipeline (Bland & Altman 1986, Lancet 327:307), with bias and
 * limits of agreement of ours.
 */
export function blandAltman(rows: readonly Row[], ours: Agreement): string {
  const points = rows.flatMap(({ truthBpm, bpm, plainBpm }) => {
    if (typeof truthBpm !== "number") return [];
    const point = (value: number | undefined, color: string) =>
      value === undefined ? [] : [{ mean: (value + truthBpm) / 2, difference: value - truthBpm, color }];
    return [...point(plainBpm, PLAIN), ...point(bpm, OURS)];
  });
  const limits = [ours.bias - 1.96 * ours.deviation, ours.bias, ours.bias + 1.96 * ours.deviation].filter(
    Number.isFinite,
  );
  const x = axis(
    points.map(({ mean }) => mean),
    60,
    WIDTH - 150,
    5,
  );
  const y = axis([...points.map(({ difference }) => difference), ...limits, -3, 3], 400, 40, 1);
  const marks = points.map(
    ({ mean, difference, color }) =>
      `<circle cx="${place(x, mean)}" cy="${place(y, difference)}" r="4" fill="${color}" fill-opacity="0.6"/>`,
  );
  const lines = limits.map((value, i) => {
    const at = place(y, value);
    const label = limits.length === 1 || i === 1 ? "bias" : "1.96 sd";
    return `${line(60, at, WIDTH - 150, at, OURS, i === 1 || limits.length === 1 ? "" : "6 4")}${text(WIDTH - 142, Number(at) + 4, `${label} ${value.toFixed(2)}`, OURS)}`;
  });
  return picture(460, [
    text(60, 24, "Heart rate: measured - true (1/min) over the mean of both"),
    text(WIDTH - 300, 24, "ours", OURS),
    text(WIDTH - 240, 24, "plain pipeline", PLAIN),
    ...ticks(x).map(
      (value) =>
        `${line(place(x, value), 40, place(x, value), 400, "#eeeeee")}${text(Number(place(x, value)) - 8, 420, String(value))}`,
    ),
    ...ticks(y).map(
      (value) =>
        `${line(60, place(y, value), WIDTH - 150, place(y, value), value === 0 ? INK : "#eeeeee")}${text(16, Number(place(y, value)) + 4, String(value))}`,
    ),
    ...marks,
    ...lines,
  ]);
}

/** The last seconds of our pulse wave and of the plain pipeline's, with the true beats where they are known. */
export function wavePicture({ name, title, ours, plain, beatTimesS }: Waves): string {
  const endS = Math.max(ours?.endS ?? 0, plain?.endS ?? 0);
  const x: Axis = { low: Math.max(0, endS - WAVE_S), high: endS, from: 60, to: WIDTH - 20, step: 1 };
  const beats = beatTimesS.filter((timeS) => timeS >= x.low && timeS <= x.high);
  return picture(330, [
    text(60, 24, name),
    text(60, 44, title),
    ...beats.map((timeS) => line(place(x, timeS), 56, place(x, timeS), 290, FAINT, "3 3")),
    text(8, 120, "ours", OURS),
    ours ? curve(ours, x, 65, 165, OURS) : text(60, 120, "no wave: the rate was refused", OURS),
    text(8, 235, "plain", PLAIN),
    plain ? curve(plain, x, 180, 280, PLAIN) : text(60, 235, "no wave: no face was seen", PLAIN),
    ...ticks(x).map((value) => text(Number(place(x, value)) - 6, 312, `${value}`)),
    text(8, 312, "time s"),
  ]);
}

interface Axis {
  readonly low: number;
  readonly high: number;
  /** Places of low and high on the picture. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Holds all values, with whole steps at its ends. */
function axis(values: readonly number[], from: number, to: number, least: number): Axis {
  const low = values.length > 0 ? values.reduce((a, b) => Math.min(a, b)) : 0;
  const high = values.length > 0 ? values.reduce((a, b) => Math.max(a, b)) : 1;
  let step = least;
  while ((high - low) / step > 12) step *= 2;
  return { low: Math.floor(low / step - 0.2) * step, high: Math.ceil(high / step + 0.2) * step, from, to, step };
}

function ticks({ low, high, step }: Axis): number[] {
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

function place({ low, high, from, to }: Axis, value: number): string {
  return (from + ((value - low) / Math.max(1e-9, high - low)) * (to - from)).toFixed(1);
}

function curve({ endS, rateHz, values }: Wave, x: Axis, top: number, bottom: number, color: string): string {
  const shown = values
    .map((value, i) => ({ value, timeS: endS - (values.length - 1 - i) / rateHz }))
    .filter(({ timeS }) => timeS >= x.low);
  const size = shown.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
  const y: Axis = { low: -size, high: size, from: bottom, to: top, step: 1 };
  const points = shown.map(({ value, timeS }) => `${place(x, timeS)},${place(y, value)}`);
  return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.join(" ")}"/>`;
}

function line(
  x1: string | number,
  y1: string | number,
  x2: string | number,
  y2: string | number,
  color: string,
  dashes = "",
) {
  const dashed = dashes === "" ? "" : ` stroke-dasharray="${dashes}"`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${color}"${dashed}/>`;
}

function text(x: number, y: number, words: string, color = INK): string {
  return `<text x="${x}" y="${y}" fill="${color}">${escaped(words)}</text>`;
}

/** Names come from files: they are no markup, and XML takes no control characters at all. */
function escaped(words: string): string {
  return words
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function picture(height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

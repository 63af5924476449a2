import { ADVICE } from "../domain/constraints.js";
import type { PreviewPicture } from "../domain/preview.js";
import { KNOWN_SIGNALS, signalInfo } from "../domain/result.js";
import type { Measurement } from "../results/measurement.js";
import type { Metric } from "../results/metrics.js";
import { confidenceWord, notesTexts } from "../results/plain-summary.js";
import { PULSE_SOURCES, shownPulse } from "../results/shown-pulse.js";
import { usualReach } from "../results/usual-reach.js";
import { pngOfPicture, pngOfSvg } from "./draw.js";
import { linePlot } from "./plots.js";
import { brokenLines, COLORS, svgPicture, textAt } from "./svg.js";

export interface SnapshotInput {
  /** The newest picture, with its overlay drawn in; undefined when there is none yet. Not changed. */
  readonly picture: PreviewPicture | undefined;
  /** What the screen shows at this moment. */
  readonly measurement: Measurement;
  readonly takenAt: Date;
}

const PICTURE = { widthPx: 640, heightPx: 480 };
const PANEL_LEFT = PICTURE.widthPx + 24;
const WIDTH = PANEL_LEFT + 536;
const PANEL_WIDTH = WIDTH - PANEL_LEFT - 24;
/** Base lines of the first and the last line of the metrics. */
const METRICS = { topPx: 124, bottomPx: 280, rowPx: 22 };
/** Confidence and notes of a metric, in lines. */
const REMARK = { leftPx: 262, widthPx: PANEL_WIDTH - 262, sizePx: 12, linePx: 14 };
const WAVE_S = 8;

/**
 * A moment of a measurement as the bytes of a PNG file, 1200 x 480 pixels: the picture with its overlay, and beside it
 * source, time, the metrics with unit, confidence and notes, what the person could do better, and the pulse wave. A picture
 * of any size is fitted in. Takes some 50 ms of another thread; the first one loads sharp (a quarter of a second).
 */
export async function snapshotPng({ picture, measurement, takenAt }: SnapshotInput): Promise<Uint8Array> {
  const svg = svgPicture(WIDTH, PICTURE.heightPx, [
    `<rect width="${PICTURE.widthPx}" height="${PICTURE.heightPx}" fill="#000000"/>`,
    ...(picture ? [] : [textAt(PICTURE.widthPx / 2, 240, "no picture yet", { color: "#ffffff", anchor: "middle" })]),
    ...heading(measurement, takenAt),
    ...metricRows(measurement),
    ...waveAt(measurement, 296),
    textAt(PANEL_LEFT, 464, "Wellness information, not a diagnosis.", { sizePx: 12, color: COLORS.muted }),
  ]);
  if (!picture) return pngOfSvg(svg);
  const png = await pngOfPicture(picture, PICTURE.widthPx, PICTURE.heightPx);
  return pngOfSvg(svg, [{ png, leftPx: 0, topPx: 0 }]);
}

/** Name of its file: "snapshot-2026-11-22T10-21-07.250.png", in UTC like the measurement's folder. */
export function snapshotName(takenAt: Date): string {
  return `snapshot-${takenAt.toISOString().slice(0, -1).replaceAll(":", "-")}.png`;
}

function heading({ source, plannedS, progress, phase, server }: Measurement, takenAt: Date): string[] {
  const planned = plannedS === undefined ? "" : ` of ${plannedS.toFixed(1)}`;
  const muted = { sizePx: 13, color: COLORS.muted, widthPx: PANEL_WIDTH };
  const advice = progress.advice.map((id) => ADVICE[id]).join(" ");
  return [
    textAt(PANEL_LEFT, 30, source?.label ?? "no source yet", { sizePx: 18, bold: true, widthPx: PANEL_WIDTH }),
    textAt(PANEL_LEFT, 52, `${takenAt.toISOString().slice(0, 19).replace("T", " ")} UTC, server ${server}`, muted),
    textAt(PANEL_LEFT, 72, `${phase.kind}, ${progress.positionS.toFixed(1)}${planned} s, face ${progress.face}`, muted),
    textAt(PANEL_LEFT, 92, advice, { ...muted, color: COLORS.warning }),
  ];
}

function metricRows({ metrics }: Measurement): string[] {
  if (metrics.length === 0) return [textAt(PANEL_LEFT, METRICS.topPx, "no result yet", { color: COLORS.muted })];
  const ordered = metrics.toSorted((a, b) => rankOf(a.id) - rankOf(b.id));
  const notes = notesTexts(ordered);
  const parts: string[] = [];
  let y = METRICS.topPx;
  for (const [index, metric] of ordered.entries()) {
    const remark = brokenLines(remarkOf(metric, notes[index] ?? ""), REMARK.widthPx / REMARK.sizePx).slice(0, 3);
    const below = y + (remark.length - 1) * REMARK.linePx;
    const left = ordered.length - index;
    if (below > METRICS.bottomPx - (left > 1 ? METRICS.rowPx : 0)) {
      return [...parts, textAt(PANEL_LEFT, y, `and ${left} more`, { color: COLORS.muted })];
    }
    parts.push(...metricRow(metric, remark, y));
    y = below + METRICS.rowPx;
  }
  return parts;
}

function rankOf(id: string): number {
  const rank = KNOWN_SIGNALS.indexOf(id);
  return rank === -1 ? KNOWN_SIGNALS.length : rank;
}

function remarkOf({ mean, confidence }: Metric, notes: string): string {
  if (mean === undefined || confidence === undefined) return notes;
  return [`${confidenceWord(confidence)} ${confidence.toFixed(2)}`, notes].filter(Boolean).join("; ");
}

function metricRow({ id, mean }: Metric, remark: readonly string[], y: number): string[] {
  const { label, unit } = signalInfo(id);
  return [
    textAt(PANEL_LEFT, y, label, { widthPx: 150 }),
    textAt(PANEL_LEFT + 206, y, mean?.toFixed(2) ?? "N/A", { bold: true, anchor: "end" }),
    textAt(PANEL_LEFT + 214, y, unit, { sizePx: 13, color: COLORS.muted, widthPx: 44 }),
    ...remark.map((line, index) =>
      textAt(PANEL_LEFT + REMARK.leftPx, y + index * REMARK.linePx, line, {
        sizePx: REMARK.sizePx,
        color: COLORS.muted,
        widthPx: REMARK.widthPx,
      }),
    ),
  ];
}

/** As on the screen: gaps are left out, and what goes beyond the usual height of the beats is cut there. */
function waveAt(measurement: Measurement, top: number): string[] {
  const pulse = shownPulse(measurement, "live");
  const rateHz = pulse?.rateHz ?? 0;
  const newest = pulse?.values.slice(-Math.round(WAVE_S * rateHz)) ?? [];
  const reach = usualReach(newest, rateHz);
  const known = newest
    .map((value, index) => ({ timeS: (index - newest.length + 1) / rateHz, value }))
    .filter(({ value }) => Number.isFinite(value));
  const plot = linePlot({
    title: pulse ? `Pulse wave, ${PULSE_SOURCES[pulse.from]}` : "Pulse wave",
    series: {
      timesS: known.map(({ timeS }) => timeS),
      values: known.map(({ value }) => Math.max(-reach, Math.min(reach, value))),
    },
    absent: "no pulse wave yet",
    color: COLORS.pulse,
    spanMin: 0.1,
    widthPx: PANEL_WIDTH,
    heightPx: 150,
  });
  return [`<g transform="translate(${PANEL_LEFT} ${top})">`, plot, "</g>"];
}

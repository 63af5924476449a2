import { chunkLines } from "./chunk-lines.js";
import { widthOf } from "./format.js";
import { HOLE } from "./frame-sink.js";
import type { PlacedPanel } from "./layout.js";
import { logLines, logRemark } from "./log-lines.js";
import type { PanelSection } from "./PanelStack.js";
import { PANEL_TITLES, PANELS, type PanelId } from "./panels.js";
import { spectrumLines, spectrumRemark, waveLines, waveRemark } from "./pulse-lines.js";
import { faceText } from "./status-lines.js";
import type { Theme } from "./theme.js";
import { trendLines, trendRemark } from "./trend-lines.js";
import type { ViewState } from "./view-model.js";
import { vitalLines } from "./vital-lines.js";

/** A panel with everything in it, for a place of that many columns between its borders. */
export function panelSection({ id, rows }: PlacedPanel, state: ViewState, columns: number, theme: Theme): PanelSection {
  return {
    title: PANEL_TITLES[id],
    key: String(PANELS.indexOf(id) + 1),
    remark: remarkOf(id, state, theme),
    focused: state.ui.focus === id,
    rows,
    lines: linesOf(id, state, columns, rows, theme),
  };
}

function linesOf(id: PanelId, state: ViewState, columns: number, rows: number, theme: Theme): string[] {
  const { measurement, ui } = state;
  switch (id) {
    case "preview":
      return previewLines(state, columns, rows, theme);
    case "vitals":
      return vitalLines(measurement, columns, rows, theme);
    case "trend":
      return trendLines(measurement, columns, rows, theme);
    case "wave":
      return waveLines(measurement, ui.pulse, columns, rows, theme);
    case "spectrum":
      return spectrumLines(measurement, ui.pulse, columns, rows, theme);
    case "chunks":
      return chunkLines(measurement, columns, rows, theme);
    case "log":
      return logLines(measurement.messages, ui.log, rows, theme);
  }
}

function remarkOf(id: PanelId, state: ViewState, theme: Theme): string {
  const { measurement, ui } = state;
  switch (id) {
    case "preview":
      return previewRemark(state);
    case "vitals":
      return "";
    case "trend":
      return trendRemark(measurement, theme);
    case "wave":
      return waveRemark(measurement, ui.pulse);
    case "spectrum":
      return spectrumRemark(measurement, ui.pulse);
    case "chunks": {
      const done = measurement.chunks.filter((chunk) => chunk.resultAtMs !== undefined).length;
      return `${done} of ${Math.max(measurement.plannedChunks, measurement.chunks.length) || "-"} with results`;
    }
    case "log":
      return logRemark(measurement.messages, ui.log);
  }
}

/** The hole that the painter fills, and the state of the face below it. */
function previewLines(state: ViewState, columns: number, rows: number, theme: Theme): string[] {
  const { ui, measurement } = state;
  const picture = Array.from({ length: rows - 1 }, () => (ui.preview ? HOLE.repeat(columns) : ""));
  if (!ui.preview) {
    const text = "preview is off (p)";
    picture[rows >> 1] = `${" ".repeat(Math.max(0, (columns - text.length) >> 1))}${theme.paint("muted", text)}`;
  }
  const face = faceText(measurement, theme);
  const options = `${ui.zoom ? "face only" : "whole picture"}, ${OVERLAY_WORDS[ui.overlay]} `;
  const gap = columns - widthOf(face) - options.length;
  return [...picture, gap > 0 ? `${face}${" ".repeat(gap)}${theme.paint("muted", options)}` : face];
}

const OVERLAY_WORDS = { none: "no overlay", regions: "regions", mesh: "points" } as const;

/** "10 fps  44 kB/s" */
function previewRemark({ previewRate, ui }: ViewState): string {
  if (!previewRate || !ui.preview) return "";
  return `${previewRate.rateHz.toFixed(0)} fps  ${(previewRate.bytesPerS / 1000).toFixed(0)} kB/s`;
}

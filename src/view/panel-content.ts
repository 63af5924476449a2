import { waitingOf } from "../results/waiting.js";
import { chunkLines } from "./chunk-lines.js";
import { answeredText } from "./chunk-rows.js";
import { columnsOf } from "./columns.js";
import { centred, oneLine } from "./format.js";
import { HOLE } from "./frame-sink.js";
import type { PlacedPanel } from "./layout.js";
import { logLines, logRemark } from "./log-lines.js";
import type { PanelSection } from "./panel-stack.js";
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
    remark: remarkOf(id, state, columns, rows, theme),
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

function remarkOf(id: PanelId, state: ViewState, columns: number, rows: number, theme: Theme): string {
  const { measurement, ui } = state;
  switch (id) {
    case "preview":
      return previewRemark(state);
    case "vitals":
      return "";
    case "trend":
      return trendRemark(measurement, theme);
    case "wave":
      return waveRemark(measurement, ui.pulse, columns);
    case "spectrum":
      return spectrumRemark(measurement, ui.pulse);
    case "chunks":
      return answeredText(measurement);
    case "log":
      return logRemark(measurement.messages, ui.log, rows);
  }
}

/** The hole that the painter fills, or what is waited for while there is no picture; the state of the face below it. */
function previewLines(state: ViewState, columns: number, rows: number, theme: Theme): string[] {
  const { ui, measurement } = state;
  const words = wordsFor(state);
  const isPictured = words.length === 0;
  const picture = isPictured ? hole(columns, rows - 1) : Array.from({ length: rows - 1 }, () => "");
  const top = Math.max(0, (rows - 1 - words.length) >> 1);
  for (const [index, text] of words.entries()) picture[top + index] = theme.paint("muted", centred(text, columns));
  const face = faceText(measurement, theme);
  const options = `${ui.zoom ? "face only" : "whole picture"}, ${OVERLAY_WORDS[ui.overlay]} `;
  const gap = columns - columnsOf(face) - options.length;
  const line = gap > 0 ? `${face}${" ".repeat(gap)}${theme.paint("muted", options)}` : face;
  return [...picture.slice(0, rows - 1), isPictured ? line : ""];
}

/** Its corners alone are marked: Ink takes long over characters that are not ASCII. */
function hole(columns: number, rows: number): string[] {
  const lines = Array.from({ length: rows }, () => "");
  const last = `${" ".repeat(columns - 1)}${HOLE}`;
  if (rows < 2) return [HOLE + last.slice(1)];
  return [HOLE, ...lines.slice(2), last];
}

const OVERLAY_WORDS = { none: "no overlay", regions: "regions", mesh: "points" } as const;

/** Why there is no picture, and how long this may take. */
function wordsFor(state: ViewState): string[] {
  const { ui, measurement, nowMs, waitingSinceMs } = state;
  const waiting = waitingOf(measurement);
  if (!waiting || measurement.phase.kind === "measuring") return ui.preview ? [] : ["preview is off (p)"];
  const waited = `${Math.floor((nowMs - waitingSinceMs) / 1000)} s`;
  if (measurement.phase.kind === "connecting") return [`${oneLine(waiting.text)} ...`, "", waited];
  const limit = waiting.limitS === undefined ? "" : `, at most ${waiting.limitS} s`;
  return ["all pictures are read", "", waiting.text, waited + limit];
}

/** "10 fps  44 kB/s  38 ms" */
function previewRemark({ previewRate, ui, measurement }: ViewState): string {
  if (!previewRate || !ui.preview || measurement.phase.kind === "finishing") return "";
  const { rateHz, bytesPerS, echoMs, isCrawling } = previewRate;
  if (isCrawling) return "slow link: drawing only";
  const echo = echoMs === undefined ? "" : `  ${echoMs.toFixed(0)} ms`;
  return `${rateHz.toFixed(0)} fps  ${(bytesPerS / 1000).toFixed(0)} kB/s${echo}`;
}

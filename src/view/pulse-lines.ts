import type { Measurement } from "../results/measurement.js";
import { BPM_MAX, BPM_MIN, type PulseSpectrum, pulseSpectrum } from "../results/pulse-spectrum.js";
import { remembered } from "../results/remembered.js";
import { PULSE_SOURCES, type ShownPulse, shownPulse } from "../results/shown-pulse.js";
import { newestPiece } from "../results/skin-signal.js";
import { usualReach } from "../results/usual-reach.js";
import { between, DotCanvas, drawCurve } from "./braille.js";
import { centred } from "./format.js";
import type { Role, Theme } from "./theme.js";

/** Length of the piece that is shown: about ten beats. */
const SHOWN_S = 8;

/** Narrower panels have no room for more than a word beside their title. */
const COLUMNS_FOR_SOURCE = 48;

/** "live from the skin, last 8 s", "live, last 8 s" */
export function waveRemark(measurement: Measurement, wanted: ShownPulse["from"], columns: number): string {
  const pulse = shownPulse(measurement, wanted);
  if (!pulse) return "";
  const shownS = Math.min(SHOWN_S, Math.round(pulse.values.length / pulse.rateHz));
  return `${columns < COLUMNS_FOR_SOURCE ? pulse.from : PULSE_SOURCES[pulse.from]}, last ${shownS} s`;
}

/** The end of the pulse wave as a curve, on the scale of its usual beats: what goes beyond is muted, at the edge. */
export function waveLines(
  measurement: Measurement,
  wanted: ShownPulse["from"],
  columns: number,
  rows: number,
  theme: Theme,
): string[] {
  const pulse = shownPulse(measurement, wanted);
  if (!pulse) return note("no pulse wave yet", columns, rows, theme);
  const shown = pulse.values.slice(-Math.round(SHOWN_S * pulse.rateHz));
  const reach = usualReach(shown, pulse.rateHz);
  if (!shown.some(Number.isFinite)) return note("no face to read a pulse from", columns, rows, theme);
  const canvas = new DotCanvas(columns - 2, rows, theme.unicode);
  drawCurve(canvas, shown, "front", reach);
  return canvas.lines(theme, pulse.from === "live" ? "accent" : "ok", "muted").map((line) => ` ${line}`);
}

/** "peak 71.6 bpm", with "unsure" when the server has found something else, or nothing */
export function spectrumRemark(measurement: Measurement, wanted: ShownPulse["from"]): string {
  const spectrum = spectrumOf(measurement, wanted);
  if (!spectrum) return "";
  if (!spectrum.isClear) return "no clear peak";
  const peak = `peak ${spectrum.peakBpm.toFixed(1)} bpm`;
  return isContradicted(spectrum, measurement) ? `${peak}, unsure` : peak;
}

/** Rates change between what the server has answered and what the skin shows now, but not by more than this. */
const AGREEING_BPM = 12;

/** The server has looked at what was before, and saw no such heart rate in it. */
function isContradicted({ peakBpm }: PulseSpectrum, { metrics, rates }: Measurement): boolean {
  const metric = metrics.find(({ id }) => id === "HR_BPM");
  if (!metric) return false;
  const { mean } = metric;
  return mean === undefined || Math.abs((rates.at(-1)?.bpm ?? mean) - peakBpm) > AGREEING_BPM;
}

/** Power over rate as bars with their peak marked, and the scale below. */
export function spectrumLines(
  measurement: Measurement,
  wanted: ShownPulse["from"],
  columns: number,
  rows: number,
  theme: Theme,
): string[] {
  const spectrum = spectrumOf(measurement, wanted);
  if (!spectrum) return note("needs 5 s of a pulse wave", columns, rows, theme);
  const canvas = new DotCanvas(columns - 2, rows - 1, theme.unicode);
  const perDot = (BPM_MAX - BPM_MIN) / (canvas.dotsAcross - 1);
  const base = canvas.dotsDown - 1;
  const isSure = spectrum.isClear && !isContradicted(spectrum, measurement);
  for (let x = 0; x < canvas.dotsAcross; x += 1) {
    const power = between(spectrum.powers, x * perDot);
    const isPeak = isSure && Math.abs(BPM_MIN + x * perDot - spectrum.peakBpm) <= PEAK_REACH_BPM;
    canvas.column(x, Math.round(base * (1 - power)), base, isPeak ? "front" : "back");
  }
  const front: Role = "ok";
  return [...canvas.lines(theme, front, "muted"), axis(columns - 2, theme)].map((line) => ` ${line}`);
}

/** Half of the peak's width on the screen. */
const PEAK_REACH_BPM = 4;
const AXIS_BPM = [40, 60, 80, 100, 120, 140, 160, 180];

function axis(columns: number, theme: Theme): string {
  let text = "";
  for (const bpm of AXIS_BPM) {
    const label = String(bpm);
    const middle = Math.round(((bpm - BPM_MIN) / (BPM_MAX - BPM_MIN)) * (columns - 1));
    const start = Math.min(columns - label.length, Math.max(0, middle - (label.length >> 1)));
    if (start > text.length || text === "") text = text.padEnd(start) + label;
  }
  return theme.paint("muted", text);
}

function spectrumOf(measurement: Measurement, wanted: ShownPulse["from"]): PulseSpectrum | undefined {
  const pulse = shownPulse(measurement, wanted);
  return pulse && spectrumOfPulse(pulse);
}

/** Of the newest stretch without a gap; a jump in it counts no more than the beats around it. */
const spectrumOfPulse = remembered((pulse: ShownPulse) => {
  const piece = newestPiece(pulse);
  const reach = usualReach(piece, pulse.rateHz);
  const limited = piece.map((value) => Math.max(-reach, Math.min(reach, value)));
  return pulseSpectrum(limited, pulse.rateHz);
});

/** A sentence in the middle of a panel that has nothing to show. */
function note(text: string, columns: number, rows: number, theme: Theme): string[] {
  const above = Array.from({ length: (rows - 1) >> 1 }, () => "");
  return [...above, theme.paint("muted", centred(text, columns))];
}

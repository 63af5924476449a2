import { CHUNK_QUEUE_LENGTH } from "../domain/chunk.js";
import { ADVICE } from "../domain/constraints.js";
import { countReached, type Measurement, type Progress, startObstacle } from "../results/measurement.js";
import { waitingOf } from "../results/waiting.js";
import { clock, oneLine, percent, UNKNOWN, wrapped } from "./format.js";
import { PICTURED } from "./key-table.js";
import { roleOf } from "./log-lines.js";
import type { Role, Theme } from "./theme.js";
import { awaitedSeconds, silentSeconds, type ViewState } from "./view-model.js";

/** A fresh warning is shown so long instead of the usual advice. */
const NEWS_MS = 8_000;
/** Servers answer sooner, whatever is between; then the answer is worth a sentence. */
const LATE_S = 3;

/** What the operator should know or do now, in one line. */
export function adviceLine(state: ViewState, theme: Theme): string {
  const { role, text } = adviceOf(state);
  return ` ${theme.paint(role, text)}`;
}

/** The same on as many lines as it takes. */
export function adviceLines(state: ViewState, columns: number, theme: Theme): string[] {
  const { role, text } = adviceOf(state);
  return wrapped(text, columns - 1).map((line) => ` ${theme.paint(role, line)}`);
}

interface Advice {
  readonly role: Role;
  readonly text: string;
}

function adviceOf(state: ViewState): Advice {
  const { measurement, ui } = state;
  const { phase } = measurement;
  if (ui.asking) {
    const question = phase.kind === "ready" ? "Leave without measuring?" : "Cancel the measurement?";
    return { role: "warning", text: `${question}  y yes   n no` };
  }
  if (ui.cancelling === "key") return { role: "warning", text: "Cancelling: what was measured is kept." };
  if (ui.cancelling === "interrupt") {
    return { role: "warning", text: "Cancelling: what was measured is kept. Ctrl-C again leaves at once." };
  }
  switch (phase.kind) {
    case "connecting":
      return { role: "plain", text: `Connecting: ${waitingText(state)}` };
    case "ready":
      return freshNews(state) ?? readyAdvice(measurement);
    case "measuring":
      return measuringAdvice(state);
    case "finishing":
      return { role: "accent", text: capitalised(waitingText(state)) };
    case "completed":
    case "cancelled":
      return { role: "muted", text: "Wellness information, not a diagnosis." };
    case "failed":
      return { role: "error", text: oneLine(phase.failure.message) };
  }
}

/** A camera starts only when nothing is violated; the advice says what to do about it. */
function readyAdvice(measurement: Measurement): Advice {
  const obstacle = startObstacle(measurement);
  if (obstacle) return { role: "warning", text: `Not ready: ${ADVICE[obstacle]}` };
  const [first] = measurement.progress.advice;
  // The bar names the key, too: the advice must not be cut at 80 columns.
  return { role: "accent", text: `Ready. ${first ? ADVICE[first] : "Press s to start the measurement."}` };
}

/** What `w` did; on a screen without a log there is no other place for it. */
const SNAPSHOT = /^snapshot /;

/** Why no pictures come. */
function silentAdvice(measurement: Measurement, silentS: number): Advice {
  const waiting = waitingChunks(measurement);
  if (waiting >= CHUNK_QUEUE_LENGTH) {
    return { role: "warning", text: `Waiting for the server: ${waiting} chunks are not acknowledged (${silentS} s)` };
  }
  const what = measurement.progress.framesRead === 0 ? "Waiting for the first picture" : "No picture comes";
  return { role: "warning", text: `${what} (${silentS} s)` };
}

function freshNews({ measurement, nowMs, messageSinceMs }: ViewState): Advice | undefined {
  const news = measurement.messages.at(-1);
  const isNews = news && (news.level !== "info" || SNAPSHOT.test(news.text)) && nowMs - messageSinceMs < NEWS_MS;
  return isNews ? { role: roleOf(news.level), text: oneLine(news.text) } : undefined;
}

function measuringAdvice(state: ViewState): Advice {
  const { measurement } = state;
  const news = freshNews(state);
  if (news) return news;
  const silentS = silentSeconds(state);
  if (silentS !== undefined) return silentAdvice(measurement, silentS);
  const { framesRead, rateHz, face } = measurement.progress;
  // Before the start pictures came, too, and were not counted.
  if (framesRead === 0 && rateHz === 0) return { role: "plain", text: "Waiting for the first picture." };
  switch (face) {
    case "searching":
      return { role: "warning", text: "Searching for a face: look straight into the camera." };
    case "lost":
      return { role: "warning", text: "The face is lost: look straight into the camera." };
    case "tracked":
      return trackedAdvice(state);
  }
}

/** The most urgent advice alone: one thing at a time. */
function trackedAdvice(state: ViewState): Advice {
  const first = state.measurement.progress.advice.find((id) => id !== "FaceNone");
  if (first) return { role: "warning", text: ADVICE[first] };
  const isLate = (awaitedSeconds(state) ?? 0) >= LATE_S;
  if (isLate) return { role: "warning", text: capitalised(waitingText(state)) };
  return { role: "plain", text: "Hold still and keep the light steady." };
}

/** "logging in (4 s)" */
export function waitingText(state: ViewState): string {
  const waitedS = awaitedSeconds(state) ?? 0;
  return oneLine(waitingOf(state.measurement)?.text ?? "") + (waitedS > 1 ? ` (${waitedS} s)` : "");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What goes in and out, what was lost, what waits, and for how long; the short form fits into 50 columns. */
export function countersLine(state: ViewState, columns: number, theme: Theme): string {
  const { measurement } = state;
  const { progress, plannedS, phase } = measurement;
  const count = (value: number, width: number, word: string) =>
    `${String(value).padStart(width)} ${theme.paint("muted", word)}`;
  const isSilent = silentSeconds(state) !== undefined;
  const isRunning = (phase.kind === "measuring" || phase.kind === "ready") && !isSilent;
  const rate = (hz: number) => (isRunning && hz > 0 ? hz.toFixed(1) : UNKNOWN);
  const left = secondsLeft(progress, plannedS);
  const leftText = phase.kind === "measuring" && !isSilent && left !== undefined ? clock(left) : UNKNOWN;
  const width = columns >= 120 ? 6 : 5;
  const lost = count(progress.framesDropped, columns < 66 ? 3 : width - 1, "dropped");
  const frames = [
    count(progress.framesRead, width, "read"),
    count(progress.framesTracked, width, "tracked"),
    progress.framesDropped > 0 ? theme.paint("warning", lost) : lost,
  ];
  if (columns < 66) return [...frames, `${rate(progress.rateHz).padStart(5)} ${theme.paint("muted", "fps")}`].join(" ");
  const waiting = waitingChunks(measurement);
  const queue = `${theme.paint("muted", "queue")} ${waiting}/${CHUNK_QUEUE_LENGTH}`;
  const isFull = waiting >= CHUNK_QUEUE_LENGTH;
  const rates =
    columns >= 100
      ? `${rate(progress.sourceRateHz).padStart(6)} ${theme.paint("muted", "fps in")}` +
        `${rate(progress.rateHz).padStart(6)} ${theme.paint("muted", "out")}`
      : `${rate(progress.rateHz).padStart(5)} ${theme.paint("muted", "fps")}`;
  const times =
    columns >= 100
      ? `${elapsedText(state).padStart(6)} ${theme.paint("muted", "run")} ${leftText.padStart(5)} ${theme.paint("muted", "left")}`
      : `${leftText.padStart(5)} ${theme.paint("muted", "left")}`;
  return [...frames, rates, isFull ? theme.paint("warning", queue) : queue, times].join("  ");
}

/** Chunks that are cut and not yet acknowledged; when the queue is full, extraction waits for the network. */
function waitingChunks({ chunks }: Measurement): number {
  return countReached(chunks, "extractedAtMs") - countReached(chunks, "acknowledgedAtMs");
}

/** Wall time since measuring began. */
function elapsedText({ nowMs, measuringSinceMs }: ViewState): string {
  return measuringSinceMs === undefined ? UNKNOWN : clock((nowMs - measuringSinceMs) / 1000);
}

/** Wall time until the planned length is reached; a file runs at its own speed, not at the clock's. */
function secondsLeft({ positionS, speed }: Progress, plannedS: number | undefined): number | undefined {
  if (plannedS === undefined || speed <= 0) return undefined;
  return Math.ceil(Math.max(0, plannedS - positionS) / speed - ROUNDING_S);
}

/** Times of containers are rounded. */
const ROUNDING_S = 0.005;
/** The last frame may stand for a little less or more than the container says. */
const END_S = 0.25;

/** "00:23 / 01:00   38 %", the same width from start to end. */
export function timeText(measurement: Measurement): string {
  const { plannedS } = measurement;
  const planned = plannedS === undefined ? "--:--" : clock(plannedS + ROUNDING_S);
  return `${clock(shownPosition(measurement) + ROUNDING_S)} / ${planned}  ${percent(fractionDone(measurement))}`;
}

export function fractionDone(measurement: Measurement): number | undefined {
  const { plannedS } = measurement;
  return plannedS === undefined || plannedS <= 0 ? undefined : shownPosition(measurement) / plannedS;
}

/** What was planned is not exceeded, and reached when all frames are read. */
function shownPosition({ phase, progress: { positionS }, plannedS = Number.POSITIVE_INFINITY }: Measurement): number {
  const isRead = phase.kind === "finishing" || phase.kind === "completed";
  return isRead && positionS > plannedS - END_S ? plannedS : Math.min(positionS, plannedS);
}

/** State of the face, with a dot in its colour; nothing while nobody looks for one. */
export function faceText({ phase, progress }: Measurement, theme: Theme): string {
  if (!PICTURED.includes(phase.kind)) return "";
  const role = progress.face === "tracked" ? "ok" : "warning";
  const presence = progress.face === "tracked" ? `${percentText(progress.presence)} %` : "";
  return ` ${theme.paint(role, `${theme.glyphs.dot} face ${progress.face}`)}${presence}`;
}

/** Five columns: " 99.8", "  100". */
function percentText(share: number): string {
  const shown = share * 100;
  return (shown >= 99.95 ? "100" : shown.toFixed(1)).padStart(5);
}

import { ADVICE, type ConstraintId } from "../domain/constraints.js";
import { printable } from "../domain/printable.js";
import { type ChunkResult, signalInfo } from "../domain/result.js";
import type { MeasurementEvent } from "../results/events.js";
import { acknowledgedText, createdText } from "../results/events.js";
import type { Measurement, Phase } from "../results/measurement.js";
import { metricsOf } from "../results/metrics.js";
import { counted, notesTexts, plainSummary } from "../results/plain-summary.js";
import type { Summary } from "../results/summary.js";
import type { Reporter } from "./reporter.js";
import { WaitTeller } from "./wait-teller.js";

/** Progress is told every tenth of the whole, or every ten seconds when its length is not known. */
const PROGRESS_STEP = 0.1;
const PROGRESS_STEP_S = 10;

/** One line per event, no escape sequences: for pipes, logs and terminals that can do no more. */
export class PlainReporter implements Reporter {
  readonly #write: (line: string) => void;
  readonly #state: () => Measurement;
  readonly #quietMs: number;
  #toldSteps = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #toldAdvice: readonly ConstraintId[] = [];
  /** Why there was no value, by metric, as told last. */
  readonly #toldReasons = new Map<string, string>();
  readonly #wait: WaitTeller;

  /** Between two lines of progress at least `quietMs` pass. */
  constructor(write: (line: string) => void, state: () => Measurement, quietMs = 0) {
    this.#wait = new WaitTeller(state, (what, waitedS) => write(`${printable(`still ${what.text} (${waitedS} s)`)}\n`));
    this.#write = (line) => {
      write(line);
      this.#wait.said();
    };
    this.#state = state;
    this.#quietMs = quietMs;
  }

  event(event: MeasurementEvent): void {
    if (event.type === "progress") this.#tellAdvice(event.progress.advice);
    const line = this.#lineOf(event);
    if (line) this.#write(`${printable(line)}\n`);
  }

  picture(): void {
    // There is no picture in a line.
  }

  async finish(summary: Summary): Promise<void> {
    for (const line of plainSummary(summary)) this.#write(`${line}\n`);
    this.#wait.stop();
  }

  restore(): void {
    // Nothing was changed.
    this.#wait.stop();
  }

  #lineOf(event: MeasurementEvent): string | undefined {
    if (event.type === "progress") return this.#progressLine();
    return event.type === "result" ? this.#resultLine(event.result) : plainLine(event);
  }

  /** All values there are, and why others are missing where that is news. */
  #resultLine(result: ChunkResult): string {
    const metrics = metricsOf(result);
    const notes = notesTexts(metrics);
    const values = metrics.flatMap(({ id, mean }, index) => {
      const { label, unit } = signalInfo(id);
      const reason = notes[index] ?? "";
      if (mean !== undefined) {
        this.#toldReasons.delete(id);
        return `${label} ${mean.toFixed(2)} ${unit}`.trimEnd();
      }
      if (this.#toldReasons.get(id) === reason) return [];
      this.#toldReasons.set(id, reason);
      return `${label} N/A${reason ? ` (${reason})` : ""}`;
    });
    const error = result.errorCode === "OK" ? "" : ` [${result.errorCode}]`;
    const { chunkNumber } = result;
    const what = chunkNumber === undefined ? "final result" : `result of chunk ${chunkNumber + 1}`;
    const none = metrics.length > 0 ? "no values, as before" : "no values";
    return `${what}${error}: ${values.join(", ") || none}`;
  }

  /** The advice, when it has changed. */
  #tellAdvice(advice: readonly ConstraintId[]): void {
    if (advice.join() === this.#toldAdvice.join()) return;
    this.#toldAdvice = advice;
    const words = advice.map((id) => ADVICE[id]).join(" ");
    this.#write(`advice: ${words === "" ? "all is well now" : words}\n`);
  }

  #progressLine(): string | undefined {
    const { progress, plannedS } = this.#state();
    const step = plannedS ? plannedS * PROGRESS_STEP : PROGRESS_STEP_S;
    const steps = Math.floor(progress.positionS / step);
    const nowMs = performance.now();
    if (steps <= this.#toldSteps || nowMs - this.#toldAtMs < this.#quietMs) return undefined;
    this.#toldSteps = steps;
    this.#toldAtMs = nowMs;
    const share = plannedS
      ? ` of ${plannedS.toFixed(1)} s, ${Math.round((progress.positionS / plannedS) * 100)} %`
      : " s";
    return (
      `measured ${progress.positionS.toFixed(1)}${share}: ${progress.framesRead} frames, face in ` +
      `${progress.framesTracked}, ${progress.framesDropped} dropped, ${progress.rateHz.toFixed(0)} frames/s`
    );
  }
}

function plainLine(event: Exclude<MeasurementEvent, { type: "progress" | "result" }>): string | undefined {
  switch (event.type) {
    case "phase":
      return phaseLine(event.phase);
    case "opened": {
      const { source, plannedChunks } = event;
      const { widthPx, heightPx } = source.format;
      const planned = event.plannedS === undefined ? "until stopped" : `${event.plannedS.toFixed(1)} s`;
      return `${event.isEarlier ? "of" : "opened"} ${source.label}: ${widthPx}x${heightPx}, ${source.rateHz.toFixed(2)} frames/s, ${planned} in ${counted(plannedChunks, "chunk")}`;
    }
    case "created":
      return createdText(event);
    case "extracted":
      return `chunk ${event.number + 1} extracted (${event.startS}-${event.endS} s)`;
    case "sent":
    case "note": // It comes as a message, too.
    case "timing":
    case "skin":
    case "trouble":
    case "recalled":
      return undefined;
    case "acknowledged":
      return acknowledgedText(event.number, event.roundTripMs);
    case "message":
      return `${event.message.level === "info" ? "" : `${event.message.level}: `}${event.message.text}`;
  }
}

function phaseLine(phase: Phase): string | undefined {
  switch (phase.kind) {
    case "connecting":
      return phase.step;
    case "ready":
      return "ready: waiting for the start";
    case "measuring":
      return "measuring";
    case "finishing":
      return "all frames read, waiting for results";
    case "completed":
    case "cancelled":
    case "failed":
      return undefined; // The summary says it.
  }
}

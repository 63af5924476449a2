import type { ChunkResult } from "../domain/result.js";
import type { MeasurementEvent } from "../results/events.js";
import type { Measurement } from "../results/measurement.js";
import { metricsOf } from "../results/metrics.js";
import type { Summary } from "../results/summary.js";
import type { Reporter } from "./reporter.js";
import { WaitTeller } from "./wait-teller.js";

/** NDJSON: one object a line on stdout, as docs/json.md describes; nothing else goes there. */
export class JsonReporter implements Reporter {
  readonly #write: (value: object) => void;

  readonly #wait: WaitTeller;

  constructor(write: (line: string) => void, state: () => Measurement) {
    const toLine = (value: object): void => write(`${JSON.stringify(value)}\n`);
    this.#wait = new WaitTeller(state, ({ text }, waitedS) => toLine({ v: 1, type: "waiting", text, waitedS }));
    this.#write = (value) => {
      toLine(value);
      this.#wait.said();
    };
  }

  event(event: MeasurementEvent): void {
    const line = jsonLine(event);
    if (line) this.#write({ v: 1, ...line });
  }

  picture(): void {
    // A picture of a face does not belong into a log.
  }

  async finish(summary: Summary): Promise<void> {
    this.#write(summary);
    this.#wait.stop();
  }

  restore(): void {
    this.#wait.stop();
  }
}

function jsonLine(event: MeasurementEvent): Record<string, unknown> | undefined {
  switch (event.type) {
    case "phase":
      return event.phase.kind === "failed"
        ? { type: "phase", phase: "failed", error: event.phase.failure }
        : { type: "phase", phase: event.phase.kind, ...("step" in event.phase ? { step: event.phase.step } : {}) };
    case "opened":
      return {
        type: "opened",
        source: event.source,
        plannedS: event.plannedS ?? null,
        plannedChunks: event.plannedChunks,
      };
    case "created":
      return { type: "created", measurementId: event.measurementId };
    case "progress":
      return {
        type: "progress",
        ...event.progress,
        positionS: round(event.progress.positionS),
        rateHz: round(event.progress.rateHz),
        sourceRateHz: round(event.progress.sourceRateHz),
        speed: hundredths(event.progress.speed),
      };
    case "skin":
    case "trouble":
    case "recalled":
      return undefined; // Samples are for the eye, of trouble a message tells, and an earlier run has told the rest.
    case "extracted":
      return {
        type: "chunk",
        step: "extracted",
        number: event.number,
        startS: event.startS,
        endS: event.endS,
        ...(event.capturedAtMs === undefined ? {} : { capturedAtMs: round(event.capturedAtMs) }),
        ...(event.quality ? { quality: event.quality } : {}),
        atMs: round(event.atMs),
      };
    case "sent":
      return { type: "chunk", step: "sent", number: event.number, atMs: round(event.atMs) };
    case "acknowledged":
      return {
        type: "chunk",
        step: "acknowledged",
        number: event.number,
        atMs: round(event.atMs),
        ...(event.roundTripMs === undefined ? {} : { roundTripMs: round(event.roundTripMs) }),
      };
    case "result":
      return resultLine(event.result, event.atMs);
    case "note":
      return { type: "note", ...event.note };
    case "timing": {
      const { clock, rateHz, jitterMs, longestMs } = event.timing;
      return { type: "timing", clock, rateHz: hundredths(rateHz), jitterMs: hundredths(jitterMs), longestMs };
    }
    case "message":
      return { type: "message", level: event.message.level, text: event.message.text, atMs: round(event.message.atMs) };
  }
}

function resultLine(result: ChunkResult, atMs: number): Record<string, unknown> {
  const metrics = metricsOf(result).map((metric) => [
    metric.id,
    { mean: metric.mean ?? null, confidence: metric.confidence ?? null, notes: metric.notes },
  ]);
  return {
    type: "result",
    number: result.chunkNumber ?? null,
    errorCode: result.errorCode,
    metrics: Object.fromEntries(metrics),
    atMs: round(atMs),
  };
}

function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

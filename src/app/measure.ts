import { randomBytes } from "node:crypto";

import { resultProblem } from "../api/failures.js";
import type { ChunkPayload } from "../domain/chunk.js";
import { ADVICE, type ChunkQuality } from "../domain/constraints.js";
import { AppError, type Failure, failureOf, toAppError } from "../domain/errors.js";
import type { PreviewRequest } from "../domain/preview.js";
import type { ChunkResult } from "../domain/result.js";
import {
  initialMeasurement,
  isOver,
  type MeasurementEvent,
  type Phase,
  startObstacle,
} from "../results/measurement.js";
import { MeasurementStore } from "../results/store.js";
import { type Summary, type SummaryPaths, summarise } from "../results/summary.js";
import type { Retrieved } from "../wire/v1-rest.js";
import { type Extraction, type ExtractionEvent, type ExtractionOutcome, startExtraction } from "../worker/host.js";
import type { ChunkAges, Tick } from "../worker/protocol.js";
import { Conversation, type SealedChunk, serverLabel } from "./conversation.js";
import { extractionSettings } from "./extraction-settings.js";
import { Keeper } from "./keeper.js";
import type { OperatorActions, Reporter } from "./reporter.js";
import { retrievedResult } from "./retrieved.js";
import { SerialQueue } from "./serial-queue.js";
import type { MeasureSettings } from "./settings.js";

/** With --auto-start, the constraints must have been good for this long. */
const AUTO_START_S = 2;

/** What the composition root gives to a measurement. */
export interface MeasureContext {
  /** Makes the reporter that shows this measurement. */
  readonly reporterFor: (run: RunHandle) => Promise<Reporter>;
  /** Wall clock at the start, for folder names. */
  readonly startedAt: Date;
  /** Milliseconds from any fixed moment, never going back. */
  readonly nowMs: () => number;
}

/** A running measurement, as its reporter and the signal handlers see it. */
export interface RunHandle extends OperatorActions {
  readonly store: MeasurementStore;
  setPreview(request: PreviewRequest | undefined): void;
}

/** Runs one measurement from source to summary. Never rejects: what goes wrong is in the summary. */
export async function runMeasurement(settings: MeasureSettings, context: MeasureContext): Promise<Summary> {
  return new MeasurementRun(settings, context).toTheEnd();
}

/** What the measuring thread tells beside a chunk. */
interface ChunkFacts {
  readonly quality: ChunkQuality;
  readonly ages: ChunkAges;
}

class MeasurementRun implements RunHandle {
  readonly store: MeasurementStore;
  readonly #settings: MeasureSettings;
  readonly #context: MeasureContext;
  readonly #startedMs: number;
  readonly #abort = new AbortController();
  readonly #keeper: Keeper;
  readonly #sending = new SerialQueue();
  #reporter: Reporter | undefined;
  #extraction: Extraction | undefined;
  #conversation: Conversation | undefined;
  #preview: PreviewRequest | undefined;
  #faceSeen = false;
  #startsItself: boolean;
  #isAway = false;
  #tellOpened: (waits: boolean) => void = () => {};

  constructor(settings: MeasureSettings, context: MeasureContext) {
    this.#settings = settings;
    this.#context = context;
    this.#startedMs = context.nowMs();
    this.#startsItself = settings.autoStart === true;
    this.#keeper = new Keeper(settings, context.startedAt);
    this.store = new MeasurementStore(
      initialMeasurement(serverLabel(settings.server), settings.sendMethod, settings.chunkLengthS),
    );
  }

  start(): void {
    const state = this.store.getSnapshot();
    if (state.phase.kind !== "ready") return;
    const obstacle = startObstacle(state);
    if (this.#isAway) this.#say("warning", "not started: the source is lost");
    else if (obstacle) this.#say("warning", `not started: ${ADVICE[obstacle]}`);
    else this.#begin();
  }

  #begin(): void {
    this.#dispatch({ type: "phase", phase: { kind: "measuring" } });
    this.#extraction?.start();
  }

  cancel(): void {
    this.#abort.abort(new AppError("CANCELLED", "the measurement was cancelled"));
  }

  setPreview(request: PreviewRequest | undefined): void {
    this.#preview = request;
    this.#extraction?.setPreview(request);
  }

  async toTheEnd(): Promise<Summary> {
    this.#reporter = await this.#context.reporterFor(this);
    const end = await this.#measure();
    const summary = await this.#keep(end);
    this.#dispatch({ type: "phase", phase: end });
    await this.#reporter.finish(summary);
    return summary;
  }

  /** The measurement itself; its end is a phase, and everything that was opened is closed. */
  async #measure(): Promise<Phase> {
    const { signal } = this.#abort;
    try {
      // Two measurements that start in the same second must not share a folder.
      const tag = randomBytes(3).toString("hex");
      const [thread] = await Promise.all([
        extractionSettings(this.#settings, (sentence) => this.#say("warning", sentence)),
        this.#keeper.open(tag),
      ]);
      signal.throwIfAborted();
      const opened = new Promise<boolean>((resolve) => {
        this.#tellOpened = resolve;
      });
      this.#extraction = startExtraction({ ...thread, recordFacesAt: this.#keeper.facesPath }, (event) =>
        this.#onExtraction(event),
      );
      this.#extraction.setPreview(this.#preview);
      const { outcome } = this.#extraction;
      signal.addEventListener("abort", () => this.#extraction?.cancel(), { once: true });

      const [waits] = await this.#together(Promise.race([opened, failedEarly(outcome)]), this.#connect());
      if (waits) this.#dispatch({ type: "phase", phase: { kind: "ready" } });
      else this.#begin();
      this.#endedWell(await outcome);
      await this.#collectResults();
      return { kind: "completed" };
    } catch (error) {
      return this.#badEnd(error);
    } finally {
      this.#extraction?.cancel();
      await this.#extraction?.outcome;
      await this.#conversation?.close();
    }
  }

  /** Runs both; the first failure aborts the other, and both have ended before it is thrown. */
  async #together<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
    const abort = (error: unknown): never => {
      this.#abort.abort(toAppError(error));
      throw error;
    };
    const both = [first.catch(abort), second.catch(abort)] as const;
    await Promise.allSettled(both);
    return Promise.all(both);
  }

  async #connect(): Promise<void> {
    const events = {
      step: (step: string) => this.#dispatch({ type: "phase", phase: { kind: "connecting", step } }),
      notice: (text: string) => {
        this.#dispatch({ type: "trouble" });
        this.#say("warning", text);
      },
      created: (measurementId: string) => this.#dispatch({ type: "created", measurementId, atMs: this.#atMs() }),
      result: (result: ChunkResult) => this.#onResult(result),
      retrieved: async (retrieved: Retrieved, number: number, isLast: boolean) =>
        await this.#onRetrieved(retrieved, isLast ? "final.json" : `final-${number}.json`),
    };
    this.#conversation = await Conversation.open(this.#settings, events, this.#abort.signal);
  }

  #onExtraction(event: ExtractionEvent): void {
    switch (event.kind) {
      case "opened": {
        const { source, plannedS, plannedChunks } = event;
        this.#dispatch({ type: "opened", source, plannedS, plannedChunks });
        // Only the dashboard has a key for it.
        if (source.kind === "camera" && this.#settings.output !== "dashboard") this.#startsItself = true;
        this.#say("info", `${event.engine}, ${event.ffmpeg}`);
        this.#tellOpened(event.waits);
        return;
      }
      case "tick":
        this.#progress(event.tick);
        if (event.skin.timesS.length > 0) this.#dispatch({ type: "skin", samples: event.skin });
        return;
      case "chunk":
        this.#onChunk({ chunk: event.chunk, last: event.last }, event);
        return;
      case "rest":
        this.#extracted(event.chunk, event).catch((error: unknown) => this.#say("warning", failureOf(error).message));
        return;
      case "picture":
        this.#reporter?.picture(event.picture);
        this.#extraction?.picturePainted();
        return;
      case "still":
        this.#keeper.still(event.picture);
        return;
      case "away":
        this.#isAway = event.isAway;
        return;
      case "note":
        this.#dispatch({ type: "note", note: event.note });
        this.#say("warning", event.note.text);
        return;
      case "timing":
        this.#dispatch({ type: "timing", timing: event.timing });
        return;
      case "notice":
        this.#say(event.level ?? "warning", event.text);
    }
  }

  #onChunk(sealed: SealedChunk, facts: ChunkFacts): void {
    // Written at once and sent only then: a chunk that waits for the network must not be lost with it.
    const saved = this.#extracted(sealed.chunk, facts);
    const sent = this.#sending.add(async () => {
      await saved;
      await this.#deliver(sealed);
    });
    Promise.all([saved, sent]).catch((error: unknown) => this.#abort.abort(toAppError(error)));
  }

  /** Resolves when the chunk is on disk. */
  #extracted(chunk: ChunkPayload, { quality, ages }: ChunkFacts): Promise<void> {
    const { chunkNumber: number, startTimeS, endTimeS, firstChunkStartTimeS: firstS } = chunk;
    // The payload counts from the source's first frame; a camera has been watched before it was started.
    const [startS, endS] = [startTimeS - firstS, endTimeS - firstS];
    const nowMs = this.#atMs();
    const [capturedAtMs, atMs] = [nowMs - ages.capturedMs, nowMs - ages.extractedMs];
    this.#dispatch({ type: "extracted", atMs, capturedAtMs, number, startS, endS, quality });
    return this.#keeper.chunk(chunk);
  }

  async #deliver(sealed: SealedChunk): Promise<void> {
    this.#abort.signal.throwIfAborted();
    if (!this.#conversation) return;
    const number = sealed.chunk.chunkNumber;
    this.#dispatch({ type: "sent", atMs: this.#atMs(), number });
    const { roundTripMs } = await this.#conversation.send(sealed);
    this.#dispatch({ type: "acknowledged", atMs: this.#atMs(), number, roundTripMs });
    this.#extraction?.chunkTaken();
  }

  #onResult(result: ChunkResult): void {
    if (isOver(this.store.getSnapshot().phase)) return;
    this.#dispatch({ type: "result", atMs: this.#atMs(), result });
    if (result.errorCode !== "OK") this.#say("warning", resultProblem(serverLabel(this.#settings.server), result));
    this.#keeper.result(result.raw).catch((error: unknown) => this.#say("warning", failureOf(error).message));
  }

  #endedWell(outcome: ExtractionOutcome): void {
    if (outcome.tick) this.#progress(outcome.tick);
    if (outcome.faces !== undefined) this.#keeper.faces(outcome.faces);
    this.#abort.signal.throwIfAborted();
    if (outcome.kind === "failed") throw errorOf(outcome.failure);
  }

  /** Waits until every chunk is acknowledged and answered, then asks for the final results. */
  async #collectResults(): Promise<void> {
    this.#dispatch({ type: "phase", phase: { kind: "finishing" } });
    const conversation = this.#conversation;
    if (!conversation) return;
    await this.#sending.done();
    await conversation.finish();
  }

  async #onRetrieved(retrieved: Retrieved, fileName: string): Promise<void> {
    const result = retrievedResult(retrieved);
    if (result.channels.length > 0) this.#dispatch({ type: "result", atMs: this.#atMs(), result });
    await this.#keeper.final(fileName, `${JSON.stringify(retrieved)}\n`);
  }

  #badEnd(thrown: unknown): Phase {
    const failure = failureOf(this.#abort.signal.aborted ? this.#abort.signal.reason : thrown);
    return failure.code === "CANCELLED" ? { kind: "cancelled" } : { kind: "failed", failure };
  }

  /** Writes the summary; a failure to do so does not hide the results. */
  async #keep(end: Phase): Promise<Summary> {
    const nowhere: SummaryPaths = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
    const paths = await this.#keeper.paths().catch((error: unknown) => {
      this.#say("warning", failureOf(error).message);
      return nowhere;
    });
    if (paths.folder !== null) this.#say("info", `saved in ${paths.folder}`);
    const summary = summarise({ ...this.store.getSnapshot(), phase: end }, paths, this.#atMs() / 1000);
    await this.#keeper.summary(summary).catch((error: unknown) => this.#say("warning", failureOf(error).message));
    return summary;
  }

  #progress(tick: Tick): void {
    this.#faceSeen ||= tick.hasFace;
    const { hasFace, goodForS, ...counters } = tick;
    const face = hasFace ? "tracked" : this.#faceSeen ? "lost" : "searching";
    this.#dispatch({ type: "progress", progress: { ...counters, face } });
    const isReady = this.store.getSnapshot().phase.kind === "ready";
    if (isReady && this.#startsItself && goodForS >= AUTO_START_S) this.#begin();
  }

  #say(level: "info" | "warning" | "error", text: string): void {
    this.#dispatch({ type: "message", message: { atMs: this.#atMs(), level, text } });
  }

  #dispatch(event: MeasurementEvent): void {
    this.store.dispatch(event);
    this.#reporter?.event(event);
  }

  #atMs(): number {
    return this.#context.nowMs() - this.#startedMs;
  }
}

function errorOf(failure: Failure): AppError {
  return new AppError(failure.code, failure.message);
}

/** Rejects when the thread ends before it could open the source. */
async function failedEarly(outcome: Promise<ExtractionOutcome>): Promise<never> {
  const ended = await outcome;
  throw ended.kind === "failed" ? errorOf(ended.failure) : new AppError("CANCELLED", "the measurement was cancelled");
}

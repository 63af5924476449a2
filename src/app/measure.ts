import { randomBytes } from "node:crypto";

import { resultProblem } from "../api/failures.js";
import { takesNoMore } from "../api/measurement-chain.js";
import { ADVICE } from "../domain/constraints.js";
import { AppError, type Failure, failureOf, toAppError } from "../domain/errors.js";
import type { PreviewRequest } from "../domain/preview.js";
import type { ChunkResult } from "../domain/result.js";
import { snapshotName, snapshotPng } from "../report/snapshot.js";
import type { MeasurementEvent } from "../results/events.js";
import { initialMeasurement, isOver, type Phase, startObstacle } from "../results/measurement.js";
import { MeasurementStore } from "../results/store.js";
import { type Summary, type SummaryPaths, summarise } from "../results/summary.js";
import type { Retrieved } from "../wire/v1-rest.js";
import type { Extraction, ExtractionOutcome } from "../worker/host.js";
import type { Tick } from "../worker/protocol.js";
import { ChunkDelivery } from "./chunk-delivery.js";
import { chunkSource, type SourceEvent } from "./chunk-source.js";
import { Conversation, serverLabel } from "./conversation.js";
import { Keeper } from "./keeper.js";
import { type InUse, madeOf } from "./made.js";
import type { OperatorActions, Reporter } from "./reporter.js";
import type { Past } from "./resume.js";
import { goingOn } from "./resume-manifest.js";
import { begunIn, openedEvent, recall, resumeSentence, unreached, withEarlierDrops } from "./resume-recall.js";
import { retrievedResult } from "./retrieved.js";
import type { MeasureSettings } from "./settings.js";
import { StillRequest } from "./still-request.js";

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

/**
 * Runs one measurement from source to summary. Never rejects: what goes wrong is in the summary.
 * @param past the measurement that goes on, held by this process; undefined: a new one begins.
 */
export async function runMeasurement(
  settings: MeasureSettings,
  context: MeasureContext,
  past?: Past,
): Promise<Summary> {
  return new MeasurementRun(settings, context, past).toTheEnd();
}

class MeasurementRun implements RunHandle {
  readonly store: MeasurementStore;
  readonly #settings: MeasureSettings;
  readonly #asked: MeasureSettings;
  readonly #context: MeasureContext;
  readonly #startedMs: number;
  readonly #abort = new AbortController();
  readonly #keeper: Keeper;
  readonly #delivery: ChunkDelivery;
  readonly #stills = new StillRequest();
  #snapshot: Promise<void> | undefined;
  #reporter: Reporter | undefined;
  #extraction: Extraction | undefined;
  #conversation: Conversation | undefined;
  #preview: PreviewRequest | undefined;
  readonly #past: Past | undefined;
  #inUse: InUse | undefined;
  #faceSeen = false;
  #startsItself: boolean;
  #isAway = false;
  #tellOpened: (waits: boolean) => void = () => {};

  constructor(settings: MeasureSettings, context: MeasureContext, past: Past | undefined) {
    this.#asked = settings;
    this.#settings = past ? goingOn(settings) : settings;
    this.#context = context;
    this.#startedMs = context.nowMs();
    this.#startsItself = this.#settings.autoStart === true;
    this.#past = past;
    const warn = (sentence: string): void => this.#say("warning", sentence);
    const { signal } = this.#abort;
    this.#keeper = new Keeper(settings, context.startedAt, { warn, past, signal });
    this.store = new MeasurementStore(
      initialMeasurement(serverLabel(settings.server), settings.sendMethod, settings.chunkLengthS),
    );
    this.#delivery = new ChunkDelivery({
      keeper: this.#keeper,
      past,
      signal,
      atMs: () => this.#atMs(),
      progress: () => this.store.getSnapshot().progress,
      dispatch: (event) => this.#dispatch(event),
      warn,
      taken: () => this.#extraction?.chunkTaken(),
      fail: (error) => this.#abort.abort(toAppError(error)),
    });
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

  /** Whoever asks while one is being made gets that one. */
  async snapshot(): Promise<void> {
    this.#snapshot ??= this.#takeSnapshot().finally(() => {
      this.#snapshot = undefined;
    });
    await this.#snapshot;
  }

  async #takeSnapshot(): Promise<void> {
    try {
      const picture = await this.#stills.next(this.#extraction);
      const takenAt = new Date(this.#context.startedAt.getTime() + this.#atMs());
      const measurement = this.store.getSnapshot();
      const png = await snapshotPng({ picture, measurement, takenAt });
      this.#say("info", `snapshot saved as ${await this.#keeper.snapshot(snapshotName(takenAt), png)}`);
    } catch (error) {
      this.#say("warning", failureOf(error).message);
    }
  }

  setPreview(request: PreviewRequest | undefined): void {
    this.#preview = request;
    this.#extraction?.setPreview(request);
  }

  async toTheEnd(): Promise<Summary> {
    this.#reporter = await this.#context.reporterFor(this);
    const end = await this.#measure();
    if (this.#past) for (const event of unreached(this.#past, this.store.getSnapshot())) this.store.dispatch(event);
    const summary = await this.#keep(end);
    await this.#keeper.close(summary);
    this.#dispatch({ type: "phase", phase: end });
    await this.#reporter.finish(summary);
    return summary;
  }

  /** The measurement itself; its end is a phase, and everything that was opened is closed. */
  async #measure(): Promise<Phase> {
    const { signal } = this.#abort;
    try {
      const startSource = await this.#prepare();
      signal.throwIfAborted();
      if (!startSource) {
        await this.#connect();
        await this.#collectResults();
        return { kind: "completed" };
      }
      const opened = new Promise<boolean>((resolve) => {
        this.#tellOpened = resolve;
      });
      this.#extraction = startSource(this.#keeper.facesPath, (event) => this.#onExtraction(event));
      this.#extraction.setPreview(this.#preview);
      const { outcome } = this.#extraction;
      signal.addEventListener("abort", () => this.#extraction?.cancel(), { once: true });

      const [waits] = await this.#together(Promise.race([opened, failedEarly(outcome)]), this.#connect());
      if (waits) this.#dispatch({ type: "phase", phase: { kind: "ready" } });
      else this.#begin();
      await this.#endedWell(await outcome);
      await this.#collectResults();
      return { kind: "completed" };
    } catch (error) {
      return await this.#badEnd(error);
    } finally {
      this.#extraction?.cancel();
      await this.#extraction?.outcome;
      await this.#conversation?.close();
    }
  }

  /** The folder and the source. What is kept counts from the beginning, however soon something goes wrong. */
  async #prepare(): ReturnType<typeof chunkSource> {
    // Two measurements that start in the same second must not share a folder.
    const tag = randomBytes(3).toString("hex");
    const warn = (sentence: string): void => this.#say("warning", sentence);
    if (!this.#past) {
      // What is refused here leaves no folder behind.
      const startSource = await chunkSource(this.#settings, warn, undefined);
      await this.#keeper.open(tag);
      return startSource;
    }
    await this.#recall(this.#past);
    await this.#keeper.open(tag);
    return await chunkSource(this.#settings, warn, this.#past);
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
      step: (step: string) => this.#onStep(step),
      notice: (text: string) => {
        this.#dispatch({ type: "trouble" });
        this.#say("warning", text);
      },
      created: (measurementId: string) => this.#onCreated(measurementId),
      result: (result: ChunkResult) => this.#onResult(result),
      retrieved: async (retrieved: Retrieved, number: number, isLast: boolean) =>
        await this.#onRetrieved(retrieved, isLast ? "final.json" : `final-${number}.json`),
    };
    this.#conversation = await Conversation.open(this.#settings, events, this.#abort.signal, begunIn(this.#past));
    this.#delivery.to(this.#conversation);
    if (this.#extraction && !this.#inUse) this.#onStep("opening the source");
  }

  /** A login that is renewed while pictures are read, or a measurement that the server wants anew, is news and no phase. */
  #onStep(step: string): void {
    if (this.#abort.signal.aborted) return;
    if (this.store.getSnapshot().phase.kind !== "connecting") this.#say("info", step);
    else this.#dispatch({ type: "phase", phase: { kind: "connecting", step } });
  }

  /** What earlier processes have seen becomes part of the state; it is told again to nobody. */
  async #recall(past: Past): Promise<void> {
    this.#say("info", resumeSentence(past));
    const { opened } = past.state;
    if (opened && !past.remaining.needsSource) this.#dispatch({ ...openedEvent(opened) });
    for (const event of await recall(past, this.store.getSnapshot().progress)) this.store.dispatch(event);
  }

  #onCreated(measurementId: string): void {
    const goesOn = this.store.getSnapshot().measurementId === measurementId;
    this.#keeper.created(measurementId);
    this.#dispatch({ type: "created", measurementId, atMs: this.#atMs(), ...(goesOn && { goesOn }) });
  }

  #onExtraction(event: SourceEvent): void {
    switch (event.kind) {
      case "opened": {
        const { source, plannedS, plannedChunks } = event;
        this.#keeper.opened(event);
        this.#dispatch({ type: "opened", source, plannedS, plannedChunks });
        this.#inUse = event;
        // Only the dashboard has a key for it.
        if (source.kind === "camera" && this.#settings.output !== "dashboard") this.#startsItself = true;
        this.#say("info", `${event.engine}, ${event.ffmpeg}`);
        this.#tellOpened(event.waits);
        return;
      }
      case "tick":
        this.#progress(event.tick);
        if (event.skin && event.skin.timesS.length > 0) this.#dispatch({ type: "skin", samples: event.skin });
        return;
      case "chunk":
        this.#delivery.add({ chunk: event.chunk, last: event.last }, event);
        return;
      case "saved-chunk":
        this.#delivery.add({ chunk: event.chunk, last: event.last }, undefined);
        return;
      case "rest":
        this.#delivery.addRest({ chunk: event.chunk, last: false }, event);
        return;
      case "picture":
        this.#reporter?.picture(event.picture);
        this.#extraction?.picturePainted();
        return;
      case "still":
        this.#keeper.still(event.picture);
        this.#stills.arrived(event.picture);
        return;
      case "away":
        this.#isAway = event.isAway;
        return;
      case "note":
        this.#keeper.captureNote(event.note);
        this.#dispatch({ type: "note", note: event.note });
        this.#say("warning", event.note.text);
        return;
      case "timing":
        this.#keeper.timing(event.timing);
        this.#dispatch({ type: "timing", timing: event.timing });
        return;
      case "notice":
        this.#say(event.level ?? "warning", event.text);
    }
  }

  #onResult(result: ChunkResult): void {
    if (isOver(this.store.getSnapshot().phase) || this.#keeper.hasResult(result)) return;
    this.#dispatch({ type: "result", atMs: this.#atMs(), result });
    if (result.errorCode !== "OK") this.#say("warning", resultProblem(serverLabel(this.#settings.server), result));
    this.#keeper.result(result).catch((error: unknown) => this.#say("warning", failureOf(error).message));
  }

  async #endedWell(outcome: ExtractionOutcome): Promise<void> {
    if (outcome.tick) this.#progress(outcome.tick);
    if (outcome.faces !== undefined) this.#keeper.faces(outcome.faces);
    this.#abort.signal.throwIfAborted();
    if (outcome.kind === "failed") throw errorOf(outcome.failure);
    await this.#keeper.extracted(this.store.getSnapshot().progress);
  }

  /** Waits until every chunk is acknowledged and answered, then asks for the final results. */
  async #collectResults(): Promise<void> {
    this.#dispatch({ type: "phase", phase: { kind: "finishing" } });
    const conversation = this.#conversation;
    if (!conversation) return;
    await this.#delivery.done();
    await conversation.finish();
  }

  async #onRetrieved(retrieved: Retrieved, fileName: string): Promise<void> {
    const result = retrievedResult(retrieved);
    if (result.channels.length > 0) this.#dispatch({ type: "result", atMs: this.#atMs(), result });
    await this.#keeper.final(fileName, `${JSON.stringify(retrieved)}\n`);
  }

  async #badEnd(thrown: unknown): Promise<Phase> {
    const error: unknown = this.#abort.signal.aborted ? this.#abort.signal.reason : thrown;
    const failure = failureOf(error);
    if (failure.code === "CANCELLED") return { kind: "cancelled" };
    if (!takesNoMore(error)) return { kind: "failed", failure };
    await this.#keeper.gone();
    const message = `${failure.message} ${this.#keeper.anew ?? ""}`.trimEnd();
    return { kind: "failed", failure: { ...failure, message } };
  }

  /** Writes the summary; a failure to do so does not hide the results. */
  async #keep(end: Phase): Promise<Summary> {
    const nowhere: SummaryPaths = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
    const paths = await this.#keeper.paths().catch((error: unknown) => {
      this.#say("warning", failureOf(error).message);
      return nowhere;
    });
    const state = { ...this.store.getSnapshot(), phase: end };
    const canResume = end.kind !== "completed" && this.#keeper.canGoOn(failureIn(end), state.chunks.length);
    const { startedAt } = this.#context;
    const past = this.#past;
    const times = past ? { startedAt: new Date(past.manifest.startedAt), resumedAt: startedAt } : { startedAt };
    const made = madeOf(this.#asked, times, state, this.#inUse ?? past?.state.opened);
    const summary: Summary = { ...summarise(state, paths, this.#atMs() / 1000), canResume, made };
    await this.#keeper.summary(summary).catch((error: unknown) => this.#say("warning", failureOf(error).message));
    return summary;
  }

  #progress(tick: Tick): void {
    this.#faceSeen ||= tick.hasFace;
    const { hasFace, goodForS, ...counters } = tick;
    const face = hasFace ? "tracked" : this.#faceSeen ? "lost" : "searching";
    const progress = { ...counters, face } as const;
    this.#dispatch({
      type: "progress",
      progress: this.#past ? withEarlierDrops(this.#past, progress) : progress,
    });
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

function failureIn(end: Phase): Failure | undefined {
  return end.kind === "failed" ? end.failure : undefined;
}

function errorOf(failure: Failure): AppError {
  return new AppError(failure.code, failure.message);
}

/** Rejects when the thread ends before it could open the source. */
async function failedEarly(outcome: Promise<ExtractionOutcome>): Promise<never> {
  const ended = await outcome;
  throw ended.kind === "failed" ? errorOf(ended.failure) : new AppError("CANCELLED", "the measurement was cancelled");
}

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { failureOf } from "../domain/errors.js";
import { KNOWN_SIGNALS, signalInfo } from "../domain/result.js";
import type { EnginePayload } from "../wire/engine-payload.js";
import type { ResultMessage } from "../wire/v1-messages.js";
import { Accounts, type User } from "./accounts.js";
import type { AnalysisResult } from "./analysis/analyse.js";
import { AnalysisQueue } from "./analysis-queue.js";
import type { Limits } from "./limits.js";
import type { Log } from "./log.js";
import { type Action, type Chunk, type Measurement, type MeasurementSetup, parseAction } from "./measurement.js";
import { MeasurementStore } from "./measurement-store.js";
import { readPayload } from "./payload.js";
import { closing, invalidRequest, invalidStudy, measurementClosed } from "./refusal.js";
import { failedResultMessage, resultBody, resultMessage } from "./result.js";

/** Vital signs from all chunks of a measurement so far. */
export type Analyse = (chunks: readonly EnginePayload[]) => AnalysisResult;

export interface Study {
  readonly id: string;
  readonly name: string;
}

interface ServiceOptions {
  readonly licenseKeys: readonly string[];
  readonly studies: readonly Study[];
  readonly analyse: Analyse;
  readonly limits: Limits;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** A chunk as it comes, over REST or WebSocket. */
interface Upload {
  readonly measurementId: string;
  readonly action: string;
  readonly chunkOrder: number;
  readonly durationS: number;
  readonly payload: Uint8Array;
}

interface StoredUpload {
  readonly dataId: string;
  /** To be called when the acknowledgement is on its way: results come after it. */
  readonly startAnalysis: () => void;
}

interface Subscription {
  /** Bodies of the results that were ready before. */
  readonly replay: readonly Uint8Array[];
  /** False when it was cancelled before. */
  readonly cancel: () => boolean;
}

/** What the server does, apart from how requests and replies travel. Methods throw Refusal. */
export class Service {
  readonly accounts: Accounts;
  readonly limits: Limits;
  readonly log: Log;
  readonly #options: ServiceOptions;
  readonly #store: MeasurementStore;
  readonly #queue = new AnalysisQueue();
  #closing = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.limits = options.limits;
    this.log = options.log;
    this.accounts = new Accounts(options.licenseKeys, options.limits, options.nowMs);
    this.#store = new MeasurementStore(options.limits);
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** @returns the ID of the measurement. */
  createMeasurement(setup: MeasurementSetup): string {
    this.#refuseWhenClosing();
    if (!this.#options.studies.some((study) => study.id === setup.studyId)) throw invalidStudy();
    return this.#store.create(setup, this.#options.nowMs()).id;
  }

  addData(user: User, upload: Upload): StoredUpload {
    this.#refuseWhenClosing();
    const measurement = this.#store.find(upload.measurementId, user.userId);
    if (measurement.closed) throw this.#closedTo(measurement, upload.chunkOrder);
    const action = parseAction(upload.action);
    measurement.checkOrder(action, upload.chunkOrder, (order) => this.#store.isRollOver(user.userId, order));
    this.#store.checkRoomFor(upload.payload.length);
    const chunk = this.#chunkOf(upload);
    if (measurement.wouldBeTooLong(action, chunk.durationS, this.limits.chunksPerMeasurementMax)) {
      this.#close(measurement);
      throw this.#closedTo(measurement, upload.chunkOrder);
    }
    measurement.store(action, chunk, this.#options.nowMs());
    return { dataId: chunk.dataId, startAnalysis: this.#analysisOf(measurement, action, chunk) };
  }

  /**
   * From now on `deliver` gets every result. One who subscribes late is told what was ready before, as far as
   * it is kept: a client that lost its connection has no other way to the results of single chunks.
   */
  subscribe(user: User, measurementId: string, deliver: (body: Uint8Array) => void): Subscription {
    const measurement = this.#store.find(measurementId, user.userId);
    const subscriber = { deliver };
    measurement.subscribers.add(subscriber);
    return { replay: [...measurement.replay], cancel: () => measurement.subscribers.delete(subscriber) };
  }

  /** The body of endpoint 500. Times are in seconds since 1970. */
  retrieve(user: User, measurementId: string): Record<string, unknown> {
    const measurement = this.#store.find(measurementId, user.userId);
    const { setup, latest } = measurement;
    const known = (latest?.channels ?? []).map(({ id }) => id).filter((id) => KNOWN_SIGNALS.includes(id));
    return {
      ID: measurement.id,
      StudyID: setup.studyId,
      StatusID: measurement.statusId,
      UserID: setup.ownerId,
      UserProfileID: setup.userProfileId,
      Mode: setup.mode,
      Resolution: setup.resolution,
      Created: Math.floor(measurement.createdAtMs / 1000),
      Updated: Math.floor(measurement.updatedAtMs / 1000),
      DataSizeBytes: measurement.bytesReceived,
      Results: latest ? resultsOf(latest) : {},
      SignalNames: Object.fromEntries(known.map((id) => [id, signalInfo(id).label])),
      SignalUnits: Object.fromEntries(known.map((id) => [id, signalInfo(id).unit])),
    };
  }

  /** Refuses new work from now on. */
  beginClosing(): void {
    this.#closing = true;
  }

  /** Waits until the accepted chunks are analysed, at most `drainMsMax`. */
  async drain(): Promise<void> {
    const done = new AbortController();
    const patience = sleep(this.limits.drainMsMax, "late", { signal: done.signal }).catch(() => "cancelled");
    const outcome = await Promise.race([this.#queue.drained(), patience]);
    done.abort();
    if (outcome === "late") this.log("warning", "closing with analyses that are not done");
  }

  #chunkOf({ chunkOrder, durationS, payload: bytes }: Upload): Chunk {
    if (!(durationS >= 0 && Number.isFinite(durationS))) throw invalidRequest("Bad Duration.");
    const payload = readPayload(bytes, this.limits.payloadBytesMax);
    const times = payload.timestampMs;
    const spanS = ((times[times.length - 1] ?? 0) - (times[0] ?? 0)) / 1000;
    return {
      dataId: randomUUID(),
      order: chunkOrder,
      payload,
      // What the client claims, but not less than what the frames say.
      durationS: Math.max(durationS, spanS),
      bytes: bytes.length,
    };
  }

  /** `*::PROCESS` gives one result. A last `IGNORE` is analysed too, so that the final state covers everything. */
  #analysisOf(measurement: Measurement, action: Action, chunk: Chunk): () => void {
    if (!action.process && !measurement.closed) return () => undefined;
    const chunks = measurement.beginAnalysis();
    return () => this.#queue.push(measurement, () => this.#analyse(measurement, chunks, chunk, action.process));
  }

  #close(measurement: Measurement): void {
    const newest = measurement.newestChunk;
    const unseen = measurement.hasUnseenChunks;
    measurement.close(this.#options.nowMs());
    if (!unseen || !newest) return;
    const chunks = measurement.beginAnalysis();
    this.#queue.push(measurement, () => this.#analyse(measurement, chunks, newest, false));
  }

  #analyse(measurement: Measurement, chunks: readonly Chunk[], newest: Chunk, tell: boolean): void {
    const startedMs = this.#options.nowMs();
    const message = this.#outcome(measurement, chunks, newest);
    const body = tell ? resultBody(message) : undefined;
    measurement.endAnalysis(message, body, this.#options.nowMs());
    const tookMs = Math.round(this.#options.nowMs() - startedMs);
    this.log("info", `measurement ${measurement.id}: chunk ${newest.order} analysed in ${tookMs} ms`);
    if (!body) return;
    for (const subscriber of measurement.subscribers) subscriber.deliver(body);
  }

  #outcome(measurement: Measurement, chunks: readonly Chunk[], newest: Chunk): ResultMessage {
    const ids = { measurementId: measurement.id, chunkOrder: newest.order, resultId: newest.dataId };
    try {
      const analysis = this.#options.analyse(chunks.map((chunk) => chunk.payload));
      return resultMessage(ids, analysis, measurement.setup.resolution);
    } catch (error) {
      this.log("error", `measurement ${measurement.id}: the analysis failed: ${failureOf(error).message}`);
      return failedResultMessage(ids, "ANALYSIS_ERROR");
    }
  }

  #closedTo(measurement: Measurement, order: number): Error {
    this.#store.expectRollOver(measurement.setup.ownerId, order);
    return measurementClosed();
  }

  #refuseWhenClosing(): void {
    if (this.#closing) throw closing();
  }
}

function resultsOf(message: ResultMessage): Record<string, unknown> {
  return Object.fromEntries(
    message.channels.map(({ id, data, notes }) => [id, [{ Data: data, Multiplier: message.multiplier, Notes: notes }]]),
  );
}

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { failureOf } from "../domain/errors.js";
import { Accounts, type Owner } from "./accounts.js";
import type { Analyser } from "./analyser.js";
import { AnalysisQueue } from "./analysis-queue.js";
import type { Guest } from "./guest.js";
import type { Limits } from "./limits.js";
import type { Log } from "./log.js";
import { type Action, type Batch, type Chunk, type Measurement, parseAction } from "./measurement.js";
import { MeasurementStore } from "./measurement-store.js";
import { Metrics } from "./metrics.js";
import { readPayload } from "./payload.js";
import {
  closing,
  internalError,
  invalidRequest,
  invalidStudy,
  measurementClosed,
  Refusal,
  rateLimit,
  storeFailed,
} from "./refusal.js";
import type { ChunkHead, MeasurementSetup } from "./store/measurement-table.js";
import type { Store } from "./store/store.js";

/** After a failure of the store /status says so for a while. */
const STORE_FAILURE_SHOWN_MS = 30_000;
const RATE_TOLERANCE_S = 1;
const TEXT_LENGTH_MAX = 100;

interface ServiceOptions {
  readonly guest?: Guest | undefined;
  readonly store: Store;
  readonly analyser: Analyser;
  readonly limits: Limits;
  readonly log: Log;
  readonly nowMs: () => number;
  /** Of the program, for /status. */
  readonly version: string;
}

/** A chunk as it comes, over REST or WebSocket. */
interface Upload {
  readonly measurementId: string;
  readonly action: string;
  /** Undefined: the next one. */
  readonly chunkOrder: number | undefined;
  readonly durationS: number;
  readonly payload: Uint8Array;
}

interface StoredUpload {
  readonly dataId: string;
  readonly chunkOrder: number;
  /** To be called when the acknowledgement is on its way: results come after it. */
  readonly startAnalysis: () => void;
}

interface Subscription {
  /** The results that were ready before, as messages in protobuf. */
  readonly replay: readonly Uint8Array[];
  /** False when it was cancelled before. */
  readonly cancel: () => boolean;
}

interface Job extends ChunkHead {
  readonly generation: number;
}

/** What the server does, apart from how requests and replies travel. Methods throw Refusal. */
export class Service {
  readonly accounts: Accounts;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics = new Metrics();
  readonly store: Store;
  readonly #options: ServiceOptions;
  readonly #measurements: MeasurementStore;
  readonly #queue: AnalysisQueue<Measurement, Job>;
  #closing = false;
  #storeFailedAtMs = Number.NEGATIVE_INFINITY;
  /** The store is gone or about to be: nothing is written any more. */
  #closed = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.store = options.store;
    this.limits = options.limits;
    this.log = options.log;
    this.accounts = new Accounts(options.store, options.limits, options.nowMs, options.guest);
    this.#measurements = new MeasurementStore(
      options.store.measurements,
      options.limits,
      options.guest ? "guests" : "others",
    );
    const { parallel } = options.analyser;
    const togetherFrom = options.limits.analysesWaitingMax;
    this.#queue = new AnalysisQueue({ parallel, togetherFrom }, (measurement, jobs) =>
      this.#analyse(measurement, jobs),
    );
    this.metrics.gauge("dfxterm_analyses_waiting", "Chunks that wait for their analysis.", () => this.#queue.length);
    this.metrics.gauge("dfxterm_measurements_live", "Measurements in memory.", () => this.#measurements.liveCount);
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** Goes on with what an earlier server left: chunks that were acknowledged and not analysed. */
  recover(): void {
    for (const id of this.#measurements.unfinished()) {
      const measurement = this.#measurements.get(id);
      if (measurement) this.#analyseWaiting(measurement);
    }
    if (this.#queue.length > 0) this.log("info", `going on with ${this.#queue.length} chunks of the last run`);
  }

  /** The body of endpoint 100. */
  status(): Record<string, unknown> {
    return { StatusID: this.#statusId(), Version: this.#options.version, Region: "local", Notes: {} };
  }

  get nowMs(): number {
    return this.#options.nowMs();
  }

  #statusId(): "ACTIVE" | "MAINTENANCE" | "ERROR" | "LATENCY" {
    if (this.#closing) return "MAINTENANCE";
    if (this.#options.nowMs() - this.#storeFailedAtMs < STORE_FAILURE_SHOWN_MS) return "ERROR";
    return this.#queue.length >= this.limits.analysesWaitingMax ? "LATENCY" : "ACTIVE";
  }

  /** The answer to whatever was thrown that is no refusal; the reason is for the log alone. */
  refusalOf(thrown: unknown, what: string): Refusal {
    if (thrown instanceof Refusal) return thrown;
    const { code, message } = failureOf(thrown);
    this.log("error", `${what} failed: ${message}`);
    if (code !== "FILE") return internalError();
    this.#storeFailedAtMs = this.#options.nowMs();
    return storeFailed();
  }

  /** @returns the ID of the measurement. */
  createMeasurement(setup: MeasurementSetup): string {
    this.#refuseWhenClosing();
    checkText(setup.userProfileId, "UserProfileID");
    checkText(setup.partnerId, "PartnerID");
    checkText(setup.studyId, "StudyID");
    if (!this.store.studies.byId(setup.studyId)) throw invalidStudy();
    this.metrics.measurements.add();
    return this.#measurements.create(setup, this.#options.nowMs()).id;
  }

  /** The chunk is in the store when this returns. */
  addData({ ownerId }: Owner, upload: Upload): StoredUpload {
    const startedMs = performance.now();
    this.#refuseWhenClosing();
    const measurement = this.#find(upload.measurementId, ownerId);
    if (measurement.closed) throw closedTo(measurement, upload.chunkOrder);
    const action = parseAction(upload.action);
    const chunkOrder = upload.chunkOrder ?? measurement.orderOf(action);
    measurement.checkOrder(action, chunkOrder, (order) => this.#measurements.isRollOver(ownerId, order));
    this.#checkRate(measurement, action);
    this.#measurements.checkRoomFor(upload.payload.length);
    const chunk = this.#chunkOf(upload, chunkOrder);
    if (measurement.wouldBeTooLong(action, chunk.durationS, this.limits.chunksPerMeasurementMax)) {
      this.#close(measurement);
      throw closedTo(measurement, chunkOrder);
    }
    this.#measurements.counted(measurement, () => measurement.store(action, chunk, this.#options.nowMs()));
    const batch = measurement.takeUnanalysed();
    this.metrics.chunkBytes.add({}, upload.payload.length);
    const startAnalysis = (): void => {
      this.metrics.acknowledgements.add((performance.now() - startedMs) / 1000);
      this.#push(measurement, batch);
    };
    return { dataId: chunk.dataId, chunkOrder, startAnalysis };
  }

  /**
   * From now on `deliver` gets every result. One who subscribes late is told what was ready before, as far as
   * it is kept: a client that lost its connection has no other way to the results of single chunks.
   */
  subscribe({ ownerId }: Owner, measurementId: string, deliver: (message: Uint8Array) => void): Subscription {
    const measurement = this.#find(measurementId, ownerId);
    const subscriber = { deliver };
    const replay = newest(measurement.told, this.limits.replayBytesMax);
    measurement.subscribers.add(subscriber);
    return { replay, cancel: () => measurement.subscribers.delete(subscriber) };
  }

  /** @throws Refusal INVALID_MEASUREMENT */
  measurement({ ownerId }: Owner, measurementId: string): Measurement {
    return this.#find(measurementId, ownerId);
  }

  /**
   * Takes no more chunks.
   * @throws Refusal INVALID_MEASUREMENT
   */
  endMeasurement({ ownerId }: Owner, measurementId: string): Measurement {
    const measurement = this.#find(measurementId, ownerId);
    if (!measurement.closed) this.#close(measurement);
    return measurement;
  }

  /** Forgets a user with everything that is theirs. */
  deleteUser(userId: string): void {
    this.#measurements.deleteOf(userId);
    this.store.users.delete(userId);
  }

  /** Refuses new work from now on. */
  beginClosing(): void {
    this.#closing = true;
  }

  /** Waits until the accepted chunks are analysed, at most `drainMsMax`; the rest is done by the next server. */
  async drain(): Promise<void> {
    const done = new AbortController();
    const patience = sleep(this.limits.drainMsMax, "late", { signal: done.signal }).catch(() => "cancelled");
    const outcome = await Promise.race([this.#queue.drained(), patience]);
    done.abort();
    this.#closed = true;
    this.#queue.stop();
    if (outcome === "late") this.log("warning", "closing with analyses that are not done");
  }

  /** What an earlier server left is gone on with as soon as somebody asks for the measurement. */
  #find(measurementId: string, ownerId: string): Measurement {
    const measurement = this.#measurements.find(measurementId, ownerId);
    if (!measurement.finished) this.#analyseWaiting(measurement);
    return measurement;
  }

  /** A client that sends chunks as they are recorded is never ahead of the clock. */
  #checkRate(measurement: Measurement, action: Action): void {
    const { dataRateMax } = this.limits;
    const seconds = action.position === "FIRST" ? 0 : measurement.progress.seconds;
    const passedS = (this.#options.nowMs() - measurement.createdAtMs) / 1000;
    const waitS = seconds / dataRateMax - passedS - RATE_TOLERANCE_S;
    // A clock that was set back to before the measurement tells nothing.
    if (passedS >= 0 && waitS > 0) throw rateLimit(waitS);
  }

  #chunkOf({ durationS, payload }: Upload, order: number): Chunk {
    if (!(durationS >= 0 && Number.isFinite(durationS))) throw invalidRequest("Bad Duration.");
    const { timestampMs: times } = readPayload(payload, this.limits.payloadBytesMax);
    const spanS = ((times[times.length - 1] ?? 0) - (times[0] ?? 0)) / 1000;
    return {
      dataId: randomUUID(),
      order,
      payload,
      // What the client claims, but not less than what the frames say.
      durationS: Math.max(durationS, spanS),
    };
  }

  #close(measurement: Measurement): void {
    this.#measurements.counted(measurement, () => measurement.close(this.#options.nowMs()));
    this.#analyseWaiting(measurement);
  }

  #analyseWaiting(measurement: Measurement): void {
    this.#push(measurement, measurement.takeUnanalysed());
  }

  #push(measurement: Measurement, { generation, chunks }: Batch): void {
    for (const chunk of chunks) this.#queue.push(measurement, { generation, ...chunk });
  }

  /** `*::PROCESS` gives one result. A last `IGNORE` is analysed too, so that the final state covers everything. */
  async #analyse(measurement: Measurement, jobs: readonly Job[]): Promise<void> {
    for (const group of byGeneration(jobs)) {
      try {
        await this.#analyseGeneration(measurement, group);
      } catch (error) {
        this.log("error", `measurement ${measurement.id}: ${failureOf(error).message}`);
      }
    }
  }

  async #analyseGeneration(measurement: Measurement, jobs: readonly [Job, ...Job[]]): Promise<void> {
    const { generation } = jobs[0];
    const { resolution } = measurement.setup;
    const task = { measurementId: measurement.id, generation, resolution, more: !measurement.closed, chunks: jobs };
    const { errorCode, messages, tookMs, failure } = await this.#options.analyser.run(task);
    // The next server does it again.
    if (this.#closed) return;
    const name = `measurement ${measurement.id}: chunk ${jobs.map(({ order }) => order).join(", ")}`;
    this.metrics.analysisTimes.add(tookMs / 1000);
    this.metrics.results.add({ code: errorCode }, jobs.length);
    if (failure !== undefined) this.log("error", `${name}: the analysis failed: ${failure}`);
    const nothing = new Uint8Array();
    const results = jobs.map(({ order, process }, index) => {
      return { order, told: process, errorCode, message: messages[index] ?? nothing };
    });
    try {
      this.#measurements.counted(measurement, () =>
        measurement.endAnalysis(generation, results, this.#options.nowMs()),
      );
    } finally {
      this.log("info", `${name} analysed in ${Math.round(tookMs)} ms`, { event: "analysis", ms: Math.round(tookMs) });
      for (const { told, message } of results) {
        if (told) for (const subscriber of measurement.subscribers) subscriber.deliver(message);
      }
    }
  }

  #refuseWhenClosing(): void {
    if (this.#closing) throw closing();
  }
}

/** IDs that clients choose or pass on. */
export function checkText(text: string, name: string): void {
  if (text.length > TEXT_LENGTH_MAX || /\p{Cc}/u.test(text)) throw invalidRequest(`${name} is of the wrong form.`);
}

/** The client will send this chunk again to a new measurement, with the same number. */
function closedTo(measurement: Measurement, order: number | undefined): Error {
  measurement.noteRefused(order ?? measurement.progress.nextOrder);
  return measurementClosed();
}

function byGeneration(jobs: readonly Job[]): [Job, ...Job[]][] {
  const groups = new Map<number, [Job, ...Job[]]>();
  for (const job of jobs) {
    const group = groups.get(job.generation);
    if (group) group.push(job);
    else groups.set(job.generation, [job]);
  }
  return [...groups.values()];
}

/** The newest messages that are not too many bytes together, at least one if there is one. */
function newest(messages: readonly Uint8Array[], bytesMax: number): Uint8Array[] {
  let bytes = 0;
  const first = messages.findLastIndex((message) => {
    bytes += message.length;
    return bytes > bytesMax;
  });
  return messages.slice(Math.min(first + 1, Math.max(0, messages.length - 1)));
}

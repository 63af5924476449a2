import { MODE_SECONDS_MAX } from "../domain/measurement-terms.js";
import { invalidRequest, misalignedChunk } from "./refusal.js";
import type {
  ChunkHead,
  MeasurementSetup,
  MeasurementTable,
  Progress,
  StatusId,
  StoredMeasurement,
  StoredResult,
} from "./store/measurement-table.js";

/** Chunk lengths come from frame times, so eight chunks of "15 s" may last a little more than 120 s. */
const TOLERANCE_S = 1;

/** What a client says should be done with a chunk: `FIRST::PROCESS` and its five sisters. */
export interface Action {
  readonly position: "FIRST" | "CHUNK" | "LAST";
  /** False for `::IGNORE`: the chunk is stored, but nobody is told a result for it. */
  readonly process: boolean;
}

/** @throws Refusal VALIDATION_ERROR */
export function parseAction(text: string): Action {
  const match = /^(FIRST|CHUNK|LAST)::(PROCESS|IGNORE)$/.exec(text);
  if (!match) throw invalidRequest("Unknown Action.");
  return { position: match[1] as Action["position"], process: match[2] === "PROCESS" };
}

export interface Chunk {
  readonly dataId: string;
  readonly order: number;
  readonly durationS: number;
  /** As it came. */
  readonly payload: Uint8Array;
}

/** Chunks of one generation, in order. */
export interface Batch {
  readonly generation: number;
  readonly chunks: readonly ChunkHead[];
}

/** Somebody who waits for results; `deliver` gets a result message in protobuf. */
export interface Subscriber {
  deliver(message: Uint8Array): void;
}

/**
 * One measurement: which chunk may come next, what is stored, what came out of it. Every change is in the store before it
 * is seen here, so after a restart the next one of this ID goes on where the last one was.
 *
 *   open     FIRST, CHUNK, CHUNK ...        CAPTURING
 *   closed   after LAST or the time limit   PROCESSING until the last analysis is done
 *   done                                    COMPLETE, or ERROR when that analysis failed
 */
export class Measurement {
  readonly id: string;
  readonly setup: MeasurementSetup;
  readonly createdAtMs: number;
  readonly subscribers = new Set<Subscriber>();
  readonly #table: MeasurementTable;
  #progress: Progress;
  /** Chunks whose analysis is asked for and not done: generation and number. */
  readonly #pending = new Set<string>();

  constructor(stored: StoredMeasurement, table: MeasurementTable) {
    const { id, createdAtMs, ownerId, deviceId, licenceId, partnerId, ...rest } = stored;
    const { studyId, userProfileId, mode, resolution, ...progress } = rest;
    this.id = id;
    this.setup = { ownerId, deviceId, licenceId, partnerId, studyId, userProfileId, mode, resolution };
    this.createdAtMs = createdAtMs;
    this.#progress = progress;
    this.#table = table;
    this.#forgetDiscarded();
  }

  get progress(): Progress {
    return this.#progress;
  }

  get closed(): boolean {
    return this.#progress.status !== "CAPTURING";
  }

  /** Nothing will change any more. */
  get finished(): boolean {
    return this.closed && this.#progress.status !== "PROCESSING";
  }

  /** Nobody waits for anything: it may be dropped from memory, the store has it all. */
  get idle(): boolean {
    return this.#pending.size === 0 && this.subscribers.size === 0;
  }

  /** Messages of the results so far, oldest first; of a measurement that began anew those since then. */
  get told(): Uint8Array[] {
    return this.#table.toldResults(this.id, this.#progress.generation);
  }

  /** The newest result that has channels; undefined before the first. */
  get latest(): Uint8Array | undefined {
    return this.#table.latestResult(this.id, this.#progress.generation);
  }

  /** The result of a chunk, when there is one that was told. */
  resultOf(order: number): Uint8Array | undefined {
    return this.#table.resultOf(this.id, this.#progress.generation, order);
  }

  /** The number that a chunk has whose sender leaves it to us. */
  orderOf(action: Action): number {
    return action.position === "FIRST" ? 0 : this.#progress.nextOrder;
  }

  /**
   * Checks the place of a chunk. A client whose measurement reached its time limit sends the chunk again to a
   * new measurement under its old number; `startsAt` says whether this is such a number.
   * @throws Refusal MISALIGNED_CHUNK
   */
  checkOrder(action: Action, order: number, startsAt: (order: number) => boolean): void {
    const { nextOrder, chunkCount } = this.#progress;
    if (action.position === "FIRST") {
      if (order !== 0) throw misalignedChunk(0);
      return;
    }
    if (order === nextOrder) return;
    if (chunkCount === 0 && nextOrder === 0 && startsAt(order)) return;
    throw misalignedChunk(nextOrder);
  }

  /** Whether a chunk of that length would make the measurement longer than its mode allows. */
  wouldBeTooLong(action: Action, durationS: number, chunksMax: number): boolean {
    const { seconds, chunkCount } = this.#progress;
    const secondsMax = MODE_SECONDS_MAX[this.setup.mode] + TOLERANCE_S;
    if (action.position === "FIRST") return durationS > secondsMax;
    return seconds + durationS > secondsMax || chunkCount >= chunksMax;
  }

  /** Stores a chunk that passed the checks. `FIRST` discards what was there, `LAST` closes. */
  store(action: Action, chunk: Chunk, nowMs: number): void {
    const before = this.#progress;
    const anew = action.position === "FIRST" && before.chunkCount > 0;
    const bytes = chunk.payload.length;
    const after: Progress = {
      ...before,
      status: action.position === "LAST" ? "PROCESSING" : "CAPTURING",
      generation: before.generation + (anew ? 1 : 0),
      nextOrder: chunk.order + 1,
      chunkCount: anew ? 1 : before.chunkCount + 1,
      seconds: chunk.durationS + (anew ? 0 : before.seconds),
      bytes: bytes + (anew ? 0 : before.bytes),
      bytesReceived: before.bytesReceived + bytes,
      updatedAtMs: nowMs,
    };
    const head = { order: chunk.order, dataId: chunk.dataId, process: action.process };
    this.#table.addChunk(this.id, after, head, chunk.payload);
    this.#progress = after;
    if (anew) this.#forgetDiscarded();
  }

  /** Takes no more chunks. Without a chunk that waits for its analysis it is complete at once. */
  close(nowMs: number): void {
    const { generation, nextOrder } = this.#progress;
    const waits = this.#table.unanalysed(this.id, generation, nextOrder - 1).length > 0;
    const errorCode = this.#table.newestErrorCode(this.id, generation) ?? "OK";
    this.#change({ status: waits ? "PROCESSING" : finalStatus(errorCode), updatedAtMs: nowMs });
  }

  /** Remembers a chunk that came too late: the client will send it to a new measurement. */
  noteRefused(order: number): void {
    if (this.#progress.refusedOrder !== order) this.#change({ refusedOrder: order });
  }

  /**
   * The chunks that wait for a result and whose analysis nobody asked for yet; whoever takes them does. A chunk that is to
   * be ignored is among them when it is the last of a closed measurement, because that has a final result in any case.
   */
  takeUnanalysed(): Batch {
    const { generation, nextOrder, status } = this.#progress;
    const chunks = this.#table
      .unanalysed(this.id, generation, status === "PROCESSING" ? nextOrder - 1 : -1)
      .filter(({ order }) => !this.#pending.has(pendingKey(generation, order)));
    for (const { order } of chunks) this.#pending.add(pendingKey(generation, order));
    return { generation, chunks };
  }

  /** Keeps the outcome of an analysis, of one chunk or of several that waited. */
  endAnalysis(generation: number, results: readonly StoredResult[], nowMs: number): void {
    for (const { order } of results) this.#pending.delete(pendingKey(generation, order));
    const over = this.#progress.status === "PROCESSING" && this.#pending.size === 0;
    const status = over ? finalStatus(results.at(-1)?.errorCode ?? "OK") : this.#progress.status;
    const after: Progress = { ...this.#progress, status, updatedAtMs: nowMs };
    this.#table.addResults(this.id, generation, results, after);
    this.#progress = after;
    this.#forgetDiscarded();
  }

  /** What `FIRST` discarded stays as long as an analysis may need it. */
  #forgetDiscarded(): void {
    const { generation } = this.#progress;
    if (this.#pending.size === 0 && generation > 0) this.#table.deleteDiscarded(this.id, generation);
  }

  #change(some: Partial<Progress>): void {
    const after = { ...this.#progress, ...some };
    this.#table.update(this.id, after);
    this.#progress = after;
  }
}

function finalStatus(errorCode: string): StatusId {
  return errorCode === "OK" ? "COMPLETE" : "ERROR";
}

function pendingKey(generation: number, order: number): string {
  return `${generation} ${order}`;
}

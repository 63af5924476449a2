import { randomUUID } from "node:crypto";

import { type MeasurementMode, MODE_SECONDS_MAX } from "../domain/measurement-terms.js";
import type { EnginePayload } from "../wire/engine-payload.js";
import type { ResultMessage } from "../wire/v1-messages.js";
import { invalidRequest, misalignedChunk } from "./refusal.js";

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
  /** The ID that the acknowledgement and the result carry. */
  readonly dataId: string;
  readonly order: number;
  readonly payload: EnginePayload;
  readonly durationS: number;
  readonly bytes: number;
}

/** Somebody who waits for results; `deliver` gets the body of a result message. */
export interface Subscriber {
  deliver(body: Uint8Array): void;
}

export type StatusId = "CAPTURING" | "PROCESSING" | "COMPLETE" | "ERROR";

export interface MeasurementSetup {
  readonly ownerId: string;
  readonly studyId: string;
  readonly userProfileId: string;
  readonly mode: MeasurementMode;
  /** 0: one mean value per signal and result. Anything above: all values. */
  readonly resolution: number;
}

/**
 * One measurement: which chunk may come next, what is stored, what came out of it.
 *
 *   open     FIRST, CHUNK, CHUNK ...        CAPTURING
 *   closed   after LAST or the time limit   PROCESSING until the last analysis is done
 *   done                                    COMPLETE, or ERROR when that analysis failed
 */
export class Measurement {
  readonly id = randomUUID();
  readonly setup: MeasurementSetup;
  readonly createdAtMs: number;
  readonly subscribers = new Set<Subscriber>();
  readonly #replayBytesMax: number;

  #updatedAtMs: number;
  #chunks: Chunk[] = [];
  #expectedOrder = 0;
  #closed = false;
  /** Analyses that are asked for and not done. */
  #pending = 0;
  /** The newest stored chunk is covered by an analysis, asked for or done. */
  #covered = true;
  /** Of chunks that a new FIRST discarded while an analysis still needs them. */
  #discardedBytes = 0;
  #receivedBytes = 0;
  #latest: ResultMessage | undefined;
  #replay: Uint8Array[] = [];
  #failed = false;

  constructor(setup: MeasurementSetup, nowMs: number, replayBytesMax: number) {
    this.setup = setup;
    this.createdAtMs = nowMs;
    this.#updatedAtMs = nowMs;
    this.#replayBytesMax = replayBytesMax;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Nothing will change any more. */
  get finished(): boolean {
    return this.#closed && this.#pending === 0;
  }

  get statusId(): StatusId {
    if (!this.#closed) return "CAPTURING";
    if (this.#pending > 0) return "PROCESSING";
    return this.#failed ? "ERROR" : "COMPLETE";
  }

  get updatedAtMs(): number {
    return this.#updatedAtMs;
  }

  /** Bytes of payloads, as they came, that this measurement holds in memory. */
  get bytesHeld(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.bytes, this.#discardedBytes);
  }

  get bytesReceived(): number {
    return this.#receivedBytes;
  }

  get newestChunk(): Chunk | undefined {
    return this.#chunks.at(-1);
  }

  /** The newest result that has channels; undefined before the first. */
  get latest(): ResultMessage | undefined {
    return this.#latest;
  }

  /** Bodies of the results so far, oldest first, as far as they are kept. */
  get replay(): readonly Uint8Array[] {
    return this.#replay;
  }

  /**
   * Checks the place of a chunk. A client whose measurement reached its time limit sends the chunk again to a
   * new measurement under its old number; `startsAt` says whether this is such a number.
   * @throws Refusal MISALIGNED_CHUNK
   */
  checkOrder(action: Action, order: number, startsAt: (order: number) => boolean): void {
    if (action.position === "FIRST") {
      if (order !== 0) throw misalignedChunk(0);
      return;
    }
    if (order === this.#expectedOrder) return;
    if (this.#chunks.length === 0 && this.#expectedOrder === 0 && startsAt(order)) return;
    throw misalignedChunk(this.#expectedOrder);
  }

  /** Whether a chunk of that length would make the measurement longer than its mode allows. */
  wouldBeTooLong(action: Action, durationS: number, chunksMax: number): boolean {
    if (action.position === "FIRST") return durationS > MODE_SECONDS_MAX[this.setup.mode] + TOLERANCE_S;
    const storedS = this.#chunks.reduce((sum, chunk) => sum + chunk.durationS, 0);
    return storedS + durationS > MODE_SECONDS_MAX[this.setup.mode] + TOLERANCE_S || this.#chunks.length >= chunksMax;
  }

  /** Takes a chunk that passed the checks. `FIRST` discards what was there, `LAST` closes. */
  store(action: Action, chunk: Chunk, nowMs: number): void {
    if (action.position === "FIRST") this.#discard();
    this.#chunks.push(chunk);
    this.#receivedBytes += chunk.bytes;
    this.#expectedOrder = chunk.order + 1;
    this.#covered = false;
    this.#updatedAtMs = nowMs;
    if (action.position === "LAST") this.#closed = true;
  }

  close(nowMs: number): void {
    this.#closed = true;
    this.#updatedAtMs = nowMs;
    this.#letGo();
  }

  /** True when chunks are stored that no analysis has seen or will see. */
  get hasUnseenChunks(): boolean {
    return !this.#covered;
  }

  /** Notes that an analysis is asked for, and gives what it is about: the chunks so far. */
  beginAnalysis(): readonly Chunk[] {
    this.#pending += 1;
    this.#covered = true;
    return [...this.#chunks];
  }

  /**
   * Notes the outcome of an analysis.
   * @param body the message as it was delivered; undefined when nobody was to be told.
   */
  endAnalysis(message: ResultMessage, body: Uint8Array | undefined, nowMs: number): void {
    this.#pending -= 1;
    this.#updatedAtMs = nowMs;
    this.#failed = message.errorCode !== "OK";
    if (!this.#failed) this.#latest = message;
    if (body) this.#keepForReplay(body);
    this.#letGo();
  }

  #keepForReplay(body: Uint8Array): void {
    this.#replay.push(body);
    let bytes = this.#replay.reduce((sum, kept) => sum + kept.length, 0);
    while (this.#replay.length > 1 && bytes > this.#replayBytesMax) bytes -= this.#replay.shift()?.length ?? 0;
  }

  #discard(): void {
    if (this.#pending > 0) this.#discardedBytes = this.bytesHeld;
    this.#chunks = [];
  }

  #letGo(): void {
    if (this.#pending > 0) return;
    this.#discardedBytes = 0;
    if (this.#closed && this.#covered) this.#chunks = [];
  }
}

import type { ChunkResult } from "../domain/result.js";
import { safeText } from "./failures.js";
import { ResultInbox } from "./result-inbox.js";

/** What an earlier session has done with a measurement. */
export interface EarlierSession {
  /** Number of the first chunk that it sent. */
  readonly first: number;
  /** Chunks whose results are known: they are not waited for, and do not count when they come again. */
  readonly answered: readonly number[];
}

/** What a session knows of one of its measurements: chunks by our numbers, whatever the server counts. */
export class OpenMeasurement {
  readonly id: string;
  /** Results come over the WebSocket, as long as that is there. */
  isSubscribed = false;
  readonly #inbox: ResultInbox;
  readonly #secrets: readonly string[];
  /**
   * Number of the first chunk that was sent: not 0 when the measurement goes on where a full one has ended. The
   * server may then count on (as we do) or begin at 0.
   */
  #first: number | undefined;
  /** Our number less the server's; undefined until something tells. */
  #shift: number | undefined;
  /** A chunk that was not delivered. None behind it may go out. */
  gap: { readonly chunkNumber: number; readonly mayBeStored: boolean } | undefined;

  /**
   * @param secrets never part of what a result says of its failure.
   * @param begun what an earlier session has done with the measurement.
   */
  constructor(id: string, onResult: (result: ChunkResult) => void, secrets: readonly string[], begun?: EarlierSession) {
    this.id = id;
    this.#secrets = secrets;
    this.#inbox = new ResultInbox(onResult, begun?.answered);
    if (begun) this.begin(begun.first);
  }

  get inbox(): ResultInbox {
    return this.#inbox;
  }

  /** A chunk is about to be sent. */
  begin(chunkNumber: number): void {
    this.#first ??= chunkNumber;
    if (this.#first === 0) this.#shift = 0;
  }

  /** The server has stored one of our chunks under `order`, as far as its answer says. */
  stored(chunkNumber: number, order: number | undefined): void {
    const shifts = order === undefined ? [] : [0, this.#first ?? 0].filter((shift) => order + shift === chunkNumber);
    this.#shift ??= shifts[0];
  }

  /** True when that is the number behind the one under which the chunk should be stored. */
  isDoubled(chunkNumber: number, order: number): boolean {
    return order + (this.#shift ?? 0) === chunkNumber + 1;
  }

  /** The server's number of a chunk, to ask for its result. */
  orderOf(chunkNumber: number): number {
    return chunkNumber - (this.#shift ?? 0);
  }

  hasResult(chunkNumber: number): boolean {
    return this.#inbox.hasChunk(chunkNumber);
  }

  /** True when it was news. */
  put(result: ChunkResult): boolean {
    // It came to the subscription of this measurement, whatever it says of itself.
    const chunkNumber = this.#ourNumber(result.chunkNumber);
    const reasons = result.reasons?.map((reason) => safeText(reason, this.#secrets));
    return this.#inbox.put({ ...result, measurementId: this.id, chunkNumber, ...(reasons ? { reasons } : {}) });
  }

  #ourNumber(order: number | undefined): number | undefined {
    if (order === undefined) return undefined;
    if (this.#shift === undefined && this.#first !== undefined) this.#shift = order < this.#first ? this.#first : 0;
    return order + (this.#shift ?? 0);
  }
}

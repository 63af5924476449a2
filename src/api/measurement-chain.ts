import type { ChunkAction, ChunkPayload } from "../domain/chunk.js";
import { toAppError } from "../domain/errors.js";
import { RESULTS_WAIT_S } from "../domain/measurement-terms.js";
import type { ChunkResult } from "../domain/result.js";
import type { Retrieved } from "../wire/v1-rest.js";
import type { NewMeasurement } from "./dfx-api.js";
import { DfxError } from "./failures.js";
import type { EarlierSession } from "./open-measurement.js";
import type { AddChunkOptions, DfxSession } from "./session.js";
import { pause } from "./timing.js";

// What is one measurement to the operator can be several to the service: when it closes one before its end (400 or
// 405 MEASUREMENT_CLOSED), its results are waited for and fetched, a new one is created and subscribed to, and the
// chunk that was refused is sent to that one, with its number and its action unchanged. SimpleClient does the same.

/** A measurement that is still being analysed when results are fetched. */
const UNFINISHED: ReadonlySet<string> = new Set(["CAPTURING", "PROCESSING", "IN_PROGRESS"]);

export interface ChainEvents {
  /** A measurement of the service has begun; `number` counts from 0. */
  readonly created: (measurementId: string, number: number) => void;
  readonly result: (result: ChunkResult) => void;
  /** The final results of one of the measurements; others follow unless it is the last. */
  readonly retrieved: (retrieved: Retrieved, number: number, isLast: boolean) => Promise<void>;
  readonly notice: (text: string) => void;
}

export interface ChainOptions {
  readonly resultsWaitMs?: number;
  readonly pollMs?: number;
  readonly signal: AbortSignal;
}

/** A measurement that an earlier session has begun. */
export interface BegunMeasurement {
  readonly measurementId: string;
  /** How many came before it. */
  readonly number: number;
  /** Number of the first chunk that it was sent; undefined: none was, and another measurement is as good. */
  readonly first: number | undefined;
  /** Acknowledged chunks whose results are known. */
  readonly answered: readonly number[];
  /** Acknowledged chunks whose results are not. */
  readonly unanswered: readonly number[];
}

interface Link {
  readonly id: string;
  /** From 0. */
  readonly number: number;
  /** Numbers of the acknowledged chunks whose results are waited for. */
  readonly chunks: number[];
  /** Those of an earlier session: few servers send their results again. */
  readonly past: Set<number>;
  /** The service has chunks of it. */
  hasData: boolean;
}

/** Results of an earlier session come again within this time, or not at all. */
const PAST_RESULTS_WAIT_MS = 5_000;

/** One recording at the service. Made by `startChain`. */
export class MeasurementChain {
  readonly #session: DfxSession;
  readonly #setup: NewMeasurement;
  readonly #events: ChainEvents;
  readonly #options: ChainOptions;
  #link: Link;

  constructor(session: DfxSession, setup: NewMeasurement, events: ChainEvents, options: ChainOptions, link: Link) {
    this.#session = session;
    this.#setup = setup;
    this.#events = events;
    this.#options = options;
    this.#link = link;
  }

  /** The measurement that chunks go to now. */
  get measurementId(): string {
    return this.#link.id;
  }

  /**
   * Sends a chunk and waits until the server has it, in a new measurement when the present one is closed.
   * @throws as `DfxSession.addChunk`, `createMeasurement` and `subscribe`.
   */
  async send(
    chunk: ChunkPayload,
    action: ChunkAction,
    options: AddChunkOptions = {},
  ): Promise<{ roundTripMs: number | undefined }> {
    let sent: { roundTripMs: number | undefined };
    try {
      sent = await this.#session.addChunk(this.#link.id, chunk, action, options);
    } catch (error) {
      // One that is closed before it has anything would be followed by another such one.
      if (!isClosed(error) || !this.#link.hasData) throw error;
      await this.#rollOver(chunk.chunkNumber);
      sent = await this.#session.addChunk(this.#link.id, chunk, action);
    }
    this.#link.chunks.push(chunk.chunkNumber);
    this.#link.hasData = true;
    if (!this.#session.hearsOf(this.#link.id)) await this.#fetchOnce();
    return sent;
  }

  /** A chunk that an earlier session has sent is found to be stored. */
  noteStored(chunkNumber: number): void {
    this.#link.chunks.push(chunkNumber);
    this.#link.past.add(chunkNumber);
    this.#link.hasData = true;
  }

  /**
   * Waits for what is still to come and fetches the final results.
   * @throws AppError when they cannot be fetched and not every chunk was answered either.
   */
  async finish(): Promise<void> {
    await this.#finishLink(true);
  }

  async #finishLink(isLast: boolean): Promise<void> {
    const endMs = performance.now() + (this.#options.resultsWaitMs ?? RESULTS_WAIT_S * 1000);
    const missing = await this.#awaitResults(endMs);
    if (missing.length > 0) {
      this.#events.notice(`No result came for ${listed(missing)}; the final results are fetched.`);
    }
    try {
      const retrieved = await this.#retrieve(missing.length > 0 ? endMs : 0);
      await this.#events.retrieved(retrieved, this.#link.number, isLast);
    } catch (error) {
      const failure = toAppError(error);
      if ((isLast && missing.length > 0) || failure.code === "CANCELLED") throw failure;
      this.#events.notice(`The final results could not be fetched: ${failure.message}`);
    }
  }

  async #rollOver(chunkNumber: number): Promise<void> {
    const { notice, created } = this.#events;
    notice(`The server has closed the measurement before chunk ${chunkNumber + 1}; going on in a new one.`);
    await this.#finishLink(false);
    this.#session.leave(this.#link.id);
    const id = await this.#session.createMeasurement(this.#setup);
    const number = this.#link.number + 1;
    created(id, number);
    this.#link = newLink(id, number);
    await listen(this.#session, id, this.#events);
  }

  /** @returns the numbers of the chunks that have no result when the time is over. */
  async #awaitResults(endMs: number): Promise<readonly number[]> {
    const { id, chunks, past } = this.#link;
    for (;;) {
      const leftMs = endMs - performance.now();
      const waitMs = past.size > 0 ? Math.min(leftMs, PAST_RESULTS_WAIT_MS) : leftMs;
      if (await this.#session.waitForResults(id, chunks.length, waitMs)) return [];
      const isOnlyPast = this.#missing().every((number) => past.has(number));
      if (waitMs === leftMs || isOnlyPast || !this.#session.hearsOf(id)) break;
    }
    return await this.#fetchMissing(endMs);
  }

  /** Asks for the result of each chunk until the time is over, once at least; version 1 has no such request. */
  async #fetchMissing(endMs: number): Promise<readonly number[]> {
    while (this.#session.canFetchResults) {
      await this.#fetchOnce();
      if (this.#missing().length === 0 || performance.now() >= endMs) break;
      await this.#pause();
    }
    return this.#missing();
  }

  async #fetchOnce(): Promise<void> {
    if (!this.#session.canFetchResults) return;
    for (const number of this.#missing()) {
      await this.#session.fetchResult(this.#link.id, number).catch(rethrowCancelled);
    }
  }

  #missing(): readonly number[] {
    return this.#link.chunks.filter((number) => !this.#session.hasResult(this.#link.id, number));
  }

  /** Asks again until the analysis is done or the time is over. */
  async #retrieve(endMs: number): Promise<Retrieved> {
    let retrieved = await this.#session.retrieve(this.#link.id, "fetching the final results");
    while (UNFINISHED.has(retrieved.StatusID) && performance.now() < endMs) {
      await this.#pause();
      retrieved = await this.#session.retrieve(this.#link.id);
    }
    return retrieved;
  }

  async #pause(): Promise<void> {
    await pause(this.#options.pollMs ?? 2_000, this.#options.signal);
  }
}

/** Creates the first measurement and subscribes to its results. @throws as `DfxSession` */
export async function startChain(
  session: DfxSession,
  setup: NewMeasurement,
  events: ChainEvents,
  options: ChainOptions,
): Promise<MeasurementChain> {
  const id = await session.createMeasurement(setup);
  events.created(id, 0);
  await listen(session, id, events);
  return new MeasurementChain(session, setup, events, options, newLink(id, 0));
}

/**
 * Goes on with a measurement that an earlier session has begun, and subscribes to its results.
 * @returns `found`: what the service has of it; undefined when it had forgotten one to which nothing had been sent, and a
 * new one was created.
 * @throws as `DfxSession`, above all when the service does not know the measurement.
 */
export async function continueChain(
  session: DfxSession,
  setup: NewMeasurement,
  events: ChainEvents,
  options: ChainOptions,
  begun: BegunMeasurement,
): Promise<{ readonly chain: MeasurementChain; readonly found: Retrieved | undefined }> {
  const { measurementId: id, number, first, answered, unanswered } = begun;
  let found: Retrieved;
  try {
    found = await session.retrieve(id, "asking what the server has");
  } catch (error) {
    if (first !== undefined || !takesNoMore(error)) throw error;
    return { chain: await startChain(session, setup, events, options), found: undefined };
  }
  events.created(id, number);
  await listen(session, id, events, { first: first ?? 0, answered });
  const hasData = answered.length + unanswered.length > 0;
  const link = { id, number, chunks: [...unanswered], past: new Set(unanswered), hasData };
  return { chain: new MeasurementChain(session, setup, events, options, link), found };
}

function newLink(id: string, number: number): Link {
  return { id, number, chunks: [], past: new Set(), hasData: false };
}

/** Subscribes; where results can be fetched too, a WebSocket that cannot be had is no reason to measure nothing. */
async function listen(
  session: DfxSession,
  id: string,
  { result, notice }: ChainEvents,
  begun?: EarlierSession,
): Promise<void> {
  try {
    await session.subscribe(id, result, begun);
  } catch (error) {
    const { code, message } = toAppError(error);
    if (!session.canDoWithoutSocket || (code !== "NETWORK" && code !== "SERVER")) throw error;
    notice(`${message} The results are fetched without it.`);
  }
}

/** True when the service does not know the measurement any more, or takes no more data for it. */
export function takesNoMore(error: unknown): boolean {
  return error instanceof DfxError && (isClosed(error) || error.dfxCode === "INVALID_MEASUREMENT");
}

function isClosed(error: unknown): boolean {
  return error instanceof DfxError && error.dfxCode === "MEASUREMENT_CLOSED";
}

function rethrowCancelled(error: unknown): false {
  if (toAppError(error).code === "CANCELLED") throw error;
  return false;
}

/** "chunk 3", "chunks 1, 2 and 5", counted from 1, as on the screen. */
function listed(chunkNumbers: readonly number[]): string {
  const numbers = chunkNumbers.map((number) => number + 1);
  if (numbers.length === 1) return `chunk ${numbers[0]}`;
  return `chunks ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}

import { spanOfChunk } from "../domain/chunk.js";
import type { ChunkQuality } from "../domain/constraints.js";
import { failureOf } from "../domain/errors.js";
import type { MeasurementEvent } from "../results/events.js";
import type { Progress } from "../results/measurement.js";
import type { ChunkAges, Tick } from "../worker/protocol.js";
import type { Conversation, SealedChunk } from "./conversation.js";
import type { Keeper } from "./keeper.js";
import type { Past } from "./resume.js";
import { differs, differsSentence, isFirstStored, sealedAgain } from "./resume-recall.js";
import { SerialQueue } from "./serial-queue.js";

/** What the measuring thread tells beside a chunk. */
interface ChunkFacts {
  readonly quality: ChunkQuality;
  readonly ages: ChunkAges;
  readonly tick: Tick;
}

/** What a delivery asks of its measurement, and tells it. */
export interface DeliveryOptions {
  readonly keeper: Keeper;
  readonly past: Past | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds since the measurement began. */
  readonly atMs: () => number;
  readonly progress: () => Progress;
  readonly dispatch: (event: MeasurementEvent) => void;
  readonly warn: (sentence: string) => void;
  /** One chunk was dealt with: the source may make another. */
  readonly taken: () => void;
  /** A chunk could not be kept or sent: the measurement ends. */
  readonly fail: (error: unknown) => void;
}

/** The way of the chunks: on disk first, then to the server in their order, each after the answer to the one before. */
export class ChunkDelivery {
  readonly #options: DeliveryOptions;
  readonly #sending = new SerialQueue();
  #conversation: Conversation | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The server takes chunks now; what earlier processes have kept and not sent, as far as they know, goes first. */
  to(conversation: Conversation): void {
    this.#conversation = conversation;
    const { past, fail } = this.#options;
    if (!past) return;
    for (const kept of past.remaining.toSend) {
      const isStored = isFirstStored(past, kept.number, conversation.found);
      const sent = this.#sending.add(async () => {
        if (isStored) this.#foundStored(conversation, kept.number);
        else await this.#send(await sealedAgain(past, kept), true);
      });
      sent.catch(fail);
    }
  }

  /** Keeps a chunk that the source has made, and sends it when its turn comes. */
  add(sealed: SealedChunk, facts: ChunkFacts | undefined): void {
    const { past, taken, warn, fail } = this.#options;
    if (this.#isStored(sealed)) {
      // An earlier process has it on disk.
      if (past && differs(past, sealed.chunk)) warn(differsSentence(sealed.chunk));
      taken();
      return;
    }
    // Written at once and sent only then: a chunk that waits for the network must not be lost with it.
    const saved = this.#keep(sealed, facts, false);
    const sent = this.#sending.add(async () => {
      await saved;
      await this.#send(sealed);
    });
    Promise.all([saved, sent]).catch(fail);
  }

  /** Keeps what there is of a chunk when a measurement ends inside it. It is never sent. */
  addRest(sealed: SealedChunk, facts: ChunkFacts): void {
    if (this.#isStored(sealed)) return;
    this.#keep(sealed, facts, true).catch((error: unknown) => this.#options.warn(failureOf(error).message));
  }

  /** Resolves when every chunk so far is acknowledged; rejects with the first failure. */
  async done(): Promise<void> {
    await this.#sending.done();
  }

  #isStored({ chunk }: SealedChunk): boolean {
    return chunk.chunkNumber < this.#storedCount;
  }

  get #storedCount(): number {
    return this.#options.past?.remaining.storedCount ?? 0;
  }

  /** The server has a chunk whose acknowledgement was never seen. */
  #foundStored(conversation: Conversation, number: number): void {
    conversation.noteStored(number);
    this.#acknowledged(number, undefined);
  }

  /** Puts the chunk on disk; only then it counts. */
  async #keep({ chunk, last }: SealedChunk, facts: ChunkFacts | undefined, rest: boolean): Promise<void> {
    const { keeper, dispatch, atMs, progress } = this.#options;
    const { chunkNumber: number } = chunk;
    const counters = facts?.tick ?? progress();
    const { startS, endS } = spanOfChunk(chunk, counters.positionS);
    const nowMs = atMs();
    const extractedAtMs = nowMs - (facts?.ages.extractedMs ?? 0);
    const capturedAtMs = facts && nowMs - facts.ages.capturedMs;
    const quality = facts?.quality;
    await keeper.chunk({ chunk, last, rest, quality, counters });
    dispatch({ type: "extracted", atMs: extractedAtMs, capturedAtMs, number, startS, endS, quality });
  }

  async #send(sealed: SealedChunk, mayBeStored = false): Promise<void> {
    const { keeper, signal, dispatch, atMs, taken } = this.#options;
    signal.throwIfAborted();
    if (!this.#conversation) return;
    const number = sealed.chunk.chunkNumber;
    await keeper.sent(number);
    dispatch({ type: "sent", atMs: atMs(), number });
    const { roundTripMs } = await this.#conversation.send(sealed, mayBeStored);
    this.#acknowledged(number, roundTripMs);
    if (!this.#isStored(sealed)) taken();
  }

  #acknowledged(number: number, roundTripMs: number | undefined): void {
    const { keeper, dispatch, atMs } = this.#options;
    keeper.acknowledged(number, roundTripMs);
    dispatch({ type: "acknowledged", atMs: atMs(), number, roundTripMs });
  }
}

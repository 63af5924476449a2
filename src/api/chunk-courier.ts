import { AppError } from "../domain/errors.js";
import { type ChunkSender, restSender, socketSender } from "./chunk-senders.js";
import type { Connection } from "./connection.js";
import { type Delivery, deliver, type Proof } from "./delivery.js";
import type { ChunkToSend, DfxApi } from "./dfx-api.js";
import type { DfxSocket } from "./dfx-socket.js";
import { DfxError, isTooFast } from "./failures.js";
import type { OpenMeasurement } from "./open-measurement.js";
import { Pacer } from "./pacer.js";
import { cancelled, pause } from "./timing.js";
import type { Bearer } from "./token-source.js";

export interface CourierContext {
  readonly connection: Connection;
  readonly api: DfxApi;
  readonly bearer: Bearer;
  readonly socket: DfxSocket;
  /** Asks by REST for the result of a chunk; false when there is none yet. */
  readonly fetchResult: (measurementId: string, chunkNumber: number) => Promise<boolean>;
}

/** Brings the chunks of a session to the server, one at a time, in order, each exactly once. */
export class ChunkCourier {
  readonly #context: CourierContext;
  readonly #pacer: Pacer | undefined;
  #pacingTold = false;
  /** The chunk before; the next one waits for it. */
  #previous: Promise<unknown> = Promise.resolve();

  constructor(context: CourierContext) {
    this.#context = context;
    this.#pacer = context.connection.options.paced === true ? new Pacer() : undefined;
  }

  /** @returns the time from sending to acknowledgement, in ms. @throws as `deliver` */
  async bring(measurement: OpenMeasurement, item: ChunkToSend, mayBeStored: boolean): Promise<number | undefined> {
    const turn = this.#previous.then(async () => await this.#bringNow(measurement, item, mayBeStored));
    this.#previous = turn.catch(() => undefined);
    return await turn;
  }

  async #bringNow(measurement: OpenMeasurement, item: ChunkToSend, mayBeStored: boolean): Promise<number | undefined> {
    const { timing, random, signal, onNotice, serverName } = this.#context.connection;
    const { chunkNumber, durationS } = item.chunk;
    if (signal.aborted) throw cancelled();
    const { gap } = measurement;
    // With a gap, "out of order" would no longer prove that a chunk is stored (see delivery.ts).
    if (gap !== undefined && gap.chunkNumber !== chunkNumber) {
      throw new AppError(
        "NETWORK",
        `Chunk ${gap.chunkNumber + 1} has not reached server ${serverName}; send it first.`,
      );
    }
    await this.#pacer?.turn(item.chunk, signal, () => this.#tellPacing());
    measurement.begin(chunkNumber);
    const sender = this.#sender(item);
    const delivery: Delivery = {
      serverName,
      chunkNumber,
      durationS,
      action: item.action,
      mayBeStored: mayBeStored || gap?.mayBeStored === true,
      attempt: sender.attempt,
      isProven: () => sender.isAccepted() || measurement.hasResult(chunkNumber),
      proof: this.#context.api.refusesRepeats ? undefined : this.#proof(measurement, chunkNumber),
    };
    try {
      const { roundTripMs, order } = await deliver(delivery, { timing, random, signal, onNotice });
      measurement.stored(chunkNumber, order);
      measurement.gap = undefined;
      return roundTripMs;
    } catch (error) {
      const refused = error instanceof DfxError && !isTooFast({ status: error.status, code: error.dfxCode });
      measurement.gap = { chunkNumber, mayBeStored: delivery.mayBeStored || !refused };
      throw signal.aborted ? cancelled() : error;
    }
  }

  #sender(item: ChunkToSend): ChunkSender {
    const { connection, api, bearer, socket } = this.#context;
    const { options, rest, timing, signal, serverName } = connection;
    const common = { api, serverName, signal };
    if (options.sendMethod === "websocket") {
      return socketSender(item, { ...common, socket, wsUrl: options.address.wsUrl, timing });
    }
    // Chunks by REST go on without results; a connection that was given up gets another chance with each.
    if (socket.isLost) socket.ready().catch(() => undefined);
    return restSender(item, { ...common, rest, bearer });
  }

  #proof(measurement: OpenMeasurement, chunkNumber: number): Proof {
    return {
      wait: async () => await this.#waitForResult(measurement, chunkNumber),
      isDoubled: (order) => measurement.isDoubled(chunkNumber, order),
    };
  }

  /** True as soon as there is a result of the chunk, over the WebSocket or by REST; false when the time is over. */
  async #waitForResult(measurement: OpenMeasurement, chunkNumber: number): Promise<boolean> {
    const { connection, fetchResult } = this.#context;
    const { timing, signal } = connection;
    const endMs = performance.now() + timing.proofMs;
    while (!measurement.hasResult(chunkNumber) && performance.now() < endMs) {
      await fetchResult(measurement.id, chunkNumber).catch(() => false);
      if (!measurement.hasResult(chunkNumber)) await pause(timing.pollMs, signal);
    }
    return measurement.hasResult(chunkNumber);
  }

  #tellPacing(): void {
    if (this.#pacingTold) return;
    this.#pacingTold = true;
    const { serverName, onNotice } = this.#context.connection;
    onNotice(`Chunks go to server ${serverName} no faster than real time, as the service asks.`);
  }
}

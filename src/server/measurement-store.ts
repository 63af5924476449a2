import { randomUUID } from "node:crypto";

import type { Limits } from "./limits.js";
import { Measurement } from "./measurement.js";
import { invalidMeasurement, tooMany } from "./refusal.js";
import type { MeasurementSetup, MeasurementTable, StoredMeasurement, Whose } from "./store/measurement-table.js";

/** Nothing else was ever given out; paths and control characters are not even looked for. */
const ID_FORM = /^[0-9a-f-]{36}$/;

/**
 * The measurements: all of them in the store, those in use also in memory. When there is no room, finished ones are
 * forgotten first, then abandoned ones.
 */
export class MeasurementStore {
  readonly #table: MeasurementTable;
  readonly #limits: Limits;
  readonly #whose: Whose;
  /** In use, in the order of last use. */
  readonly #live = new Map<string, Measurement>();
  #count: number;
  #bytes: number;
  #openBytes: number;

  constructor(table: MeasurementTable, limits: Limits, whose: Whose) {
    this.#table = table;
    this.#limits = limits;
    this.#whose = whose;
    const { count, bytes, openBytes } = table.sizes(whose);
    this.#count = count;
    this.#bytes = bytes;
    this.#openBytes = openBytes;
  }

  /** @throws Refusal TOO_MANY_REQUESTS when all that are kept are still in use. */
  create(setup: MeasurementSetup, nowMs: number): Measurement {
    this.#makeRoom(nowMs);
    const stored = {
      ...setup,
      id: randomUUID(),
      status: "CAPTURING",
      generation: 0,
      nextOrder: 0,
      chunkCount: 0,
      seconds: 0,
      bytes: 0,
      bytesReceived: 0,
      refusedOrder: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    } as const;
    this.#table.create(stored);
    this.#count += 1;
    return this.#keepLive(new Measurement(stored, this.#table));
  }

  /** @throws Refusal INVALID_MEASUREMENT, also when it is someone else's. */
  find(id: string, ownerId: string): Measurement {
    const measurement = ID_FORM.test(id) ? this.get(id) : undefined;
    if (measurement?.setup.ownerId !== ownerId) throw invalidMeasurement();
    return measurement;
  }

  get(id: string): Measurement | undefined {
    const live = this.#live.get(id);
    if (live) return this.#keepLive(live);
    const stored = this.#table.byId(id);
    return stored && this.#keepLive(new Measurement(stored, this.#table));
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** Forgets everything that belongs to an owner. */
  deleteOf(ownerId: string): void {
    for (const id of this.#table.idsOfOwner(ownerId)) {
      const stored = this.#table.byId(id);
      if (stored) this.#forget(stored);
    }
  }

  /** IDs of those that are open or wait for results. */
  unfinished(): string[] {
    return this.#table.unfinished(this.#whose);
  }

  /**
   * Does something that changes how much is stored.
   * @param change of a measurement's chunks, or its end.
   */
  counted(measurement: Measurement, change: () => void): void {
    const before = sizesOf(measurement);
    change();
    const after = sizesOf(measurement);
    this.#bytes += after.bytes - before.bytes;
    this.#openBytes += after.openBytes - before.openBytes;
  }

  /** @throws Refusal TOO_MANY_REQUESTS when the payloads of open measurements would become too many. */
  checkRoomFor(bytes: number): void {
    if (this.#openBytes + bytes > this.#limits.openBytesMax) throw tooMany("No room is left.");
  }

  /** Whether a closed measurement of this owner refused that chunk, so that it may begin the next one. */
  isRollOver(ownerId: string, order: number): boolean {
    return this.#table.isRefusedOrder(ownerId, order);
  }

  #makeRoom(nowMs: number): void {
    while (this.#count >= this.#limits.measurementsMax || this.#bytes > this.#limits.keptBytesMax) {
      const goes = this.#table.mostForgettable(this.#whose, nowMs - this.#limits.abandonedAfterMs);
      if (!goes) {
        if (this.#count < this.#limits.measurementsMax) return;
        throw tooMany("Too many measurements are open.");
      }
      this.#forget(goes);
    }
  }

  #forget({ id, bytes, status }: StoredMeasurement): void {
    this.#table.delete(id);
    this.#live.delete(id);
    this.#count -= 1;
    this.#bytes -= bytes;
    if (status === "CAPTURING" || status === "PROCESSING") this.#openBytes -= bytes;
  }

  #keepLive(measurement: Measurement): Measurement {
    this.#live.delete(measurement.id);
    this.#live.set(measurement.id, measurement);
    if (this.#live.size > this.#limits.liveMeasurementsMax) this.#dropIdle();
    return measurement;
  }

  /** Those in use stay, so there may be more than the limit: as many as sockets and queues allow. */
  #dropIdle(): void {
    for (const [id, measurement] of this.#live) {
      if (this.#live.size <= this.#limits.liveMeasurementsMax / 2) break;
      if (measurement.idle) this.#live.delete(id);
    }
  }
}

function sizesOf({ progress, finished }: Measurement): { bytes: number; openBytes: number } {
  return { bytes: progress.bytes, openBytes: finished ? 0 : progress.bytes };
}

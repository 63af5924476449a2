import type { Limits } from "./limits.js";
import { Measurement, type MeasurementSetup } from "./measurement.js";
import { invalidMeasurement, tooMany } from "./refusal.js";

/** Numbers that are remembered of each user's refused chunks. */
const ROLL_OVERS_KEPT = 8;

/** The measurements in memory. When there is no room, finished ones go first, then abandoned ones. */
export class MeasurementStore {
  readonly #limits: Limits;
  /** In the order of creation. */
  readonly #measurements = new Map<string, Measurement>();
  /** By user: chunk numbers that were refused because a measurement was closed. */
  readonly #rollOvers = new Map<string, number[]>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @throws Refusal TOO_MANY_REQUESTS when all that are kept are still in use. */
  create(setup: MeasurementSetup, nowMs: number): Measurement {
    if (this.#measurements.size >= this.#limits.measurementsMax) this.#forgetOne(nowMs);
    const measurement = new Measurement(setup, nowMs, this.#limits.replayBytesMax);
    this.#measurements.set(measurement.id, measurement);
    return measurement;
  }

  /** @throws Refusal INVALID_MEASUREMENT, also when it is someone else's. */
  find(id: string, ownerId: string): Measurement {
    const measurement = this.#measurements.get(id);
    if (measurement?.setup.ownerId !== ownerId) throw invalidMeasurement();
    return measurement;
  }

  /** @throws Refusal TOO_MANY_REQUESTS when the payloads in memory would become too many. */
  checkRoomFor(bytes: number): void {
    let held = bytes;
    for (const measurement of this.#measurements.values()) held += measurement.bytesHeld;
    if (held > this.#limits.payloadBytesKeptMax) throw tooMany("No memory is left.");
  }

  /** The client will send this chunk again to a new measurement, with the same number. */
  expectRollOver(ownerId: string, order: number): void {
    const orders = this.#rollOvers.get(ownerId) ?? [];
    this.#rollOvers.set(ownerId, [...orders.filter((known) => known !== order), order].slice(-ROLL_OVERS_KEPT));
  }

  isRollOver(ownerId: string, order: number): boolean {
    return this.#rollOvers.get(ownerId)?.includes(order) ?? false;
  }

  #forgetOne(nowMs: number): void {
    const all = [...this.#measurements.values()];
    const goes =
      all.find((measurement) => measurement.finished) ??
      all.find((measurement) => nowMs - measurement.updatedAtMs > this.#limits.abandonedAfterMs);
    if (!goes) throw tooMany("Too many measurements are open.");
    this.#measurements.delete(goes.id);
  }
}

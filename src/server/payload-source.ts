import { decodeEnginePayload, type EnginePayload } from "../wire/engine-payload.js";
import type { MeasurementTable } from "./store/measurement-table.js";

interface Recording {
  readonly payloads: EnginePayload[];
  nextOrder: number;
  bytes: number;
}

/** Of the payloads as they came; decoded they take about twice as much. */
const CACHE_BYTES_MAX = 24 * 1024 * 1024;

/** Reads the payloads of measurements from the store; those that were read lately are kept decoded. */
export class PayloadSource {
  readonly #table: MeasurementTable;
  /** By measurement and generation, in the order of last use. */
  readonly #cache = new Map<string, Recording>();
  #cachedBytes = 0;

  constructor(table: MeasurementTable) {
    this.#table = table;
  }

  /** All payloads of a generation up to the chunk of that number, in order. */
  upTo(measurementId: string, generation: number, order: number): readonly EnginePayload[] {
    const key = keyOf(measurementId, generation);
    const cached = this.#cache.get(key);
    this.#drop(key);
    // One that is ahead, as after a restart of the analysis, is of no use.
    const recording = cached && cached.nextOrder <= order + 1 ? cached : { payloads: [], nextOrder: 0, bytes: 0 };
    for (const row of this.#table.payloads(measurementId, generation, recording.nextOrder, order)) {
      recording.payloads.push(decodeEnginePayload(row.payload));
      recording.bytes += row.payload.length;
      recording.nextOrder = row.order + 1;
    }
    this.#keep(key, recording);
    return [...recording.payloads];
  }

  /** No more chunks will come. */
  forget(measurementId: string, generation: number): void {
    this.#drop(keyOf(measurementId, generation));
  }

  #keep(key: string, recording: Recording): void {
    this.#cache.set(key, recording);
    this.#cachedBytes += recording.bytes;
    for (const oldest of this.#cache.keys()) {
      if (this.#cachedBytes <= CACHE_BYTES_MAX) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#cachedBytes -= this.#cache.get(key)?.bytes ?? 0;
    this.#cache.delete(key);
  }
}

function keyOf(measurementId: string, generation: number): string {
  return `${measurementId} ${generation}`;
}

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Measurement, parseAction } from "../../src/server/measurement.js";
import { Refusal } from "../../src/server/refusal.js";
import { IN_MEMORY } from "../../src/server/store/database.js";
import type { MeasurementTable } from "../../src/server/store/measurement-table.js";
import { Store } from "../../src/server/store/store.js";

const ID = "00000000-0000-4000-8000-000000000001";
const PAYLOAD = new Uint8Array(100);

const action = fc.constantFrom(
  "FIRST::PROCESS",
  "CHUNK::PROCESS",
  "LAST::PROCESS",
  "FIRST::IGNORE",
  "CHUNK::IGNORE",
  "LAST::IGNORE",
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("chunk" as const), action, order: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: fc.constant({ kind: "next" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "analysed" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
);

/** What is stored and for which chunks results are due, as the protocol's description says it, next to the real thing. */
class Model {
  stored: number[] = [];
  /** Of the newest generation. */
  due: number[] = [];
  generation = 0;
  closed = false;

  takes(text: string, order: number): boolean {
    if (this.closed) return false;
    if (text.startsWith("FIRST")) return order === 0;
    return order === (this.stored.at(-1) ?? -1) + 1;
  }

  take(text: string, order: number): void {
    if (text.startsWith("FIRST") && this.stored.length > 0) {
      this.stored = [];
      this.due = [];
      this.generation += 1;
    }
    this.stored.push(order);
    this.closed = text.startsWith("LAST");
    if (text.endsWith("PROCESS") || this.closed) this.due.push(order);
  }
}

function freshTable(): MeasurementTable {
  const table = Store.open(IN_MEMORY).measurements;
  const who = { ownerId: "u", deviceId: "d", licenceId: "l", partnerId: "", userProfileId: "" };
  const setup = { ...who, studyId: "s", mode: "DISCRETE", resolution: 100 } as const;
  const counts = { generation: 0, nextOrder: 0, chunkCount: 0, seconds: 0, bytes: 0, bytesReceived: 0 };
  const times = { createdAtMs: 0, updatedAtMs: 0 };
  table.create({ id: ID, ...setup, ...counts, ...times, status: "CAPTURING", refusedOrder: null });
  return table;
}

function loaded(table: MeasurementTable): Measurement {
  const stored = table.byId(ID);
  if (!stored) throw new Error("the measurement is gone");
  return new Measurement(stored, table);
}

/** Does what the service does with a chunk. */
function offer(measurement: Measurement, text: string, order: number): boolean {
  if (measurement.closed) return false;
  const parsed = parseAction(text);
  try {
    measurement.checkOrder(parsed, order, () => false);
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return false;
  }
  measurement.store(parsed, { dataId: `data ${order}`, order, payload: PAYLOAD, durationS: 5 }, 0);
  return true;
}

interface Job {
  readonly generation: number;
  readonly order: number;
  readonly told: boolean;
}

function jobsOf(measurement: Measurement): Job[] {
  const { generation, chunks } = measurement.takeUnanalysed();
  return chunks.map(({ order, process }) => ({ generation, order, told: process }));
}

function analyse(measurement: Measurement, { generation, order, told }: Job): void {
  const result = { order, told, errorCode: "OK", message: Uint8Array.of(generation, order) };
  measurement.endAnalysis(generation, [result], 0);
}

function ordersOf(table: MeasurementTable, generation: number): number[] {
  return table.payloads(ID, generation, 0, 1000).map(({ order }) => order);
}

test("any sequence of chunks, analyses and restarts stores what the protocol says, and makes every result once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const table = freshTable();
      let measurement = loaded(table);
      const model = new Model();
      let jobs: Job[] = [];
      for (const one of steps) {
        if (one.kind === "analysed") {
          const job = jobs.shift();
          if (job) analyse(measurement, job);
          continue;
        }
        if (one.kind === "restart") {
          measurement = loaded(table);
          jobs = jobsOf(measurement);
          continue;
        }
        const text = one.kind === "chunk" ? one.action : "CHUNK::PROCESS";
        const order = one.kind === "chunk" ? one.order : (model.stored.at(-1) ?? -1) + 1;
        const takes = model.takes(text, order);
        expect(offer(measurement, text, order)).toBe(takes);
        if (takes) model.take(text, order);
        jobs.push(...jobsOf(measurement));
        expect(measurement.closed).toBe(model.closed);
        expect(ordersOf(table, model.generation)).toEqual(model.stored);
        expect(measurement.progress.bytes).toBe(model.stored.length * PAYLOAD.length);
      }
      for (const job of jobs) analyse(measurement, job);
      const told = measurement.told.map(([, order]) => order);
      const due = model.closed ? model.due.slice(0, told.length) : model.due;
      expect(told).toEqual(due);
      expect(jobsOf(loaded(table))).toEqual([]);
      expect(measurement.progress.status).toBe(model.closed ? "COMPLETE" : "CAPTURING");
      if (model.generation > 0) expect(ordersOf(table, model.generation - 1)).toEqual([]);
    }),
    { seed: 20_240_505, numRuns: 300 },
  );
});

test("chunks that FIRST discards stay until no analysis needs them", () => {
  const table = freshTable();
  const measurement = loaded(table);
  offer(measurement, "FIRST::PROCESS", 0);
  const [job] = jobsOf(measurement);
  offer(measurement, "FIRST::PROCESS", 0);
  expect([ordersOf(table, 0), ordersOf(table, 1)]).toEqual([[0], [0]]);
  if (job) analyse(measurement, job);
  expect([ordersOf(table, 0), ordersOf(table, 1)]).toEqual([[], [0]]);
  expect(measurement.told).toEqual([]);
});

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type Chunk, Measurement, parseAction } from "../../src/server/measurement.js";
import { Refusal } from "../../src/server/refusal.js";
import { failedResultMessage } from "../../src/server/result.js";
import { decodeEnginePayload } from "../../src/wire/engine-payload.js";
import { payloadBytes } from "./harness.js";

const SETUP = { ownerId: "u", studyId: "s", userProfileId: "", mode: "DISCRETE", resolution: 100 } as const;
const PAYLOAD = decodeEnginePayload(payloadBytes(0, 2));

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
);

/** The orders that are stored, as the protocol's description says it, next to the real thing. */
class Model {
  stored: number[] = [];
  closed = false;

  takes(text: string, order: number): boolean {
    if (this.closed) return false;
    if (text.startsWith("FIRST")) return order === 0;
    return order === (this.stored.at(-1) ?? -1) + 1;
  }

  take(text: string, order: number): void {
    if (text.startsWith("FIRST")) this.stored = [];
    this.stored.push(order);
    this.closed = text.startsWith("LAST");
  }
}

/** Does what the service does with a chunk. */
function offer(measurement: Measurement, text: string, order: number): readonly Chunk[] | undefined {
  if (measurement.closed) return undefined;
  const parsed = parseAction(text);
  try {
    measurement.checkOrder(parsed, order, () => false);
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return undefined;
  }
  measurement.store(parsed, { dataId: "d", order, payload: PAYLOAD, durationS: 5, bytes: 100 }, 0);
  return parsed.process || measurement.closed ? measurement.beginAnalysis() : [];
}

test("any sequence of chunks stores what the protocol says, and holds no payload once it is finished", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const measurement = new Measurement(SETUP, 0, 1000);
      const model = new Model();
      let pending = 0;
      const analysed = (): void => {
        if (pending === 0) return;
        pending -= 1;
        const ids = { measurementId: "m", chunkOrder: 0, resultId: "r" };
        measurement.endAnalysis(failedResultMessage(ids, "OK"), undefined, 0);
      };
      for (const one of steps) {
        if (one.kind === "analysed") {
          analysed();
          continue;
        }
        const text = one.kind === "chunk" ? one.action : "CHUNK::PROCESS";
        const order = one.kind === "chunk" ? one.order : (model.stored.at(-1) ?? -1) + 1;
        const takes = model.takes(text, order);
        const chunks = offer(measurement, text, order);
        expect(chunks !== undefined).toBe(takes);
        if (takes) model.take(text, order);
        if (chunks && chunks.length > 0) {
          pending += 1;
          expect(chunks.map((chunk) => chunk.order)).toEqual(model.stored);
        }
        expect(measurement.closed).toBe(model.closed);
        expect(measurement.bytesHeld).toBeGreaterThanOrEqual(model.closed ? 0 : model.stored.length * 100);
      }
      for (let left = pending; left > 0; left -= 1) analysed();
      expect(measurement.statusId).toBe(model.closed ? "COMPLETE" : "CAPTURING");
      expect(measurement.bytesHeld).toBe(model.closed ? 0 : model.stored.length * 100);
    }),
    { seed: 20_240_505, numRuns: 2000 },
  );
});

test("chunks that FIRST discards are counted until no analysis needs them", () => {
  const measurement = new Measurement(SETUP, 0, 1000);
  offer(measurement, "FIRST::PROCESS", 0);
  offer(measurement, "FIRST::PROCESS", 0);
  offer(measurement, "FIRST::PROCESS", 0);
  expect(measurement.bytesHeld).toBe(300);
  const done = failedResultMessage({ measurementId: "m", chunkOrder: 0, resultId: "r" }, "OK");
  measurement.endAnalysis(done, undefined, 0);
  measurement.endAnalysis(done, undefined, 0);
  expect(measurement.bytesHeld).toBe(300);
  measurement.endAnalysis(done, undefined, 0);
  expect(measurement.bytesHeld).toBe(100);
});

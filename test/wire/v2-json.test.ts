import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import { JSON_BODIES } from "../../src/wire/bodies.js";
import { readIntermediate, resultJson } from "../../src/wire/v2-json.js";
import { DATA_ID, FIRST, GOLDEN_JSON, hexOf, LAST, MEASUREMENT_ID, RESULT } from "./golden-vectors.js";

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString("utf8");
}

function bodyOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

describe("golden bodies", () => {
  test("are written byte for byte", () => {
    const bodies = JSON_BODIES;
    const subscription = { measurementId: MEASUREMENT_ID, resultsRequestId: "0123456789" };
    expect(textOf(bodies.encodeSubscribe(subscription))).toBe(GOLDEN_JSON.subscribe);
    expect(textOf(bodies.encodeAddData(FIRST))).toBe(GOLDEN_JSON.addDataFirst);
    expect(textOf(bodies.encodeAddData(LAST))).toBe(GOLDEN_JSON.addDataLast);
    expect(textOf(bodies.encodeAddDataAck({ id: DATA_ID, chunkOrder: 3 }))).toBe(GOLDEN_JSON.dataAckOrder3);
    expect(textOf(bodies.encodeError({ code: "MEASUREMENT_CLOSED", message: "" }))).toBe(GOLDEN_JSON.closedError);
    expect(textOf(bodies.encodeResult(RESULT))).toBe(GOLDEN_JSON.result);
    expect(textOf(bodies.encodeToken("abc"))).toBe(GOLDEN_JSON.token);
    expect(textOf(bodies.subscribeAck)).toBe("{}");
  });

  test("are read, also with the spaces of Python", () => {
    const spaced = GOLDEN_JSON.addDataLast.replaceAll(":{", ": {").replaceAll(',"', ', "');
    for (const line of [GOLDEN_JSON.addDataLast, spaced]) {
      const { payload, meta, ...others } = JSON_BODIES.decodeAddData(Buffer.from(line));
      expect([hexOf(payload), textOf(meta)]).toEqual(["010203", "{}"]);
      expect(others).toEqual({ ...LAST, payload: undefined, meta: undefined });
    }
    expect(JSON_BODIES.decodeResult(Buffer.from(GOLDEN_JSON.result))).toEqual(RESULT);
  });
});

describe("what published clients leave out", () => {
  test("a chunk without order, times and metadata has none", () => {
    const body = bodyOf({ Params: { ID: "m" }, Action: "CHUNK::PROCESS", Payload: "AQID" });
    expect(JSON_BODIES.decodeAddData(body)).toMatchObject({ chunkOrder: undefined, durationS: 0, startTimeS: 0 });
    const nulls = { ChunkOrder: null, StartTime: null, EndTime: null, Duration: null, Meta: null };
    const withNulls = bodyOf({ Params: { ID: "m" }, Action: "CHUNK::PROCESS", Payload: "AQID", ...nulls });
    expect(JSON_BODIES.decodeAddData(withNulls).chunkOrder).toBe(undefined);
  });

  test("metadata that is no base64 does not cost the chunk", () => {
    const body = bodyOf({ Params: { ID: "m" }, Action: "CHUNK::PROCESS", Payload: "AQID", Meta: "b'{}'" });
    expect(JSON_BODIES.decodeAddData(body).meta).toHaveLength(0);
  });

  test("an empty answer to a chunk is one", () => {
    expect(JSON_BODIES.decodeAddDataAck(Buffer.from("{}"))).toEqual({ id: "", chunkOrder: 0 });
  });

  test("a failed result has no signals, a code and reasons", () => {
    const body = bodyOf({
      MeasurementID: "m",
      MeasurementDataID: "m:2",
      Error: { Code: "ANALYSIS_ERROR", Errors: { HR_BPM: { msgs: ["too short", "no face"] } } },
    });
    expect(JSON_BODIES.decodeResult(body)).toMatchObject({
      channels: [],
      errorCode: "ANALYSIS_ERROR",
      reasons: ["HR_BPM: too short, no face"],
    });
  });

  test("the rules of a validation error become reasons", () => {
    const Errors = {
      StudyID: [
        ["isUUID", [4]],
        ["required", []],
      ],
      Key: { msgs: ["unknown"] },
      Other: 7,
    };
    expect(JSON_BODIES.decodeError(bodyOf({ Code: "VALIDATION_ERROR", Errors }))).toEqual({
      code: "VALIDATION_ERROR",
      message: "",
      reasons: ["StudyID: isUUID 4, required", "Key: unknown", "Other"],
    });
  });

  test.each([
    ["a payload that is not base64", { Payload: "A!==" }],
    ["no payload", { Payload: undefined }],
    ["no measurement", { Params: {} }],
    ["half an order", { ChunkOrder: 0.5 }],
    ["an order as text", { ChunkOrder: "0" }],
    ["a negative duration", { Duration: -1 }],
  ])("a chunk with %s is refused", (_what, change) => {
    const body = bodyOf({ Params: { ID: "m" }, Action: "CHUNK::PROCESS", Payload: "AQID", ...change });
    expect(() => JSON_BODIES.decodeAddData(body)).toThrow(expect.objectContaining({ code: "WIRE" }));
  });

  test.each([
    ["text that is no UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)],
    ["a list in place of signals", bodyOf({ Channels: [] })],
    ["a value that is text", bodyOf({ Channels: { A: { Data: ["1"] } } })],
    ["a number beyond all numbers", Buffer.from('{"Channels":{"A":{"Data":[1e999]}}}')],
    ["a hundred thousand brackets", Buffer.from("[".repeat(100_000))],
  ])("a result of %s is refused", (_what, body) => {
    expect(() => JSON_BODIES.decodeResult(body)).toThrow(expect.objectContaining({ code: "WIRE" }));
  });

  test("a signal called __proto__ does not reach the prototype of objects", () => {
    const body = Buffer.from('{"Channels":{"__proto__":{"Data":[1],"Notes":["n"]}},"__proto__":{"Multiplier":3}}');
    expect(JSON_BODIES.decodeResult(body).channels).toEqual([{ id: "__proto__", data: [1], notes: ["n"] }]);
    expect(({} as Record<string, unknown>)["Data"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["Multiplier"]).toBeUndefined();
  });

  test("what cannot be read is not repeated in the error", () => {
    expect(() => JSON_BODIES.decodeToken(Buffer.from('{"Token":"hunter2'))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });
});

describe("an intermediate result by REST", () => {
  test("is read in the form of a WebSocket result", () => {
    const { measurementDataId, ...expected } = { ...RESULT, measurementId: "m", measurementResultId: DATA_ID };
    expect(measurementDataId).toBe(`${MEASUREMENT_ID}:0`);
    expect(readIntermediate(resultJson(RESULT), "m", 2)).toEqual({ ...expected, measurementDataId: "m:2" });
  });

  test("is read in the form of a whole measurement, with a multiplier for each signal", () => {
    const Results = {
      HR_BPM: [{ Data: [720_000], Multiplier: 10_000 }],
      SNR: [{ Data: [15, -5], Multiplier: 10, Notes: ["NOTE_DEGRADED_ACCURACY"] }],
      NONE: [{ Data: [1], Multiplier: 0 }],
      EMPTY: [],
    };
    expect(readIntermediate({ ID: "m", Results }, "m", 1)).toMatchObject({
      multiplier: 10_000,
      channels: [
        { id: "HR_BPM", data: [720_000] },
        { id: "SNR", data: [15_000, -5_000], notes: ["NOTE_DEGRADED_ACCURACY"] },
        { id: "NONE", data: [] },
      ],
    });
  });

  test("is not there yet as an empty object, and a failure is one", () => {
    expect(readIntermediate({}, "m", 0)).toBe(undefined);
    expect(readIntermediate({ ID: "m", Results: {} }, "m", 0)).toBe(undefined);
    expect(readIntermediate({ Error: { Code: "LIVENESS_ERROR" } }, "m", 0)).toMatchObject({
      errorCode: "LIVENESS_ERROR",
    });
  });

  test("of any JSON is a result, none, or the code WIRE", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          readIntermediate(json, "m", 0);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).toBe("WIRE");
        }
      }),
      { seed: 20_240_505, numRuns: 1_000 },
    );
  });
});

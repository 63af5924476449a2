import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import {
  ADD_DATA,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  SUBSCRIBE_RESULTS,
} from "../../src/wire/frames.js";
import { GOLDEN } from "./golden-vectors.js";

const SEED = { seed: 20_240_501 };
const requestId = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 10,
  maxLength: 10,
});
const action = fc.integer({ min: 0, max: 9999 }).map((number) => String(number).padStart(4, "0"));
const body = fc.uint8Array({ maxLength: 200 });

describe("frames", () => {
  test("have the published lengths", () => {
    expect(GOLDEN.subscribe).toHaveLength(66);
    expect(GOLDEN.addDataFirst).toHaveLength(86);
    expect(GOLDEN.addDataLast).toHaveLength(89);
    expect(GOLDEN.subscribeAck).toHaveLength(13);
    expect(GOLDEN.dataAckOrder0).toHaveLength(51);
    expect(GOLDEN.dataAckOrder3).toHaveLength(53);
    expect(GOLDEN.closedError).toHaveLength(33);
    expect(GOLDEN.result).toHaveLength(151);
  });

  test("split a golden request into its parts and join them to the same bytes", () => {
    const subscribe = decodeRequest(GOLDEN.subscribe);
    expect(subscribe).toMatchObject({ action: SUBSCRIBE_RESULTS, requestId: "0123456789" });
    expect(encodeRequest(subscribe.action, subscribe.requestId, subscribe.body)).toEqual(GOLDEN.subscribe);

    const addData = decodeRequest(GOLDEN.addDataLast);
    expect(addData).toMatchObject({ action: ADD_DATA, requestId: "abcdef0124" });
    expect(encodeRequest(addData.action, addData.requestId, addData.body)).toEqual(GOLDEN.addDataLast);
  });

  test("split a golden response into its parts and join them to the same bytes", () => {
    expect(decodeResponse(GOLDEN.subscribeAck)).toEqual({
      requestId: "0123456789",
      status: 200,
      body: new Uint8Array(),
    });
    expect(encodeResponse("0123456789", 200, new Uint8Array())).toEqual(GOLDEN.subscribeAck);
    const closed = decodeResponse(GOLDEN.closedError);
    expect(closed.status).toBe(405);
    expect(encodeResponse(closed.requestId, closed.status, closed.body)).toEqual(GOLDEN.closedError);
  });

  test("requests come back as they went in", () => {
    fc.assert(
      fc.property(action, requestId, body, (number, id, content) => {
        expect(decodeRequest(encodeRequest(number, id, content))).toEqual({
          action: number,
          requestId: id,
          body: content,
        });
      }),
      SEED,
    );
  });

  test("responses come back as they went in, also from the middle of a larger buffer", () => {
    fc.assert(
      fc.property(
        requestId,
        fc.integer({ min: 100, max: 599 }),
        body,
        fc.nat({ max: 9 }),
        (id, status, content, offset) => {
          const bytes = encodeResponse(id, status, content);
          const larger = new Uint8Array(offset + bytes.length + 3);
          larger.set(bytes, offset);
          const view = larger.subarray(offset, offset + bytes.length);
          expect(decodeResponse(view)).toEqual({ requestId: id, status, body: content });
        },
      ),
      SEED,
    );
  });

  test("any bytes give a frame or the code WIRE, never a surprise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        for (const decode of [decodeRequest, decodeResponse]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            expect((error as AppError).code).toBe("WIRE");
          }
        }
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  test("golden frames with bytes changed or cut anywhere give a frame or the code WIRE", () => {
    const requests = [GOLDEN.subscribe, GOLDEN.addDataFirst, GOLDEN.addDataLast];
    const responses = [GOLDEN.subscribeAck, GOLDEN.dataAckOrder3, GOLDEN.closedError];
    const mutation = fc.tuple(
      fc.constantFrom(...requests, ...responses),
      fc.nat(),
      fc.uint8Array({ maxLength: 4 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(mutation, ([frame, at, put, cut]) => {
        const from = at % frame.length;
        const bytes = Buffer.concat([
          frame.subarray(0, from),
          put,
          cut ? Buffer.alloc(0) : frame.subarray(from + put.length),
        ]);
        for (const decode of [decodeRequest, decodeResponse]) {
          try {
            const decoded = decode(bytes);
            expect(decoded.requestId).toHaveLength(10);
            expect(decoded.body.length).toBeLessThan(bytes.length);
          } catch (error) {
            expect(error).toMatchObject({ code: "WIRE" });
          }
        }
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  test.each([
    ["nothing", ""],
    ["a head that is cut off", "0506abcdef012"],
    ["an action that is no number", "05x6abcdef0123"],
    ["a request ID with a space", "0506abcdef 123"],
    ["a request ID with a byte above ASCII", "0506abcdef012\xe4"],
  ])("a request of %s is refused", (_what, text) => {
    expect(() => decodeRequest(Buffer.from(text, "latin1"))).toThrow(expect.objectContaining({ code: "WIRE" }));
  });

  test.each([
    ["a head that is cut off", "abcdef012320"],
    ["a status that is no number", "abcdef012320x"],
    ["a status below 100", "abcdef0123099"],
    ["a status above 599", "abcdef0123600"],
  ])("a response of %s is refused", (_what, text) => {
    expect(() => decodeResponse(Buffer.from(text, "latin1"))).toThrow(expect.objectContaining({ code: "WIRE" }));
  });

  test("a head that cannot be written is refused before anything is sent", () => {
    expect(() => encodeRequest("506", "abcdef0123", new Uint8Array())).toThrow(
      expect.objectContaining({ code: "WIRE" }),
    );
    expect(() => encodeRequest("0506", "short", new Uint8Array())).toThrow(expect.objectContaining({ code: "WIRE" }));
    expect(() => encodeResponse("abcdef0123", 99, new Uint8Array())).toThrow(expect.objectContaining({ code: "WIRE" }));
  });
});

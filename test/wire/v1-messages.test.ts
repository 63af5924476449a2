import { describe, expect, test } from "vitest";

import { decodeRequest, decodeResponse } from "../../src/wire/frames.js";
import {
  type AddDataRequest,
  decodeAddDataRequest,
  decodeAddDataResponse,
  decodeErrorMessage,
  decodeResultMessage,
  decodeSubscribeRequest,
  decodeTokenMessage,
  encodeAddDataRequest,
  encodeAddDataResponse,
  encodeErrorMessage,
  encodeResultMessage,
  encodeSubscribeRequest,
  encodeTokenMessage,
} from "../../src/wire/v1-messages.js";
import { bytesOf, DATA_ID, FIRST, GOLDEN, hexOf, LAST, MEASUREMENT_ID, RESULT } from "./golden-vectors.js";

/** The same request with bytes that compare by value. */
function comparable(request: AddDataRequest): Record<string, unknown> {
  return { ...request, payload: hexOf(request.payload), meta: hexOf(request.meta) };
}

describe("golden bodies", () => {
  test("0510 subscribe", () => {
    const message = { measurementId: MEASUREMENT_ID, resultsRequestId: "0123456789" };
    const { body } = decodeRequest(GOLDEN.subscribe);
    expect(hexOf(encodeSubscribeRequest(message))).toBe(hexOf(body));
    expect(decodeSubscribeRequest(body)).toEqual(message);
  });

  test("0506 add data: chunk 0 has neither order nor start time", () => {
    const { body } = decodeRequest(GOLDEN.addDataFirst);
    expect(hexOf(encodeAddDataRequest(FIRST))).toBe(hexOf(body));
    expect(comparable(decodeAddDataRequest(body))).toEqual(comparable(FIRST));
  });

  test("0506 add data: the last chunk", () => {
    const { body } = decodeRequest(GOLDEN.addDataLast);
    expect(hexOf(encodeAddDataRequest(LAST))).toBe(hexOf(body));
    expect(comparable(decodeAddDataRequest(body))).toEqual(comparable(LAST));
  });

  test.each([
    [0, GOLDEN.dataAckOrder0],
    [3, GOLDEN.dataAckOrder3],
  ])("acknowledgement of chunk %i", (chunkOrder, frame) => {
    const { body } = decodeResponse(frame);
    expect(hexOf(encodeAddDataResponse({ id: DATA_ID, chunkOrder }))).toBe(hexOf(body));
    expect(decodeAddDataResponse(body)).toEqual({ id: DATA_ID, chunkOrder });
  });

  test("error", () => {
    const { body } = decodeResponse(GOLDEN.closedError);
    expect(hexOf(encodeErrorMessage({ code: "MEASUREMENT_CLOSED", message: "" }))).toBe(hexOf(body));
    expect(decodeErrorMessage(body)).toEqual({ code: "MEASUREMENT_CLOSED", message: "" });
  });

  test("result", () => {
    expect(hexOf(encodeResultMessage(RESULT))).toBe(hexOf(GOLDEN.result));
    expect(decodeResultMessage(GOLDEN.result)).toEqual(RESULT);
  });

  test("0718 log-in: field 1 is the token", () => {
    expect(hexOf(encodeTokenMessage("abc"))).toBe(hexOf(bytesOf("0a03 616263")));
    expect(decodeTokenMessage(bytesOf("0a03 616263"))).toBe("abc");
    expect(decodeTokenMessage(new Uint8Array())).toBe("");
  });
});

describe("bytes from the network", () => {
  test("unknown fields are ignored", () => {
    const later = bytesOf("fa01 03 616263");
    const body = Uint8Array.from([...decodeRequest(GOLDEN.addDataFirst).body, ...later]);
    expect(comparable(decodeAddDataRequest(body))).toEqual(comparable(FIRST));
  });

  test("a channel called __proto__ does not reach the prototype of objects", () => {
    const hostile = encodeResultMessage({ ...RESULT, channels: [{ id: "X________", data: [1], notes: ["n"] }] });
    const name = Buffer.from("X________");
    for (let at = hostile.length - name.length; at >= 0; at -= 1) {
      if (Buffer.from(hostile.subarray(at, at + name.length)).equals(name)) hostile.set(Buffer.from("__proto__"), at);
    }
    decodeResultMessage(hostile);
    expect(({} as Record<string, unknown>)["Data"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["Notes"]).toBeUndefined();
  });
});

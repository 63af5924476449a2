import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import { type Bodies, JSON_BODIES, PROTOBUF_BODIES } from "../../src/wire/bodies.js";
import type { AddDataRequest, ResultMessage } from "../../src/wire/v1-messages.js";
import { GOLDEN, GOLDEN_JSON, hexOf, MEASUREMENT_ID, RESULT } from "./golden-vectors.js";

// What both forms of the bodies have in common; the bytes of each are in the tests of its own file.

const SEED = { seed: 20_240_504 };
const text = fc.string({ unit: "grapheme", maxLength: 40 });
const someText = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
const bytes = fc.uint8Array({ maxLength: 200 });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const seconds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const chunk = fc.record({
  measurementId: someText,
  action: text,
  chunkOrder: uint32,
  startTimeS: seconds,
  endTimeS: seconds,
  durationS: fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }),
  payload: bytes,
  meta: bytes,
});

const channel = fc.record({
  id: fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/),
  data: fc.array(fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), { maxLength: 50 }),
  notes: fc.array(text, { maxLength: 3 }),
});

const result: fc.Arbitrary<ResultMessage> = fc.record({
  measurementId: text,
  measurementDataId: text,
  measurementResultId: text,
  multiplier: uint32,
  channels: fc.uniqueArray(channel, { selector: ({ id }) => id, maxLength: 6 }),
  errorCode: fc.constantFrom("OK", "WORKER_ERROR", "LIVENESS_ERROR"),
});

function comparable(request: Omit<AddDataRequest, "chunkOrder">): Record<string, unknown> {
  return { ...request, payload: hexOf(request.payload), meta: hexOf(request.meta) };
}

function decodersOf(bodies: Bodies): readonly ((body: Uint8Array) => unknown)[] {
  return [
    bodies.decodeAddData,
    bodies.decodeAddDataAck,
    bodies.decodeSubscribe,
    bodies.decodeResult,
    bodies.decodeError,
    bodies.decodeToken,
  ];
}

/** A message or the code WIRE, nothing else. */
function checkAny(bodies: Bodies, body: Uint8Array): void {
  for (const decode of decodersOf(bodies)) {
    try {
      decode(body);
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).code).toBe("WIRE");
    }
  }
}

function refusal(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const MANY = 4_000_001;

/** One signal with too many values, in protobuf: Channels {value {Data packed}}. */
function manyInProtobuf(): Uint8Array {
  return field(0x2a, field(0x12, field(0x0a, Buffer.alloc(MANY, 2))));
}

function field(tag: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([tag]), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const groups: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    groups.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Uint8Array.from(groups);
  }
}

const FORMS = [
  {
    form: "protobuf",
    many: manyInProtobuf(),
    bodies: PROTOBUF_BODIES,
    golden: [
      GOLDEN.result,
      GOLDEN.addDataLast.subarray(14),
      GOLDEN.closedError.subarray(13),
      GOLDEN.subscribe.subarray(14),
    ],
  },
  {
    form: "json",
    many: Buffer.from(`{"Channels":{"A":{"Data":[${"1,".repeat(MANY - 1)}1]}}}`),
    bodies: JSON_BODIES,
    golden: Object.values(GOLDEN_JSON).map((line) => Buffer.from(line)),
  },
] as const;

describe.each(FORMS)("$form bodies", ({ bodies, golden, many }) => {
  test("of chunks come back as they went in", () => {
    fc.assert(
      fc.property(chunk, (request) => {
        expect(comparable(bodies.decodeAddData(bodies.encodeAddData(request)))).toEqual(comparable(request));
      }),
      SEED,
    );
  });

  test("of results come back as they went in", () => {
    fc.assert(
      fc.property(result, (message) => {
        expect(bodies.decodeResult(bodies.encodeResult(message))).toEqual(message);
      }),
      SEED,
    );
  });

  test("of subscriptions, answers, errors and tokens come back as they went in", () => {
    fc.assert(
      fc.property(someText, text, uint32, (first, second, chunkOrder) => {
        const subscribe = { measurementId: first, resultsRequestId: second };
        expect(bodies.decodeSubscribe(bodies.encodeSubscribe(subscribe))).toEqual(subscribe);
        const ack = { id: first, chunkOrder };
        expect(bodies.decodeAddDataAck(bodies.encodeAddDataAck(ack))).toEqual(ack);
        const error = { code: first, message: second };
        expect(bodies.decodeError(bodies.encodeError(error))).toEqual(error);
        expect(bodies.decodeToken(bodies.encodeToken(first))).toBe(first);
      }),
      SEED,
    );
  });

  test("of any bytes give a message or the code WIRE", () => {
    fc.assert(
      fc.property(bytes, (body) => checkAny(bodies, body)),
      { ...SEED, numRuns: 500 },
    );
  });

  test("that are golden, with bytes changed, left out, doubled or cut anywhere, give a message or the code WIRE", () => {
    const mutation = fc.record({
      body: fc.constantFrom(...golden),
      at: fc.nat(),
      length: fc.nat({ max: 8 }),
      put: fc.uint8Array({ maxLength: 8 }),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(mutation, ({ body, at, length, put, cut }) => {
        const from = at % body.length;
        const behind = cut ? new Uint8Array() : body.subarray(from + length);
        checkAny(bodies, Buffer.concat([body.subarray(0, from), put, behind]));
      }),
      { ...SEED, numRuns: 1_500 },
    );
  });

  test("in the middle of a larger buffer are read from their own bytes only", () => {
    const body = bodies.encodeAddData({ ...comparableChunk(), payload: Uint8Array.of(7, 8, 9) });
    const larger = Buffer.concat([Buffer.alloc(5, 0x41), body, Buffer.alloc(5, 0x42)]);
    const decoded = bodies.decodeAddData(larger.subarray(5, 5 + body.length));
    expect(hexOf(decoded.payload)).toBe("070809");
  });

  test("that are too large are refused before they are read", () => {
    const small = new Uint8Array(64 * 1024 + 1);
    for (const decode of [bodies.decodeAddDataAck, bodies.decodeSubscribe, bodies.decodeError, bodies.decodeToken]) {
      expect(refusal(() => decode(small))).toMatchObject({
        code: "WIRE",
        message: expect.stringMatching(/at most 65536/),
      });
    }
    const large = new Uint8Array(33 * 1024 * 1024);
    for (const decode of [bodies.decodeAddData, bodies.decodeResult]) {
      expect(refusal(() => decode(large))).toMatchObject({ code: "WIRE", message: expect.stringMatching(/at most/) });
    }
  });

  test("with more signals or values than any measurement has are refused", () => {
    const channels = Array.from({ length: 1_001 }, (_, number) => ({ id: `S${number}`, data: [1], notes: [] }));
    expect(refusal(() => bodies.decodeResult(bodies.encodeResult({ ...RESULT, channels })))).toMatchObject({
      code: "WIRE",
      message: expect.stringMatching(/1001 signals, at most 1000/),
    });
    expect(refusal(() => bodies.decodeResult(many))).toMatchObject({
      code: "WIRE",
      message: expect.stringMatching(/values, at most 4000000/),
    });
  });
});

function comparableChunk(): AddDataRequest {
  return {
    measurementId: MEASUREMENT_ID,
    action: "CHUNK::PROCESS",
    chunkOrder: 1,
    startTimeS: 15,
    endTimeS: 30,
    durationS: 15,
    payload: new Uint8Array(),
    meta: new Uint8Array(),
  };
}

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import { decodeEnginePayload } from "../../src/wire/engine-payload.js";
import { bytesOf } from "./golden-vectors.js";
import { pulsePayload, writePayload } from "./payload-writer.js";

const SEED = { seed: 20_240_504 };
const PLAN = { chunkNumber: 2, frames: 12, rateHz: 30, startMs: 10_000, bpm: 72 };

/** @returns the message of the AppError WIRE that the bytes give, undefined when they are read. */
function refusalOf(bytes: Uint8Array): string | undefined {
  try {
    decodeEnginePayload(bytes);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("WIRE");
    return (error as AppError).message;
  }
}

function plainLists(_key: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
}

/** What the bytes say, with plain lists in place of typed arrays. */
function readBack(bytes: Uint8Array): unknown {
  return JSON.parse(JSON.stringify(decodeEnginePayload(bytes), plainLists));
}

describe("payloads of our engine", () => {
  test("come back as they were written", () => {
    const written = pulsePayload(PLAN);
    expect(readBack(writePayload(written))).toEqual(written);
  });

  test("one frame, byte for byte: the layout is fixed by docs/payload.md", () => {
    const bytes = bytesOf(
      "44585450 01 0a01 78 1003 2208 0000000000408f40 2a01 07 3201 05 3a04 0000803f 4204 00000040 4a04 00004040 5204 00008040 5a04 0000a040 6204 0000c040" +
        "6a27 0a01 66 1001 1a02 8407 2204 00001643 2a04 0000f042 3204 0000c842 3a04 00008040 4204 0000003f",
    );
    expect(readBack(bytes)).toEqual({
      engine: "x",
      chunkNumber: 3,
      timestampMs: [1000],
      frameNumber: [7],
      face: [5],
      centreX: [1],
      centreY: [2],
      eyeDistance: [3],
      roll: [4],
      yaw: [5],
      pitch: [6],
      regions: [
        { name: "f", skin: true, pixels: [900], red: [150], green: [120], blue: [100], spread: [4], clipped: [0.5] },
      ],
    });
  });

  test("key frames come back by their numbers", () => {
    const written = { ...pulsePayload(PLAN), keyFrames: [300, 309] };
    expect(readBack(writePayload(written))).toEqual(written);
  });

  test("a payload without key frames says that they are not known", () => {
    expect(decodeEnginePayload(writePayload(pulsePayload(PLAN))).keyFrames).toBeUndefined();
  });

  test("more key frames than frames are refused", () => {
    const written = { ...pulsePayload(PLAN), keyFrames: Array.from({ length: 13 }, (_, i) => i) };
    expect(refusalOf(writePayload(written))).toMatch(/13 key frames among 12 frames/);
  });

  test("bytes of someone else's engine are refused", () => {
    expect(refusalOf(Uint8Array.of(1, 2, 3))).toMatch(/not made by/);
    expect(refusalOf(new Uint8Array())).toMatch(/not made by/);
    expect(refusalOf(Buffer.from("DXTQ\u0001rest"))).toMatch(/not made by/);
  });

  test("a later version is refused and named", () => {
    const bytes = writePayload(pulsePayload(PLAN));
    bytes[4] = 2;
    expect(refusalOf(bytes)).toMatch(/version 2/);
  });

  test("columns of different lengths are refused", () => {
    const payload = pulsePayload(PLAN);
    payload.yaw.pop();
    expect(refusalOf(writePayload(payload))).toMatch(/yaw has 11 values for 12 frames/);
    const other = pulsePayload(PLAN);
    other.regions[1]?.green.push(1);
    expect(refusalOf(writePayload(other))).toMatch(/green/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("%d is no value", (value) => {
    const payload = pulsePayload(PLAN);
    payload.timestampMs[3] = value;
    expect(refusalOf(writePayload(payload))).toMatch(/timestamp_ms/);
  });

  test("more frames or regions than a chunk can have are refused", () => {
    expect(refusalOf(writePayload(pulsePayload({ ...PLAN, frames: 7441 })))).toMatch(/7441 frames/);
    const payload = pulsePayload(PLAN);
    const [region] = payload.regions;
    if (region) payload.regions = Array.from({ length: 65 }, () => region);
    expect(refusalOf(writePayload(payload))).toMatch(/65 regions/);
  });

  test("any bytes behind a good head give a payload or the code WIRE", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (rest) => {
        refusalOf(Uint8Array.from([0x44, 0x58, 0x54, 0x50, 1, ...rest]));
      }),
      { ...SEED, numRuns: 2000 },
    );
  });

  test("a payload with one byte changed or cut anywhere gives a payload or the code WIRE", () => {
    const bytes = writePayload(pulsePayload(PLAN));
    fc.assert(
      fc.property(
        fc.nat({ max: bytes.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        (at, value, cut) => {
          refusalOf(cut ? bytes.slice(0, at) : bytes.map((byte, index) => (index === at ? value : byte)));
        },
      ),
      { ...SEED, numRuns: 1000 },
    );
  });
});

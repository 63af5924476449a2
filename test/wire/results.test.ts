import { describe, expect, test } from "vitest";

import type { ChunkResult } from "../../src/domain/result.js";
import { chunkResult } from "../../src/wire/results.js";
import { decodeResultMessage, encodeResultMessage, type ResultMessage } from "../../src/wire/v1-messages.js";
import { DATA_ID, GOLDEN, MEASUREMENT_ID } from "./golden-vectors.js";

const RESULT: ResultMessage = {
  measurementId: MEASUREMENT_ID,
  measurementDataId: `${MEASUREMENT_ID}:12`,
  measurementResultId: DATA_ID,
  multiplier: 100,
  channels: [{ id: "SNR", data: [-150, 0, 250], notes: ["NOTE_DEGRADED_ACCURACY"] }],
  errorCode: "OK",
};

function parseResult(body: Uint8Array): ChunkResult {
  return chunkResult(decodeResultMessage(body), body);
}

describe("results", () => {
  test("the golden result is 72 and minus one half of a thousandth", () => {
    expect(parseResult(GOLDEN.result)).toEqual({
      measurementId: MEASUREMENT_ID,
      chunkNumber: 0,
      errorCode: "OK",
      channels: [{ id: "HR_BPM", values: [72, -0.0005], notes: [] }],
      raw: GOLDEN.result,
    });
  });

  test("values are divided by the multiplier that the message has, notes are kept", () => {
    expect(parseResult(encodeResultMessage(RESULT))).toMatchObject({
      chunkNumber: 12,
      channels: [{ id: "SNR", values: [-1.5, 0, 2.5], notes: ["NOTE_DEGRADED_ACCURACY"] }],
    });
  });

  test("a multiplier of zero is refused when there are values, and harmless when there are none", () => {
    expect(() => parseResult(encodeResultMessage({ ...RESULT, multiplier: 0 }))).toThrow(
      expect.objectContaining({ code: "WIRE" }),
    );
    const failed = { ...RESULT, multiplier: 0, channels: [], errorCode: "WORKER_ERROR" };
    expect(parseResult(encodeResultMessage(failed))).toMatchObject({ errorCode: "WORKER_ERROR", channels: [] });
  });

  test("a code of a failure that is none is not repeated", () => {
    const failed = { ...RESULT, channels: [], errorCode: "\u001b[2J gone" };
    expect(parseResult(encodeResultMessage(failed)).errorCode).toBe("UNREADABLE_CODE");
  });

  test.each(["", MEASUREMENT_ID, `${MEASUREMENT_ID}:`, `${MEASUREMENT_ID}:x`, `${MEASUREMENT_ID}:-1`])(
    "a data ID of %j has no chunk number",
    (measurementDataId) => {
      expect(parseResult(encodeResultMessage({ ...RESULT, measurementDataId })).chunkNumber).toBeUndefined();
    },
  );
});

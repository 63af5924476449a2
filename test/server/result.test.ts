import { describe, expect, test } from "vitest";

import { failedResultMessage, MULTIPLIER, resultBody, resultMessage } from "../../src/server/result.js";
import { decodeResultMessage, encodeResultMessage } from "../../src/wire/v1-messages.js";
import { DATA_ID, GOLDEN, hexOf, MEASUREMENT_ID } from "../wire/golden-vectors.js";

const IDS = { measurementId: MEASUREMENT_ID, chunkOrder: 0, resultId: DATA_ID };

function dataOf(values: readonly number[], resolution = 100): { data: readonly number[]; notes: readonly string[] } {
  const message = resultMessage(IDS, { channels: [{ id: "HR_BPM", values, notes: ["NOTE_A"] }] }, resolution);
  return message.channels[0] ?? { data: [], notes: [] };
}

describe("result messages", () => {
  test("the golden result comes out byte for byte", () => {
    const analysis = { channels: [{ id: "HR_BPM", values: [72, -0.0005], notes: [] }] };
    expect(hexOf(encodeResultMessage(resultMessage(IDS, analysis, 100)))).toBe(hexOf(GOLDEN.result));
  });

  test("values are rounded to whole numbers of the multiplier", () => {
    expect(dataOf([1.000_04, 1.000_06, -1.000_06, 0]).data).toEqual([10_000, 10_001, -10_001, 0]);
  });

  test("the largest value fits, a larger one empties the channel and says so instead of wrapping around", () => {
    const largest = 0x7fff_ffff / MULTIPLIER;
    expect(dataOf([largest, -largest])).toMatchObject({ data: [0x7fff_ffff, -0x7fff_ffff], notes: ["NOTE_A"] });
    for (const value of [largest + 1, -largest - 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(dataOf([72, value])).toEqual({ id: "HR_BPM", data: [], notes: ["NOTE_A", "NOTE_VALUE_OUT_OF_RANGE"] });
    }
  });

  test("resolution 0 gives the mean; a channel without values stays empty", () => {
    expect(dataOf([70, 74], 0).data).toEqual([720_000]);
    expect(dataOf([], 0).data).toEqual([]);
    expect(dataOf([70, 74], 1).data).toEqual([700_000, 740_000]);
  });

  test("a message stays below 1 MiB by keeping the newest values", () => {
    const values = Array.from({ length: 700_000 }, (_, index) => index / 10);
    const channels = [
      { id: "PULSE_WAVE", values, notes: [] },
      { id: "HR_BPM", values: [72], notes: [] },
    ];
    const message = resultMessage(IDS, { channels }, 100);
    const bytes = encodeResultMessage(message).length;
    expect(bytes).toBeLessThan(1024 * 1024);
    expect(bytes).toBeGreaterThan(400_000);
    expect(message.channels[0]?.data.at(-1)).toBe(Math.round((values.at(-1) ?? 0) * MULTIPLIER));
    expect(message.channels[0]?.notes).toEqual(["NOTE_NEWEST_VALUES_ONLY"]);
    expect(message.channels[1]).toEqual({ id: "HR_BPM", data: [720_000], notes: [] });
  });

  test("a short message is padded to 1000 bytes with a field that readers skip, a long one is left alone", () => {
    const short = resultMessage(IDS, { channels: [{ id: "HR_BPM", values: [72, -0.0005], notes: [] }] }, 100);
    const body = resultBody(encodeResultMessage(short));
    expect(body.length).toBeGreaterThanOrEqual(1000);
    expect(body.length).toBeLessThan(1010);
    expect(hexOf(body.subarray(0, GOLDEN.result.length))).toBe(hexOf(GOLDEN.result));
    expect(decodeResultMessage(body)).toEqual(short);
    const values = Array.from({ length: 400 }, () => 72);
    const long = resultMessage(IDS, { channels: [{ id: "HR_BPM", values, notes: [] }] }, 100);
    expect(hexOf(resultBody(encodeResultMessage(long)))).toBe(hexOf(encodeResultMessage(long)));
  });

  test("a failed analysis has a code and no channels", () => {
    expect(failedResultMessage({ ...IDS, chunkOrder: 7 }, "ANALYSIS_ERROR")).toMatchObject({
      measurementDataId: `${MEASUREMENT_ID}:7`,
      channels: [],
      errorCode: "ANALYSIS_ERROR",
    });
  });
});

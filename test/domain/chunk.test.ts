import { expect, test } from "vitest";

import { spanOfChunk } from "../../src/domain/chunk.js";

/** Of a camera that had been watched for 3 s before the start. */
function endOf(wholeS: number, measuredS: number): number {
  const times = { firstChunkStartTimeS: 3, startTimeS: 3 + wholeS - 5, endTimeS: 3 + wholeS };
  const { startS, endS } = spanOfChunk(times, measuredS);
  expect(startS).toBe(wholeS - 5);
  return endS;
}

test("a chunk that was cut short ends where the measurement did, any other where its whole seconds say", () => {
  expect(endOf(9, 8.2)).toBe(8.2);
  expect(endOf(7, 6.133_332_9)).toBe(6.13);
  // Rounded up from 13.000001.
  expect(endOf(14, 13)).toBe(13);
  expect(endOf(10, 10.000_001)).toBe(10);
  expect(endOf(10, 60)).toBe(10);
  // Saved chunks with gaps between them: what was measured is no time in them.
  expect(endOf(30, 25)).toBe(30);
});

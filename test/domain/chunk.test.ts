import { expect, test } from "vitest";

import { endOfChunkS } from "../../src/domain/chunk.js";

test("a chunk that was cut short ends where the measurement did, any other where its whole seconds say", () => {
  expect(endOfChunkS(9, 8.2)).toBe(8.2);
  expect(endOfChunkS(7, 6.133_332_9)).toBe(6.13);
  // Rounded up from 13.000001.
  expect(endOfChunkS(14, 13)).toBe(13);
  expect(endOfChunkS(10, 10.000_001)).toBe(10);
  expect(endOfChunkS(10, 60)).toBe(10);
  // Saved chunks with gaps between them: what was measured is no time in them.
  expect(endOfChunkS(30, 25)).toBe(30);
});

import { expect, test } from "vitest";

import { decodeEnginePayload, type EnginePayload } from "../../src/wire/engine-payload.js";
import { corpus, fuzz } from "../helpers/fuzz.js";
import { Chance, mutateBytes } from "../helpers/mutate.js";

const FILES = corpus("payload");

function checkPayload({ regions, keyFrames, engine, chunkNumber, ...columns }: EnginePayload): void {
  const { length } = columns.timestampMs;
  expect(length).toBeLessThanOrEqual(7440);
  expect(regions.length).toBeLessThanOrEqual(64);
  expect(engine.length).toBeLessThanOrEqual(256);
  expect(Number.isInteger(chunkNumber)).toBe(true);
  expect(keyFrames?.length ?? 0).toBeLessThanOrEqual(length);
  const all = [
    ...Object.values(columns),
    ...regions.flatMap(({ name: _name, skin: _skin, ...values }) => Object.values(values)),
  ];
  expect(all.every((column) => column.length === length)).toBe(true);
  expect(all.every((column) => Array.from(column).every(Number.isFinite))).toBe(true);
}

test("damaged payloads are read as whole ones or refused in one sentence", async () => {
  const chance = new Chance(20_250_115);
  const { accepted, refused } = await fuzz(8000, ["WIRE"], () => {
    checkPayload(decodeEnginePayload(mutateBytes(chance.pick(FILES), FILES, chance)));
  });
  // The test means something only if it sees both.
  expect(accepted).toBeGreaterThan(400);
  expect(refused).toBeGreaterThan(3000);
});

/** Behind a good head: as many fields as fit into four million bytes. */
function bomb(field: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4_000_000);
  bytes.set([0x44, 0x58, 0x54, 0x50, 1]);
  for (let at = 5; at + field.length <= bytes.length; at += field.length) bytes.set(field, at);
  return bytes;
}

test.each([
  ["empty regions", [0x6a, 0], /regions/],
  ["regions with a name", [0x6a, 3, 0x0a, 1, 0x66], /regions/],
  ["single frames", [0x28, 1], /7441 values of frame_number/],
  ["frames of one packed column", [0x32, 4, 1, 1, 1, 1], /values of face/],
  ["key frames", [0x78, 1], /values of key_frames/],
])("four million bytes of %s are refused before they take memory", (_name, field, sentence) => {
  const bytes = bomb(field);
  const before = process.memoryUsage().heapUsed;
  expect(() => decodeEnginePayload(bytes)).toThrow(sentence);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 2 ** 20);
});

test("four million bytes of one column are counted before they are read", () => {
  const bytes = bomb([1]);
  // Field 4 (timestamps), packed, up to the end: 3 999 990 bytes.
  bytes.set([0x22, 0xb6, 0x91, 0xf4, 0x01], 5);
  const before = process.memoryUsage().heapUsed;
  expect(() => decodeEnginePayload(bytes)).toThrow(/499991 frames/);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 ** 20);
});

test("a region may not hold more than its frames either", () => {
  const column = Array.from({ length: 100 }, () => 1);
  const region = [0x1a, column.length, ...column];
  const bytes = bomb([
    0x6a,
    ...[80 * region.length].flatMap((n) => [(n & 127) | 128, n >> 7]),
    ...Array.from({ length: 80 }, () => region).flat(),
  ]);
  expect(() => decodeEnginePayload(bytes)).toThrow(/values of pixels/);
});

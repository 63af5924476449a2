import { array, assert, nat, property, string } from "fast-check";
import { expect, test } from "vitest";
import { type Packet, PacketList } from "../../src/source/packet-list.js";

function read(pieces: readonly string[]): Packet[] {
  const packets: Packet[] = [];
  const list = new PacketList((packet) => packets.push(packet));
  for (const piece of pieces) list.add(piece);
  return packets;
}

const TEXT = [
  "#software: Lavf58.24.100",
  "#tb 0: 1/90000",
  "#tb 1: 1/1000",
  "0,          0,       9000,     3000,    33290, 0xae23571c",
  "1,        500,        500,       20,      100, 0xe5e05c52, F=0x0",
  "0,       3000, -9223372036854775808,  0,    4684, 0x431f1215, F=0x2, S=1,        4, 0x00",
  "0, -9223372036854775808, -9223372036854775808, 0, 4684, 0x431f1215, F=0x5",
  "",
].join("\n");

test("times, lengths and flags are read per stream", () => {
  const [first, sound, corrupt, untimed, ...rest] = read([TEXT]);
  expect(first).toMatchObject({ stream: 0, timeS: 0.1, isKey: true, isCorrupt: false });
  expect(first?.durationS).toBeCloseTo(1 / 30, 9);
  expect(sound).toMatchObject({ stream: 1, timeS: 0.5, durationS: 0.02, isKey: false });
  expect(corrupt).toMatchObject({ isKey: false, isCorrupt: true, isDiscarded: false });
  expect(corrupt?.timeS).toBeCloseTo(1 / 30, 9);
  expect(untimed).toMatchObject({ timeS: Number.NaN, isKey: true, isDiscarded: true });
  expect(rest).toEqual([]);
});

test("it does not matter where the text is cut", () => {
  const whole = read([TEXT]);
  assert(
    property(array(nat(TEXT.length), { maxLength: 8 }), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
      const pieces = edges.slice(1).map((end, index) => TEXT.slice(edges[index], end));
      expect(read(pieces)).toEqual(whole);
    }),
    { seed: 7 },
  );
});

test("other text gives no packets and no surprise", () => {
  assert(
    property(string(), (text) => {
      expect(read([`${text.replaceAll("#tb", "")}\n`])).toEqual([]);
    }),
    { seed: 7 },
  );
});

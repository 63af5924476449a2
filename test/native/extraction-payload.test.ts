import { expect, test } from "vitest";

import { POINT_STRIDE } from "../../src/domain/face.js";
import { decodeEnginePayload, FACE_DETECTED, FACE_POSE_VALID, FACE_PRESENT } from "../../src/wire/engine-payload.js";
import { collectorFor, feed, Picture, POINT_NAMES, SQUARES, squareStudy, testFace } from "./extraction-fixture.js";

type Rgb = readonly [red: number, green: number, blue: number];

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The codes of a colour as ITU-R BT.601 and BT.709 define them, not rounded. */
function codesOf([red, green, blue]: Rgb, fullRange: boolean, bt709: boolean): Rgb {
  const [kr, kb] = bt709 ? [0.2126, 0.0722] : [0.299, 0.114];
  const y = kr * red + (1 - kr - kb) * green + kb * blue;
  const u = (blue - y) / (2 * (1 - kb));
  const v = (red - y) / (2 * (1 - kr));
  return fullRange ? [y, u + 128, v + 128] : [16 + (y * 219) / 255, 128 + (u * 224) / 255, 128 + (v * 224) / 255];
}

/** Paints a square with a colour between the levels: every sample is rounded up or down by chance. */
function paint(picture: Picture, square: { x: number; y: number; side: number }, colour: Rgb): void {
  const { widthPx, heightPx, fullRange, bt709 } = picture.format;
  const random = seeded(square.x + 1);
  const [yCode, uCode, vCode] = codesOf(colour, fullRange, bt709);
  const dithered = (code: number): number => Math.floor(code + random());
  const lumaSize = widthPx * heightPx;
  for (let y = square.y; y < square.y + square.side; y += 1) {
    for (let x = square.x; x < square.x + square.side; x += 1) {
      picture.data[y * widthPx + x] = dithered(yCode);
      const chroma = lumaSize + Math.floor(y / 2) * (widthPx / 2) + Math.floor(x / 2);
      picture.data[chroma] = dithered(uCode);
      picture.data[chroma + lumaSize / 4] = dithered(vCode);
    }
  }
}

function oneSecond(picture: Picture): ReturnType<typeof decodeEnginePayload> {
  const collector = collectorFor(squareStudy(), 1, 1);
  collector.startCollection();
  const [chunk] = feed(collector, picture, 30).chunks;
  return decodeEnginePayload(chunk?.payload ?? new Uint8Array());
}

test.each([
  { fullRange: true, bt709: false },
  { fullRange: false, bt709: false },
  { fullRange: true, bt709: true },
  { fullRange: false, bt709: true },
])("known colours come out within a tenth of a grey level (%o)", (format) => {
  const picture = new Picture(180, 160, format);
  const light: Rgb = [180.3, 130.7, 110.2];
  const dark: Rgb = [97.45, 64.6, 51.9];
  paint(picture, SQUARES.left, light);
  paint(picture, SQUARES.right, dark);
  const { regions } = oneSecond(picture);
  for (const [index, colour] of [light, dark].entries()) {
    const region = regions[index];
    expect(Math.abs((region?.red[0] ?? 0) - colour[0])).toBeLessThan(0.1);
    expect(Math.abs((region?.green[0] ?? 0) - colour[1])).toBeLessThan(0.1);
    expect(Math.abs((region?.blue[0] ?? 0) - colour[2])).toBeLessThan(0.1);
    expect(region?.pixels[0]).toBe(3600);
    expect(region?.spread[0]).toBeLessThan(0.7);
    expect(region?.clipped[0]).toBe(0);
  }
});

test("the payload can be read by the server's decoder", () => {
  const payload = oneSecond(new Picture(180, 160));
  expect(payload.engine).toBe("dfxterm");
  expect(payload.chunkNumber).toBe(0);
  expect(Array.from(payload.frameNumber)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(payload.timestampMs[29]).toBeCloseTo(966.667, 3);
  expect(new Set(Array.from(payload.face))).toEqual(new Set([FACE_PRESENT | FACE_POSE_VALID | FACE_DETECTED]));
  expect(payload.regions.map(({ name, skin }) => [name, skin])).toEqual([
    ["left", true],
    ["right", true],
  ]);
  expect(payload.eyeDistance[0]).toBeCloseTo(60, 4);
  expect(payload.centreX[0]).toBeCloseTo(90, 4);
  expect(payload.roll[0]).toBeCloseTo(0, 4);
});

test("a frame without a face has no face bits, no pixels and no pose", () => {
  const collector = collectorFor(squareStudy({ minFaceSeconds: 0.5 }), 1, 1);
  collector.startCollection();
  const [chunk] = feed(collector, new Picture(180, 160), 30, (number) => number !== 10).chunks;
  const payload = decodeEnginePayload(chunk?.payload ?? new Uint8Array());
  expect([payload.face[8], payload.face[9]]).toEqual([7, 0]);
  expect([payload.regions[0]?.pixels[8], payload.regions[0]?.pixels[9]]).toEqual([3600, 0]);
  expect(payload.eyeDistance[9]).toBe(0);
});

test("the background patch is marked as no skin", () => {
  const study = squareStudy();
  const collector = collectorFor({ ...study, regions: [...study.regions, { name: "wall", kind: "background" }] }, 1, 1);
  collector.startCollection();
  const [chunk] = feed(collector, new Picture(640, 200), 30).chunks;
  const wall = decodeEnginePayload(chunk?.payload ?? new Uint8Array()).regions.at(-1);
  expect(wall).toMatchObject({ name: "wall", skin: false });
  expect(wall?.pixels[0]).toBeGreaterThan(1000);
});

test("key frames travel by their numbers, in the chunk that holds them", () => {
  const collector = collectorFor(squareStudy(), 1, 2);
  collector.startCollection();
  const picture = new Picture(180, 160);
  const chunks: (readonly number[] | undefined)[] = [];
  for (let number = 1; number <= 60; number += 1) {
    const frame = { ...picture.frame(number, ((number - 1) * 1000) / 30), keyFrame: number % 12 === 1 };
    collector.extractChannels(frame, testFace());
    const chunk = collector.getChunkData();
    const keys = chunk ? decodeEnginePayload(chunk.payload).keyFrames : undefined;
    if (chunk) chunks.push(keys && Array.from(keys));
  }
  expect(chunks).toEqual([
    [1, 13, 25],
    [37, 49],
  ]);
});

// One frame, field by field after docs/payload.md: number 300 at 2.5 ms.
const GOLDEN = [
  "4458545001", // "DXTP", version 1
  "0a07 6466787465726d", // engine "dfxterm"; chunk number 0 is left out, as proto3 wants
  "18 ac02", // first frame 300
  "2208 0000000000000440", // time 2.5 ms
  "2a02 ac02", // frame number 300
  "3201 07", // face present, pose valid, detected
  "3a04 0000b442 4204 00008c42", // centre (90, 70)
  "4a04 00007042", // eye distance 60
  "5204 00000000 5a04 00000000 6204 00000000", // roll, yaw, pitch
  "6a2a 0a04 6c656674 1001 1a02 901c", // region "left", skin, 3600 pixels
  "2204 00000043 2a04 00000043 3204 00000043", // (128, 128, 128)
  "3a04 00000000 4204 00000000", // spread, clipped
  "7207 08 ac02 1202 676f", // marker "go" at frame 300
];

test("a tiny payload has these bytes", () => {
  const study = squareStudy({ minFaceSeconds: 0 });
  const collector = collectorFor({ ...study, id: "tiny", regions: study.regions.slice(0, 1) }, 1, 1);
  collector.startCollection();
  collector.addMarker("go");
  const face = testFace();
  // A mouth beside the eyes gives no pitch, whose last bit would depend on the machine's arc tangent.
  for (const corner of ["8.3", "8.4"]) face.points[POINT_NAMES.indexOf(corner) * POINT_STRIDE + 1] = 60;
  collector.extractChannels(new Picture(180, 160).frame(300, 2.5), face);
  collector.forceComplete();
  const chunk = collector.getChunkData();
  expect(Buffer.from(chunk?.payload ?? []).toString("hex")).toBe(GOLDEN.join("").replaceAll(" ", ""));
});

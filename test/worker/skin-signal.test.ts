import { expect, test } from "vitest";
import type { FaceObservation, Rect } from "../../src/domain/face.js";
import type { Frame } from "../../src/domain/video.js";
import { SKIN_SAMPLES_MAX } from "../../src/worker/protocol.js";
import { SkinSignal } from "../../src/worker/skin-signal.js";

const format = { widthPx: 100, heightPx: 80, fullRange: false, bt709: true };

function frameAt(timestampMs: number): Frame {
  return { number: 0, timestampMs, format, data: new Uint8Array(12_000) };
}

function face(rect: Rect): FaceObservation {
  return { id: "1", rect, detected: true, poseValid: true, presence: 1, points: new Float32Array() };
}

const middle = face({ x: 30, y: 20, w: 40, h: 40 });

/** Green is the time in ms, so that every sample can be told. */
function signal(): SkinSignal {
  return new SkinSignal((frame, _crop, out) => {
    for (let at = 0; at < out.length; at += 3) out.set([1, frame.timestampMs % 256, 2], at);
  });
}

test("gives the mean green of the face at every time, once", () => {
  const skin = signal();
  for (const atMs of [100, 133, 167]) skin.add(frameAt(atMs), middle, true);
  const { timesS, greens } = skin.take();
  expect(timesS).toEqual([0, 0.033, 0.067]);
  expect(greens).toEqual([100, 133, 167]);
  expect(skin.take().timesS).toEqual([]);
});

test("begins at zero again when the collection begins", () => {
  const skin = signal();
  skin.add(frameAt(50), middle, false);
  skin.add(frameAt(90), middle, false);
  skin.add(frameAt(120), middle, true);
  expect(skin.take().timesS).toEqual([0, 0.04, 0]);
});

test("has no value for frames without a face, and for faces that hang over the edge", () => {
  const skin = signal();
  skin.add(frameAt(0), undefined, true);
  skin.add(frameAt(10), face({ x: -20, y: 20, w: 40, h: 40 }), true);
  skin.add(frameAt(20), face({ x: 80, y: 20, w: 40, h: 40 }), true);
  skin.add(frameAt(30), face({ x: 30, y: 20, w: 0, h: 0 }), true);
  skin.add(frameAt(40), face({ x: Number.NaN, y: 20, w: 40, h: 40 }), true);
  const { timesS, greens } = skin.take();
  expect(timesS).toEqual([0, 0.01, 0.02, 0.03, 0.04]);
  expect(greens.every(Number.isNaN)).toBe(true);
});

test("never holds more than is worth sending", () => {
  const skin = signal();
  for (let i = 0; i < 3_000; i += 1) skin.add(frameAt(i), middle, true);
  const { timesS } = skin.take();
  expect(timesS).toHaveLength(SKIN_SAMPLES_MAX);
  expect(timesS.at(-1)).toBe(2.999);
});

test("loses no frame of a file that is read at 700 frames per second and told of after a busy second", () => {
  const skin = signal();
  for (let i = 0; i < 700; i += 1) skin.add(frameAt(i * 33), middle, true);
  expect(skin.take().timesS).toHaveLength(700);
});

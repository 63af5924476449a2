import { describe, expect, test } from "vitest";

import type { FaceDetectStrategy } from "../../src/domain/face.js";
import { loadAddon, type NativeFaceTracker } from "../../src/native/addon.js";
import { createFaceTracker } from "../../src/native/face-engine.js";
import { DRAWN_NOSE, drawFace, toYuv420 } from "./face-drawing.js";

/** Nose tip in the mesh. */
const NOSE = 4;

interface Picture {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A frame with a drawn face whose middle is at (x, y); scale 0: no face. */
function picture(widthPx: number, heightPx: number, x: number, y: number, scale: number): Picture {
  return { data: toYuv420(drawFace(widthPx, heightPx, x, y, scale), widthPx, heightPx), widthPx, heightPx };
}

/** What a tracker says about one frame. */
interface Seen {
  readonly found: boolean;
  readonly presence: number;
  readonly detected: boolean;
  readonly detectorRuns: number;
  readonly noseX: number;
  readonly noseY: number;
  readonly landmarks: Float32Array;
}

function look(tracker: NativeFaceTracker, { data, widthPx, heightPx }: Picture, timestampMs: number): Seen {
  const landmarks = new Float32Array(468 * 3);
  const state = new Float64Array(6);
  const found = tracker.track(data, widthPx, heightPx, true, false, timestampMs, landmarks, state);
  const [presence = 0, detected = 0, detectorRuns = 0] = state;
  const [noseX = 0, noseY = 0] = landmarks.subarray(NOSE * 3);
  return { found, presence, detected: detected === 1, detectorRuns, noseX, noseY, landmarks };
}

/** The same pictures in a row, 40 ms apart. */
function watch(tracker: NativeFaceTracker, pictures: readonly Picture[]): Seen[] {
  return pictures.map((each, index) => look(tracker, each, index * 40));
}

const centered = picture(320, 240, 160, 120, 0.5);
const empty = picture(320, 240, 160, 120, 0);
const empty640 = picture(640, 240, 320, 120, 0);

/** A small face at the left, and the same with a larger one nearer to the middle. */
const alone = picture(640, 240, 130, 120, 0.3);
const couple = coupleOf(alone, picture(640, 240, 380, 120, 0.5));

/** The left half of one picture beside the right half of the other. */
function coupleOf(left: Picture, right: Picture): Picture {
  const { widthPx, heightPx } = left;
  const luma = widthPx * heightPx;
  const data = left.data.map((value, at) => {
    const column = at < luma ? at % widthPx : ((at - luma) % (widthPx / 2)) * 2;
    return column < widthPx / 2 ? value : (right.data[at] ?? 0);
  });
  return { data, widthPx, heightPx };
}

function expectNose(seen: Seen | undefined, x: number, y: number, scale: number): void {
  expect(seen?.found).toBe(true);
  const { noseX, noseY } = seen ?? { noseX: Number.NaN, noseY: Number.NaN };
  expect(Math.abs(noseX - (x + (DRAWN_NOSE.x - 320) * scale))).toBeLessThan(6 * scale);
  expect(Math.abs(noseY - (y + (DRAWN_NOSE.y - 240) * scale))).toBeLessThan(8 * scale);
}

describe("finding a face", () => {
  test.each([
    { name: "in the middle", widthPx: 320, heightPx: 240, x: 160, y: 120, scale: 0.5 },
    { name: "in a frame with odd sides", widthPx: 321, heightPx: 241, x: 150, y: 118, scale: 0.55 },
    { name: "at the left end of a wide frame", widthPx: 640, heightPx: 200, x: 80, y: 100, scale: 0.4 },
    { name: "at the right end of a wide frame", widthPx: 640, heightPx: 200, x: 560, y: 100, scale: 0.4 },
    { name: "at the bottom of a tall frame", widthPx: 200, heightPx: 640, x: 100, y: 550, scale: 0.4 },
    { name: "cut off by the border", widthPx: 320, heightPx: 240, x: 45, y: 120, scale: 0.5 },
    { name: "that fills the frame", widthPx: 320, heightPx: 240, x: 160, y: 120, scale: 0.85 },
    { name: "that is small in a large frame", widthPx: 1280, heightPx: 720, x: 1000, y: 250, scale: 0.5 },
  ])("finds one $name", ({ widthPx, heightPx, x, y, scale }) => {
    const seen = look(createFaceTracker("smart"), picture(widthPx, heightPx, x, y, scale), 0);
    expectNose(seen, x, y, scale);
    expect(seen.presence).toBeGreaterThan(0.9);
    expect(seen.detected).toBe(true);
  });

  test("takes the larger one of two faces", () => {
    expectNose(look(createFaceTracker("smart"), couple, 0), 380, 120, 0.5);
    // The smaller one is in the middle, where one is looked for first.
    const aside = coupleOf(picture(640, 240, 110, 120, 0.5), picture(640, 240, 400, 120, 0.3));
    const seen = watch(createFaceTracker("smart"), [empty640, empty640, aside, aside]);
    expectNose(seen[2], 110, 120, 0.5);
    expectNose(seen[3], 110, 120, 0.5);
    expectNose(look(createFaceTracker("smart"), aside, 0), 110, 120, 0.5);
  });

  test.each([
    [2, 2],
    [3, 3],
    [2, 64],
    [5, 7],
  ])("finds none in a frame of %i x %i pixels", (widthPx, heightPx) => {
    expect(look(createFaceTracker("smart"), picture(widthPx, heightPx, 1, 1, 0), 0).found).toBe(false);
  });

  test("leaves the landmarks alone and says presence 0 without a face", () => {
    const seen = look(createFaceTracker("smart"), empty, 0);
    expect(seen).toMatchObject({ found: false, presence: 0, detected: false });
    expect(seen.landmarks.every((value) => value === 0)).toBe(true);
  });
});

describe("following a face", () => {
  test("stays on it while it moves, mostly without the detector", () => {
    const path = Array.from({ length: 50 }, (_, i) => 110 + 2 * i);
    const seen = watch(
      createFaceTracker("smart"),
      path.map((x) => picture(320, 240, x, 120, 0.5)),
    );
    for (const [index, x] of path.entries()) expectNose(seen[index], x, 120, 0.5);
    // At the start, in every part of the picture, and after each second.
    expect(seen.at(-1)?.detectorRuns).toBe(5);
  });

  test("does not lag behind it", () => {
    const path = Array.from({ length: 30 }, (_, i) => 120 + 3 * i);
    const tracker = createFaceTracker("smart");
    const moving = watch(
      tracker,
      path.map((x) => picture(320, 240, x, 120, 0.5)),
    );
    const still = look(createFaceTracker("smart"), picture(320, 240, path.at(-1) ?? 0, 120, 0.5), 0);
    expect(Math.abs((moving.at(-1)?.noseX ?? 0) - still.noseX)).toBeLessThan(1);
  });

  test("sees at once that it is gone, and that it is back somewhere else", () => {
    const left = picture(320, 240, 100, 120, 0.4);
    const right = picture(320, 240, 220, 120, 0.4);
    const seen = watch(createFaceTracker("smart"), [left, left, empty, right, left]);
    expect(seen.map(({ found }) => found)).toEqual([true, true, false, true, true]);
    // No smoothing across the jumps.
    expectNose(seen[3], 220, 120, 0.4);
    expectNose(seen[4], 100, 120, 0.4);
  });

  test("finds it again wherever it appears after a long time without one", () => {
    const tracker = createFaceTracker("smart");
    const blank = picture(640, 200, 0, 0, 0);
    for (let i = 0; i < 20; i += 1) expect(look(tracker, blank, i * 40).found).toBe(false);
    const back = picture(640, 200, 80, 100, 0.4);
    const found = [0, 1, 2, 3].map((i) => look(tracker, back, 800 + i * 40).found);
    expect(found).toContain(true);
  });

  test("stays with the person when a larger face comes into the picture", () => {
    const tracker = createFaceTracker("smart");
    const frames = [alone, ...Array.from({ length: 30 }, () => couple)];
    for (const seen of watch(tracker, frames)) expectNose(seen, 130, 120, 0.3);
  });

  test("returns to the same person after a short loss, and takes the larger face after a long one", () => {
    const blank = picture(640, 240, 0, 0, 0);
    for (const { pauseMs, x, scale } of [
      { pauseMs: 200, x: 130, scale: 0.3 },
      { pauseMs: 5000, x: 380, scale: 0.5 },
    ]) {
      const tracker = createFaceTracker("smart");
      expectNose(look(tracker, alone, 0), 130, 120, 0.3);
      expect(look(tracker, blank, 40).found).toBe(false);
      expectNose(look(tracker, couple, 40 + pauseMs), x, 120, scale);
    }
  });

  test("comes to the same result for the same frames", () => {
    const frames = Array.from({ length: 12 }, (_, i) => (i === 5 ? empty : picture(320, 240, 130 + 4 * i, 120, 0.5)));
    expect(watch(createFaceTracker("smart"), frames)).toEqual(watch(createFaceTracker("smart"), frames));
  });

  test("goes on with another frame size and after a reset", () => {
    const tracker = createFaceTracker("smart");
    expect(look(tracker, centered, 0).found).toBe(true);
    expectNose(look(tracker, picture(200, 300, 100, 150, 0.4), 40), 100, 150, 0.4);
    const before = look(tracker, centered, 80).detectorRuns;
    tracker.reset();
    expect(look(tracker, centered, 120).detectorRuns).toBeGreaterThan(before);
  });

  test("survives times that repeat, jump and go back", () => {
    const tracker = createFaceTracker("smart");
    for (const timestampMs of [0, 0, 40, 1e9, 20, -5]) expect(look(tracker, centered, timestampMs).found).toBe(true);
  });
});

/** Frames in which the detector ran, out of 26 frames 40 ms apart. */
function runs(strategy: FaceDetectStrategy, frame: Picture): number {
  const seen = watch(
    createFaceTracker(strategy),
    Array.from({ length: 26 }, () => frame),
  );
  return seen.filter(({ detectorRuns }, index) => detectorRuns > (seen[index - 1]?.detectorRuns ?? 0)).length;
}

describe("strategies", () => {
  test("brute runs the detector on every frame", () => {
    expect(runs("brute", centered)).toBe(26);
    expect(runs("brute", empty)).toBe(26);
  });

  test("fast runs it once a second with a face, four times a second without", () => {
    expect(runs("fast", centered)).toBe(2);
    expect(runs("fast", empty)).toBe(4);
  });

  test("smart runs it once a second with a face, on every frame without", () => {
    expect(runs("smart", centered)).toBe(2);
    expect(runs("smart", empty)).toBe(26);
  });

  test("fast reports no face between two searches, smart finds it in the next frame", () => {
    const frames = [empty, centered];
    expect(watch(createFaceTracker("fast"), frames).at(-1)?.found).toBe(false);
    expect(watch(createFaceTracker("smart"), frames).at(-1)?.found).toBe(true);
  });
});

describe("arguments", () => {
  const { FaceTracker } = loadAddon();
  const landmarks = new Float32Array(468 * 3);
  const state = new Float64Array(6);

  test("a frame that is too short is an ENGINE error", () => {
    const tracker = createFaceTracker("smart");
    const short = new Uint8Array(100);
    expect(() => tracker.track(short, 320, 240, true, false, 0, landmarks, state)).toThrowError(
      expect.objectContaining({ code: "ENGINE" }),
    );
  });

  test.each([
    ["landmarks that are too short", { landmarks: new Float32Array(3) }],
    ["a state of the wrong type", { state: new Float32Array(6) as unknown as Float64Array }],
    ["a time that is no number", { timestampMs: Number.NaN }],
    ["a width of 0", { widthPx: 0 }],
    ["a width that is no whole number", { widthPx: 320.5 }],
  ])("%s are refused", (_, wrong) => {
    const frame = { ...centered, timestampMs: 0, landmarks, state, ...wrong };
    const call = (): boolean =>
      createFaceTracker("smart").track(
        frame.data,
        frame.widthPx,
        frame.heightPx,
        true,
        false,
        frame.timestampMs,
        frame.landmarks,
        frame.state,
      );
    expect(call).toThrowError(expect.objectContaining({ code: "ENGINE" }));
  });

  test("models that are none and unknown strategies are refused", () => {
    const bytes = new Uint8Array(64);
    expect(() => new FaceTracker(bytes, bytes, "smart")).toThrowError(
      expect.objectContaining({ code: "ENGINE_MODEL" }),
    );
    expect(() => new FaceTracker(bytes, bytes, "psychic" as FaceDetectStrategy)).toThrowError(/strategy/);
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import { type FaceObservation, POINT_STRIDE } from "../../src/domain/face.js";
import type { Frame } from "../../src/domain/video.js";
import { FaceRecorder, PreTrackedFaces, parseFaceFile } from "../../src/face/face-file.js";
import { POSE_POINT_NAMES } from "../../src/face/pose-points.js";

const POINT = { x: 10.5, y: 20.25, valid: true, estimated: true, quality: 1 };

/** One face as the original writes it. */
function face(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const rect = { "rect.x": 5, "rect.y": 6, "rect.w": 70, "rect.h": 80 };
  return { id: "1", ...rect, detected: true, poseValid: true, points: { "9.3": POINT }, ...changes };
}

function fileOf(frames: unknown): string {
  return JSON.stringify({ frames });
}

function frame(number: number): Frame {
  const format = { widthPx: 640, heightPx: 480, fullRange: false, bt709: false };
  return { data: new Uint8Array(), format, number, timestampMs: 0 };
}

describe("reading", () => {
  test("takes a file of the original", () => {
    const { frames, pointNames } = parseFaceFile(fileOf({ "1": face(), "3": face({ detected: false }) }));
    expect(pointNames).toEqual(["9.3"]);
    expect([...frames.keys()]).toEqual([1, 3]);
    expect(frames.get(1)).toMatchObject({ id: "1", rect: { x: 5, y: 6, w: 70, h: 80 }, detected: true });
    expect(frames.get(1)?.points.get("9.3")).toEqual({ x: 10.5, y: 20.25, z: 0, quality: 1 });
    expect(frames.get(3)?.detected).toBe(false);
  });

  test("ignores what it does not know and fills in what may be missing", () => {
    const points = { "9.3": { x: 1, y: 2 } };
    const sparse = face({ "rotation:x": 0.1, note: "x", detected: undefined, poseValid: undefined, points });
    const read = parseFaceFile(fileOf({ "1": sparse })).frames.get(1);
    expect(read).toMatchObject({ detected: true, poseValid: true });
    expect(read?.points.get("9.3")?.quality).toBe(1);
  });

  test("takes numbers that are written as text", () => {
    const points = { "9.3": { x: "1.5", y: "2", z: "-0.25", quality: "0.5" } };
    const read = parseFaceFile(fileOf({ "1": face({ "rect.x": "7", "rotation:x": "0.1", points }) })).frames.get(1);
    expect(read?.rect.x).toBe(7);
    expect(read?.points.get("9.3")).toEqual({ x: 1.5, y: 2, z: -0.25, quality: 0.5 });
    expect(read?.attributes).toEqual({ "rotation:x": 0.1 });
  });

  test("keeps the attributes of a face, and only numbers are attributes", () => {
    const extra = { "rotation:x": 0.1, age: 40, "translation:z": -3.5, emotion: "none", list: [1], "": "" };
    const read = parseFaceFile(fileOf({ "1": face(extra) })).frames.get(1);
    expect(read?.attributes).toEqual({ "rotation:x": 0.1, age: 40, "translation:z": -3.5 });
  });

  test("a point that is not valid has quality 0, and a face without points no valid pose", () => {
    const points = { "9.3": { ...POINT, valid: false } };
    const { frames } = parseFaceFile(fileOf({ "1": face({ points }), "2": face({ points: {} }) }));
    expect(frames.get(1)?.points.get("9.3")?.quality).toBe(0);
    expect(frames.get(2)?.poseValid).toBe(false);
  });

  test.each([
    ["no JSON", "{", /it is not JSON/],
    ["an empty file", "", /it is not JSON/],
    ["a list", "[]", /the top level is not an object/],
    ["no frames", "{}", /"frames" is not an object/],
    ["a frame that is a list of faces", fileOf({ "1": [face()] }), /frame 1 is not an object/],
    ["a key that is no number", fileOf({ first: face() }), /"first" is not a frame number/],
    ["a missing side", fileOf({ "2": face({ "rect.w": undefined }) }), /"rect.w" of frame 2 is not a number/],
    [
      "a place that is a word",
      fileOf({ "2": face({ points: { "9.3": { x: "left", y: 2 } } }) }),
      /"x" of point 9.3 of fra/,
    ],
    ["a place out of reach", `{"frames": {"2": ${JSON.stringify(face()).replace("10.5", "1e999")}}}`, /"x" of point 9/],
    ["a flag that is a number", fileOf({ "2": face({ detected: 1 }) }), /"detected" of frame 2 is neither true nor/],
  ])("refuses %s with one sentence", (_, text, sentence) => {
    const refused = expect.objectContaining({ code: "FILE", message: expect.stringMatching(sentence) });
    expect(() => parseFaceFile(text, "faces.json")).toThrowError(refused);
    expect(() => parseFaceFile(text, "faces.json")).toThrowError(
      /^faces\.json is not a face file: .*--save_facepoints$/,
    );
  });

  test("no JSON whatsoever gives anything but a face file or that error", () => {
    const nearly = fc.record(
      { frames: fc.dictionary(fc.constantFrom("0", "1", "2", "x"), fc.anything()) },
      { requiredKeys: [] },
    );
    const almostFace = fc.record({
      frames: fc.dictionary(fc.constantFrom("1", "2"), fc.constant(face()).map(damaged)),
    });
    fc.assert(
      fc.property(fc.oneof(fc.json(), nearly.map(toJson), almostFace.map(toJson)), (text) => {
        try {
          parseFaceFile(text);
        } catch (error) {
          if (!(error instanceof AppError && error.code === "FILE")) throw error;
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each)) ?? "";
}

/** Without its first member. */
function damaged(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).slice(1));
}

describe("faces out of a file", () => {
  test("are looked up by frame number; an absent frame has no face", () => {
    const faces = new PreTrackedFaces(parseFaceFile(fileOf({ "1": face(), "3": face({ id: "2" }) })));
    expect(faces.track(frame(1))).toMatchObject({ id: "1", rect: { x: 5, y: 6, w: 70, h: 80 }, presence: 1 });
    expect(faces.track(frame(2))).toBeUndefined();
    expect(faces.track(frame(3))?.id).toBe("2");
    expect(faces.track(frame(4))).toBeUndefined();
  });

  test("of which there are none are nobody's, with the points of any face", () => {
    for (const frames of [{}, { "1": face({ points: {} }) }]) {
      const tracker = new PreTrackedFaces(parseFaceFile(fileOf(frames)));
      expect(tracker.pointNames).toEqual(POSE_POINT_NAMES);
      expect(tracker.track(frame(1))?.poseValid ?? false).toBe(false);
    }
  });

  test("of a program that counts from 0 start with its frame 0", () => {
    const faces = new PreTrackedFaces(parseFaceFile(fileOf({ "0": face({ id: "a" }), "1": face({ id: "b" }) })));
    expect(faces.track(frame(1))?.id).toBe("a");
    expect(faces.track(frame(2))?.id).toBe("b");
    expect(faces.track(frame(3))).toBeUndefined();
  });

  test("name the points of all frames; a face without one of them gives it quality 0", () => {
    const other = { "8.1": { x: 1, y: 2, z: 3, quality: 0.5 } };
    const faces = new PreTrackedFaces(parseFaceFile(fileOf({ "1": face(), "2": face({ points: other }) })));
    expect(faces.pointNames).toEqual(["9.3", "8.1"]);
    expect([...(faces.track(frame(1))?.points ?? [])]).toEqual([10.5, 20.25, 0, 1, 0, 0, 0, 0]);
    expect([...(faces.track(frame(2))?.points ?? [])]).toEqual([0, 0, 0, 0, 1, 2, 3, 0.5]);
  });
});

function observation(points: readonly number[]): FaceObservation {
  const rect = { x: 1, y: 2, w: 3, h: 4 };
  return { id: "1", rect, detected: true, poseValid: true, presence: 1, points: Float32Array.from(points) };
}

/** What a recorder has written once it has ended. */
function recorded(fill: (recorder: FaceRecorder) => void): string {
  const pieces: string[] = [];
  const recorder = new FaceRecorder((text) => pieces.push(text));
  fill(recorder);
  recorder.end();
  return pieces.join("");
}

describe("recording", () => {
  const names = ["9.3", "8.1"];
  test("writes the original's format", () => {
    const text = recorded((recorder) => {
      recorder.add(1, observation([1.5, 2.5, 0.25, 1, 0, 0, 0, 0]), names);
      recorder.add(2, undefined, names);
      expect(recorder.count).toBe(1);
    });
    expect(JSON.parse(text)).toEqual({
      frames: {
        "1": {
          id: "1",
          "rect.x": 1,
          "rect.y": 2,
          "rect.w": 3,
          "rect.h": 4,
          detected: true,
          poseValid: true,
          points: { "9.3": { x: 1.5, y: 2.5, z: 0.25, valid: true, estimated: true, quality: 1 } },
        },
      },
    });
  });

  test("without a face it writes a file without frames", () => {
    expect(JSON.parse(recorded(() => {}))).toEqual({ frames: {} });
  });

  test("copies the observation, which its tracker overwrites", () => {
    const text = recorded((recorder) => {
      const reused = observation([1, 2, 3, 1, 4, 5, 6, 1]);
      recorder.add(1, reused, names);
      reused.points.fill(9);
      Object.assign(reused.rect, { x: 99 });
    });
    const read = parseFaceFile(text).frames.get(1);
    expect(read?.rect.x).toBe(1);
    expect(read?.points.get("9.3")).toMatchObject({ x: 1, y: 2 });
  });

  test("what is written is read back the same, to a thousandth of a pixel", () => {
    const place = fc.float({ min: -2000, max: 20_000, noNaN: true });
    const faces = fc.array(fc.option(fc.array(place, { minLength: 6, maxLength: 6 }), { nil: undefined }));
    fc.assert(
      fc.property(faces, (places) => {
        const given = places.map((p) => p && observation([p[0], p[1], p[2], 1, p[3], p[4], p[5], 1] as number[]));
        const text = recorded((recorder) => {
          for (const [index, each] of given.entries()) recorder.add(index + 1, each, names);
        });
        const read = new PreTrackedFaces(parseFaceFile(text));
        for (const [index, each] of given.entries()) {
          const back = read.track(frame(index + 1));
          expect(back?.rect).toEqual(each?.rect);
          for (let at = 0; at < 2 * POINT_STRIDE; at += 1) {
            expect(Math.abs((back?.points[at] ?? 0) - (each?.points[at] ?? 0))).toBeLessThan(2e-3);
          }
        }
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  test("attributes of a face file are written again", () => {
    const read = new PreTrackedFaces(parseFaceFile(fileOf({ "1": face({ "rotation:y": -0.2 }), "2": face() })));
    const text = recorded((recorder) => {
      recorder.add(1, read.track(frame(1)), read.pointNames);
      recorder.add(2, read.track(frame(2)), read.pointNames);
    });
    const { frames } = parseFaceFile(text);
    expect(frames.get(1)?.attributes).toEqual({ "rotation:y": -0.2 });
    expect(frames.get(2)?.attributes).toEqual({});
  });

  test("faces go through in pieces: what waits to be written stays under 100 kB", () => {
    const manyNames = Array.from({ length: 130 }, (_, index) => `1.${index}`);
    const each = observation(
      Array.from({ length: 130 * POINT_STRIDE }, (_, index) => (index % 4 === 3 ? 1 : index + 0.123)),
    );
    let longest = 0;
    let total = 0;
    const recorder = new FaceRecorder((text) => {
      longest = Math.max(longest, text.length);
      total += text.length;
    });
    for (let number = 1; number <= 1000; number += 1) recorder.add(number, each, manyNames);
    const waiting = total;
    recorder.end();
    expect(total - waiting).toBeLessThan(100_000);
    expect(longest).toBeLessThan(100_000);
    expect(total).toBeGreaterThan(5_000_000);
  });
});

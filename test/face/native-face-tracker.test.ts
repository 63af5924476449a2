import { expect, test } from "vitest";

import { POINT_STRIDE } from "../../src/domain/face.js";
import type { Frame } from "../../src/domain/video.js";
import { type LandmarkTracker, NativeFaceStage } from "../../src/face/native-face-tracker.js";
import { POSE_POINT_NAMES } from "../../src/face/pose-points.js";

function frame(number: number, widthPx = 640, heightPx = 480): Frame {
  const format = { widthPx, heightPx, fullRange: true, bt709: true };
  return { data: new Uint8Array(4), format, number, timestampMs: number * 40 };
}

interface FakeBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Puts all landmarks onto the corners of a box; undefined: no face. */
function trackerSeeing(box: FakeBox | undefined, calls: unknown[][] = []): LandmarkTracker {
  return {
    track(...frameArguments) {
      calls.push(frameArguments.slice(0, 6));
      const landmarks = frameArguments[6];
      const state = frameArguments[7];
      state.set([box ? 0.75 : 0, 1, 9]);
      if (!box) return false;
      for (let at = 0; at < landmarks.length; at += 3) {
        const isRight = at % 2 === 1;
        landmarks[at] = isRight ? box.right : box.left;
        landmarks[at + 1] = at % 4 < 2 ? box.top : box.bottom;
      }
      return true;
    },
  };
}

test("hands the frame to the tracker as it is", () => {
  const calls: unknown[][] = [];
  const given = frame(3, 321, 241);
  new NativeFaceStage(trackerSeeing(undefined, calls)).track(given);
  expect(calls).toEqual([[given.data, 321, 241, true, true, 120]]);
});

test("without a face there is no observation", () => {
  expect(new NativeFaceStage(trackerSeeing(undefined)).track(frame(1))).toBeUndefined();
});

test("the rectangle is the landmarks' box, wider by 5 % at the sides and 10 % at the top, in whole pixels", () => {
  const stage = new NativeFaceStage(trackerSeeing({ left: 100, top: 120, right: 301, bottom: 320.4 }));
  expect(stage.track(frame(1))?.rect).toEqual({ x: 90, y: 100, w: 221, h: 220 });
});

test("the rectangle ends at the picture's border", () => {
  const stage = new NativeFaceStage(trackerSeeing({ left: -50, top: -50, right: 700, bottom: 600 }));
  expect(stage.track(frame(1))?.rect).toEqual({ x: 0, y: 0, w: 640, h: 480 });
  const beside = new NativeFaceStage(trackerSeeing({ left: 700, top: 500, right: 800, bottom: 600 }));
  expect(beside.track(frame(1))?.rect).toEqual({ x: 635 + 5, y: 480, w: 0, h: 0 });
});

test("an observation has all points, the tracker's presence and counts as seen in this frame", () => {
  const stage = new NativeFaceStage(trackerSeeing({ left: 10, top: 20, right: 30, bottom: 40 }));
  const observation = stage.track(frame(1));
  expect(observation).toMatchObject({ id: "1", detected: true, poseValid: true, presence: 0.75 });
  expect(stage.pointNames).toBe(POSE_POINT_NAMES);
  expect(observation?.points).toHaveLength(POSE_POINT_NAMES.length * POINT_STRIDE);
});

test("the observation is reused from frame to frame", () => {
  const stage = new NativeFaceStage(trackerSeeing({ left: 10, top: 20, right: 30, bottom: 40 }));
  const first = stage.track(frame(1));
  const second = stage.track(frame(2));
  expect(second).toBe(first);
  expect(second?.points).toBe(first?.points);
});

import { expect, test } from "vitest";

import { madeOf } from "../../src/app/made.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { plainSettings } from "../helpers/settings.js";

const nothing = initialMeasurement("local", "REST", 5);

test("options are those that had an effect: saved chunks keep the length that they have", () => {
  const times = { startedAt: new Date(0) };
  const fromVideo = madeOf(plainSettings("/state", { source: "clip.mp4", live: true }), times, nothing, undefined);
  expect(fromVideo.options).toMatchObject({ study: "default", chunklength: 5, "face-detect": "smart", live: true });
  const saved = madeOf(plainSettings("/state", { source: "/chunks", fromChunks: true }), times, nothing, undefined);
  expect(saved.options).toEqual({
    "from-chunks": true,
    server: "local",
    api: "v1",
    "send-method": "REST",
    "measurement-mode": "discrete",
  });
});

test("one that went on was begun when it was begun, with what it was begun", () => {
  const times = { startedAt: new Date(0), resumedAt: new Date(60_000) };
  const engines = { engine: "dfxterm 0.1.0", ffmpeg: "ffmpeg 5.1.6 (path)" };
  expect(madeOf(plainSettings("/state", { source: "clip.mp4" }), times, nothing, engines)).toMatchObject({
    startedAt: "1970-01-01T00:00:00.000Z",
    resumedAt: "1970-01-01T00:01:00.000Z",
    ...engines,
  });
});

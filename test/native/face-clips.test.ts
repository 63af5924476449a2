import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

import { describe, expect, test } from "vitest";

import { loadAddon } from "../../src/native/addon.js";
import { createFaceTracker } from "../../src/native/face-engine.js";

// Clips of real faces that are not part of the repository.
const FOLDER = resolve("../shared/data");
const FACES = [
  "semi-synthetic/s1_still.mp4",
  "semi-synthetic/s2_sway.mp4",
  "semi-synthetic/s3_dark_skin.mp4",
  "semi-synthetic/s4_variable_frame_rate.mp4",
  "semi-synthetic/s6_real_trace.mp4",
  "video/webcam_light100.avi",
  "video/webcam_light50.avi",
];
const NO_FACE = "video/webcam_dark_no_face.avi";

function findFfmpeg(): string | undefined {
  try {
    return (createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg") as { path: string }).path;
  } catch {
    return undefined;
  }
}

const ffmpeg = findFfmpeg();
const isMissing = ffmpeg === undefined || ![...FACES, NO_FACE].every((name) => existsSync(join(FOLDER, name)));

interface Outcome {
  readonly frames: number;
  readonly found: number;
  readonly medianMs: number;
}

/** Tracks the first frames of a clip. */
function trackClip(name: string, widthPx: number, heightPx: number, framesMax: number): Outcome {
  const limit = ["-frames:v", String(framesMax), "-vsync", "passthrough"];
  const output = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"];
  const decoded = spawnSync(ffmpeg ?? "", ["-v", "error", "-i", join(FOLDER, name), ...limit, ...output], {
    maxBuffer: 2 ** 30,
  });
  const frameBytes = (widthPx * heightPx * 3) / 2;
  const frames = decoded.stdout.length / frameBytes;
  const tracker = createFaceTracker("smart");
  const landmarks = new Float32Array(468 * 3);
  const state = new Float64Array(6);
  const timesMs: number[] = [];
  let found = 0;
  for (let i = 0; i < frames; i += 1) {
    const data = decoded.stdout.subarray(i * frameBytes, (i + 1) * frameBytes);
    const startedMs = performance.now();
    if (tracker.track(data, widthPx, heightPx, false, false, (i * 1000) / 30, landmarks, state)) found += 1;
    timesMs.push(performance.now() - startedMs);
  }
  timesMs.sort((a, b) => a - b);
  return { frames, found, medianMs: timesMs[Math.floor(frames / 2)] ?? Number.NaN };
}

describe.skipIf(isMissing)("real faces (skipped when ../shared/data or ffmpeg is not there)", () => {
  test.each(FACES)("are seen in at least 99 of 100 frames of %s", (name) => {
    const { frames, found, medianMs } = trackClip(name, 640, 480, 400);
    process.stdout.write(
      `${name}: ${found}/${frames}, median ${medianMs.toFixed(2)} ms (${loadAddon().instructionSet()})\n`,
    );
    expect(frames).toBeGreaterThan(300);
    expect(found / frames).toBeGreaterThanOrEqual(0.99);
  });

  test("are not imagined in a dark room", () => {
    const { frames, found } = trackClip(NO_FACE, 1760, 1328, 80);
    expect(frames).toBe(80);
    expect(found).toBe(0);
  });
});

// Payloads of the engine itself, any number of chunks in a row: the frames of the bundled clip, back and forth, with the
// face that was found in each.
import { fileURLToPath } from "node:url";

import { NativeFaceStage } from "../dist/face/native-face-tracker.js";
import { loadAddon } from "../dist/native/addon.js";
import { ExtractionEngine } from "../dist/native/extraction-engine.js";
import { createFaceTracker } from "../dist/native/face-engine.js";
import { resolveFfmpeg } from "../dist/source/ffmpeg-binary.js";
import { openSource } from "../dist/source/open.js";
import { parseSource } from "../dist/source/spec.js";

const CLIP = fileURLToPath(new URL("../fixtures/face-72bpm.mp4", import.meta.url));
const FRAMES = 150;
const RATE_HZ = 30;

/** `count` chunks of `seconds` each. */
export async function enginePayloads(count, seconds) {
  const { frames, pointNames } = await trackedFrames();
  const collector = new ExtractionEngine(loadAddon()).createFactory().createCollector(pointNames);
  collector.setTargetFps(RATE_HZ);
  collector.setChunkDurationSeconds(seconds);
  collector.setNumberChunks(count);
  collector.startCollection();
  const payloads = [];
  const take = () => {
    for (let chunk = collector.getChunkData(); chunk !== null; chunk = collector.getChunkData()) {
      payloads.push(Buffer.from(chunk.payload));
    }
  };
  for (let number = 0; payloads.length < count && collector.getState() !== "COMPLETED"; number += 1) {
    const { frame, face } = frames[turning(number, frames.length)];
    collector.extractChannels(
      { ...frame, number, timestampUs: undefined, timestampMs: (number * 1000) / RATE_HZ },
      face,
    );
    take();
  }
  collector.forceComplete();
  take();
  return payloads;
}

async function trackedFrames() {
  const source = await openSource(parseSource(CLIP), { ffmpeg: await resolveFfmpeg({ env: process.env }), maxS: 30 });
  const tracker = new NativeFaceStage(createFaceTracker("smart"));
  const frames = [];
  for await (const frame of source.frames) {
    const kept = { ...frame, data: frame.data.slice() };
    frames.push({ frame: kept, face: structuredClone(tracker.track(kept)) });
    if (frames.length === FRAMES) break;
  }
  await source.close();
  return { frames, pointNames: tracker.pointNames };
}

/** 0 1 2 1 0 1 2 ...: a cut from the last frame to the first would be a jump of the face. */
function turning(number, length) {
  const at = number % (2 * length - 2);
  return at < length ? at : 2 * length - 2 - at;
}

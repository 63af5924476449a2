// The stages of the measuring thread, on frames that are already decoded: for bench/stage-times.mjs and bench/soak.mjs.
import { NativeFaceStage } from "../dist/face/native-face-tracker.js";
import { loadAddon } from "../dist/native/addon.js";
import { ExtractionEngine } from "../dist/native/extraction-engine.js";
import { createFaceTracker, createThumbnailer } from "../dist/native/face-engine.js";
import { resolveFfmpeg } from "../dist/source/ffmpeg-binary.js";
import { openSource } from "../dist/source/open.js";
import { parseSource } from "../dist/source/spec.js";

const PREVIEW = { width: 64, height: 36 };

/** The first frames of a clip, each with its own pixels. */
export async function decodeFrames(path, count) {
  const source = await openSource(parseSource(path), { ffmpeg: await resolveFfmpeg({ env: process.env }), maxS: 30 });
  const frames = [];
  try {
    for await (const frame of source.frames) {
      frames.push({ ...frame, data: frame.data.slice() });
      if (frames.length === count) break;
    }
  } finally {
    await source.close();
  }
  return frames;
}

/** A tracker, a collector that collects, and what draws the preview. */
export function createStages({ chunkS, chunks }) {
  const tracker = new NativeFaceStage(createFaceTracker("smart"));
  const collector = new ExtractionEngine(loadAddon()).createFactory().createCollector(tracker.pointNames);
  const thumbnail = createThumbnailer();
  const out = new Uint8Array(PREVIEW.width * PREVIEW.height * 3);
  collector.setChunkDurationSeconds(chunkS);
  collector.setNumberChunks(chunks);
  collector.startCollection();
  const drawPreview = (frame) => {
    const { widthPx, heightPx } = frame.format;
    thumbnail(frame, { x: 0, y: 0, w: widthPx, h: heightPx }, out, PREVIEW.width, PREVIEW.height);
  };
  return { tracker, collector, drawPreview, isa: loadAddon().instructionSet() };
}

// Time of each stage per frame, in one thread, on frames that are already decoded. Prints one JSON line.
import { NativeFaceStage } from "../dist/face/native-face-tracker.js";
import { loadAddon } from "../dist/native/addon.js";
import { ExtractionEngine } from "../dist/native/extraction-engine.js";
import { createFaceTracker, createThumbnailer } from "../dist/native/face-engine.js";
import { resolveFfmpeg } from "../dist/source/ffmpeg-binary.js";
import { openSource } from "../dist/source/open.js";
import { parseSource } from "../dist/source/spec.js";

const FRAMES = 150;
const PREVIEW = { width: 64, height: 36 };

const [path] = process.argv.slice(2);
const source = await openSource(parseSource(path), { ffmpeg: await resolveFfmpeg({ env: process.env }), maxS: 30 });
const frames = [];
for await (const frame of source.frames) {
  frames.push({ ...frame, data: frame.data.slice() });
  if (frames.length === FRAMES) break;
}
await source.close();

const tracker = new NativeFaceStage(createFaceTracker("smart"));
const collector = new ExtractionEngine(loadAddon()).createFactory().createCollector(tracker.pointNames);
const thumbnail = createThumbnailer();
const out = new Uint8Array(PREVIEW.width * PREVIEW.height * 3);
collector.setChunkDurationSeconds(30);
collector.setNumberChunks(1);
collector.startCollection();

const times = { track: [], extract: [], preview: [] };
const timed = (name, work) => {
  const startMs = performance.now();
  const result = work();
  times[name].push(performance.now() - startMs);
  return result;
};
for (const frame of frames) {
  const { widthPx, heightPx } = frame.format;
  const face = timed("track", () => tracker.track(frame));
  timed("extract", () => collector.extractChannels(frame, face));
  timed("preview", () => thumbnail(frame, { x: 0, y: 0, w: widthPx, h: heightPx }, out, PREVIEW.width, PREVIEW.height));
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
const stages = Object.fromEntries(
  Object.entries(times).map(([name, values]) => [
    name,
    { medianMs: quantile(values, 0.5), p95Ms: quantile(values, 0.95) },
  ]),
);
process.stdout.write(`${JSON.stringify({ isa: loadAddon().instructionSet(), ...stages })}\n`);

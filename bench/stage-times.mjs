// Time of each stage per frame, in one thread, on frames that are already decoded. Prints one JSON line.
import { createStages, decodeFrames } from "./stages.mjs";

const FRAMES = 150;

const [path] = process.argv.slice(2);
const frames = await decodeFrames(path, FRAMES);
const { tracker, collector, drawPreview, isa } = createStages({ chunkS: 30, chunks: 1 });

const times = { track: [], extract: [], preview: [] };
const timed = (name, work) => {
  const startMs = performance.now();
  const result = work();
  times[name].push(performance.now() - startMs);
  return result;
};
for (const frame of frames) {
  const face = timed("track", () => tracker.track(frame));
  timed("extract", () => collector.extractChannels(frame, face));
  timed("preview", () => drawPreview(frame));
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
const stages = Object.fromEntries(
  Object.entries(times).map(([name, values]) => [
    name,
    { medianMs: quantile(values, 0.5), p95Ms: quantile(values, 0.95) },
  ]),
);
process.stdout.write(`${JSON.stringify({ isa, ...stages })}\n`);

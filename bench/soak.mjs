// `npm run soak`: many frames through the add-on, as the measuring thread sends them: tracked, extracted, sealed,
// dropped, drawn as preview. The memory of the process must be flat after the warm-up.
//
//   npm run soak [-- --frames 100000] [-- --clip file.mp4]
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createStages, decodeFrames } from "./stages.mjs";

const GROWTH_MB_MAX = 8;
const WARM_UP_SHARE = 0.1;
const SAMPLES = 100;

const { values } = parseArgs({
  options: { frames: { type: "string", default: "100000" }, clip: { type: "string" } },
});
const count = Number(values.frames);
const clip = values.clip ?? join(fileURLToPath(new URL("../fixtures/", import.meta.url)), "face-72bpm.mp4");
const frames = await decodeFrames(clip, 60);
const { tracker, collector, drawPreview } = createStages({ chunkS: 1, chunks: 100_000 });
const rssMb = [];
let tracked = 0;
let chunks = 0;
for (let number = 1; number <= count; number += 1) {
  // There and back again, so that the face never jumps.
  const turn = number % (2 * frames.length);
  const frame = frames[Math.min(turn, 2 * frames.length - 1 - turn)];
  const timed = { ...frame, number, timestampMs: (number * 1000) / 30 };
  const face = tracker.track(timed);
  if (face) tracked += 1;
  const state = collector.extractChannels(timed, face);
  if (number % 4 === 0) drawPreview(timed);
  if ((state === "CHUNKREADY" || state === "COMPLETED") && collector.getChunkData()) chunks += 1;
  if (number % Math.ceil(count / SAMPLES) === 0) {
    rssMb.push(process.memoryUsage.rss() / 2 ** 20);
    // A turn of the event loop, as there is one between any two frames that are decoded.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const warm = rssMb.slice(Math.floor(rssMb.length * WARM_UP_SHARE));
const tenth = Math.ceil(warm.length / 10);
const middle = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const grownMb = middle(warm.slice(-tenth)) - middle(warm.slice(0, tenth));
process.stdout.write(
  `${count} frames, ${tracked} with a face, ${chunks} chunks; ` +
    `memory ${middle(warm).toFixed(1)} MB, grown by ${grownMb.toFixed(1)} MB (at most ${GROWTH_MB_MAX})\n`,
);
if (grownMb > GROWTH_MB_MAX || tracked < count / 2 || chunks < count / 60) process.exitCode = 1;

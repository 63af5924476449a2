// Decodes, tracks and extracts a file as `measure` does, without screen and network, as fast as it goes.
// Prints one JSON line. bench/bench.mjs times this process as a whole.
import { startExtraction } from "../dist/worker/host.js";

const [source, faceDetect = "smart"] = process.argv.slice(2);
const extraction = startExtraction(
  {
    source,
    resolution: undefined,
    ffmpegPath: undefined,
    live: false,
    wait: false,
    videoLengthS: 120,
    chunkLengthS: 5,
    study: undefined,
    faceDetect,
    faceFile: undefined,
    recordFaces: false,
    properties: {},
  },
  (event) => {
    if (event.kind === "opened") extraction.start();
    if (event.kind === "chunk") extraction.chunkTaken();
  },
);
const outcome = await extraction.outcome;
process.stdout.write(`${JSON.stringify({ ...outcome.tick, rssMb: process.resourceUsage().maxRSS / 1024 })}\n`);

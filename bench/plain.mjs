// The plain pipeline that tutorials show: every frame converted to BGR, one mean over the whole picture.
// No face, no regions: what the conversion and the copy alone cost.
import { spawn } from "node:child_process";
import { resolveFfmpeg } from "../dist/source/ffmpeg-binary.js";

const [source, width, height] = process.argv.slice(2);
const { path } = await resolveFfmpeg({ env: process.env });
const words = ["-v", "error", "-threads", "1", "-i", source, "-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1"];
const child = spawn(path, words, { stdio: ["ignore", "pipe", "inherit"] });
const frame = new Uint8Array(Number(width) * Number(height) * 3);
let filled = 0;
let frames = 0;
let greenSum = 0;
for await (const bytes of child.stdout) {
  let taken = 0;
  while (taken < bytes.length) {
    const count = Math.min(bytes.length - taken, frame.length - filled);
    frame.set(bytes.subarray(taken, taken + count), filled);
    filled += count;
    taken += count;
    if (filled < frame.length) continue;
    let sum = 0;
    for (let at = 1; at < frame.length; at += 3) sum += frame[at];
    greenSum += sum / (frame.length / 3);
    frames += 1;
    filled = 0;
  }
}
process.stdout.write(`${JSON.stringify({ frames, meanGreen: greenSum / frames })}\n`);

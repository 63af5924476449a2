import { afterAll, describe, expect, test } from "vitest";
import type { Summary } from "../../src/results/summary.js";
import { clip, run, summaryOf } from "../helpers/program.js";
import {
  fifoPublisher,
  hlsPublisher,
  mjpegPublisher,
  type Publisher,
  publishedClip,
  rtspPublisher,
} from "../helpers/publishers.js";

// The clip of 20 s in every way in which it can come live, in its full length, and one of them for ten minutes.

const [asH264, asMjpeg] = await Promise.all([publishedClip("H.264"), publishedClip("Motion JPEG")]);
const MEASURE = ["--json", "--chunklength", "5", "--videolength"];

const open: Publisher[] = [];
afterAll(() => Promise.all(open.map((publisher) => publisher.close())));

async function measured(publish: Promise<Publisher>, seconds: number, ...options: string[]): Promise<Summary> {
  const publisher = await publish;
  open.push(publisher);
  return summaryOf(await run(["measure", publisher.address, ...MEASURE, String(seconds), ...options]));
}

const fifo = (...output: string[]): Promise<Publisher> => fifoPublisher(asH264, output);

const SOURCES: Readonly<Record<string, () => Promise<Publisher>>> = {
  RTSP: () => rtspPublisher(asH264),
  "Motion JPEG over HTTP": () => mjpegPublisher(asMjpeg),
  HLS: () => hlsPublisher(asH264),
  "a FIFO with MPEG-TS": () => fifo("-c", "copy", "-f", "mpegts"),
  "a FIFO with Matroska": () => fifo("-c", "copy", "-f", "matroska"),
  "a FIFO with bare H.264": () => fifo("-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "h264"),
  "a FIFO with bare Motion JPEG": () => fifoPublisher(asMjpeg, ["-c", "copy", "-f", "mjpeg"]),
};

describe("a clip that is published live", () => {
  for (const [name, publish] of Object.entries(SOURCES)) {
    test(`gives the heart rate of the file by ${name}, without a drop`, async () => {
      const asFile = summaryOf(await run(["measure", clip, ...MEASURE, "18"])).metrics["HR_BPM"]?.mean ?? 0;
      const { status, frames, metrics, capture } = await measured(publish(), 18);
      process.stdout.write(`${name}: ${metrics["HR_BPM"]?.mean} (file ${asFile}), ${JSON.stringify(capture)}\n`);
      expect({ status, dropped: frames.dropped }).toEqual({ status: "completed", dropped: 0 });
      expect(Math.abs((metrics["HR_BPM"]?.mean ?? 0) - asFile)).toBeLessThanOrEqual(2);
    });
  }
});

test("ten minutes at 30 frames per second pass without a drop", async () => {
  // DFXTERM_LIVE_MINUTES shortens it.
  const seconds = 60 * Number(process.env["DFXTERM_LIVE_MINUTES"] ?? 10);
  const { status, frames, capture } = await measured(mjpegPublisher(asMjpeg), seconds, "--measurement-mode", "batch");
  process.stdout.write(`${seconds} s: ${JSON.stringify(frames)}, ${JSON.stringify(capture)}\n`);
  expect(status).toBe("completed");
  expect(frames.dropped).toBe(0);
  // The publisher's clock is not ours.
  expect(Math.abs(frames.read - 30 * seconds)).toBeLessThanOrEqual(Math.max(3, 0.001 * 30 * seconds));
});

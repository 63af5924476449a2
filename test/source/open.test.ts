import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Frame } from "../../src/domain/video.js";
import { type FfmpegBinary, resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { openSource } from "../../src/source/open.js";
import type { OpenedSource, OpenOptions } from "../../src/source/opened.js";
import { parseSource } from "../../src/source/spec.js";
import { Clips, H264, isRunning } from "./clips.js";

let ffmpeg: FfmpegBinary;
let clips: Clips;

beforeAll(async () => {
  ffmpeg = await resolveFfmpeg({ env: process.env });
  clips = await Clips.in(ffmpeg);
});

afterAll(() => clips.remove());

function open(argument: string, options: Partial<OpenOptions> = {}, signal?: AbortSignal): Promise<OpenedSource> {
  return openSource(parseSource(argument), { ffmpeg, maxS: 60, stallMs: 10_000, ...options }, signal);
}

async function timesOf(frames: AsyncIterable<Frame>, most = Number.POSITIVE_INFINITY): Promise<number[]> {
  const times: number[] = [];
  for await (const { timestampMs } of frames) {
    times.push(timestampMs);
    if (times.length >= most) break;
  }
  return times;
}

/** A program that stands in for ffmpeg: a shell script with the real one in $FFMPEG. */
async function standIn(name: string, script: string): Promise<FfmpegBinary> {
  const path = await clips.write(name, `#!/bin/sh\nFFMPEG='${ffmpeg.path}'\n${script}\n`);
  await chmod(path, 0o755);
  return { ...ffmpeg, path };
}

async function withServer(listener: RequestListener, use: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a file tells what it is and gives its frames", async () => {
  const path = await clips.moving("face.mp4", 2, "64x48");
  const source = await open(path);
  expect(source.info).toMatchObject({
    kind: "file",
    label: "face.mp4",
    format: { widthPx: 64, heightPx: 48, fullRange: false, bt709: false },
    rotationDeg: 0,
  });
  expect(source.info.durationS).toBeCloseTo(2, 2);
  expect(await timesOf(source.frames)).toHaveLength(60);
  expect(source.leftOutCount()).toBe(0);
  await source.close();
});

test("an http file keeps the times of its container, however fast it comes", async () => {
  const bytes = await readFile(await clips.moving("served.mkv", 2, "64x48"));
  await withServer(
    (_, response) => response.end(bytes),
    async (origin) => {
      const source = await open(`${origin}/served.mkv`);
      expect(source.info).toMatchObject({
        kind: "stream",
        durationS: undefined,
        format: { widthPx: 64, heightPx: 48 },
      });
      expect(source.info.rateHz).toBeCloseTo(30, 1);
      const times = await timesOf(source.frames);
      expect(times).toHaveLength(60);
      expect(times.at(-1)).toBeCloseTo((59 * 1000) / 30, -1);
    },
  );
});

test("a Motion JPEG feed is timed by its arrival and keeps its full range", async () => {
  const jpeg = await readFile(
    await clips.make("feed.jpg", "-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "-pix_fmt", "yuvj420p"),
  );
  const part = Buffer.concat([
    Buffer.from(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
    jpeg,
    Buffer.from("\r\n"),
  ]);
  const listener: RequestListener = (_, response) => {
    response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=frame" });
    const timer = setInterval(() => response.write(part), 40);
    response.on("close", () => clearInterval(timer));
  };
  await withServer(listener, async (origin) => {
    const source = await open(`${origin}/feed`);
    expect(source.info.format).toMatchObject({ widthPx: 64, heightPx: 48, fullRange: true });
    expect(source).toMatchObject({ isRealTime: true, clock: "arrival" });
    const startMs = performance.now();
    const times = await timesOf(source.frames, 40);
    const tookMs = performance.now() - startMs;
    // The first pictures may have waited while ffmpeg looked at the feed; the last must have come at its time.
    const gaps = times.slice(-10).map((timeMs, i, all) => timeMs - (all[i - 1] ?? timeMs - 40));
    for (const gapMs of gaps) expect(gapMs).toBeGreaterThan(5);
    expect(times.at(-1)).toBeGreaterThan(40 * 30);
    expect(tookMs).toBeLessThan(20_000);
    expect(isRunning(source.pid)).toBe(false);
  });
});

test("a feed that falls silent is lost after the time that was set", async () => {
  const bytes = await readFile(await clips.moving("silent.mkv", 4, "64x48"));
  await withServer(
    (_, response) => void response.write(bytes),
    async (origin) => {
      const source = await open(`${origin}/silent.mkv`, { stallMs: 1_000 });
      await expect(timesOf(source.frames)).rejects.toMatchObject({
        code: "SOURCE_LOST",
        message: expect.stringContaining("sent no picture for 1 s"),
      });
      expect(isRunning(source.pid)).toBe(false);
    },
  );
});

test("a decoder that hangs in the middle of a file is given up after the time that was set", async () => {
  const path = await clips.moving("hanging.mp4", 2, "64x48");
  // The listing goes through; of the pictures come some, then none.
  const hanging = await standIn(
    "hanging-ffmpeg",
    'case "$*" in *pipe:3*) "$FFMPEG" "$@" | head -c 100000; sleep 5;; *) exec "$FFMPEG" "$@";; esac',
  );
  const source = await open(path, { ffmpeg: hanging, stallMs: 600 });
  const startMs = performance.now();
  await expect(timesOf(source.frames)).rejects.toMatchObject({
    code: "SOURCE_LOST",
    message: expect.stringMatching(/^hanging\.mp4 sent no picture for 1 s: .*--ffmpeg\.$/),
  });
  expect(performance.now() - startMs).toBeLessThan(4_000);
});

test("an address that answers nothing useful is one clear sentence without its password", async () => {
  await withServer(
    (_, response) => response.writeHead(404).end(),
    async (origin) => {
      await expect(open(`${origin}/gone.mp4`)).rejects.toMatchObject({
        code: "SOURCE_MISSING",
        message: `${origin}/gone.mp4 does not exist on that server: check the address.`,
      });
    },
  );
  // Nothing listens on port 1.
  await expect(open("http://me:hunter2@127.0.0.1:1/feed?key=hunter2")).rejects.toMatchObject({
    code: "SOURCE_MISSING",
    message: "http://127.0.0.1:1/feed does not answer: check that it is on and can be reached from here.",
  });
  await withServer(
    (_, response) => response.end("no video ".repeat(1_000)),
    async (origin) => {
      await expect(open(`${origin}/page`)).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
    },
  );
});

test("a FIFO is read as its writer fills it", async () => {
  const path = await clips.moving("source.mkv", 2, "64x48");
  const fifo = clips.path("cam.fifo");
  await promisify(execFile)("mkfifo", [fifo]);
  const writer = spawn("/bin/sh", ["-c", 'cat "$0" > "$1"', path, fifo], { stdio: "ignore" });
  const written = once(writer, "exit");
  const source = await open(fifo, { patienceMs: 300 });
  expect(source.info).toMatchObject({ kind: "stream", label: "cam.fifo" });
  expect(source).toMatchObject({ isRealTime: false, clock: "container" });
  expect(await timesOf(source.frames)).toHaveLength(60);
  expect((await written)[0]).toBe(0);
});

test("a FIFO without a writer is given up, and can be cancelled before", async () => {
  const fifo = clips.path("quiet.fifo");
  await promisify(execFile)("mkfifo", [fifo]);
  await expect(open(fifo, { openMs: 400 })).rejects.toMatchObject({ code: "SOURCE_LOST" });
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  const startMs = performance.now();
  await expect(open(fifo, {}, abort.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  expect(performance.now() - startMs).toBeLessThan(400);
});

test("a camera that does not exist is named, with what to do", async () => {
  await expect(open("987", { platform: "linux" })).rejects.toMatchObject({
    code: "SOURCE_MISSING",
    message: expect.stringMatching(/^Camera 987 was not found: \/dev\/video987 does not exist \(.+\)\.$/),
  });
});

test.each([
  ["Video device not found", "SOURCE_MISSING", /was not found/],
  ["ioctl(VIDIOC_STREAMON): Device or resource busy", "SOURCE_UNREADABLE", /in use by another program/],
  ["Permission denied", "SOURCE_UNREADABLE", /System Settings/],
  ["Unknown input format: 'avfoundation'", "SOURCE_UNREADABLE", /without camera support/],
  [
    "Selected framerate is not supported by the device: Input/output error",
    "SOURCE_UNREADABLE",
    /--resolution and --fps/,
  ],
  ["Cannot find a proper format for codec 'none', pixel format 'yuv420p'", "SOURCE_UNREADABLE", /--pixel-format/],
] as const)("a camera that fails with '%s' is explained", async (words, code, sentence) => {
  const broken = await standIn("broken-camera", `echo "${words}" >&2; exit 1`);
  await expect(open("0", { platform: "darwin", ffmpeg: broken })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(sentence),
  });
});

/** An ffmpeg with a camera: it shows a picture whose upper left corner is white, at the size that was asked for. */
async function fakeCamera(name: string, durationS: number, before = ""): Promise<FfmpegBinary> {
  const picture = `color=black:s=$size:r=30:d=${durationS},drawbox=0:0:12:12:white:t=fill`;
  return standIn(
    name,
    `${before}
size=640x480
n=$#
while [ $n -gt 0 ]; do
  word=$1; shift; n=$((n - 1))
  case "$word" in
    v4l2|avfoundation) word=lavfi ;;
    -video_size) size=$1; shift; n=$((n - 1)); continue ;;
    -framerate|-input_format) shift; n=$((n - 1)); continue ;;
    0:none) word="${picture}" ;;
  esac
  set -- "$@" "$word"
done
exec "$FFMPEG" "$@"`,
  );
}

test("a camera is opened at the wanted size, mirrored, and its end is a loss", async () => {
  // It works once; then it is unplugged.
  const marker = clips.path("unplugged");
  const unplugged = 'echo "0:none: Input/output error" >&2; exit 1';
  const camera = await fakeCamera("camera", 2, `[ -e '${marker}' ] && { ${unplugged}; }\ntouch '${marker}'`);
  const resolution = { widthPx: 64, heightPx: 48 };
  const told: string[] = [];
  const tell = (sentence: string): number => told.push(sentence);
  const source = await open("0", { platform: "darwin", ffmpeg: camera, resolution, patienceMs: 300, tell });
  expect(source.info).toMatchObject({
    kind: "camera",
    label: "Camera 0",
    rateHz: 30,
    durationS: undefined,
    format: { widthPx: 64, heightPx: 48, fullRange: false, bt709: false },
  });
  let count = 0;
  const reading = (async () => {
    for await (const { data, number } of source.frames) {
      count = number;
      expect([data[3 * 64 + 3], data[3 * 64 + 60]]).toEqual([16, 235]);
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: "SOURCE_LOST", message: expect.stringContaining("connection") });
  expect(count).toBe(60);
  expect(told).toEqual(["Camera 0 is lost: looking for it"]);
});

test("a camera that gives something else than it was asked for says so", async () => {
  const slow = await clips.make("slow.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=15", "-t", "1", ...H264);
  // It takes neither size nor rate.
  const camera = await standIn(
    "stubborn-camera",
    `while [ "$1" != -f ] || [ "$2" != avfoundation ]; do a="$a $1"; shift; done
while [ "$1" != -i ]; do shift; done; shift 2
exec "$FFMPEG" $a -i '${slow}' "$@"`,
  );
  const resolution = { widthPx: 1280, heightPx: 720 };
  const source = await open("0", { platform: "darwin", ffmpeg: camera, resolution, rateHz: 30 });
  expect(source.notices).toEqual([
    "Camera 0 gives 320x240 instead of 1280x720: it has no nearer resolution",
    "Camera 0 gives 15.0 frames per second instead of 30",
  ]);
  await source.close();
});

test("a camera whose rate is a hair's breadth from 30 is asked for that rate", async () => {
  const picky = await fakeCamera(
    "picky-camera",
    1,
    `case "$*" in *30.00003*) ;; *)
  echo "Selected framerate (30.000000) is not supported by the device." >&2
  echo "Supported modes:" >&2; echo "  1280x720@[30.000030 30.000030]fps" >&2
  echo "0:none: Input/output error" >&2; exit 1;;
esac`,
  );
  const source = await open("0", { platform: "darwin", ffmpeg: picky });
  expect(source.info.kind).toBe("camera");
  await source.close();
  await expect(open("0", { platform: "darwin", ffmpeg: picky, rateHz: 25 })).rejects.toThrow(/--fps/);
});

test("a camera is found by its name, also where the system has none for its number", async () => {
  const camera = await fakeCamera(
    "named-camera",
    1,
    `case "$*" in *list_devices*)
  echo '[AVFoundation indev @ 0x1] AVFoundation video devices:' >&2
  echo '[AVFoundation indev @ 0x1] [0] HD Webcam C920' >&2; exit 1;;
esac`,
  );
  for (const name of ["camera:hd webcam c920", "HD Webcam C920", "camera:C920"]) {
    const source = await open(name, { platform: "darwin", ffmpeg: camera });
    expect(source.info.kind).toBe("camera");
    await source.close();
  }
  await expect(open("camera:Other", { platform: "darwin", ffmpeg: camera })).rejects.toMatchObject({
    code: "SOURCE_MISSING",
    message: "Camera Other was not found (there are: 0 (HD Webcam C920)).",
  });
});

test("without a wanted size the camera's own is taken", async () => {
  const source = await open("0", { platform: "darwin", ffmpeg: await fakeCamera("camera-default", 1) });
  expect(source.info.format).toMatchObject({ widthPx: 640, heightPx: 480 });
  await source.close();
  expect(isRunning(source.pid)).toBe(false);
});

test("a source that is closed unread leaves nothing behind", async () => {
  const source = await open(await clips.moving("unread.mp4", 5, "320x240"));
  await source.close();
  await source.close();
  await wait(10);
  expect(isRunning(source.pid)).toBe(false);
});

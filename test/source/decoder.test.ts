import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DecodeOptions, openVideo, type VideoReader } from "../../src/source/decoder.js";
import { type FfmpegBinary, resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { probeFile } from "../../src/source/probe.js";
import { Clips, H264, isRunning, turned, withShortEditList } from "./clips.js";

let ffmpeg: FfmpegBinary;
let clips: Clips;

beforeAll(async () => {
  ffmpeg = await resolveFfmpeg({ env: process.env });
  clips = await Clips.in(ffmpeg);
});

afterAll(() => clips.remove());

async function open(path: string, options: Partial<DecodeOptions> = {}): Promise<VideoReader> {
  const probe = await probeFile(ffmpeg, path, { maxS: 120 });
  const { format, inputArguments, rotationDeg, pixelFormat } = probe;
  return openVideo({
    ffmpeg,
    label: "clip.mp4",
    inputArguments,
    rotationDeg,
    pixelFormat,
    format,
    size: format,
    fullRange: format.fullRange,
    lastFrameS: probe.timesS.at(-1),
    mirrored: false,
    threads: 1,
    ...options,
  });
}

interface Kept {
  readonly data: Uint8Array;
  readonly number: number;
  readonly timestampMs: number;
}

/** All frames, copied out of the reader's buffer. */
async function framesOf(reader: VideoReader): Promise<Kept[]> {
  const kept: Kept[] = [];
  for await (const { data, number, timestampMs } of reader) kept.push({ data: data.slice(), number, timestampMs });
  return kept;
}

/** Pictures whose every byte differs from frame to frame: Y, then U, then V. */
function pictures(width: number, height: number, count: number, low = 0, high = 255): Uint8Array {
  const luma = width * height;
  const size = luma + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  return Uint8Array.from(
    { length: size * count },
    (_, i) => low + ((i * 7 + Math.floor(i / size) * 13) % (high - low + 1)),
  );
}

async function checkExact(
  name: string,
  size: readonly [number, number],
  pixelFormat: string,
  codec: readonly string[],
  fullRange: boolean,
  transport: "pipe" | "stream" = "pipe",
): Promise<void> {
  const truth = pictures(...size, 5);
  const path = await clips.raw(name, truth, size.join("x"), pixelFormat, ...codec);
  const reader = await open(path, { transport });
  expect(reader.format).toMatchObject({ widthPx: size[0], heightPx: size[1], fullRange });
  const frames = await framesOf(reader);
  expect(Buffer.concat(frames.map(({ data }) => data)).equals(truth)).toBe(true);
  expect(frames.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
}

const LOSSLESS = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"];

test("video-range samples come out as they were written, even those outside of the range", () =>
  checkExact("limited.mkv", [64, 48], "yuv420p", LOSSLESS, false));

test("full-range samples come out as they were written", () =>
  checkExact("full.mkv", [64, 48], "yuvj420p", LOSSLESS, true));

test("full-range samples under the plain name come out as they were written", async () => {
  const truth = pictures(64, 48, 3);
  const source = await clips.write("plain-name.yuv", truth);
  // Marked as full range on both sides, so that no version converts while it writes.
  const input = [
    "-f",
    "rawvideo",
    "-pix_fmt",
    "yuv420p",
    "-color_range",
    "pc",
    "-s",
    "64x48",
    "-r",
    "30",
    "-i",
    source,
  ];
  const codec = ["-c:v", "libvpx-vp9", "-lossless", "1", "-color_range", "pc", "-pix_fmt", "yuv420p"];
  const reader = await open(await clips.make("plain-name.webm", ...input, ...codec));
  expect(reader.format.fullRange).toBe(true);
  const frames = await framesOf(reader);
  expect(Buffer.concat(frames.map(({ data }) => data)).equals(truth)).toBe(true);
});

test("odd sizes come without padding", () => checkExact("odd.mkv", [65, 49], "yuv420p", ["-c:v", "ffv1"], false));

test("the ordinary output stream carries the same frames", () =>
  checkExact("stream.mkv", [65, 49], "yuv420p", ["-c:v", "ffv1"], false, "stream"));

test("greys of a Motion JPEG keep the full range", async () => {
  const luma = Uint8Array.from({ length: 256 * 16 }, (_, i) => i % 256);
  const picture = Buffer.concat([luma, Buffer.alloc(2 * 128 * 8, 128)]);
  const codec = ["-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj420p"];
  const path = await clips.raw("grey.avi", Buffer.concat([picture, picture]), "256x16", "yuvj420p", ...codec);
  const [first] = await framesOf(await open(path));
  for (const grey of [0, 5, 16, 128, 235, 250, 255]) {
    expect(Math.abs((first?.data[256 * 8 + grey] ?? -1) - grey)).toBeLessThanOrEqual(4);
  }
});

test("10-bit and 4:2:2 full range become 8-bit 4:2:0 of full range", async () => {
  const grey = Buffer.concat([Buffer.alloc(64 * 48, 250), Buffer.alloc(2 * 32 * 48, 128)]);
  const codec = ["-c:v", "libx264", "-qp", "0"];
  const path = await clips.raw("full-422.mkv", Buffer.concat([grey, grey]), "64x48", "yuvj422p", ...codec);
  const reader = await open(path);
  expect(reader.format.fullRange).toBe(true);
  const [first] = await framesOf(reader);
  expect(Math.abs((first?.data[1000] ?? 0) - 250)).toBeLessThanOrEqual(1);
});

/** Where the white corner of the test picture is, as seen on the screen. */
function whiteCorner({ data }: Kept, width: number, height: number): string {
  const bright = (x: number, y: number): boolean => (data[y * width + x] ?? 0) > 150;
  const corners = { "top left": [3, 3], "top right": [width - 4, 3], "bottom left": [3, height - 4] } as const;
  for (const [name, [x, y]] of Object.entries(corners)) if (bright(x, y)) return name;
  return bright(width - 4, height - 4) ? "bottom right" : "none";
}

test.each([
  [0, "top left", 64, 48],
  [90, "top right", 48, 64],
  [180, "bottom right", 64, 48],
  [270, "bottom left", 48, 64],
] as const)("pictures stored with a turn of %i degrees stand upright", async (deg, corner, width, height) => {
  const source = ["-f", "lavfi", "-i", "color=black:s=64x48:r=30,drawbox=0:0:12:12:white:t=fill", "-t", "0.2"];
  const straight = await readFile(await clips.make("corner.mp4", ...source, ...H264));
  const path = await clips.write(`corner-${deg}.mp4`, turned(straight, deg));
  const reader = await open(path);
  expect(reader.format).toMatchObject({ widthPx: width, heightPx: height });
  const [first] = await framesOf(reader);
  expect(first && whiteCorner(first, width, height)).toBe(corner);
});

test("our turns are those of ffmpeg's own automatic", async () => {
  const straight = await readFile(await clips.moving("auto.mp4", 0.2, "64x48"));
  for (const deg of [90, 180, 270] as const) {
    const path = await clips.write(`auto-${deg}.mp4`, turned(straight, deg));
    const raw = await readFile(
      await clips.make(`auto-${deg}.yuv`, "-i", path, "-f", "rawvideo", "-pix_fmt", "yuv420p"),
    );
    const [first] = await framesOf(await open(path));
    expect(first && raw.subarray(0, first.data.length).equals(first.data)).toBe(true);
  }
});

test("a mirrored source is mirrored", async () => {
  const source = ["-f", "lavfi", "-i", "color=black:s=64x48:r=30,drawbox=0:0:12:12:white:t=fill", "-t", "0.2"];
  const [first] = await framesOf(await open(await clips.make("mirror.mp4", ...source, ...H264), { mirrored: true }));
  expect(first && whiteCorner(first, 64, 48)).toBe("top right");
});

test("the times of a variable frame rate are exact, and every frame has its own", async () => {
  const uneven = "settb=1/90000,setpts=(N+0.4*mod(N\\,3))/30/TB";
  const source = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=30", "-t", "4", "-vf", uneven];
  const path = await clips.make("uneven.mp4", ...source, ...clips.everyFrame(), "-enc_time_base", "1:90000", ...H264);
  const frames = await framesOf(await open(path));
  expect(frames.length).toBeGreaterThan(100);
  for (const [n, { timestampMs }] of frames.entries()) {
    expect(Math.abs(timestampMs - ((n + 0.4 * (n % 3)) / 30) * 1000)).toBeLessThan(0.02);
  }
});

test("frames with B-frames before them come in the order of their times", async () => {
  const codec = ["-bf", "3", "-preset", "medium"];
  const frames = await framesOf(await open(await clips.moving("b-frames.mp4", 2, "64x48", ...codec)));
  expect(frames).toHaveLength(60);
  for (const [n, { timestampMs }] of frames.entries()) expect(timestampMs).toBeCloseTo((n * 1000) / 30, 1);
});

test("key frames of the listing are marked among the decoded frames, also with B-frames", async () => {
  const codec = ["-bf", "2", "-g", "15", "-sc_threshold", "0", "-preset", "medium"];
  const path = await clips.moving("keys.mp4", 2, "64x48", ...codec);
  const { keyTimesS } = await probeFile(ffmpeg, path, { maxS: 120 });
  const numbers: number[] = [];
  for await (const { number, keyFrame } of await open(path, { keyTimesS })) if (keyFrame === true) numbers.push(number);
  expect(numbers).toEqual([1, 16, 31, 46]);
});

test("without a listing nothing is said of key frames", async () => {
  const marks = new Set<boolean | undefined>();
  const reader = await open(await clips.moving("no-listing.mp4", 1, "64x48"));
  for await (const { keyFrame } of reader) marks.add(keyFrame);
  expect(marks).toEqual(new Set([undefined]));
});

test("an edit list that is too short hides no frame", async () => {
  const whole = await readFile(await clips.moving("whole.mp4", 3, "64x48"));
  const frames = await framesOf(await open(await clips.write("edited.mp4", withShortEditList(whole, 0.4))));
  expect(frames).toHaveLength(90);
});

test("a picture size that changes in the middle does not shift the frames", async () => {
  const parts = [await clips.moving("a.ts", 1, "64x48"), await clips.moving("b.ts", 1, "96x80")];
  const path = await clips.write("joined.ts", Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
  const frames = await framesOf(await open(path, { lastFrameS: undefined }));
  expect(frames.length).toBeGreaterThan(50);
  for (const { data } of frames) expect(data).toHaveLength((64 * 48 * 3) / 2);
});

test("two pictures at one time: the second is left out and counted", async () => {
  const twice = "settb=1/90000,setpts=(N-eq(N\\,5))/30/TB";
  const source = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=30", "-t", "1", "-vf", twice];
  const path = await clips.make(
    "twice.mkv",
    ...source,
    ...clips.everyFrame(),
    "-enc_time_base",
    "1:90000",
    "-c:v",
    "ffv1",
  );
  const reader = await open(path);
  const frames = await framesOf(reader);
  expect(frames.length + reader.leftOutCount).toBe(30);
  expect(reader.leftOutCount).toBe(1);
  for (const [i, { number, timestampMs }] of frames.entries()) {
    expect(number).toBe(i + 1);
    expect(timestampMs).toBeGreaterThan(frames[i - 1]?.timestampMs ?? -1);
  }
});

test("the buffer is the same for every frame", async () => {
  const buffers = new Set<Uint8Array>();
  for await (const { data } of await open(await clips.moving("short.mp4", 1, "64x48"))) buffers.add(data);
  expect(buffers.size).toBe(1);
});

test("a decoder that is killed in the middle is a lost source, with the time", async () => {
  const reader = await open(await clips.moving("long.mp4", 30, "640x480"));
  const frames: number[] = [];
  const reading = (async () => {
    for await (const { timestampMs } of reader) {
      frames.push(timestampMs);
      if (frames.length === 10 && reader.pid !== undefined) process.kill(reader.pid, "SIGKILL");
    }
  })();
  await expect(reading).rejects.toMatchObject({
    code: "SOURCE_LOST",
    message: expect.stringMatching(/^clip\.mp4 was lost at \d\.\d s: .*SIGKILL\.$/),
  });
  expect(frames.length).toBeLessThan(100);
});

test("a signal ends a running decoder within 300 ms, also while a frame is processed", async () => {
  const path = await clips.moving("long.mp4", 30, "640x480");
  for (const pauseMs of [0, 20]) {
    const abort = new AbortController();
    const reader = await open(path, { signal: abort.signal });
    let abortedMs = 0;
    const reading = (async () => {
      for await (const { number } of reader) {
        if (number === 5) setTimeout(() => abort.abort(), 1);
        if (number === 5) abortedMs = performance.now();
        if (pauseMs > 0) await wait(pauseMs);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
    expect(performance.now() - abortedMs).toBeLessThan(300);
    expect(isRunning(reader.pid)).toBe(false);
  }
});

test("a signal that fired before starts nothing", async () => {
  const path = await clips.moving("short.mp4", 1, "64x48");
  await expect(open(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
});

test("leaving the loop ends the decoder", async () => {
  const reader = await open(await clips.moving("long.mp4", 30, "640x480"));
  for await (const { number } of reader) if (number === 3) break;
  expect(isRunning(reader.pid)).toBe(false);
});

test("closing while a frame is awaited ends the frames without an error, and twice is once", async () => {
  const reader = await open(await clips.moving("long.mp4", 30, "640x480"));
  let count = 0;
  for await (const frame of reader) {
    count = frame.number;
    if (count === 3) void reader.close();
  }
  await reader.close();
  expect(count).toBeLessThan(10);
  expect(isRunning(reader.pid)).toBe(false);
});

test("closing a decoder that nobody read ends it", async () => {
  const reader = await open(await clips.moving("long.mp4", 30, "640x480"));
  await reader.close();
  expect(isRunning(reader.pid)).toBe(false);
});

test("an ffmpeg that cannot be started is named", async () => {
  const reader = await open(await clips.moving("short.mp4", 1, "64x48"), {
    ffmpeg: { ...ffmpeg, path: "/nowhere/ffmpeg" },
  });
  await expect(framesOf(reader)).rejects.toMatchObject({
    code: "FFMPEG_MISSING",
    message: expect.stringContaining("/nowhere/ffmpeg"),
  });
});

test("a file that decodes only in part is unreadable, not short", async () => {
  const path = await clips.moving("short.mp4", 1, "64x48");
  await expect(framesOf(await open(path, { lastFrameS: 9 }))).rejects.toMatchObject({
    code: "SOURCE_UNREADABLE",
    message: "clip.mp4 can be decoded only up to 1.0 s: the rest up to 9.0 s is damaged.",
  });
});

test("pictures that cannot be decoded at all are unreadable", async () => {
  const bytes = await readFile(await clips.moving("broken-source.mp4", 1, "320x240"));
  const start = bytes.indexOf("mdat", 0, "latin1") + 4;
  bytes.fill(0xff, start, bytes.indexOf("moov", 0, "latin1") - 8);
  const path = await clips.write("broken.mp4", bytes);
  // Some versions notice it in the packets, others in the pictures.
  const attempt = async (): Promise<unknown> => framesOf(await open(path));
  await expect(attempt()).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
});

const onLinux = existsSync("/proc/self/fd");

describe.skipIf(!onLinux)("what /proc shows (skipped where there is none)", () => {
  test("a consumer that stops makes ffmpeg wait, and nothing piles up", async () => {
    const reader = await open(await clips.moving("hd.mp4", 10, "1280x720"));
    const iterator = reader[Symbol.asyncIterator]();
    await iterator.next();
    await wait(700);
    const usedTicks = cpuTicks(reader.pid);
    const rssBytes = process.memoryUsage.rss();
    await wait(500);
    expect(cpuTicks(reader.pid) - usedTicks).toBeLessThanOrEqual(2);
    expect(process.memoryUsage.rss() - rssBytes).toBeLessThan(20e6);
    // It goes on where it stopped.
    const { value } = await iterator.next();
    expect(value?.timestampMs).toBeCloseTo(1000 / 30, 1);
    await iterator.return();
  });

  test("no descriptor and no process is left behind", async () => {
    const path = await clips.moving("short.mp4", 1, "64x48");
    await framesOf(await open(path));
    const before = readdirSync("/proc/self/fd").length;
    const pids: (number | undefined)[] = [];
    for (let i = 0; i < 8; i += 1) {
      const abort = new AbortController();
      const reader = await open(path, { signal: abort.signal, transport: i % 2 === 0 ? "pipe" : "stream" });
      pids.push(reader.pid);
      if (i < 2) await framesOf(reader);
      else if (i < 4) abort.abort();
      else if (i < 6) await reader[Symbol.asyncIterator]().next();
      await reader.close();
    }
    await wait(50);
    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

/** CPU time that a process has used, in clock ticks (10 ms). */
function cpuTicks(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

const shared = "../shared/data/semi-synthetic/s4_variable_frame_rate";

describe.skipIf(!existsSync(`${shared}.mp4`))("the shared clip (skipped where ../shared/data is absent)", () => {
  test("gives every frame at its true time", async () => {
    const truth = JSON.parse(readFileSync(`${shared}.json`, "utf8")) as { frame_times_s: number[] };
    const timesMs: number[] = [];
    for await (const { timestampMs } of await open(`${shared}.mp4`)) timesMs.push(timestampMs);
    expect(timesMs).toHaveLength(truth.frame_times_s.length);
    // The truth is rounded to 0.1 ms.
    for (const [i, timeS] of truth.frame_times_s.entries()) {
      expect(Math.abs((timesMs[i] ?? 0) - timeS * 1000)).toBeLessThan(0.1);
    }
  });
});

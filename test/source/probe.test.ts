import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FfmpegBinary, resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { probeFile, type VideoProbe } from "../../src/source/probe.js";
import { Clips, H264, turned, withShortEditList } from "./clips.js";

let ffmpeg: FfmpegBinary;
let clips: Clips;

beforeAll(async () => {
  ffmpeg = await resolveFfmpeg({ env: process.env });
  clips = await Clips.in(ffmpeg);
});

afterAll(() => clips.remove());

function probe(path: string, maxS = 120): Promise<VideoProbe> {
  return probeFile(ffmpeg, path, { maxS });
}

async function refuses(path: string, code: string, words: RegExp): Promise<void> {
  const error: unknown = await probe(path).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "AppError", code });
  const { message } = error as Error;
  expect(message).toMatch(words);
  // One sentence that names the file.
  expect(message).toContain(path.split("/").at(-1));
  expect(message).not.toContain("\n");
  expect(message.endsWith(".")).toBe(true);
}

test("an ordinary clip tells its size, rate, length and key frames", async () => {
  const path = await clips.moving("plain.mp4", 3, "320x240", "-g", "30");
  const found = await probe(path);
  expect(found).toMatchObject({
    format: { widthPx: 320, heightPx: 240, fullRange: false, bt709: false },
    rotationDeg: 0,
    isComplete: true,
    variableRate: false,
  });
  expect(found.rateHz).toBeCloseTo(30, 3);
  expect(found.durationS).toBeCloseTo(3, 2);
  expect(found.timesS).toHaveLength(90);
  expect(found.timesS[0]).toBe(0);
  expect(found.keyTimesS.map((timeS) => Math.round(timeS))).toEqual([0, 1, 2]);
});

test("only the planned part of a long file is listed, and the length is still known", async () => {
  const path = await clips.moving("long.mp4", 20, "64x48");
  const found = await probe(path, 2);
  expect(found.isComplete).toBe(false);
  expect(found.timesS.length).toBeLessThan(65);
  expect(found.durationS).toBeCloseTo(20, 1);
  expect(found.rateHz).toBeCloseTo(30, 1);
});

test("the rate of the planned part is that of the clip, also where frames are coded out of order", async () => {
  const path = await clips.moving("reordered.mp4", 8, "64x48", "-bf", "3", "-g", "250");
  for (const maxS of [2, 3, 4.1, 5]) expect((await probe(path, maxS)).rateHz).toBeCloseTo(30, 3);
});

test("a variable frame rate is noticed, rounded milliseconds are not taken for one", async () => {
  const uneven = "settb=1/90000,setpts=(N+0.4*mod(N\\,3))/30/TB";
  const input = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=30", "-t", "3"];
  const passthrough = [...clips.everyFrame(), "-enc_time_base", "1:90000"];
  const variable = await probe(await clips.make("uneven.mkv", ...input, "-vf", uneven, ...passthrough, ...H264));
  expect(variable.variableRate).toBe(true);
  expect(variable.timesS[2]).toBeCloseTo(2.8 / 30, 3);
  expect((await probe(await clips.moving("even.mkv", 3, "64x48"))).variableRate).toBe(false);
});

test("range, matrix and size are those of the stream", async () => {
  const full = await clips.make("full.avi", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=30", "-t", "1", "-c:v", "mjpeg");
  expect((await probe(full)).format).toMatchObject({ fullRange: true, bt709: false });
  const marked = await clips.moving("marked.mp4", 1, "64x48", "-colorspace", "bt709", "-color_range", "tv");
  expect((await probe(marked)).format).toEqual({ widthPx: 64, heightPx: 48, fullRange: false, bt709: true });
});

test.each([0, 90, 180, 270] as const)("a turn of %i degrees is found and changes the size", async (deg) => {
  const straight = await readFile(await clips.moving("straight.mp4", 1, "64x48"));
  const found = await probe(await clips.write(`turned-${deg}.mp4`, turned(straight, deg)));
  expect(found.rotationDeg).toBe(deg);
  const upright = deg === 0 || deg === 180;
  expect(found.format).toMatchObject({ widthPx: upright ? 64 : 48, heightPx: upright ? 48 : 64 });
});

test("the old rotate tag of other containers counts too", async () => {
  // ffmpeg does not write this tag itself, so another of the same length is renamed.
  const other = await readFile(await clips.moving("other-tag.mkv", 1, "64x48", "-metadata:s:v", "rotatx=90"), "latin1");
  const tagged = Buffer.from(other.replace("ROTATX", "ROTATE"), "latin1");
  const found = await probe(await clips.write("tagged.mkv", tagged));
  expect(found).toMatchObject({ rotationDeg: 90, format: { widthPx: 48, heightPx: 64 } });
});

test("an edit list that is too short hides nothing", async () => {
  const whole = await readFile(await clips.moving("whole.mp4", 3, "64x48"));
  const found = await probe(await clips.write("edited.mp4", withShortEditList(whole, 0.4)));
  expect(found.timesS).toHaveLength(90);
});

test("sound that outlasts the pictures does not make a file look cut off", async () => {
  const inputs = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=2", "-f", "lavfi", "-i", "sine=d=6"];
  const found = await probe(await clips.make("sound.mp4", ...inputs, ...H264));
  expect(found.durationS).toBeCloseTo(2, 1);
});

test("what is not there, not a file, not readable or empty is told apart", async () => {
  await refuses(clips.path("missing.mp4"), "SOURCE_MISSING", /was not found/);
  await mkdir(clips.path("folder.mp4"), { recursive: true });
  await refuses(clips.path("folder.mp4"), "SOURCE_UNREADABLE", /is a folder/);
  await refuses(await clips.write("empty.mp4", ""), "SOURCE_UNREADABLE", /is empty/);
});

test("a file that may not be read says so", async () => {
  const path = await clips.write("secret.mp4", "x");
  await chmod(path, 0);
  await chmod(clips.folder, 0o755);
  // Root may read everything, so a test run by root becomes "nobody" for a moment.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await refuses(path, "SOURCE_UNREADABLE", /may not be read/);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("what is no video is refused", async () => {
  await refuses(await clips.write("text.mp4", "just some words\n".repeat(100)), "SOURCE_UNREADABLE", /is not a video/);
  const noise = Uint8Array.from({ length: 50_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251);
  await refuses(await clips.write("noise.mp4", noise), "SOURCE_UNREADABLE", /is not a video/);
  const sound = await clips.make("only.m4a", "-f", "lavfi", "-i", "sine=d=1");
  await refuses(sound, "SOURCE_UNREADABLE", /only sound/);
  for (const name of ["still.png", "still.jpg"]) {
    const still = await clips.make(name, "-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1");
    await refuses(still, "SOURCE_UNREADABLE", /single picture/);
  }
  const one = await clips.make("one.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", ...H264);
  await refuses(one, "SOURCE_UNREADABLE", /holds a single picture/);
});

test("a recording without its index is called cut off", async () => {
  const whole = await clips.moving("index-last.mp4", 4);
  await refuses(await clips.cut(whole, "no-index.mp4", 0.6), "SOURCE_UNREADABLE", /its index is missing/);
  await refuses(await clips.cut(whole, "half-index.mp4", 0.998), "SOURCE_UNREADABLE", /its index is incomplete/);
});

test.each([
  ["faststart.mp4", ["-movflags", "+faststart"]],
  ["fragments.mp4", ["-movflags", "frag_keyframe+empty_moov", "-g", "30"]],
  ["cut.mkv", []],
  ["cut.avi", ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"]],
] as const)("%s that ends in the middle is called cut off, with both times", async (name, args) => {
  const whole = await clips.moving(`whole-${name}`, 6, "320x240", ...args);
  await refuses(await clips.cut(whole, name, 0.6), "SOURCE_UNREADABLE", /cut off after [2-4]\.\d s/);
});

test("a cut that lies behind the planned part does no harm", async () => {
  const whole = await clips.moving("fast-long.mp4", 10, "320x240", "-movflags", "+faststart");
  const found = await probe(await clips.cut(whole, "cut-late.mp4", 0.6), 3);
  expect(found.isComplete).toBe(false);
});

test("a cancelled look ends at once", async () => {
  const path = await clips.moving("cancel.mp4", 1, "64x48");
  await expect(probeFile(ffmpeg, path, { maxS: 9, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
});

const shared = "../shared/data/semi-synthetic/s4_variable_frame_rate";

describe.skipIf(!existsSync(`${shared}.mp4`))("the shared clip (skipped where ../shared/data is absent)", () => {
  test("has all its frames at their true times, although its edit list hides some", async () => {
    const truth = JSON.parse(readFileSync(`${shared}.json`, "utf8")) as { frame_times_s: number[] };
    const found = await probe(`${shared}.mp4`);
    expect(found.timesS).toHaveLength(truth.frame_times_s.length);
    for (const [i, timeS] of truth.frame_times_s.entries()) expect(found.timesS[i]).toBeCloseTo(timeS, 3.5);
    expect(found.variableRate).toBe(true);
  });
});

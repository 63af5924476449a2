import { expect, test } from "vitest";
import { hasAnyStream, parseHeader, parseOutput, type StreamHeader } from "../../src/source/header.js";

/** As ffmpeg prints it, with this text after "Video: h264 (High) (avc1 / 0x31637661), ". */
function withVideo(details: string, after = "", stream = "    Stream #0:0(und)"): string {
  return [
    "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'Stream #0:0: Video: x, yuv444p, 9x9.mp4':",
    "  Metadata:",
    "    title           : Duration: 00:00:01.00",
    "  Duration: 01:02:03.50, start: 0.000000, bitrate: 812 kb/s",
    "    Stream #0:1(und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 69 kb/s",
    `${stream}: Video: h264 (High) (avc1 / 0x31637661), ${details}`,
    "    Metadata:",
    "      handler_name    : VideoHandler",
    after,
    "Stream mapping:",
    "  Stream #0:0 -> #0:0 (copy)",
    "",
  ].join("\n");
}

function check(text: string, expected: Partial<StreamHeader>): void {
  expect(parseHeader(text)).toMatchObject(expected);
}

test("size, rate and duration are read", () => {
  check(withVideo("yuv420p, 640x480, 721 kb/s, 26.72 fps, 30 tbr, 90k tbn, 60 tbc (default)"), {
    container: "mov,mp4,m4a,3gp,3g2,mj2",
    durationS: 3723.5,
    codedWidthPx: 640,
    codedHeightPx: 480,
    rateHz: 26.72,
    rotationDeg: 0,
  });
  check(
    withVideo("yuv420p(progressive), 1280x720 [SAR 1:1 DAR 16:9], 1k fps, 90k tbn", "", "  Stream #0:0[0x1](und)"),
    {
      codedWidthPx: 1280,
      rateHz: 1000,
    },
  );
});

test("range and matrix are read, and guessed as players do", () => {
  check(withVideo("yuv420p(tv, bt709, progressive), 640x480, 30 fps"), { fullRange: false, bt709: true });
  check(withVideo("yuvj420p(pc, bt470bg/unknown/unknown), 1280x720, 30 fps"), { fullRange: true, bt709: false });
  check(withVideo("yuv420p(pc, smpte170m/bt709/bt709), 1280x720, 30 fps"), { fullRange: true, bt709: false });
  check(withVideo("yuv420p(tv, unknown/bt709/bt709), 640x480, 30 fps"), { bt709: false });
  check(withVideo("yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), 1920x1080, 30 fps"), { bt709: true });
  check(withVideo("yuv420p, 640x480, 30 fps"), { fullRange: false, bt709: false });
  check(withVideo("yuv420p, 720x1280, 30 fps"), { bt709: true });
  check(withVideo("gray, 1280x720, 30 fps"), { fullRange: true });
  check(withVideo("rgb24(pc), 1280x720, 30 fps"), { fullRange: false, bt709: false });
});

function rotationWith(after: string): number | undefined {
  return parseHeader(withVideo("yuv420p, 640x480, 30 fps", after))?.rotationDeg;
}

test("rotation is read from the matrix, or from the old tag", () => {
  expect(
    rotationWith("      rotate          : 90\n    Side data:\n      displaymatrix: rotation of -90.00 degrees"),
  ).toBe(90);
  expect(rotationWith("    Side data:\n      displaymatrix: rotation of 90.00 degrees")).toBe(270);
  expect(rotationWith("    Side data:\n      displaymatrix: rotation of -180.00 degrees")).toBe(180);
  expect(rotationWith("      ROTATE          : 270")).toBe(270);
  expect(rotationWith("      rotate          : -90")).toBe(270);
  expect(rotationWith("    Side data:\n      displaymatrix: rotation of 45.00 degrees")).toBe(0);
  expect(rotationWith("    Side data:\n      displaymatrix: rotation of nan degrees")).toBe(0);
});

test("cover pictures and sound are no video", () => {
  const cover = withVideo("yuvj420p(pc), 500x500, 90k tbr (attached pic)");
  expect(parseHeader(cover)).toBeUndefined();
  expect(hasAnyStream(cover)).toBe(true);
  expect(parseHeader("x.mp4: Invalid data found when processing input\n")).toBeUndefined();
  expect(hasAnyStream("x.mp4: Invalid data found when processing input\n")).toBe(false);
});

test("an unknown duration stays unknown", () => {
  check(withVideo("yuv420p, 64x48, 30 fps").replace(/^ {2}Duration: \S+,/m, "  Duration: N/A,"), {
    durationS: undefined,
  });
});

test("the output tells what will come, once it is printed", () => {
  const input = withVideo("yuvj422p(pc), 1280x720, 30 fps");
  expect(parseOutput(input)).toBeUndefined();
  const line = "    Stream #0:0: Video: rawvideo (I420 / 0x30323449), yuvj420p(pc), 640x360, q=2-31, 30 fps\n";
  expect(parseOutput(`${input}Output #0, fifo, to 'pipe:1':\n${line}`)).toEqual({
    widthPx: 640,
    heightPx: 360,
    fullRange: true,
  });
});

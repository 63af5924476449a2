import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import {
  cameraModes,
  fastestRateArguments,
  modeArguments,
  parseFastestRate,
  parseModes,
  parseV4l2Ctl,
  v4l2CtlArguments,
} from "../../src/source/camera-modes.js";
import { freshFolder } from "../helpers/program.js";

// Texts in the form in which the programs write them.

const V4L2 = `[video4linux2,v4l2 @ 0x5581] Compressed:       mjpeg :          Motion-JPEG : 1280x720 640x480
[video4linux2,v4l2 @ 0x5581] Compressed: Unsupported :                H.264 : 1920x1080
[video4linux2,v4l2 @ 0x5581] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480
[video4linux2,v4l2 @ 0x5581] Raw       :        nv12 :       Y/UV 4:2:0 : {48-1280, 2}x{32-720, 2}
/dev/video0: Immediate exit requested
`;

const V4L2_CTL = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.040s (25.000 fps)
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 640x480
	[1]: 'ABC ' (Something new)
		Size: Stepwise 32x32 - 1920x1080 with step 2/2
			Interval: Stepwise 0.017s - 1.000s with step 0.017s (1.000-60.000 fps)
`;

const AVFOUNDATION = `[avfoundation @ 0x7fae] Selected video size (1x1) is not supported by the device.
[avfoundation @ 0x7fae] Supported modes:
[avfoundation @ 0x7fae]   640x480@[15.000000 30.000030]fps
[avfoundation @ 0x7fae]   1280x720@[30.000030 30.000030]fps
[avfoundation @ 0x7fae]   1280x720@[30.000030 30.000030]fps
0: Input/output error
`;

const DSHOW = `[dshow @ 0000016] DirectShow video device options (from video devices)\r
[dshow @ 0000016]  Pin "Capture" (alternative pin name "0")\r
[dshow @ 0000016]   vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=30\r
[dshow @ 0000016]   vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=30 (pc, bt470bg/bt709/unknown, center)\r
[dshow @ 0000016]   pixel_format=yuyv422  min s=640x480 fps=30 max s=640x480 fps=30\r
`;

const mode = (format: string | null, size: string, ratesHz: number[] | null, anyBetween = false) => {
  const [widthPx = 0, heightPx = 0] = size.split("x").map(Number);
  return { format, widthPx, heightPx, ratesHz, anyBetween };
};

test("what ffmpeg lists of a Linux camera are formats and sizes; formats that it cannot read are left out", () => {
  expect(parseModes("linux", V4L2)).toEqual([
    mode("mjpeg", "1280x720", null),
    mode("mjpeg", "640x480", null),
    mode("yuyv422", "640x480", null),
    mode("nv12", "1280x720", null),
  ]);
  const old = "[video4linux2 @ 0x160f] R : yuyv422 : YUV 4:2:2 (YUYV) : 640x480 160x90\n";
  expect(parseModes("linux", old)).toEqual([mode("yuyv422", "640x480", null), mode("yuyv422", "160x90", null)]);
});

test("v4l2-ctl knows the rates too, one by one or as a range", () => {
  expect(parseV4l2Ctl(V4L2_CTL)).toEqual([
    mode("mjpeg", "1280x720", [30, 25]),
    mode("mjpeg", "640x480", null),
    mode("abc", "1920x1080", [60, 1], true),
  ]);
});

test("macOS and Windows tell a range of rates", () => {
  expect(parseModes("darwin", AVFOUNDATION)).toEqual([
    mode(null, "640x480", [30, 15], true),
    mode(null, "1280x720", [30]),
  ]);
  expect(parseModes("win32", DSHOW)).toEqual([
    mode("mjpeg", "1280x720", [30, 5], true),
    mode("yuyv422", "640x480", [30]),
  ]);
});

test("no listing gives no modes", () => {
  for (const platform of ["linux", "darwin", "win32"] as const) {
    for (const said of ["", "\n", "ffmpeg: not found", V4L2_CTL]) expect(parseModes(platform, said)).toEqual([]);
  }
  expect(parseV4l2Ctl("Cannot open device /dev/video7, exiting.\n")).toEqual([]);
});

function words(rate: string): string {
  return `[video4linux2,v4l2 @ 0x55] The driver changed the time per frame from 1/1000 to ${rate}\n`;
}

test("a driver's answer to an impossible rate is its fastest", () => {
  expect(parseFastestRate(words("1/30"))).toBe(30);
  expect(parseFastestRate(words("1001/30000"))).toBe(29.97);
  for (const wrong of [words("1/1000"), words("0/0"), words("1/0"), ""])
    expect(parseFastestRate(wrong)).toBeUndefined();
});

test("each system is asked in its own way", () => {
  expect(modeArguments("linux", "/dev/video2")).toEqual(["-f", "v4l2", "-list_formats", "all", "-i", "/dev/video2"]);
  expect(modeArguments("darwin", "0")).toEqual(["-f", "avfoundation", "-video_size", "1x1", "-i", "0:none"]);
  expect(modeArguments("win32", "HD Webcam")).toEqual([
    "-f",
    "dshow",
    "-list_options",
    "true",
    "-i",
    "video=HD Webcam",
  ]);
  expect(v4l2CtlArguments("/dev/video0")).toEqual(["--device", "/dev/video0", "--list-formats-ext"]);
  expect(fastestRateArguments("/dev/video0", mode("mjpeg", "640x480", null)).join(" ")).toBe(
    "-f v4l2 -framerate 1000 -input_format mjpeg -video_size 640x480 -i /dev/video0 -frames:v 1 -f null -",
  );
});

/** A program that writes what is in a file, to one of its outputs. */
function script(name: string, lines: string): string {
  const path = join(freshFolder("modes"), name);
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

const camera = { number: 0, name: "HD Webcam", device: "/dev/video0" };

test("on Linux ffmpeg lists the modes, and the driver is asked for the fastest rate of the usual sizes", async () => {
  const listing = join(freshFolder("modes"), "listing");
  writeFileSync(listing, V4L2);
  const ffmpegPath = script(
    "ffmpeg",
    `case "$*" in
      *list_formats*) cat ${listing} >&2; exit 1 ;;
      *"-input_format mjpeg -video_size 1280x720"*) echo "The driver changed the time per frame from 1/1000 to 1/60" >&2 ;;
      *) echo "Device or resource busy" >&2; exit 1 ;;
    esac`,
  );
  const { modes, problem } = await cameraModes(camera, { ffmpegPath, platform: "linux" });
  expect(problem).toBeNull();
  expect(modes.map(({ format, ratesHz }) => [format, ratesHz])).toEqual([
    ["mjpeg", [60]],
    ["mjpeg", null],
    ["yuyv422", null],
    ["nv12", null],
  ]);
});

test("where v4l2-ctl is installed, ffmpeg is not asked", async () => {
  const listing = join(freshFolder("modes"), "listing");
  writeFileSync(listing, V4L2_CTL);
  const v4l2CtlPath = script("v4l2-ctl", `[ "$2" = /dev/video0 ] && cat ${listing}`);
  const { modes } = await cameraModes(camera, { ffmpegPath: "/nowhere/ffmpeg", platform: "linux", v4l2CtlPath });
  expect(modes[0]).toEqual(mode("mjpeg", "1280x720", [30, 25]));
});

test("a camera that cannot be asked says why, in one sentence", async () => {
  const cases = [
    ["/dev/video0: Device or resource busy", /Camera 0 is in use by another program/],
    ["Cannot open video device /dev/video0: Permission denied", /group "video"/],
    ["Unknown input format: 'v4l2'", /built without camera support/],
    ["something else", /does not tell what it can do/],
  ] as const;
  for (const [said, sentence] of cases) {
    const ffmpegPath = script("ffmpeg", `echo "${said}" >&2; exit 1`);
    const { modes, problem } = await cameraModes(camera, { ffmpegPath, platform: "linux" });
    expect(modes).toEqual([]);
    expect(problem).toMatch(sentence);
  }
  const none = await cameraModes(camera, { ffmpegPath: "/nowhere/ffmpeg", platform: "darwin" });
  expect(none.problem).toMatch(/does not tell/);
});

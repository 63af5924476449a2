import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { deviceLines, listDevices } from "../../src/app/devices.js";
import { cameraCheck } from "../../src/app/doctor/camera-check.js";
import { freshFolder } from "../helpers/program.js";

function madeSystem(): { sysFolder: string; ffmpegPath: string; env: NodeJS.ProcessEnv } {
  const place = freshFolder("devices");
  const sysFolder = join(place, "sys");
  for (const [entry, name, index] of [
    ["video2", "HD Webcam C920", "0"],
    ["video3", "HD Webcam C920", "1"],
    ["video10", "Broken\u001b[2J cam", "0"],
  ] as const) {
    mkdirSync(join(sysFolder, entry), { recursive: true });
    writeFileSync(join(sysFolder, entry, "name"), `${name}\n`);
    writeFileSync(join(sysFolder, entry, "index"), `${index}\n`);
  }
  const ffmpegPath = join(place, "ffmpeg");
  writeFileSync(
    ffmpegPath,
    `#!/bin/sh
case "$*" in
  *-version*) echo "ffmpeg version 9.9 Copyright"; echo "libavutil 60. 1.100" ;;
  *list_formats*video2) echo "[v4l2 @ 0x1] Raw : yuyv422 : YUYV 4:2:2 : 640x480 320x240" >&2; exit 1 ;;
  *-video_size*) echo "The driver changed the time per frame from 1/1000 to 1/30" >&2 ;;
  *) echo "/dev/video10: Device or resource busy" >&2; exit 1 ;;
esac
`,
  );
  chmodSync(ffmpegPath, 0o755);
  return { sysFolder, ffmpegPath, env: { PATH: "/usr/bin:/bin" } };
}

test("cameras are listed with what they can do, or why they cannot be asked", async () => {
  const { sysFolder, ffmpegPath, env } = madeSystem();
  const cameras = await listDevices({ env, platform: "linux", ffmpegPath, sysFolder });
  expect(cameras).toMatchObject([
    {
      number: 2,
      name: "HD Webcam C920",
      device: "/dev/video2",
      problem: null,
      modes: [
        { format: "yuyv422", widthPx: 640, heightPx: 480, ratesHz: [30] },
        { format: "yuyv422", widthPx: 320, heightPx: 240, ratesHz: null },
      ],
    },
    { number: 10, modes: [], problem: expect.stringMatching(/in use by another program/) },
  ]);
  expect(deviceLines(cameras)).toEqual([
    " 2  HD Webcam C920  /dev/video2",
    "    yuyv422   640x480    30 frames/s",
    "              320x240",
    "    dfxterm measure 2",
    "10  Broken [2J cam  /dev/video10",
    "    Camera 10 is in use by another program: close that program and start again.",
  ]);
});

test("an ffmpeg that is asked for and not there is refused", async () => {
  const search = { env: {}, platform: "linux", ffmpegPath: "/nowhere/ffmpeg" } as const;
  await expect(listDevices(search)).rejects.toMatchObject({ code: "FFMPEG_MISSING" });
});

test("without a camera there is a way to measure all the same", () => {
  expect(deviceLines([]).join("\n")).toContain("dfxterm measure clip.mp4");
});

test("doctor tells of cameras without opening one", async () => {
  const { sysFolder, ffmpegPath } = madeSystem();
  expect(await cameraCheck(undefined, "linux", "/nowhere")).toMatchObject({ id: "camera", status: "warning" });
  expect(await cameraCheck(ffmpegPath, "linux", sysFolder)).toMatchObject({
    status: "warning",
    found: expect.stringMatching(/2 \(HD Webcam C920\), 10 .*may not be used by this user/),
  });
  expect((await cameraCheck(undefined, "darwin")).status).toBe("unknown");
});

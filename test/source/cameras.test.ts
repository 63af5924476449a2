import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  cameraCalled,
  camerasInWords,
  findCamera,
  listCameras,
  parseAvfoundationList,
  parseDshowList,
} from "../../src/source/cameras.js";

test("Linux lists the device of each camera that gives pictures", async () => {
  const sysFolder = await mkdtemp(join(tmpdir(), "dfxterm-sys-"));
  const add = async (entry: string, name: string, index: string): Promise<void> => {
    await mkdir(join(sysFolder, entry));
    await writeFile(join(sysFolder, entry, "name"), `${name}\n`);
    await writeFile(join(sysFolder, entry, "index"), `${index}\n`);
  };
  await add("video10", "Integrated Camera", "0");
  await add("video2", "HD Webcam C920", "0");
  await add("video3", "HD Webcam C920", "1");
  await add("vbi0", "Tuner", "0");
  const cameras = await listCameras({ ffmpegPath: "", platform: "linux", sysFolder });
  const search = { ffmpegPath: "", platform: "linux", sysFolder } as const;
  expect(await findCamera("c920", search)).toMatchObject({ device: "/dev/video2" });
  await expect(findCamera(3, search)).rejects.toMatchObject({
    code: "SOURCE_MISSING",
    message: "Camera 3 was not found (there are: 2 (HD Webcam C920), 10 (Integrated Camera)).",
  });
  await rm(sysFolder, { recursive: true });
  expect(cameras).toEqual([
    { number: 2, name: "HD Webcam C920", device: "/dev/video2" },
    { number: 10, name: "Integrated Camera", device: "/dev/video10" },
  ]);
  expect(camerasInWords(cameras)).toBe("there are: 2 (HD Webcam C920), 10 (Integrated Camera)");
});

test("a machine without cameras has none", async () => {
  expect(await listCameras({ ffmpegPath: "", platform: "linux", sysFolder: "/nowhere" })).toEqual([]);
  expect(await listCameras({ ffmpegPath: "/nowhere/ffmpeg", platform: "darwin" })).toEqual([]);
  expect(camerasInWords([])).toBe("no camera is connected to this machine");
});

test("the list of macOS is read up to the microphones", () => {
  const words = `[AVFoundation indev @ 0x7f9] AVFoundation video devices:
[AVFoundation indev @ 0x7f9] [0] FaceTime HD Camera (Built-in)
[AVFoundation indev @ 0x7f9] [1] Capture screen 0
[AVFoundation indev @ 0x7f9] AVFoundation audio devices:
[AVFoundation indev @ 0x7f9] [0] MacBook Microphone
: Input/output error`;
  expect(parseAvfoundationList(words)).toEqual([
    { number: 0, name: "FaceTime HD Camera (Built-in)", device: "0" },
    { number: 1, name: "Capture screen 0", device: "1" },
  ]);
});

test("both lists of Windows are read, and cameras get numbers in their order", () => {
  const old = `[dshow @ 000001] DirectShow video devices (some may be both video and audio devices)\r
[dshow @ 000001]  "Integrated Camera"\r
[dshow @ 000001]     Alternative name "@device_pnp_\\\\?\\usb#vid_04f2"\r
[dshow @ 000001]  "USB Camera (2)"\r
[dshow @ 000001] DirectShow audio devices\r
[dshow @ 000001]  "Microphone"\r
dummy: Immediate exit requested`;
  const recent = `[dshow @ 000002] "Integrated Camera" (video)
[dshow @ 000002]   Alternative name "@device_pnp_\\\\?\\usb#vid_04f2"
[dshow @ 000002] "USB Camera (2)" (video, audio)
[dshow @ 000002] "Microphone (Realtek)" (audio)`;
  const expected = [
    { number: 0, name: "Integrated Camera", device: "Integrated Camera" },
    { number: 1, name: "USB Camera (2)", device: "USB Camera (2)" },
  ];
  expect(parseDshowList(old)).toEqual(expected);
  expect(parseDshowList(recent)).toEqual(expected);
});

test("a camera is called by number, by name in any case, or by a part that only it has", () => {
  const [built, left, right] = ["Integrated Camera", "HD Webcam C920", "HD Webcam C270"].map((name, number) => ({
    number,
    name,
    device: String(number),
  }));
  const cameras = [built, left, right].flatMap((camera) => camera ?? []);
  expect(cameraCalled(1, cameras)).toBe(left);
  expect(cameraCalled("integrated camera", cameras)).toBe(built);
  expect(cameraCalled("c270", cameras)).toBe(right);
  expect(cameraCalled("HD Webcam", cameras)).toBeUndefined();
  expect(cameraCalled(7, cameras)).toBeUndefined();
});

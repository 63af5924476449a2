import { expect, test } from "vitest";
import { labelOf, parseSource, type SourceSpec } from "../../src/source/spec.js";

function check(argument: string, expected: SourceSpec, label: string): void {
  const spec = parseSource(argument, (path) =>
    path === "cam.fifo" ? "fifo" : path === "/dev/webcam" ? "camera" : "other",
  );
  expect(spec).toEqual(expected);
  expect(labelOf(spec)).toBe(label);
}

test("a number is a camera, and so is a video device", () => {
  check("0", { kind: "camera", camera: 0 }, "Camera 0");
  check("12", { kind: "camera", camera: 12 }, "Camera 12");
  check("/dev/video2", { kind: "camera", camera: 2 }, "Camera 2");
  check(
    "/dev/v4l/by-id/usb-cam",
    { kind: "camera", camera: "/dev/v4l/by-id/usb-cam" },
    "Camera /dev/v4l/by-id/usb-cam",
  );
  check("/dev/webcam", { kind: "camera", camera: "/dev/webcam" }, "Camera /dev/webcam");
  check("camera:1", { kind: "camera", camera: 1 }, "Camera 1");
  check("camera:HD Webcam C920", { kind: "camera", camera: "HD Webcam C920" }, "Camera HD Webcam C920");
});

test("addresses are streams, and their passwords stay out of the label", () => {
  check("rtsp://cam/live", { kind: "url", url: "rtsp://cam/live" }, "rtsp://cam/live");
  const secret = "http://me:hunter2@cam:8080/feed?token=abc";
  check(secret, { kind: "url", url: secret }, "http://cam:8080/feed");
  const slashed = "rtsp://me:12/34@cam/live";
  check(slashed, { kind: "url", url: slashed }, "rtsp://cam/live");
});

test("a dash is standard input, a FIFO is a FIFO", () => {
  check("-", { kind: "stdin" }, "Standard input");
  check("cam.fifo", { kind: "fifo", path: "cam.fifo" }, "cam.fifo");
});

test("everything else is a file", () => {
  check("clips/face.mp4", { kind: "file", path: "clips/face.mp4" }, "face.mp4");
  check("file:///tmp/a%20b.mp4", { kind: "file", path: "/tmp/a b.mp4" }, "a b.mp4");
  check("2024-clip.mov", { kind: "file", path: "2024-clip.mov" }, "2024-clip.mov");
  check("-odd.mp4", { kind: "file", path: "-odd.mp4" }, "-odd.mp4");
});

test("an empty source and unknown kinds of addresses are refused", () => {
  for (const wrong of [
    "",
    "ftp://host/x.mp4",
    "rtsp://",
    "file://host/x",
    "camera:",
    "rtsp:/me:hunter2@cam",
    "http://me:a/b@c",
  ]) {
    expect(() => parseSource(wrong)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.not.stringMatching("hunter2|a/b") }),
    );
  }
});

import { expect, test } from "vitest";
import { decodeArguments } from "../../src/source/decode-arguments.js";
import { cameraArguments, fileArguments, hasNoClock, streamArguments } from "../../src/source/input-arguments.js";

const request = { resolution: { widthPx: 1280, heightPx: 720 }, rateHz: 30, pixelFormat: "mjpeg" };

test("a camera is opened by the device of the system", () => {
  expect(cameraArguments("linux", "/dev/video0", request).join(" ")).toBe(
    "-f v4l2 -thread_queue_size 64 -input_format mjpeg -framerate 30 -video_size 1280x720 -i /dev/video0",
  );
  expect(cameraArguments("darwin", "1", { ...request, pixelFormat: "uyvy422" }).join(" ")).toBe(
    "-f avfoundation -pixel_format uyvy422 -framerate 30 -video_size 1280x720 -i 1:none",
  );
  expect(cameraArguments("win32", "Integrated Camera", request)).toEqual(
    "-f dshow -rtbufsize 64M -framerate 30 -video_size 1280x720 -vcodec mjpeg -i"
      .split(" ")
      .concat("video=Integrated Camera"),
  );
  expect(cameraArguments("win32", "Cam", { rateHz: 15, pixelFormat: "yuyv422" }).join(" ")).toBe(
    "-f dshow -rtbufsize 64M -framerate 15 -pixel_format yuyv422 -i video=Cam",
  );
});

test("without a resolution and a format the camera keeps its own", () => {
  const plain = { resolution: undefined, rateHz: 30 };
  expect(cameraArguments("linux", "/dev/v4l/by-id/x", plain).join(" ")).toBe(
    "-f v4l2 -thread_queue_size 64 -framerate 30 -i /dev/v4l/by-id/x",
  );
});

test("a file name cannot be taken for something else", () => {
  expect(fileArguments("-y.mp4", false)).toEqual(["-i", "file:-y.mp4"]);
  expect(fileArguments("concat:a|b", true)).toEqual(["-ignore_editlist", "1", "-i", "file:concat:a|b"]);
});

test("what carries no times is timed by its arrival, whatever it is called", () => {
  for (const bare of ["mjpeg", "mpjpeg", "h264", "hevc", "m4v", "jpeg_pipe", "image2pipe"])
    expect(hasNoClock(bare), bare).toBe(true);
  for (const timed of [
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "mpegts",
    "rtsp",
    "hls,applehttp",
    "yuv4mpegpipe",
    "",
  ])
    expect(hasNoClock(timed), timed).toBe(false);
});

function argumentsOf(...order: Parameters<typeof streamArguments>): string {
  return streamArguments(...order).join(" ");
}

test("streams are read as what they are, without a long look", () => {
  const look = "-fpsprobesize 0 -formatprobesize 131072 -analyzeduration 500000";
  const again = "-fpsprobesize 0 -f mpegts -analyzeduration 100000";
  expect(argumentsOf({ kind: "stdin" })).toBe(`${look} -i pipe:0`);
  expect(argumentsOf({ kind: "fifo", path: "cam" })).toBe(`${look} -i file:cam`);
  expect(argumentsOf({ kind: "fifo", path: "cam" }, "mpegts")).toBe(`${again} -i file:cam`);
  expect(argumentsOf({ kind: "url", url: "rtsp://cam/live" })).toBe(`${look} -rtsp_transport tcp -i rtsp://cam/live`);
  expect(argumentsOf({ kind: "url", url: "RTSPS://cam/live" })).toContain("-rtsp_transport tcp");
  expect(argumentsOf({ kind: "url", url: "http://x/live.m3u8" }, "hls,applehttp")).toBe(
    `-copyts ${look} -live_start_index 0 -i http://x/live.m3u8`,
  );
  expect(argumentsOf({ kind: "url", url: "http://cam/video" }, "mpjpeg")).toBe(`-copyts ${look} -i http://cam/video`);
});

function graph(plan: Partial<Parameters<typeof decodeArguments>[1]>): string | undefined {
  const args = decodeArguments(
    { hasFpsMode: false },
    { inputArguments: ["-i", "x"], rotationDeg: 0, mirrored: false, threads: 1, ...plan },
  );
  return args[args.indexOf("-filter_complex") + 1];
}

test("pictures are turned, then mirrored, then brought to their size", () => {
  expect(graph({ rotationDeg: 90, mirrored: true, size: { widthPx: 48, heightPx: 64 }, fullRange: false })).toBe(
    "[0:V:0]transpose=clock,hflip,scale=48:64,format=yuv420p,split[frames][copy];[copy]crop=2:2:0:0[times]",
  );
});

test("times of arrival are listed beside the others where they are asked for", () => {
  expect(graph({ arrivals: true })).toMatch(
    /split=3\[frames\]\[copy\]\[clocked\];.*\[clocked\]crop=2:2:0:0,settb=1\/1000000,setpts=RTCTIME\[arrivals\]$/,
  );
  const plan = { inputArguments: ["-i", "x"], rotationDeg: 0, mirrored: false, threads: 1 } as const;
  expect(decodeArguments({ hasFpsMode: true }, { ...plan, arrivals: true }).at(-1)).toBe("pipe:4");
  expect(decodeArguments({ hasFpsMode: true }, plan).at(-1)).toBe("pipe:3");
});

test("the range of the samples is kept", () => {
  expect(graph({ fullRange: true, pixelFormat: "yuvj422p" })).toContain("format=yuvj420p,");
  expect(graph({ fullRange: true, pixelFormat: "yuv420p" })).toContain("format=yuv420p,");
  expect(graph({ fullRange: false, pixelFormat: "yuv422p10le" })).toContain("format=yuv420p,");
  expect(graph({})).toContain("format=yuv420p|yuvj420p,");
});

test("newer programs are asked with the newer option", () => {
  const plan = { inputArguments: ["-i", "x"], rotationDeg: 0, mirrored: false, threads: 2 } as const;
  expect(decodeArguments({ hasFpsMode: true }, plan)).toContain("-fps_mode");
  expect(decodeArguments({ hasFpsMode: false }, plan)).toContain("-vsync");
});

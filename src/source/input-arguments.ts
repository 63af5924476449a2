import type { SourceSpec } from "./spec.js";

/** What a camera is asked for. Cameras answer with the nearest thing that they can do. */
export interface CameraRequest {
  /** Undefined: the camera's own default. */
  readonly resolution?: { readonly widthPx: number; readonly heightPx: number } | undefined;
  readonly rateHz: number;
  /** Format of the samples, in ffmpeg's words ("yuyv422", "mjpeg"); undefined: the camera's own choice. */
  readonly pixelFormat?: string | undefined;
}

/** Input arguments of a Linux camera, up to the `-i`. Options as printed by `ffmpeg -h demuxer=v4l2`. */
function v4l2Arguments(device: string, request: CameraRequest): string[] {
  const { pixelFormat } = request;
  const format = pixelFormat === undefined ? [] : ["-input_format", pixelFormat];
  return ["-f", "v4l2", "-thread_queue_size", "64", ...format, ...sizeAndRate(request), "-i", device];
}

/** Input arguments of a macOS camera (documentation of ffmpeg's avfoundation device; no sound). */
function avfoundationArguments(device: string, request: CameraRequest): string[] {
  const { pixelFormat } = request;
  const format = pixelFormat === undefined ? [] : ["-pixel_format", pixelFormat];
  return ["-f", "avfoundation", ...format, ...sizeAndRate(request), "-i", `${device}:none`];
}

/** What dshow calls a codec, because the camera sends it compressed. */
const COMPRESSED = new Set(["mjpeg", "h264", "hevc"]);

/**
 * Input arguments of a Windows camera, which has a name, not a number (documentation of ffmpeg's dshow device). Its
 * buffer of 3 MB holds three plain 720p pictures; a moment's delay would lose more.
 */
function dshowArguments(device: string, request: CameraRequest): string[] {
  const { pixelFormat } = request;
  const option = pixelFormat !== undefined && COMPRESSED.has(pixelFormat) ? "-vcodec" : "-pixel_format";
  const format = pixelFormat === undefined ? [] : [option, pixelFormat];
  const buffer = ["-rtbufsize", "64M"];
  return ["-f", "dshow", ...buffer, ...sizeAndRate(request), ...format, "-i", `video=${device}`];
}

/**
 * Input arguments of a camera on this kind of machine.
 * @param device what the system calls it: a path on Linux, a number on macOS, a name on Windows.
 */
export function cameraArguments(platform: NodeJS.Platform, device: string, request: CameraRequest): string[] {
  if (platform === "darwin") return avfoundationArguments(device, request);
  if (platform === "win32") return dshowArguments(device, request);
  return v4l2Arguments(device, request);
}

/**
 * Input arguments of a file. `file:` keeps names with a colon or a leading dash from being read as something
 * else. Edit lists are ignored, so that every recorded frame comes at the time at which it was recorded:
 * some writers store one that is too short for a variable frame rate and hides the last seconds.
 */
export function fileArguments(path: string, isMov: boolean): string[] {
  return [...(isMov ? ["-ignore_editlist", "1"] : []), "-i", `file:${path}`];
}

/** What comes over the network or through a pipe. */
export type StreamSpec = Extract<SourceSpec, { kind: "url" | "fifo" | "stdin" }>;

/**
 * Input arguments of what comes over the network or through a pipe.
 *
 * ffmpeg would look at up to 5 s of it before it gives the first picture, and of bare Motion JPEG at a megabyte. Half a
 * second tells what it is; the rate need not be guessed, because every frame has its time.
 *
 * @param container what it was when it was opened before: then there is nothing to find out.
 */
export function streamArguments(spec: StreamSpec, container?: string): string[] {
  const format = container?.split(",", 1)[0];
  // A network format is found by its address, not by its bytes.
  const isKnown = format !== undefined && spec.kind !== "url";
  const look = isKnown
    ? ["-f", format, "-analyzeduration", "100000"]
    : ["-formatprobesize", "131072", "-analyzeduration", "500000"];
  const brief = ["-fpsprobesize", "0", ...look];
  switch (spec.kind) {
    case "stdin":
      return [...brief, "-i", "pipe:0"];
    case "fifo":
      return [...brief, "-i", `file:${spec.path}`];
    case "url":
      // RTP over UDP loses packets, and a lost packet is a smeared face.
      if (isRtsp(spec)) return [...brief, "-rtsp_transport", "tcp", "-i", spec.url];
      // The clock of a playlist goes on when it is opened again: its times are left as they are, and what it still has
      // of the time between is taken.
      return ["-copyts", ...brief, ...(format === "hls" ? ["-live_start_index", "0"] : []), "-i", spec.url];
  }
}

export function isRtsp(spec: StreamSpec): boolean {
  return spec.kind === "url" && /^rtsps?:/i.test(spec.url);
}

/**
 * True for formats that carry pictures without times, so that the time of arrival has to do: Motion JPEG, with and
 * without its multipart wrapping, and bare streams of a codec. ffmpeg counts their frames at 25 a second, whatever comes.
 */
export function hasNoClock(container: string): boolean {
  return /^(mp?jpeg|h26[1345]|hevc|vvc|obu|m4v|mpegvideo|vc1|image2pipe|\w+_pipe)$/.test(
    container.split(",", 1)[0] ?? "",
  );
}

function sizeAndRate({ resolution, rateHz }: CameraRequest): string[] {
  const size = resolution === undefined ? [] : ["-video_size", `${resolution.widthPx}x${resolution.heightPx}`];
  return ["-framerate", String(rateHz), ...size];
}

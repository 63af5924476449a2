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

/** Input arguments of what comes over the network or through a pipe. */
export function streamArguments(spec: Extract<SourceSpec, { kind: "url" | "fifo" | "stdin" }>): string[] {
  const clock = hasNoClock(spec) ? ["-use_wallclock_as_timestamps", "1"] : [];
  switch (spec.kind) {
    case "stdin":
      return ["-i", "pipe:0"];
    case "fifo":
      return [...clock, "-i", `file:${spec.path}`];
    case "url":
      // RTP over UDP loses packets, and a lost packet is a smeared face.
      return [...(spec.url.startsWith("rtsp") ? ["-rtsp_transport", "tcp"] : clock), "-i", spec.url];
  }
}

/**
 * True for what carries pictures without times, so that the time of arrival has to do: Motion JPEG and bare
 * H.264. An http address without the ending of a container is taken for a camera's Motion JPEG feed.
 */
export function hasNoClock(spec: SourceSpec): boolean {
  if (spec.kind === "fifo") return /\.(mjpe?g|h26[45]|hevc)$/i.test(spec.path);
  if (spec.kind !== "url" || !/^https?:/i.test(spec.url)) return false;
  const { pathname } = new URL(spec.url);
  return !/\.(mp4|m4v|mov|mkv|webm|ts|m2ts|m3u8|mpd|flv|avi|ogv|3gp)$/i.test(pathname);
}

function sizeAndRate({ resolution, rateHz }: CameraRequest): string[] {
  const size = resolution === undefined ? [] : ["-video_size", `${resolution.widthPx}x${resolution.heightPx}`];
  return ["-framerate", String(rateHz), ...size];
}

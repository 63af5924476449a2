import type { SourceSpec } from "./spec.js";

/** What a camera is asked for. Cameras answer with the nearest thing that they can do. */
export interface CameraRequest {
  /** Undefined: the camera's own default. */
  readonly resolution?: { readonly widthPx: number; readonly heightPx: number } | undefined;
  readonly rateHz: number;
  /**
   * Motion JPEG instead of plain samples: most USB cameras reach 720p at 30 Hz only so (USB 2 carries
   * about 10 plain 720p pictures a second). Only v4l2 and dshow are asked.
   */
  readonly mjpeg: boolean;
}

/** Input arguments of a Linux camera, up to the `-i`. Options as printed by `ffmpeg -h demuxer=v4l2`. */
function v4l2Arguments(camera: number | string, request: CameraRequest): string[] {
  const device = typeof camera === "number" ? `/dev/video${camera}` : camera;
  const format = request.mjpeg ? ["-input_format", "mjpeg"] : [];
  return ["-f", "v4l2", "-thread_queue_size", "64", ...format, ...sizeAndRate(request), "-i", device];
}

/** Input arguments of a macOS camera (documentation of ffmpeg's avfoundation device; no sound). */
function avfoundationArguments(camera: number | string, request: CameraRequest): string[] {
  return ["-f", "avfoundation", ...sizeAndRate(request), "-i", `${camera}:none`];
}

/** Input arguments of a Windows camera, which has a name, not a number (documentation of ffmpeg's dshow device). */
function dshowArguments(camera: string, request: CameraRequest): string[] {
  const codec = request.mjpeg ? ["-vcodec", "mjpeg"] : [];
  return ["-f", "dshow", ...sizeAndRate(request), ...codec, "-i", `video=${camera}`];
}

/** Input arguments of a camera on this kind of machine. */
export function cameraArguments(platform: NodeJS.Platform, camera: number | string, request: CameraRequest): string[] {
  if (platform === "darwin") return avfoundationArguments(camera, request);
  if (platform === "win32") return dshowArguments(String(camera), request);
  return v4l2Arguments(camera, request);
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

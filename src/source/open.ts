import { AppError } from "../domain/errors.js";
import { cameraCalled, listCameras } from "./cameras.js";
import { openVideo } from "./decoder.js";
import { openCamera, openStream } from "./open-live.js";
import type { OpenedSource, OpenOptions } from "./opened.js";
import { probeFile } from "./probe.js";
import { labelOf, type SourceSpec } from "./spec.js";

/** A disk that has to wake up or a slow network folder takes seconds, never this long. */
const FILE_STALL_MS = 30_000;

/**
 * Opens a file, a camera or a stream: looks at it, starts the decoder, tells what it is.
 * @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE, SOURCE_LOST, FFMPEG_MISSING, CANCELLED
 */
export async function openSource(spec: SourceSpec, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  switch (spec.kind) {
    case "file":
      return openFileOrCamera(spec, options, signal);
    case "camera":
      return openCamera(spec, options, signal);
    case "url":
    case "fifo":
    case "stdin":
      return openStream(spec, options, signal);
  }
}

type FileSpec = Extract<SourceSpec, { kind: "file" }>;

/** A name that no file has may be that of a camera. */
async function openFileOrCamera(spec: FileSpec, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  try {
    return await openFile(spec, options, signal);
  } catch (error) {
    const isMissing = error instanceof AppError && error.code === "SOURCE_MISSING";
    if (!isMissing || /[/\\]|\.\w{1,4}$/.test(spec.path)) throw error;
    const search = { ffmpegPath: options.ffmpeg.path, platform: options.platform ?? process.platform, signal };
    const camera = cameraCalled(spec.path, await listCameras(search));
    if (camera === undefined) throw error;
    return openCamera({ kind: "camera", camera: camera.name }, options, signal);
  }
}

async function openFile(spec: FileSpec, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  const { ffmpeg, maxS, threads = 1, stallMs = FILE_STALL_MS, widenPipe } = options;
  const label = labelOf(spec);
  const probe = await probeFile(ffmpeg, spec.path, { maxS, signal });
  const { inputArguments, rotationDeg, format, pixelFormat } = probe;
  const reader = await openVideo({
    ffmpeg,
    label,
    inputArguments,
    rotationDeg,
    mirrored: false,
    threads,
    signal,
    format,
    pixelFormat,
    size: format,
    fullRange: format.fullRange,
    lastFrameS: probe.timesS[probe.timesS.length - 1],
    keyTimesS: probe.keyTimesS,
    stallMs,
    widenPipe,
  });
  const { rateHz, durationS } = probe;
  return {
    info: { kind: "file", label, format, rateHz, durationS, rotationDeg },
    probe,
    notices: [],
    isRealTime: false,
    clock: "container",
    frames: reader,
    pid: reader.pid,
    leftOutCount: () => reader.leftOutCount,
    close: () => reader.close(),
  };
}

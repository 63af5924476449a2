import { AppError } from "../domain/errors.js";
import type { CaptureClock, Frame, SourceInfo } from "../domain/video.js";
import { cameraCalled, listCameras } from "./cameras.js";
import { openVideo } from "./decoder.js";
import type { FfmpegBinary } from "./ffmpeg-binary.js";
import type { WidenPipe } from "./frame-pipe.js";
import { openCamera, openStream } from "./open-live.js";
import { probeFile, type VideoProbe } from "./probe.js";
import { labelOf, type SourceSpec } from "./spec.js";

export interface OpenOptions {
  readonly ffmpeg: FfmpegBinary;
  /** No more than this much of a file will be used. */
  readonly maxS: number;
  /** Wanted of a camera; undefined: its own default. */
  readonly resolution?: { readonly widthPx: number; readonly heightPx: number } | undefined;
  /** Wanted of a camera; undefined: 30 Hz, or what it has. */
  readonly rateHz?: number | undefined;
  /** Wanted of a camera, in ffmpeg's words; undefined: Motion JPEG where it has it. */
  readonly pixelFormat?: string | undefined;
  /** Threads of the decoder. One leaves the other core to the measurement. */
  readonly threads?: number | undefined;
  /** A live source that does not open in this time is given up. ffmpeg itself looks at a stream for up to 5 s. */
  readonly openMs?: number | undefined;
  /** A source that gives no picture for this long is lost; undefined: as is usual for its kind. */
  readonly stallMs?: number | undefined;
  /** A live source that is lost is looked for this long; undefined: as is usual for its kind. */
  readonly patienceMs?: number | undefined;
  /** A source may be away for longer while nothing is measured. Undefined: it always is. */
  readonly isMeasuring?: (() => boolean) | undefined;
  /** Takes what happens to a live source: sentences. */
  readonly tell?: ((sentence: string) => void) | undefined;
  /** A live source is lost, or back. */
  readonly onAway?: ((isAway: boolean) => void) | undefined;
  readonly platform?: NodeJS.Platform | undefined;
  /** See DecodeOptions. */
  readonly widenPipe?: WidenPipe | undefined;
}

/** A source that is running. Who opens it closes it, whether or not it has been iterated. */
export interface OpenedSource {
  readonly info: SourceInfo;
  /** Once; every frame overwrites the one before. */
  readonly frames: AsyncIterable<Frame>;
  /** Frames come when they are taken: who is late loses some. All others wait. */
  readonly isRealTime: boolean;
  /** Where the times of the frames come from. */
  readonly clock: CaptureClock;
  /** What was found in a file; undefined for live sources. */
  readonly probe: VideoProbe | undefined;
  /** Frames that were left out because their time was not after that of the one before. */
  readonly leftOutCount: () => number;
  /** How a camera's exposure is held still; undefined for what is no camera. */
  readonly exposureHint?: string | undefined;
  /** What the operator should know of it: sentences. */
  readonly notices: readonly string[];
  /** Process id of ffmpeg. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

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

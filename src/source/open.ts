import { access, constants, readdir } from "node:fs/promises";
import { AppError } from "../domain/errors.js";
import type { Frame, SourceInfo } from "../domain/video.js";
import { openVideo, type VideoReader } from "./decoder.js";
import type { FfmpegBinary } from "./ffmpeg-binary.js";
import { cameraArguments, streamArguments } from "./input-arguments.js";
import { liveProblem } from "./live-problem.js";
import { probeFile, type VideoProbe } from "./probe.js";
import { labelOf, type SourceSpec } from "./spec.js";

export interface OpenOptions {
  readonly ffmpeg: FfmpegBinary;
  /** No more than this much of a file will be used. */
  readonly maxS: number;
  /** Wanted of a camera; undefined: its own default. */
  readonly resolution?: { readonly widthPx: number; readonly heightPx: number } | undefined;
  /** Wanted of a camera. */
  readonly rateHz?: number | undefined;
  /** Threads of the decoder. One leaves the other core to the measurement. */
  readonly threads?: number | undefined;
  /** A live source that does not open in this time is given up. ffmpeg itself looks at a stream for up to 5 s. */
  readonly openMs?: number | undefined;
  /** A source that gives no picture for this long is lost; files may take longer than live ones. */
  readonly stallMs?: number | undefined;
  readonly platform?: NodeJS.Platform | undefined;
}

/** A source that is running. Who opens it closes it, whether or not it has been iterated. */
export interface OpenedSource {
  readonly info: SourceInfo;
  /** Once; every frame overwrites the one before. */
  readonly frames: AsyncIterable<Frame>;
  /** What was found in a file; undefined for live sources. */
  readonly probe: VideoProbe | undefined;
  /** Frames that were left out because their time was not after that of the one before. */
  readonly leftOutCount: () => number;
  /** Process id of ffmpeg. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

const LIVE_RATE_HZ = 30;
const OPEN_MS = 15_000;
const STALL_MS = 5_000;

/** A disk that has to wake up or a slow network folder takes seconds, never this long. */
const FILE_STALL_MS = 30_000;

/**
 * Opens a file, a camera or a stream: looks at it, starts the decoder, tells what it is.
 * @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE, SOURCE_LOST, FFMPEG_MISSING, CANCELLED
 */
export async function openSource(spec: SourceSpec, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  switch (spec.kind) {
    case "file":
      return openFile(spec, options, signal);
    case "camera":
      return openCamera(spec, options, signal);
    case "url":
    case "fifo":
    case "stdin":
      return openStream(spec, options, signal);
  }
}

type SpecOf<Kind extends SourceSpec["kind"]> = Extract<SourceSpec, { kind: Kind }>;

async function openFile(spec: SpecOf<"file">, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  const { ffmpeg, maxS, threads = 1, stallMs = FILE_STALL_MS } = options;
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
  });
  const { rateHz, durationS } = probe;
  return opened(reader, { kind: "file", label, format, rateHz, durationS, rotationDeg }, probe);
}

async function openCamera(spec: SpecOf<"camera">, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  const { resolution, rateHz = LIVE_RATE_HZ, platform = process.platform } = options;
  const label = labelOf(spec);
  if (platform === "linux") await checkDevice(label, spec.camera);
  const start = (mjpeg: boolean): Promise<VideoReader> =>
    openVideo({
      ...live(spec, options, signal),
      inputArguments: cameraArguments(platform, spec.camera, { resolution, rateHz, mjpeg }),
      mirrored: true,
      endless: true,
    });
  // A camera without Motion JPEG refuses at once, before it is switched on.
  const reader = await start(platform !== "darwin").catch((error: unknown) => {
    if (error instanceof AppError && error.code === "SOURCE_UNREADABLE" && platform !== "darwin") return start(false);
    throw error;
  });
  return opened(reader, { ...liveInfo(reader, label), kind: "camera", rateHz: reader.announcedRateHz ?? rateHz });
}

async function openStream(
  spec: SpecOf<"url" | "fifo" | "stdin">,
  options: OpenOptions,
  signal?: AbortSignal,
): Promise<OpenedSource> {
  const reader = await openVideo({
    ...live(spec, options, signal),
    inputArguments: streamArguments(spec),
    mirrored: false,
    fromStdin: spec.kind === "stdin",
    endless: spec.kind === "url" && spec.url.startsWith("rtsp"),
  });
  return opened(reader, liveInfo(reader, labelOf(spec)));
}

/** What all live sources have in common: nothing is known of their pictures until they come. */
function live(spec: SourceSpec, options: OpenOptions, signal: AbortSignal | undefined) {
  const { ffmpeg, threads = 1, openMs = OPEN_MS, stallMs = STALL_MS, platform = process.platform } = options;
  const explain = (words: string): AppError | undefined => liveProblem(spec, words, platform);
  return { ffmpeg, label: labelOf(spec), rotationDeg: 0, threads, openMs, stallMs, explain, signal } as const;
}

function liveInfo({ format, announcedRateHz = LIVE_RATE_HZ }: VideoReader, label: string): SourceInfo {
  return { kind: "stream", label, format, rateHz: announcedRateHz, durationS: undefined, rotationDeg: 0 };
}

function opened(reader: VideoReader, info: SourceInfo, probe?: VideoProbe): OpenedSource {
  return {
    info,
    probe,
    frames: reader,
    pid: reader.pid,
    leftOutCount: () => reader.leftOutCount,
    close: () => reader.close(),
  };
}

/** @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE */
async function checkDevice(label: string, camera: number | string): Promise<void> {
  const device = typeof camera === "number" ? `/dev/video${camera}` : camera;
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EACCES") {
      const message = `${label} may not be used by this user: add the user to the group "video" and log in again.`;
      throw new AppError("SOURCE_UNREADABLE", message, { cause });
    }
    const others = await camerasHere();
    const hint = others.length === 0 ? "no camera is connected to this machine" : `there are: ${others.join(", ")}`;
    throw new AppError("SOURCE_MISSING", `${label} was not found: ${device} does not exist (${hint}).`, { cause });
  }
}

async function camerasHere(): Promise<readonly string[]> {
  const names = await readdir("/dev").catch(() => []);
  return names.flatMap((name) => /^video(\d+)$/.exec(name)?.[1] ?? []).sort((a, b) => Number(a) - Number(b));
}

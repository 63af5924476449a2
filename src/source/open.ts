import { access, constants } from "node:fs/promises";
import { AppError } from "../domain/errors.js";
import type { Frame, SourceInfo } from "../domain/video.js";
import { type CameraSearch, cameraCalled, camerasInWords, findCamera, listCameras } from "./cameras.js";
import { openVideo, type VideoReader } from "./decoder.js";
import type { FfmpegBinary } from "./ffmpeg-binary.js";
import { cameraArguments, streamArguments } from "./input-arguments.js";
import { liveProblem, offeredRateHz } from "./live-problem.js";
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
  /** What the operator should know of it: sentences. */
  readonly notices: readonly string[];
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
      return openFileOrCamera(spec, options, signal);
    case "camera":
      return openCamera(spec, options, signal);
    case "url":
    case "fifo":
    case "stdin":
      return openStream(spec, options, signal);
  }
}

type SpecOf<Kind extends SourceSpec["kind"]> = Extract<SourceSpec, { kind: Kind }>;

/** A name that no file has may be that of a camera. */
async function openFileOrCamera(
  spec: SpecOf<"file">,
  options: OpenOptions,
  signal?: AbortSignal,
): Promise<OpenedSource> {
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
  return opened(reader, { kind: "file", label, format, rateHz, durationS, rotationDeg }, { probe });
}

async function openCamera(spec: SpecOf<"camera">, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  const { resolution, platform = process.platform } = options;
  const label = labelOf(spec);
  const device = await deviceOf(spec, options, signal);
  const wantedHz = options.rateHz ?? LIVE_RATE_HZ;
  let refusal: string | undefined;
  const start = (pixelFormat: string | undefined, rateHz: number): Promise<VideoReader> =>
    openVideo({
      ...live(spec, options, signal),
      inputArguments: cameraArguments(platform, device, { resolution, rateHz, pixelFormat }),
      mirrored: true,
      endless: true,
      explain: (words) => {
        refusal = words;
        return liveProblem(spec, words, platform);
      },
    });
  const first = options.pixelFormat ?? (platform === "darwin" ? undefined : MOTION_JPEG);
  const reader = await start(first, wantedHz).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== "SOURCE_UNREADABLE") throw error;
    // A camera without Motion JPEG refuses at once, before it is switched on.
    if (first !== options.pixelFormat) return start(undefined, wantedHz);
    const offeredHz = options.rateHz === undefined ? offeredRateHz(refusal ?? "", resolution) : undefined;
    if (offeredHz === undefined) throw error;
    return start(first, offeredHz);
  });
  const info = { ...liveInfo(reader, label), kind: "camera", rateHz: reader.announcedRateHz ?? wantedHz } as const;
  return opened(reader, info, { notices: differences(info, options) });
}

/**
 * Most USB cameras reach 720p at 30 Hz only compressed: USB 2 carries about ten plain 720p pictures a second. On macOS
 * the system decides.
 */
const MOTION_JPEG = "mjpeg";

/** What the system calls the camera. @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE */
async function deviceOf(
  { camera }: SpecOf<"camera">,
  { ffmpeg, platform = process.platform }: OpenOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const search = { ffmpegPath: ffmpeg.path, platform, signal };
  const isName = typeof camera === "string" && !camera.startsWith("/");
  if (isName || platform === "win32") return (await findCamera(camera, search)).device;
  if (platform === "darwin") return String(camera);
  const device = typeof camera === "number" ? `/dev/video${camera}` : camera;
  await checkDevice(`Camera ${camera}`, device, search);
  return device;
}

/** Where a camera gives something else than it was asked for. */
function differences({ label, format, rateHz }: SourceInfo, wanted: OpenOptions): string[] {
  const { resolution, rateHz: wantedHz } = wanted;
  const { widthPx, heightPx } = format;
  const notices: string[] = [];
  if (resolution !== undefined && (resolution.widthPx !== widthPx || resolution.heightPx !== heightPx)) {
    notices.push(
      `${label} gives ${widthPx}x${heightPx} instead of ${resolution.widthPx}x${resolution.heightPx}: it has no nearer resolution`,
    );
  }
  if (wantedHz !== undefined && Math.abs(rateHz / wantedHz - 1) > RATE_TOLERANCE)
    notices.push(`${label} gives ${rateHz.toFixed(1)} frames per second instead of ${wantedHz}`);
  return notices;
}

/** 29.97 is as good as 30. */
const RATE_TOLERANCE = 0.02;

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

function opened(
  reader: VideoReader,
  info: SourceInfo,
  { probe, notices = [] }: { probe?: VideoProbe; notices?: readonly string[] } = {},
): OpenedSource {
  return {
    info,
    probe,
    notices,
    frames: reader,
    pid: reader.pid,
    leftOutCount: () => reader.leftOutCount,
    close: () => reader.close(),
  };
}

/** @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE */
async function checkDevice(label: string, device: string, search: CameraSearch): Promise<void> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EACCES") {
      const message = `${label} may not be used by this user: add the user to the group "video" and log in again.`;
      throw new AppError("SOURCE_UNREADABLE", message, { cause });
    }
    const hint = camerasInWords(await listCameras(search));
    throw new AppError("SOURCE_MISSING", `${label} was not found: ${device} does not exist (${hint}).`, { cause });
  }
}

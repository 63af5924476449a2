import { AppError } from "../domain/errors.js";
import type { SourceInfo } from "../domain/video.js";
import { findDevice } from "./cameras.js";
import { CredentialRelay, hasSecrets } from "./credential-relay.js";
import { type DecodeOptions, openVideo, type VideoReader } from "./decoder.js";
import { exposureHint } from "./exposure-hint.js";
import { type CameraRequest, cameraArguments, isRtsp, type StreamSpec, streamArguments } from "./input-arguments.js";
import { LiveFrames } from "./live.js";
import { LiveClock } from "./live-clock.js";
import { liveProblem, offeredRateHz } from "./live-problem.js";
import { type LiveTraits, patienceMs, stallLimitMs, traitsOf } from "./live-traits.js";
import type { OpenedSource, OpenOptions } from "./opened.js";
import { labelOf, type SourceSpec } from "./spec.js";

const LIVE_RATE_HZ = 30;
const OPEN_MS = 15_000;

/**
 * Most USB cameras reach 720p at 30 Hz only compressed: USB 2 carries about ten plain 720p pictures a second. On macOS
 * the system decides.
 */
const MOTION_JPEG = "mjpeg";

type CameraSpec = Extract<SourceSpec, { kind: "camera" }>;

/** @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE, SOURCE_LOST, CANCELLED, FFMPEG_MISSING */
export async function openCamera(spec: CameraSpec, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  const { resolution, rateHz = LIVE_RATE_HZ, platform = process.platform } = options;
  const device = await findDevice(spec.camera, { ffmpegPath: options.ffmpeg.path, platform, signal });
  const pixelFormat = options.pixelFormat ?? (platform === "darwin" ? undefined : MOTION_JPEG);
  let refusal = "";
  const open = (request: CameraRequest): Promise<OpenedSource> =>
    openLive(
      {
        spec,
        inputArguments: () => cameraArguments(platform, device, request),
        decode: { mirrored: true },
        exposureHint: exposureHint(platform, device),
        onRefusal: (words) => {
          refusal = words;
        },
      },
      options,
      signal,
    );
  const asked: CameraRequest = { resolution, rateHz, pixelFormat };
  try {
    return await open(asked);
  } catch (error) {
    const next = error instanceof AppError && error.code === "SOURCE_UNREADABLE" && other(asked, options, refusal);
    if (!next) throw error;
    return open(next);
  }
}

/** What to ask for instead, of what the operator left open; undefined when there is nothing. */
function other(asked: CameraRequest, options: OpenOptions, refusal: string): CameraRequest | undefined {
  // A camera without Motion JPEG refuses at once, before it is switched on.
  if (asked.pixelFormat !== options.pixelFormat) return { ...asked, pixelFormat: options.pixelFormat };
  const rateHz = options.rateHz === undefined ? offeredRateHz(refusal, asked.resolution) : undefined;
  return rateHz === undefined ? undefined : { ...asked, rateHz };
}

/** @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE, SOURCE_LOST, CANCELLED, FFMPEG_MISSING */
export async function openStream(spec: StreamSpec, options: OpenOptions, signal?: AbortSignal): Promise<OpenedSource> {
  const decode = { mirrored: false, fromStdin: spec.kind === "stdin", arrivals: !isRtsp(spec) };
  const relay = spec.kind === "url" && hasSecrets(spec.url) ? await CredentialRelay.to(spec.url) : undefined;
  const shown: StreamSpec = relay === undefined ? spec : { kind: "url", url: relay.address };
  const inputArguments = (container?: string): string[] => streamArguments(shown, container);
  try {
    return await openLive({ spec, inputArguments, decode, relay }, options, signal);
  } catch (error) {
    relay?.close();
    throw error;
  }
}

/** Milliseconds of a clock that is never set. */
const nowMs = (): number => performance.now();

/** In what live sources differ when they are opened. */
interface LiveInput {
  readonly spec: CameraSpec | StreamSpec;
  /** ffmpeg's arguments; `container` is what it was when it was opened before. */
  readonly inputArguments: (container?: string) => readonly string[];
  readonly decode: Pick<DecodeOptions, "mirrored" | "fromStdin" | "arrivals">;
  readonly exposureHint?: string;
  readonly relay?: CredentialRelay | undefined;
  /** Takes ffmpeg's words when it does not open. */
  readonly onRefusal?: (words: string) => void;
}

async function openLive(input: LiveInput, options: OpenOptions, outer: AbortSignal | undefined): Promise<OpenedSource> {
  const { spec, inputArguments, decode, onRefusal } = input;
  const { ffmpeg, threads = 1, platform = process.platform, openMs = OPEN_MS, widenPipe } = options;
  const { isMeasuring = () => true, tell = () => {}, onAway = () => {} } = options;
  const label = labelOf(spec);
  const closed = new AbortController();
  const signal = AbortSignal.any(outer === undefined ? [closed.signal] : [closed.signal, outer]);
  const clock = new LiveClock(nowMs);
  let traits: LiveTraits | undefined;

  const start = async (limitMs: number, before?: VideoReader): Promise<VideoReader> => {
    const reader = await openVideo({
      ...decode,
      ffmpeg,
      label,
      inputArguments: inputArguments(before?.container),
      rotationDeg: 0,
      threads,
      openMs: limitMs,
      stallMs: () => options.stallMs ?? stallLimitMs(traits, isMeasuring()),
      // What comes back comes in the shape in which it went.
      ...(before === undefined ? {} : { size: before.format, fullRange: before.format.fullRange }),
      explain: (words) => {
        onRefusal?.(words);
        return liveProblem(spec, `${input.relay?.problem ?? ""}\n${words}`, platform);
      },
      timeline: clock,
      signal,
      widenPipe,
    });
    traits = traitsOf(spec, reader);
    clock.opened(traits);
    return reader;
  };

  const first = await start(openMs);
  const opened = traitsOf(spec, first);
  const frames = new LiveFrames(first, clock, {
    ...opened,
    label,
    reopen: (limitMs) => start(limitMs, first),
    patienceMs: () => options.patienceMs ?? patienceMs(opened, isMeasuring()),
    tell,
    onAway,
    nowMs,
    signal,
  });
  const info = liveInfo(spec, label, first, options);
  return {
    info,
    probe: undefined,
    notices: differences(info, options),
    exposureHint: input.exposureHint,
    isRealTime: opened.isRealTime,
    clock: opened.isArrival ? "arrival" : spec.kind === "camera" ? "device" : "container",
    frames,
    get pid() {
      return frames.pid;
    },
    leftOutCount: () => frames.leftOutCount,
    close: async () => {
      closed.abort(new AppError("CANCELLED", "The source was closed."));
      await frames.close();
      input.relay?.close();
    },
  };
}

function liveInfo(spec: SourceSpec, label: string, reader: VideoReader, { rateHz }: OpenOptions): SourceInfo {
  const kind = spec.kind === "camera" ? "camera" : "stream";
  const expectedHz = reader.announcedRateHz ?? (kind === "camera" ? rateHz : undefined) ?? LIVE_RATE_HZ;
  return { kind, label, format: reader.format, rateHz: expectedHz, durationS: undefined, rotationDeg: 0 };
}

/** 29.97 is as good as 30. */
const RATE_TOLERANCE = 0.02;

/** Where a source gives something else than it was asked for. */
function differences({ kind, label, format, rateHz }: SourceInfo, wanted: OpenOptions): string[] {
  const { resolution, rateHz: wantedHz, pixelFormat } = wanted;
  if (kind !== "camera") {
    if (resolution === undefined && wantedHz === undefined && pixelFormat === undefined) return [];
    return [`${label} is no camera: --resolution, --fps and --pixel-format have no effect`];
  }
  const notices: string[] = [];
  const { widthPx, heightPx } = format;
  if (resolution !== undefined && (resolution.widthPx !== widthPx || resolution.heightPx !== heightPx)) {
    const instead = `instead of ${resolution.widthPx}x${resolution.heightPx}`;
    notices.push(`${label} gives ${widthPx}x${heightPx} ${instead}: it has no nearer resolution`);
  }
  if (wantedHz !== undefined && Math.abs(rateHz / wantedHz - 1) > RATE_TOLERANCE)
    notices.push(`${label} gives ${rateHz.toFixed(1)} frames per second instead of ${wantedHz}`);
  return notices;
}

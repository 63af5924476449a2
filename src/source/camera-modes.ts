import { AppError } from "../domain/errors.js";
import type { CameraDevice } from "./cameras.js";
import { runChild } from "./child-process.js";
import { liveProblem } from "./live-problem.js";

/** One way in which a camera gives pictures. */
export interface CameraMode {
  /** ffmpeg's name of the samples ("mjpeg", "yuyv422"); null where the system does not tell it. */
  readonly format: string | null;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Frames per second, the fastest first; null when nobody tells. */
  readonly ratesHz: readonly number[] | null;
  /** Any rate between the first and the last of `ratesHz` is possible. */
  readonly anyBetween: boolean;
}

export interface CameraModes {
  readonly modes: readonly CameraMode[];
  /** Why there are none, in a sentence. */
  readonly problem: string | null;
}

export interface ModeSearch {
  readonly ffmpegPath: string;
  readonly platform: NodeJS.Platform;
  /** The program v4l2-ctl, which tells rates too; undefined where it is not installed. */
  readonly v4l2CtlPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LIST_MS = 10_000;
/** So many modes are tried for their fastest rate: each one switches the camera on. */
const TRIED_MAX = 6;

/** What a camera can do; the camera is opened for it. Never rejects. */
export async function cameraModes(camera: CameraDevice, search: ModeSearch): Promise<CameraModes> {
  const { platform, v4l2CtlPath } = search;
  if (platform === "linux" && v4l2CtlPath !== undefined) {
    const modes = parseV4l2Ctl(await outputOf(v4l2CtlPath, v4l2CtlArguments(camera.device), search));
    if (modes.length > 0) return { modes, problem: null };
  }
  const words = await wordsOf(modeArguments(platform, camera.device), search);
  const modes = parseModes(platform, words);
  if (modes.length === 0) return { modes, problem: problemIn(camera, words, platform) };
  return { modes: platform === "linux" ? await withFastestRates(camera.device, modes, search) : modes, problem: null };
}

function problemIn(camera: CameraDevice, words: string, platform: NodeJS.Platform): string {
  const known = liveProblem({ kind: "camera", camera: camera.number }, words, platform);
  return (known ?? new AppError("SOURCE_UNREADABLE", `Camera ${camera.number} does not tell what it can do.`)).message;
}

/**
 * Arguments with which ffmpeg lists what a camera can do, among its messages. avfoundation does so only when it is asked for
 * something impossible.
 */
export function modeArguments(platform: NodeJS.Platform, device: string): string[] {
  if (platform === "darwin") return ["-f", "avfoundation", "-video_size", "1x1", "-i", `${device}:none`];
  if (platform === "win32") return ["-f", "dshow", "-list_options", "true", "-i", `video=${device}`];
  return ["-f", "v4l2", "-list_formats", "all", "-i", device];
}

/** Arguments of v4l2-ctl for the same. */
export function v4l2CtlArguments(device: string): string[] {
  return ["--device", device, "--list-formats-ext"];
}

/**
 * Arguments that ask a Linux camera for more frames than any gives: the driver answers with its fastest rate. One picture is
 * taken and thrown away.
 */
export function fastestRateArguments(device: string, { format, widthPx, heightPx }: CameraMode): string[] {
  const size = ["-video_size", `${widthPx}x${heightPx}`];
  const samples = format === null ? [] : ["-input_format", format];
  return ["-f", "v4l2", "-framerate", "1000", ...samples, ...size, "-i", device, "-frames:v", "1", "-f", "null", "-"];
}

export function parseModes(platform: NodeJS.Platform, words: string): CameraMode[] {
  if (platform === "darwin") return parseAvfoundationModes(words);
  return platform === "win32" ? parseDshowModes(words) : parseV4l2Formats(words);
}

/**
 * ffmpeg's v4l2, which knows no rates; versions before 2 write R and C:
 *
 *   [video4linux2,v4l2 @ 0x55] Compressed:       mjpeg :     Motion-JPEG : 1280x720 640x480
 *   [video4linux2,v4l2 @ 0x55] Raw       :     yuyv422 :      YUYV 4:2:2 : {48-1280, 2}x{32-720, 2}
 */
function parseV4l2Formats(words: string): CameraMode[] {
  return matches(words, /(?:Raw|Compressed|R|C)\s*:\s*([a-z0-9_]+) :.* : (.+)$/).flatMap(
    ([, format = "", sizes = ""]) =>
      [...sizes.matchAll(/(\d+)x(\d+)|\{\d+-(\d+), \d+\}x\{\d+-(\d+), \d+\}/g)].map(
        ([, width, height, widest, highest]) => ({
          format,
          widthPx: Number(width ?? widest),
          heightPx: Number(height ?? highest),
          ratesHz: null,
          anyBetween: false,
        }),
      ),
  );
}

/**
 *   [avfoundation @ 0x7f8] Supported modes:
 *   [avfoundation @ 0x7f8]   1280x720@[15.000000 30.000030]fps
 */
function parseAvfoundationModes(words: string): CameraMode[] {
  const modes = matches(words, /(\d+)x(\d+)@\[([\d.]+) ([\d.]+)\]fps/).map(([, width, height, low, high]) =>
    rangeMode(null, Number(width), Number(height), Number(low), Number(high)),
  );
  return withoutRepeats(modes);
}

/**
 *   [dshow @ 000001]   vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=30
 *   [dshow @ 000001]   pixel_format=yuyv422  min s=640x480 fps=5 max s=640x480 fps=30
 */
function parseDshowModes(words: string): CameraMode[] {
  const line = /(?:pixel_format|vcodec)=(\S+)\s+min s=\d+x\d+ fps=([\d.]+) max s=(\d+)x(\d+) fps=([\d.]+)/;
  const modes = matches(words, line).map(([, format = "", low, width, height, high]) =>
    rangeMode(format, Number(width), Number(height), Number(low), Number(high)),
  );
  return withoutRepeats(modes);
}

/**
 *   [0]: 'MJPG' (Motion-JPEG, compressed)
 *           Size: Discrete 1280x720
 *                   Interval: Discrete 0.033s (30.000 fps)
 *           Size: Stepwise 32x32 - 1920x1080 with step 2/2
 *                   Interval: Stepwise 0.017s - 1.000s with step 0.017s (1.000-60.000 fps)
 */
export function parseV4l2Ctl(words: string): CameraMode[] {
  const modes: CameraMode[] = [];
  let format = "";
  for (const line of words.split("\n")) {
    const [, fourcc] = /\[\d+\]: '(.+?)'/.exec(line) ?? [];
    if (fourcc !== undefined) format = FOURCC_NAMES[fourcc] ?? fourcc.trim().toLowerCase();
    const [, width, height] = /Size: (?:Discrete |.* - )(\d+)x(\d+)/.exec(line) ?? [];
    if (width !== undefined) {
      modes.push({ format, widthPx: Number(width), heightPx: Number(height), ratesHz: null, anyBetween: false });
    }
    const [, low, high] = /Interval: .*\(([\d.]+)(?:-([\d.]+))? fps\)/.exec(line) ?? [];
    const mode = modes.pop();
    if (mode) modes.push(low === undefined ? mode : withRates(mode, Number(low), high));
  }
  return modes;
}

function withRates(mode: CameraMode, low: number, high: string | undefined): CameraMode {
  const more = high === undefined ? [rounded(low)] : [rounded(low), rounded(Number(high))];
  const ratesHz = fastestFirst([...(mode.ratesHz ?? []), ...more]);
  return { ...mode, ratesHz, anyBetween: mode.anyBetween || high !== undefined };
}

/** ffmpeg's names of the formats that cameras have (libavdevice/v4l2-common.c). */
const FOURCC_NAMES: Readonly<Record<string, string>> = {
  MJPG: "mjpeg",
  JPEG: "mjpeg",
  YUYV: "yuyv422",
  UYVY: "uyvy422",
  YU12: "yuv420p",
  NV12: "nv12",
  H264: "h264",
  HEVC: "hevc",
  GREY: "gray",
  RGB3: "rgb24",
  BGR3: "bgr24",
};

/** The fastest rate of the largest mode of each format, and of those that one would measure with. */
async function withFastestRates(
  device: string,
  modes: readonly CameraMode[],
  search: ModeSearch,
): Promise<CameraMode[]> {
  const tried = new Map<CameraMode, number>();
  for (const mode of modes.filter(isWorthTrying).slice(0, TRIED_MAX)) {
    const rateHz = parseFastestRate(await wordsOf(fastestRateArguments(device, mode), search));
    if (rateHz !== undefined) tried.set(mode, rateHz);
  }
  return modes.map((mode) => {
    const rateHz = tried.get(mode);
    return rateHz === undefined ? mode : { ...mode, ratesHz: [rateHz] };
  });
}

function isWorthTrying({ widthPx, heightPx }: CameraMode, index: number): boolean {
  return index === 0 || [`1280x720`, `640x480`, `1920x1080`].includes(`${widthPx}x${heightPx}`);
}

/** "The driver changed the time per frame from 1/1000 to 1/30". */
export function parseFastestRate(words: string): number | undefined {
  const [, time, frames] = /time per frame from \S+ to (\d+)\/(\d+)/.exec(words) ?? [];
  const rateHz = Number(frames) / Number(time);
  return rateHz > 0 && rateHz < 1000 ? rounded(rateHz) : undefined;
}

function rangeMode(format: string | null, widthPx: number, heightPx: number, low: number, high: number): CameraMode {
  const ratesHz = fastestFirst([rounded(low), rounded(high)]);
  return { format, widthPx, heightPx, ratesHz, anyBetween: ratesHz.length > 1 };
}

function fastestFirst(ratesHz: readonly number[]): number[] {
  return [...new Set(ratesHz)].toSorted((a, b) => b - a);
}

/** 30.00003 is 30. */
function rounded(rateHz: number): number {
  return Math.round(rateHz * 100) / 100;
}

function withoutRepeats(modes: readonly CameraMode[]): CameraMode[] {
  return [...new Map(modes.map((mode) => [JSON.stringify(mode), mode])).values()];
}

function matches(words: string, pattern: RegExp): RegExpExecArray[] {
  return words
    .split(/\r?\n/)
    .map((line) => pattern.exec(line))
    .filter((match) => match !== null);
}

async function wordsOf(args: readonly string[], { ffmpegPath, signal }: ModeSearch): Promise<string> {
  const { stderr } = await runChild(ffmpegPath, ["-nostdin", "-hide_banner", ...args], { signal, timeoutMs: LIST_MS });
  return stderr;
}

async function outputOf(path: string, args: readonly string[], { signal }: ModeSearch): Promise<string> {
  let output = "";
  await runChild(path, args, {
    signal,
    timeoutMs: LIST_MS,
    onOutput: (text) => {
      if (output.length < 262_144) output += text;
    },
  });
  return output;
}

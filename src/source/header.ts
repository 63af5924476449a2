import type { VideoFormat } from "../domain/video.js";

/** What ffmpeg prints about the picture stream that we take. */
export interface StreamHeader {
  /** Names of the container format, "mov,mp4,m4a,3gp,3g2,mj2". */
  readonly container: string;
  /** Undefined when the container does not say. */
  readonly durationS: number | undefined;
  /** As stored, before rotation. */
  readonly codedWidthPx: number;
  readonly codedHeightPx: number;
  readonly pixelFormat: string;
  readonly fullRange: boolean;
  readonly bt709: boolean;
  /** Degrees clockwise by which a player turns the pictures. */
  readonly rotationDeg: 0 | 90 | 180 | 270;
  /** Mean rate as printed; undefined when not known. */
  readonly rateHz: number | undefined;
}

/**
 * Reads the input part of ffmpeg's messages; undefined when there is no picture stream in it. Cover pictures
 * of music files are none. Both the layout of 2018 and that of today are understood.
 *
 *   Input #0, mov,mp4, from 'x.mp4':
 *     Duration: 00:00:26.73, start: 0.000000, bitrate: 812 kb/s
 *       Stream #0:0(und): Video: h264 (High), yuv420p(tv, bt709), 640x480, 26.72 fps, 30 tbr
 *         Metadata:
 *           rotate          : 90
 *         Side data:
 *           displaymatrix: rotation of -90.00 degrees
 */
export function parseHeader(stderr: string): StreamHeader | undefined {
  const input = /^Input #0, (.+?), from .*$/m.exec(stderr);
  if (input?.[1] === undefined) return undefined;
  const body = until(stderr.slice(input.index), /^(Output #0|Stream mapping)/m);
  for (const section of body.split(/^\s*(?=Stream #0:\d+)/m).slice(1)) {
    const picture = pictureOf(section.split("\n", 1)[0] ?? "");
    if (picture === undefined) continue;
    return { container: input[1], durationS: durationIn(body), ...picture, rotationDeg: rotationIn(section) };
  }
  return undefined;
}

/** True when ffmpeg found any stream at all, for example sound without pictures. */
export function hasAnyStream(stderr: string): boolean {
  return /^\s*Stream #0:\d+.*: (Audio|Video|Subtitle|Data)/m.test(stderr);
}

/** Size and pixel format of the pictures that ffmpeg writes; undefined until it has printed them. */
export function parseOutput(stderr: string): Pick<VideoFormat, "widthPx" | "heightPx" | "fullRange"> | undefined {
  const output = /^Output #0,/m.exec(stderr);
  if (output === null) return undefined;
  const line = /^\s*Stream #0:0.*: Video: rawvideo.*\n/m.exec(stderr.slice(output.index))?.[0];
  const picture = line === undefined ? undefined : pictureOf(line);
  if (picture === undefined) return undefined;
  return { widthPx: picture.codedWidthPx, heightPx: picture.codedHeightPx, fullRange: picture.fullRange };
}

type Picture = Pick<StreamHeader, "codedWidthPx" | "codedHeightPx" | "pixelFormat" | "fullRange" | "bt709" | "rateHz">;

function pictureOf(line: string): Picture | undefined {
  if (!/: Video: /.test(line) || /\(attached pic\)/.test(line)) return undefined;
  // Size follows the pixel format: "yuv420p(tv, bt709, progressive), 640x480 [SAR ...". Neither the codec's
  // tag ("avc1 / 0x31637661") nor a bit rate looks like that.
  const match = /, ([a-z][a-z0-9]*)(?:\(([^)]*)\))?, (\d+)x(\d+)[,\s]/.exec(`${line} `);
  if (match === null) return undefined;
  const [, pixelFormat = "", details = "", width, height] = match;
  const codedWidthPx = Number(width);
  const codedHeightPx = Number(height);
  if (codedWidthPx === 0 || codedHeightPx === 0) return undefined;
  const rate = /, ([\d.]+)(k?) fps/.exec(line);
  return {
    codedWidthPx,
    codedHeightPx,
    pixelFormat,
    fullRange: isFullRange(pixelFormat, details),
    bt709: isBt709(pixelFormat, details, Math.min(codedWidthPx, codedHeightPx)),
    rateHz: rate === null ? undefined : Number(rate[1]) * (rate[2] === "k" ? 1000 : 1),
  };
}

/** RGB becomes video-range YUV by swscale's default, whatever its own range. */
function isRgb(pixelFormat: string): boolean {
  return /^(rgb|bgr|gbr|argb|abgr|0rgb|0bgr|pal8)/.test(pixelFormat);
}

function isFullRange(pixelFormat: string, details: string): boolean {
  if (isRgb(pixelFormat)) return false;
  return pixelFormat.startsWith("yuvj") || pixelFormat.startsWith("gray") || /\bpc\b/.test(details);
}

/** The matrix is the first of "matrix/primaries/transfer". Unknown: the usual rule, 720 lines and more are BT.709. */
function isBt709(pixelFormat: string, details: string, shortSidePx: number): boolean {
  if (isRgb(pixelFormat)) return false;
  const matrix = details
    .split(", ")
    .map((part) => part.split("/", 1)[0] ?? "")
    .find((name) => /^(bt|smpte|fcc|ycgco)/.test(name));
  if (matrix === undefined) return shortSidePx >= 720;
  // BT.2020 is not told apart; of the two that we know, BT.709 is the nearer.
  return matrix === "bt709" || matrix.startsWith("bt2020") || matrix === "smpte240m";
}

function durationIn(text: string): number | undefined {
  const match = /^\s*Duration: (\d+):(\d+):(\d+(?:\.\d+)?)/m.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

/** The display matrix counts counter-clockwise, the older `rotate` tag clockwise. Slanted ones are not turned. */
function rotationIn(section: string): 0 | 90 | 180 | 270 {
  const matrix = /displaymatrix: rotation of (-?[\d.]+) degrees/.exec(section)?.[1];
  const tag = /^\s*rotate\s*: (-?\d+)/im.exec(section)?.[1];
  const clockwise = matrix === undefined ? Number(tag ?? 0) : -Number(matrix);
  const turns = Math.round(clockwise / 90);
  if (Math.abs(clockwise - turns * 90) > 2) return 0;
  return [0, 90, 180, 270][((turns % 4) + 4) % 4] as 0 | 90 | 180 | 270;
}

function until(text: string, end: RegExp): string {
  const index = text.search(end);
  return index === -1 ? text : text.slice(0, index);
}

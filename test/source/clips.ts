import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FfmpegBinary } from "../../src/source/ffmpeg-binary.js";

/** A folder of clips that are made when a test needs them. */
export class Clips {
  readonly folder: string;
  readonly #ffmpeg: FfmpegBinary;
  readonly #made = new Set<string>();

  static async in(ffmpeg: FfmpegBinary): Promise<Clips> {
    return new Clips(await mkdtemp(join(tmpdir(), "dfxterm-clips-")), ffmpeg);
  }

  private constructor(folder: string, ffmpeg: FfmpegBinary) {
    this.folder = folder;
    this.#ffmpeg = ffmpeg;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs ffmpeg with these arguments and the file's path after them; once for each set of them. */
  async make(name: string, ...args: readonly string[]): Promise<string> {
    const path = this.path(name);
    const order = [path, ...args].join(" ");
    if (this.#made.has(order)) return path;
    this.#made.add(order);
    await promisify(execFile)(this.#ffmpeg.path, ["-nostdin", "-y", "-loglevel", "error", ...args, path]);
    return path;
  }

  /** The option that writes every frame at its own time; its name has changed. */
  everyFrame(): readonly string[] {
    return [this.#ffmpeg.hasFpsMode ? "-fps_mode" : "-vsync", "passthrough"];
  }

  /** A moving test picture as H.264. */
  moving(name: string, seconds: number, size = "320x240", ...args: readonly string[]): Promise<string> {
    const source = `testsrc2=s=${size}:r=30`;
    return this.make(name, "-f", "lavfi", "-i", source, "-t", String(seconds), ...H264, ...args);
  }

  async write(name: string, bytes: Uint8Array | string): Promise<string> {
    await writeFile(this.path(name), bytes);
    return this.path(name);
  }

  /** The first part of a file. */
  async cut(path: string, name: string, share: number): Promise<string> {
    const bytes = await readFile(path);
    return this.write(name, bytes.subarray(0, Math.floor(bytes.length * share)));
  }

  /** A video whose pictures are exactly these bytes; `args` choose a lossless codec. */
  async raw(
    name: string,
    pictures: Uint8Array,
    size: string,
    pixelFormat: string,
    ...args: readonly string[]
  ): Promise<string> {
    const source = await this.write(`${name}.yuv`, pictures);
    const input = ["-f", "rawvideo", "-pix_fmt", pixelFormat, "-s", size, "-r", "30", "-i", source];
    return this.make(name, ...input, ...args);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"] as const;

/**
 * Writes the display matrix of a player's turn into the track header of an MP4 (ISO 14496-12, "tkhd", version
 * 0): no version of ffmpeg has to do it for us.
 */
export function turned(mp4: Buffer, clockwiseDeg: 0 | 90 | 180 | 270): Buffer {
  const bytes = Buffer.from(mp4);
  const matrix = bytes.indexOf("tkhd", 0, "latin1") + 4 + 40;
  const [a, b, c, d] = { 0: [1, 0, 0, 1], 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0] }[
    clockwiseDeg
  ] as [number, number, number, number];
  [a, b, 0, c, d, 0].forEach((value, index) => bytes.writeInt32BE(value * 65_536, matrix + 4 * index));
  return bytes;
}

/** The same MP4 with an edit list that shows only a part of it. */
export function withShortEditList(mp4: Buffer, share: number): Buffer {
  const bytes = Buffer.from(mp4);
  const duration = bytes.indexOf("elst", 0, "latin1") + 4 + 8;
  bytes.writeUInt32BE(Math.round(bytes.readUInt32BE(duration) * share), duration);
  return bytes;
}

/** True while a process of this id exists. */
export function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

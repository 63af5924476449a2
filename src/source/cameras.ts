import { access, constants, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../domain/errors.js";
import { runChild } from "./child-process.js";

/** A camera that the system knows. */
export interface CameraDevice {
  /** What an operator may call it by. */
  readonly number: number;
  readonly name: string;
  /** What ffmpeg is told: a path on Linux, a number on macOS, a name on Windows. */
  readonly device: string;
}

export interface CameraSearch {
  readonly ffmpegPath: string;
  readonly platform: NodeJS.Platform;
  /** Where Linux describes its video devices. */
  readonly sysFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const SYS_FOLDER = "/sys/class/video4linux";

/** A camera that is switched on for the listing may take its time. */
const LIST_MS = 10_000;

/** The cameras of this machine, in the order of their numbers; none when they cannot be listed. */
export async function listCameras(search: CameraSearch): Promise<readonly CameraDevice[]> {
  const { platform, sysFolder = SYS_FOLDER } = search;
  if (platform === "darwin") {
    return parseAvfoundationList(await askFfmpeg(search, ["-f", "avfoundation", "-list_devices", "true", "-i", ""]));
  }
  if (platform === "win32") {
    return parseDshowList(await askFfmpeg(search, ["-f", "dshow", "-list_devices", "true", "-i", "dummy"]));
  }
  return listLinuxCameras(sysFolder);
}

/**
 * The camera that a number or a name means. A name may be written in any case, and a part of it is enough when only
 * one camera has it.
 * @throws AppError SOURCE_MISSING with the names of those that there are.
 */
export async function findCamera(wanted: number | string, search: CameraSearch): Promise<CameraDevice> {
  const cameras = await listCameras(search);
  const found = cameraCalled(wanted, cameras);
  if (found !== undefined) return found;
  throw new AppError("SOURCE_MISSING", `Camera ${wanted} was not found (${camerasInWords(cameras)}).`);
}

/**
 * What ffmpeg is told for a camera by its number, the path of its device or its name.
 * @throws AppError SOURCE_MISSING with the names of those that there are; SOURCE_UNREADABLE when it may not be used.
 */
export async function findDevice(wanted: number | string, search: CameraSearch): Promise<string> {
  const { platform } = search;
  const isName = typeof wanted === "string" && !wanted.startsWith("/");
  if (isName || platform === "win32") return (await findCamera(wanted, search)).device;
  if (platform === "darwin") return String(wanted);
  const device = typeof wanted === "number" ? `/dev/video${wanted}` : wanted;
  await checkDevice(`Camera ${wanted}`, device, search);
  return device;
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

/** "there are: 0 (HD Webcam), 2 (Integrated Camera)". */
export function camerasInWords(cameras: readonly CameraDevice[]): string {
  if (cameras.length === 0) return "no camera is connected to this machine";
  return `there are: ${cameras.map(({ number, name }) => `${number} (${name})`).join(", ")}`;
}

/** The camera of that number or name; undefined when there is none, or more than one. */
export function cameraCalled(wanted: number | string, cameras: readonly CameraDevice[]): CameraDevice | undefined {
  if (typeof wanted === "number") return cameras.find(({ number }) => number === wanted);
  const name = wanted.toLowerCase();
  const same = cameras.filter((camera) => camera.name.toLowerCase() === name);
  // Two of a kind have one name: the first is as good as the other.
  if (same.length > 0) return same[0];
  const similar = cameras.filter((camera) => camera.name.toLowerCase().includes(name));
  return similar.length === 1 ? similar[0] : undefined;
}

/**
 * Linux: a camera has several devices, of which the one with index 0 gives the pictures
 * (Documentation/ABI/stable/sysfs-class-video4linux).
 */
async function listLinuxCameras(folder: string): Promise<CameraDevice[]> {
  const entries = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<CameraDevice[]> => {
      const number = /^video(\d+)$/.exec(entry)?.[1];
      if (number === undefined) return [];
      const [name, index] = await Promise.all(["name", "index"].map((file) => firstLine(join(folder, entry, file))));
      if (index !== undefined && index !== "0") return [];
      return [{ number: Number(number), name: name ?? entry, device: `/dev/${entry}` }];
    }),
  );
  return found.flat().sort((a, b) => a.number - b.number);
}

async function firstLine(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text?.split("\n", 1)[0]?.trim();
}

/** ffmpeg lists devices among its messages, and then complains that it was given nothing to do. */
async function askFfmpeg({ ffmpegPath, signal }: CameraSearch, args: readonly string[]): Promise<string> {
  const { stderr } = await runChild(ffmpegPath, ["-nostdin", "-hide_banner", ...args], { signal, timeoutMs: LIST_MS });
  return stderr;
}

/**
 *   [AVFoundation indev @ 0x7f9] AVFoundation video devices:
 *   [AVFoundation indev @ 0x7f9] [0] FaceTime HD Camera
 *   [AVFoundation indev @ 0x7f9] AVFoundation audio devices:
 */
export function parseAvfoundationList(words: string): CameraDevice[] {
  const cameras: CameraDevice[] = [];
  let isVideo = false;
  for (const line of words.split(/\r?\n/)) {
    if (/AVFoundation (video|audio) devices/.test(line)) isVideo = line.includes("video devices");
    const [, number, name] = /\] \[(\d+)\] (.+)$/.exec(line) ?? [];
    if (isVideo && number !== undefined && name !== undefined)
      cameras.push({ number: Number(number), name, device: number });
  }
  return cameras;
}

/**
 * Names stand in quotes, below the heading of their kind, or since version 5 with their kind behind them:
 *
 *   [dshow @ 000001] DirectShow video devices        [dshow @ 000001] "Integrated Camera" (video)
 *   [dshow @ 000001]  "Integrated Camera"            [dshow @ 000001]   Alternative name "@device_pnp_..."
 */
export function parseDshowList(words: string): CameraDevice[] {
  const names: string[] = [];
  let isVideo = false;
  for (const line of words.split(/\r?\n/)) {
    if (/DirectShow (video|audio) devices/.test(line)) isVideo = line.includes("video devices");
    const [, name, kinds] = /\]\s+"(.+)"(?: \((.+)\))?$/.exec(line) ?? [];
    if (name !== undefined && (kinds === undefined ? isVideo : kinds.includes("video"))) names.push(name);
  }
  return names.map((name, number) => ({ number, name, device: name }));
}

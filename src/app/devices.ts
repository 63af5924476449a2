import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { printable } from "../domain/printable.js";
import { type CameraMode, type CameraModes, cameraModes } from "../source/camera-modes.js";
import { type CameraDevice, listCameras } from "../source/cameras.js";
import { resolveFfmpeg } from "../source/ffmpeg-binary.js";

/** A camera with what it can do. */
export interface CameraReport extends CameraDevice, CameraModes {}

export interface DeviceSearch {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Value of --ffmpeg. */
  readonly ffmpegPath: string | undefined;
  /** Where Linux describes its video devices; for tests. */
  readonly sysFolder?: string | undefined;
}

/**
 * The cameras of this machine. They are opened one after the other, to be asked what they can do.
 * @throws AppError FFMPEG_MISSING
 */
export async function listDevices({ env, platform, ffmpegPath, sysFolder }: DeviceSearch): Promise<CameraReport[]> {
  const ffmpeg = await resolveFfmpeg({ flag: ffmpegPath, env });
  const search = { ffmpegPath: ffmpeg.path, platform };
  const cameras = await listCameras({ ...search, sysFolder });
  const v4l2CtlPath = await onPath("v4l2-ctl", env);
  const reports: CameraReport[] = [];
  for (const camera of cameras) reports.push({ ...camera, ...(await cameraModes(camera, { ...search, v4l2CtlPath })) });
  return reports;
}

async function onPath(program: string, { PATH = "" }: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of PATH.split(delimiter)) {
    const path = join(folder, program);
    const isThere =
      folder !== "" &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ));
    if (isThere) return path;
  }
  return undefined;
}

/** The cameras as lines for people; sizes of one format stand together. */
export function deviceLines(cameras: readonly CameraReport[]): string[] {
  if (cameras.length === 0) {
    return [
      "No camera was found. Video files and streams can be measured:",
      "  dfxterm measure clip.mp4",
      "  dfxterm measure rtsp://camera/live",
    ];
  }
  return cameras.flatMap(({ number, name, device, modes, problem }) => [
    printable(
      `${String(number).padStart(2)}  ${name}  ${device === String(number) || device === name ? "" : device}`.trimEnd(),
    ),
    ...(problem === null ? [] : [`    ${printable(problem)}`]),
    ...modes.map((mode, index) => modeLine(mode, modes[index - 1]?.format)),
    ...(problem === null ? [`    dfxterm measure ${number}`] : []),
  ]);
}

function modeLine(
  { format, widthPx, heightPx, ratesHz, anyBetween }: CameraMode,
  before: string | null | undefined,
): string {
  const name = format === null || format === before ? "" : format;
  const rates = ratesHz?.map((rateHz) => String(rateHz)).join(anyBetween ? " to " : ", ");
  const size = `${widthPx}x${heightPx}`.padEnd(11);
  return `    ${printable(name).padEnd(10)}${size}${rates === undefined ? "" : `${rates} frames/s`}`.trimEnd();
}

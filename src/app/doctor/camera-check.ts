import { access, constants } from "node:fs/promises";

import { type CameraDevice, listCameras } from "../../source/cameras.js";
import { type Check, ok, unknown, warning } from "./check.js";

/** Whether there is a camera and it may be used. None is opened: another program may be using it. */
export async function cameraCheck(
  ffmpegPath: string | undefined,
  platform: NodeJS.Platform,
  sysFolder?: string,
): Promise<Check> {
  if (ffmpegPath === undefined && platform !== "linux")
    return unknown("camera", "cameras are listed by ffmpeg, and there is none");
  const cameras = await listCameras({ ffmpegPath: ffmpegPath ?? "", platform, sysFolder });
  const details = { cameras };
  if (cameras.length === 0) {
    return warning("camera", "none was found", "video files and streams can be measured without one", details);
  }
  const names = cameras.map(nameOf).join(", ");
  const closed = platform === "linux" ? await closedOnes(cameras) : [];
  if (closed.length > 0) {
    const advice = 'add the user to the group "video" and log in again';
    return warning(
      "camera",
      `${names}; ${closed.map(nameOf).join(", ")} may not be used by this user`,
      advice,
      details,
    );
  }
  return ok("camera", names, details);
}

function nameOf({ number, name }: CameraDevice): string {
  return `${number} (${name})`;
}

async function closedOnes(cameras: readonly CameraDevice[]): Promise<CameraDevice[]> {
  const closed: CameraDevice[] = [];
  for (const camera of cameras) {
    const isOpen = await access(camera.device, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!isOpen) closed.push(camera);
  }
  return closed;
}

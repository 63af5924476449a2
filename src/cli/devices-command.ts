import { deviceLines, listDevices } from "../app/devices.js";
import { patiently } from "./patience.js";

/** The options of `devices` as commander gives them. */
export interface DevicesOptions {
  readonly ffmpeg?: string;
  readonly json?: boolean;
}

/** Runs `dfxterm devices` and gives its exit status; a machine without a camera is no failure. */
export async function devicesCommand(options: DevicesOptions): Promise<number> {
  const { env, platform, stdout } = process;
  const search = { env, platform, ffmpegPath: options.ffmpeg };
  const cameras = await patiently("asking the cameras what they can do", async () => await listDevices(search));
  const text = options.json
    ? JSON.stringify({ v: 1, type: "devices", platform, cameras })
    : deviceLines(cameras).join("\n");
  stdout.write(`${text}\n`);
  return 0;
}

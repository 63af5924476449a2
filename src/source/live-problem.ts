import { AppError } from "../domain/errors.js";
import { labelOf, type SourceSpec } from "./spec.js";

/**
 * What ffmpeg's words say about a live source that did not open; undefined when they say nothing that we know.
 * Its own lines are never shown: they may hold the password of an address.
 */
export function liveProblem(spec: SourceSpec, words: string, platform: NodeJS.Platform): AppError | undefined {
  const label = labelOf(spec);
  for (const { words: pattern, code, says } of spec.kind === "camera" ? CAMERA : STREAM) {
    if (pattern.test(words)) return new AppError(code, `${label} ${says(platform)}.`);
  }
  return undefined;
}

interface Known {
  readonly words: RegExp;
  readonly code: "SOURCE_MISSING" | "SOURCE_UNREADABLE";
  readonly says: (platform: NodeJS.Platform) => string;
}

const CAMERA: readonly Known[] = [
  {
    words: /Unknown input format/i,
    code: "SOURCE_UNREADABLE",
    says: () => "cannot be opened, because this ffmpeg was built without camera support: choose another with --ffmpeg",
  },
  {
    words: /Device or resource busy/i,
    code: "SOURCE_UNREADABLE",
    says: () => "is in use by another program: close that program and start again",
  },
  {
    words: /Permission denied|not authorized|Failed to create AV capture/i,
    code: "SOURCE_UNREADABLE",
    says: (platform) =>
      platform === "darwin"
        ? "may not be used by this terminal: allow it in System Settings, Privacy, Camera"
        : 'may not be used by this user: add the user to the group "video" and log in again',
  },
  {
    words:
      /No such (file or directory|device)|Video device not found|Invalid device index|Could not find video device/i,
    code: "SOURCE_MISSING",
    says: () => "was not found: connect it, or give the number of another",
  },
  {
    words: /Inappropriate ioctl|Not a video capture device/i,
    code: "SOURCE_UNREADABLE",
    says: () => "gives no pictures (one camera may have several numbers): give another number",
  },
  {
    words: /Cannot find a proper format|No such (pixel|input) format|Unknown pixel format|Unknown decoder/i,
    code: "SOURCE_UNREADABLE",
    says: () => "gives no pictures in this format: leave out --pixel-format or give another",
  },
  {
    words: /Invalid argument|not supported|Could not set video options|Input\/output error/i,
    code: "SOURCE_UNREADABLE",
    says: () => "refuses this resolution or rate: leave out --resolution and --fps, or give others",
  },
];

const STREAM: readonly Known[] = [
  {
    words: /401 Unauthorized|403 Forbidden|authorization failed/i,
    code: "SOURCE_UNREADABLE",
    says: () => "refuses access: give user and password in the address (rtsp://user:password@host/...)",
  },
  {
    words: /404 Not Found|Server returned 4|method DESCRIBE failed/i,
    code: "SOURCE_MISSING",
    says: () => "does not exist on that server: check the address",
  },
  {
    words: /Certificate refused/,
    code: "SOURCE_UNREADABLE",
    says: () => "has a certificate that this computer does not trust: name its issuer in NODE_EXTRA_CA_CERTS",
  },
  {
    words: /Failed to resolve|Name or service not known/i,
    code: "SOURCE_MISSING",
    says: () => "cannot be found by its name: check the address",
  },
  {
    words: /Connection refused|Connection timed out|No route to host|Network is unreachable|Connection reset/i,
    code: "SOURCE_MISSING",
    says: () => "does not answer: check that it is on and can be reached from here",
  },
  {
    words: /Invalid data found|End of file|Could not find codec parameters|matches no streams/i,
    code: "SOURCE_UNREADABLE",
    says: () => "sends no video that ffmpeg can read: check what it sends",
  },
];

/**
 * The rate nearest to 30 Hz in the list with which avfoundation refuses one; it takes "30" for what it calls "30.00003"
 * only now and then.
 *
 *   [avfoundation @ 0x7f8] Supported modes:
 *   [avfoundation @ 0x7f8]   1280x720@[15.000000 30.000030]fps
 */
export function offeredRateHz(
  words: string,
  resolution: { readonly widthPx: number; readonly heightPx: number } | undefined,
): number | undefined {
  const modes = [...words.matchAll(/(\d+x\d+)@\[([\d.]+) ([\d.]+)\]fps/g)];
  const size = resolution === undefined ? undefined : `${resolution.widthPx}x${resolution.heightPx}`;
  const rates = modes
    .filter(([, modeSize]) => size === undefined || modeSize === size)
    .map(([, , low, high]) => Math.min(Math.max(WANTED_HZ, Number(low)), Number(high)));
  return rates.sort((a, b) => Math.abs(a - WANTED_HZ) - Math.abs(b - WANTED_HZ))[0];
}

const WANTED_HZ = 30;

import { basename } from "node:path";

import type { Measurement } from "../results/measurement.js";
import type { Made } from "../results/summary.js";
import { serverLabel } from "./conversation.js";
import type { MeasureSettings } from "./settings.js";
import { packageVersion } from "./version.js";

/** What was in use, as the measuring thread told it, now or to the process that opened the source first. */
export interface InUse {
  readonly engine?: string | null | undefined;
  readonly ffmpeg?: string | null | undefined;
}

/** When it was begun, and when the newest process went on with it. */
interface MadeTimes {
  readonly startedAt: Date;
  readonly resumedAt?: Date;
}

/** How a measurement was made. The account, and what an address may hold of one, is left out. */
export function madeOf(
  settings: MeasureSettings,
  { startedAt, resumedAt }: MadeTimes,
  { source }: Measurement,
  inUse: InUse | undefined,
): Made {
  return {
    startedAt: startedAt.toISOString(),
    ...(resumedAt && { resumedAt: resumedAt.toISOString() }),
    program: `dfxterm ${packageVersion()}`,
    engine: inUse?.engine ?? null,
    ffmpeg: inUse?.ffmpeg ?? null,
    system: `node ${process.versions.node}, ${process.platform} ${process.arch}`,
    video: source ? `${source.format.widthPx}x${source.format.heightPx}, ${source.rateHz.toFixed(2)} frames/s` : null,
    options: optionsOf(settings),
  };
}

function optionsOf(settings: MeasureSettings): Made["options"] {
  return {
    // Saved chunks were made with options of their own, which are not known any more.
    ...(settings.fromChunks === true ? { "from-chunks": true } : { study: fileName(settings.studyPath) ?? "default" }),
    server: serverLabel(settings.server),
    api: settings.api,
    "send-method": settings.sendMethod,
    "measurement-mode": settings.mode.toLowerCase(),
    ...(settings.fromChunks === true ? {} : extractionOptions(settings)),
  };
}

function extractionOptions(settings: MeasureSettings): Made["options"] {
  const { resolution, videoLengthS } = settings;
  return {
    chunklength: settings.chunkLengthS,
    ...(videoLengthS === undefined ? {} : { videolength: videoLengthS }),
    "face-detect": settings.faceDetect,
    ...(resolution === undefined ? {} : { resolution: `${resolution.widthPx}x${resolution.heightPx}` }),
    ...named("faces", settings.facesPath),
    ...named("user-demographics", settings.demographicsPath),
    ...named("constraints", settings.constraintsPath),
    ...(settings.live ? { live: true } : {}),
    ...(settings.wait ? { wait: true } : {}),
  };
}

function named(option: string, path: string | undefined): Record<string, string> {
  const name = fileName(path);
  return name === undefined ? {} : { [option]: name };
}

function fileName(path: string | undefined): string | undefined {
  return path === undefined ? undefined : basename(path);
}

import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import { z } from "zod";

import { AppError } from "../domain/errors.js";
import { Quality } from "../journal/lines.js";
import { MANIFEST_NAME, readManifest } from "../journal/manifest.js";
import { shellWord } from "../results/plain-summary.js";
import type { Made, Summary } from "../results/summary.js";
import { reasonOf } from "./measurement-folder.js";
import { keptMeasurement } from "./resume-list.js";
import { withoutSummarySentence } from "./standing-words.js";

/** Longest file of a measurement that is read whole; a summary has some 5 kB, the final results of 20 minutes 1 MB. */
const BYTES_MAX = 64 * 1024 * 1024;

const Count = z.number().int().min(0);
/** What a later version may call the worst is not needed to show the rest. */
const LenientQuality = Quality.extend({ worst: Quality.shape.worst.catch(null) });
const MadeKey: z.ZodType<Made> = z.object({
  startedAt: z.iso.datetime(),
  resumedAt: z.iso.datetime().exactOptional(),
  program: z.string(),
  engine: z.string().nullable(),
  ffmpeg: z.string().nullable(),
  system: z.string(),
  video: z.string().nullable(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const Place = z.string().nullable().catch(null);
const Metrics = z.record(
  z.string(),
  z.object({
    mean: z.number().nullable(),
    unit: z.string(),
    confidence: z.number().nullable(),
    notes: z.array(z.string()),
  }),
);

const SummaryFile = z.object({
  v: z.literal(1),
  type: z.literal("summary"),
  status: z.enum(["completed", "cancelled", "failed"]),
  measurementId: z.string().nullable().catch(null),
  /** Summaries of earlier versions do not have them. */
  measurements: z.array(z.object({ id: z.string(), chunks: z.array(Count), metrics: Metrics })).catch([]),
  source: z.string().nullable(),
  durationS: z.number().min(0),
  frames: z.object({ read: Count, tracked: Count, dropped: Count }),
  chunks: z.object({ planned: Count, extracted: Count, acknowledged: Count, results: Count }),
  quality: z.array(LenientQuality).catch([]),
  metrics: Metrics,
  capture: z
    .object({
      clock: z.enum(["device", "container", "arrival"]),
      rateHz: z.number().nullable(),
      jitterMs: z.number().nullable(),
      longestMs: z.number(),
      notes: z.array(z.object({ id: z.string(), text: z.string() })),
    })
    .nullable()
    .catch(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  paths: z.object({ folder: Place, chunks: Place, results: Place, snapshot: Place, faces: Place }),
  canResume: z.boolean().optional().catch(undefined),
  timing: z.object({ wallS: z.number() }).catch({ wallS: 0 }),
  made: MadeKey.optional().catch(undefined),
});

/**
 * The summary in a measurement's folder.
 * @throws AppError FILE when there is none or it cannot be read.
 */
export async function readSummary(folder: string): Promise<Summary> {
  const path = join(folder, "summary.json");
  let value: unknown;
  try {
    value = JSON.parse((await readOwnFile(path)).toString("utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new AppError("FILE", await missingSentence(resolve(folder)));
    }
    const reason = error instanceof SyntaxError ? "it is not JSON" : reasonOf(error);
    throw await damaged(folder, reason, error);
  }
  const { success, data, error } = SummaryFile.safeParse(value);
  if (success) return data as Summary;
  const place = error.issues[0]?.path.join(".") ?? "";
  throw await damaged(folder, `it has another form (at "${place}")`, error);
}

/** What a measurement that failed before its source was open was to be of; null when nothing tells. */
export async function sourceToBe(folder: string): Promise<string | null> {
  const manifest = await readManifest(folder).catch(() => undefined);
  return manifest?.source.label ?? null;
}

/** Of one that is complete the server can be asked for it again. */
async function damaged(folder: string, reason: string, cause: unknown): Promise<AppError> {
  const kept = await keptMeasurement(resolve(folder), basename(resolve(folder))).catch(() => undefined);
  const canBeWritten = kept?.manifest !== undefined && kept.standing === "complete" && kept.holder === undefined;
  const hint = canBeWritten ? `: dfxterm resume ${shellWord(resolve(folder))} writes it again` : "";
  const path = join(folder, "summary.json");
  return new AppError("FILE", `${path} is no summary of a measurement: ${reason}${hint}`, { cause });
}

/** What was asked for is written first, the summary last. */
async function missingSentence(folder: string): Promise<string> {
  const isBegun = await stat(join(folder, MANIFEST_NAME)).then(
    () => true,
    () => false,
  );
  const kept = isBegun ? await keptMeasurement(folder, basename(folder)).catch(() => undefined) : undefined;
  return kept ? withoutSummarySentence(kept) : `${folder} is no folder of a measurement: it holds no summary.json`;
}

/**
 * A file of a measurement as a whole.
 * @throws AppError FILE when it is far too long, and the system's errors.
 */
export async function readOwnFile(path: string): Promise<Buffer> {
  const found = await stat(path);
  // A pipe would never end.
  if (!found.isFile() && !found.isDirectory()) throw new AppError("FILE", `${path} is not a file`);
  if (found.size > BYTES_MAX) throw new AppError("FILE", `${path} is too long for a file of a measurement`);
  return readFile(path);
}

import { z } from "zod";

import { AppError } from "../domain/errors.js";

// The study of our own engine: JSON, described in docs/study.md.

const BYTES_MAX = 262_144;

/** Names appear in messages: what could steer a terminal is no name. */
const Name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^\P{Cc}*$/u, "control characters are not allowed in names");
/** A pose point's name, or a mix of points: name -> weight, summing to 1 (negative weights extrapolate). */
const Vertex = z.union([Name, z.record(Name, z.number().min(-4).max(4))]);
const Ring = z.object({ scale: z.number().min(0.1).max(4).default(1), vertices: z.array(Vertex).min(3).max(64) });
const Outline = z.object({ outer: Ring, holes: z.array(Ring).max(8).default([]) });
const Region = z.discriminatedUnion("kind", [
  z.object({ name: Name, kind: z.literal("skin"), outlines: z.array(Outline).min(1).max(4) }),
  z.object({ name: Name, kind: z.literal("background") }),
]);
const Limits = z.object({
  minRegionPixels: z.number().min(1).max(1e6).default(24),
  minFaceSeconds: z.number().min(0).max(30).default(1),
  minPointQuality: z.number().min(0).max(1).default(0.1),
  minLuma: z.number().min(0).max(255).default(10),
  maxLuma: z.number().min(0).max(255).default(250),
});
const StudyFile = z.object({
  format: z.literal("dfxterm-study"),
  version: z.literal(1),
  id: Name,
  requiredPoints: z.array(Name).max(512).default([]),
  limits: Limits.prefault({}),
  regions: z.array(Region).min(1).max(32),
});

/** A study as it is written: what has a default may be left out. */
export type StudyInput = z.input<typeof StudyFile>;
/** A study as it is used. */
export type Study = z.output<typeof StudyFile>;

/**
 * Reads the bytes of a study.
 * @throws AppError STUDY when they are not a study of this engine; vendor studies (`.dat`) need the vendor's SDK.
 */
export function parseStudy(bytes: Uint8Array): Study {
  if (bytes.length > BYTES_MAX) throw notOurs(undefined);
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw notOurs(error);
  }
  if (typeof raw !== "object" || raw === null || !("format" in raw) || raw.format !== "dfxterm-study") {
    throw notOurs(undefined);
  }
  return checkStudy(raw);
}

/**
 * Checks a study that was read or written in code.
 * @throws AppError STUDY that names the first field that is wrong.
 */
export function checkStudy(raw: unknown): Study {
  const { success, data, error } = StudyFile.safeParse(raw);
  if (success) return data;
  const issue = error.issues[0];
  const where = issue?.path.join(".") || "its top level";
  throw new AppError("STUDY", `the study has a mistake at ${where}: ${issue?.message ?? "wrong value"}.`, {
    cause: error,
  });
}

function notOurs(cause: unknown): AppError {
  return new AppError(
    "STUDY",
    "this is not a dfxterm study: studies of DeepAffex (.dat) can only be used with the vendor's licensed SDK, " +
      "which dfxterm does not contain; leave the study out to use the built-in one.",
    { cause },
  );
}

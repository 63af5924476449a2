import { z } from "zod";

import { AppError } from "../domain/errors.js";
import { NO_TRUTH, type OtherMetric, type Reference } from "./reference.js";

const Milliseconds = z.number().nonnegative().nullish();

const Sidecar = z.object({
  hr_bpm: z.number().min(20).max(300).nullable(),
  beat_times_s: z.array(z.number()).nullish(),
  sdnn_ms: Milliseconds,
  rmssd_ms: Milliseconds,
  resp_per_min: z.number().positive().nullish(),
  kind: z.string().min(1).optional(),
  conditions: z.array(z.string().min(1)).optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
});

/** Skin that is drawn with less than this share of its brightness counts as dark. */
const DARK_TONE_MAX = 0.75;

/** A camera gain below the first, or noise of at least so many grey levels, is what little light gives. */
const LOW_LIGHT_GAIN_MAX = 0.6;
const LOW_LIGHT_NOISE_MIN = 3;

/** From this x264 quality on, or at this bit rate in kbit/s and below, coding wipes much of the pulse out. */
const HEAVY_CRF_MIN = 21;
const HEAVY_KBITS_MAX = 100;

/**
 * Reads the reference beside a recording: `{ "hr_bpm": 71.2 }`, null for no pulse; docs/evaluation.md has the other keys.
 * @param name of the file, for the message.
 * @throws AppError FILE with one sentence.
 */
export function parseSidecar(text: string, name: string): Reference {
  const { success, data, error } = Sidecar.safeParse(jsonOf(text, name));
  if (!success) {
    const issue = error.issues[0];
    const place = issue?.path.join(".");
    const where = place === undefined || place === "" ? "it" : place;
    const rule = where === "hr_bpm" ? "it must be a number from 20 to 300, or null for no pulse" : issue?.message;
    throw new AppError("FILE", `the reference ${name} cannot be used: ${where} is not as it should be (${rule})`, {
      cause: error,
    });
  }
  return {
    ...NO_TRUTH,
    bpm: data.hr_bpm,
    beatTimesS: [...(data.beat_times_s ?? [])].sort((a, b) => a - b),
    others: present({ HRV_SDNN: data.sdnn_ms, HRV_RMSSD: data.rmssd_ms, BR_BPM: data.resp_per_min }),
    kind: data.kind,
    conditions: [...new Set([...(data.conditions ?? []), ...conditionsIn(data.settings ?? {})])],
  };
}

/** @throws AppError FILE */
export function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("FILE", `${name} is not JSON`, { cause });
  }
}

/** What the settings of a made clip say about its difficulty. */
function conditionsIn(settings: Readonly<Record<string, unknown>>): string[] {
  const number = (key: string): number => (typeof settings[key] === "number" ? settings[key] : Number.NaN);
  const isDark = toneShare(settings["tone"]) < DARK_TONE_MAX || hasDarkFace(settings["faces"]);
  const isDim = number("gain") < LOW_LIGHT_GAIN_MAX || number("noise") >= LOW_LIGHT_NOISE_MIN;
  const isNoisy = number("noiseSd") >= LOW_LIGHT_NOISE_MIN;
  const isHeavy = number("crf") >= HEAVY_CRF_MIN || number("kbits") <= HEAVY_KBITS_MAX;
  return [
    ...(isDark ? ["dark skin"] : []),
    ...(isDim || isNoisy ? ["low light"] : []),
    ...(isHeavy ? ["heavy compression"] : []),
  ];
}

/** Mean of "0.50,0.42,0.36": shares of the photograph's red, green and blue. NaN for anything else. */
function toneShare(tone: unknown): number {
  if (typeof tone !== "string") return Number.NaN;
  const shares = tone.split(",").map(Number);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function hasDarkFace(faces: unknown): boolean {
  return z
    .array(z.object({ tone: z.literal("dark") }))
    .min(1)
    .safeParse(faces).success;
}

function present(values: Readonly<Record<OtherMetric, number | null | undefined>>): Reference["others"] {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === "number"));
}

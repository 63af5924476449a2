import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { ErrorCode } from "../domain/errors.js";
import { JOURNAL_NAME, readJournal } from "../journal/journal-file.js";
import { lockHolder } from "../journal/lock.js";
import { MANIFEST_NAME, type Manifest, readManifest } from "../journal/manifest.js";
import { isComplete, isGone, type JournalState } from "../journal/state.js";
import { measurementsIn } from "./measurement-folder.js";

/** A measurement in the state directory, as its folder tells it. */
export interface KeptMeasurement {
  /** Name of its folder; begins with the time. */
  readonly name: string;
  readonly path: string;
  /** Undefined for a folder of an older version, or one that was made and no more. */
  readonly manifest: Manifest | undefined;
  readonly state: JournalState;
  /** Living process that works on it. */
  readonly holder: number | undefined;
  readonly standing: Standing;
}

/**
 * "complete": nothing is left to do. "unfinished": a process that goes on could bring it to its end. "over": nothing
 * was measured, and trying again does not change that. "lost": the server takes no more of it, and what was measured is
 * only here.
 */
type Standing = "complete" | "unfinished" | "over" | "lost";

/** The input is the reason, and nothing came of it: nothing will come of it again. */
export const FINAL_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  "USAGE",
  "STUDY",
  "NO_FACE",
  "NO_SIGNAL",
  "SOURCE_MISSING",
  "SOURCE_UNREADABLE",
]);

/** All measurements of a state directory, the newest first. */
export async function keptMeasurements(stateDir: string): Promise<KeptMeasurement[]> {
  const folder = measurementsIn(stateDir);
  const names = await readdir(folder).catch((): string[] => []);
  const found: KeptMeasurement[] = [];
  for (const name of names.toSorted().toReversed()) {
    const kept = await keptMeasurement(join(folder, name), name).catch(() => undefined);
    if (kept) found.push(kept);
  }
  return found;
}

/** Undefined when the folder is none of a measurement. */
export async function keptMeasurement(path: string, name: string): Promise<KeptMeasurement | undefined> {
  const names = await readdir(path);
  const isOne = [MANIFEST_NAME, JOURNAL_NAME, "summary.json", "chunks"].some((known) => names.includes(known));
  if (!isOne) return undefined;
  const manifest = names.includes(MANIFEST_NAME) ? await readManifest(path).catch(() => undefined) : undefined;
  const state = await readJournal(join(path, JOURNAL_NAME));
  const hasPayload = (await readdir(join(path, "chunks")).catch((): string[] => [])).includes("payload0.bin");
  const isOld = !names.includes(MANIFEST_NAME) && names.includes("summary.json");
  const standing = isOld ? "complete" : standingOf(manifest, state, hasPayload);
  return { name, path, manifest, state, holder: lockHolder(path), standing };
}

function standingOf(manifest: Manifest | undefined, state: JournalState, hasPayload: boolean): Standing {
  if (isComplete(state)) return "complete";
  if (isGone(state) || state.ended?.code === ("REFUSED" satisfies ErrorCode)) return "lost";
  if (state.chunks.size > 0 || hasPayload) return "unfinished";
  const isInputBad = state.ended?.code !== undefined && FINAL_CODES.has(state.ended.code);
  if (isInputBad || (manifest?.source.kind ?? "live") === "live") return "over";
  return "unfinished";
}

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { AppError } from "../domain/errors.js";
import { sha256 } from "../journal/chunk-files.js";
import { JOURNAL_NAME, readJournal } from "../journal/journal-file.js";
import { FolderLock } from "../journal/lock.js";
import type { Manifest } from "../journal/manifest.js";
import { type JournalState, measurementIdOf, type Remaining, remainingOf, type StoredChunk } from "../journal/state.js";
import { measurementsIn } from "./measurement-folder.js";
import { checkMark } from "./resume-inputs.js";
import { type KeptMeasurement, keptMeasurement, keptMeasurements } from "./resume-list.js";

/** A measurement that goes on, held by this process. */
export interface Past {
  readonly folder: string;
  readonly stateDir: string;
  readonly lock: FolderLock;
  readonly manifest: Manifest;
  readonly state: JournalState;
  readonly remaining: Remaining;
}

/**
 * Finds the measurement that is to go on and takes it for this process.
 * @param id name of its folder or the beginning of it, its path, or the server's ID; undefined: the newest that is
 * not complete.
 * @throws AppError USAGE when there is none such or nothing is left to do, FILE when another process works on it or
 * its source has changed, SOURCE_MISSING when its source is gone.
 */
export async function openPast(stateDir: string, id: string | undefined): Promise<Past> {
  const kept = id === undefined ? await newestUnfinished(stateDir) : await named(stateDir, id);
  refuseFinished(kept);
  const lock = await FolderLock.take(kept.path);
  try {
    return await pastOf(kept, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function pastOf({ path, manifest }: KeptMeasurement, lock: FolderLock): Promise<Past> {
  if (!manifest) throw usage(`${path} has no manifest.json that can be read: there is nothing to go on with`);
  // Read again: another process may have ended it in the meantime.
  const state = await readJournal(join(path, JOURNAL_NAME));
  const canGoOn = manifest.source.kind !== "live";
  const remaining = remainingOf(state, canGoOn, (chunk) => isIntact(path, chunk));
  if (remaining.needsSource) await checkInputs(manifest);
  return { folder: path, stateDir: dirname(dirname(path)), lock, manifest, state, remaining };
}

async function checkInputs({ source, study, faces, demographics, constraints }: Manifest): Promise<void> {
  if (source.kind === "file") await checkMark("the video", source.file);
  if (source.kind === "chunks" && !existsSync(source.folder)) {
    throw new AppError("SOURCE_MISSING", `the folder of chunks ${source.folder} is gone: put it back and resume again`);
  }
  if (study) await checkMark("the study", study);
  if (faces) await checkMark("the face file", faces);
  if (demographics) await checkMark("the demographics file", demographics);
  if (constraints) await checkMark("the constraints file", constraints);
}

/** Whether the files are what the journal says: a disk may have lost them. */
function isIntact(folder: string, { number, payloadSha256, metadataSha256 }: StoredChunk): boolean {
  try {
    const digestOf = (name: string): string => sha256(readFileSync(join(folder, "chunks", name)));
    return (
      existsSync(join(folder, "chunks", `properties${number}.json`)) &&
      digestOf(`payload${number}.bin`) === payloadSha256 &&
      digestOf(`metadata${number}.bin`) === metadataSha256
    );
  } catch {
    return false;
  }
}

async function newestUnfinished(stateDir: string): Promise<KeptMeasurement> {
  const all = await keptMeasurements(stateDir);
  const unfinished = all.filter(({ standing }) => standing === "unfinished");
  const free = unfinished.find(({ holder }) => holder === undefined);
  if (free) return free;
  const [held] = unfinished;
  if (held) return held;
  const [newest] = all;
  if (!newest) throw usage(`there is nothing to resume: no measurement is kept in ${measurementsIn(stateDir)}`);
  throw usage(`there is nothing to resume: ${sentenceOf(newest)}`);
}

async function named(stateDir: string, id: string): Promise<KeptMeasurement> {
  if (id.includes("/") || existsSync(join(id, JOURNAL_NAME))) {
    const path = resolve(id);
    const kept = await keptMeasurement(path, basename(path)).catch(() => undefined);
    if (kept) return kept;
    throw usage(`${id} is not the folder of a measurement`);
  }
  const all = await keptMeasurements(stateDir);
  const exact = all.find(({ name, state }) => name === id || state.measurementIds.includes(id));
  if (exact) return exact;
  const near = all.filter(({ name, state }) => name.includes(id) || measurementIdOf(state)?.startsWith(id) === true);
  const [only, another] = near;
  if (only && !another) return only;
  const where = measurementsIn(stateDir);
  if (another) throw usage(`"${id}" may be ${near.map(({ name }) => name).join(" or ")}: give more of the name`);
  throw usage(`there is no measurement "${id}" in ${where}: give the name of one of its folders, or --last`);
}

function refuseFinished(kept: KeptMeasurement): void {
  if (kept.standing === "unfinished") return;
  throw usage(`there is nothing to resume: ${sentenceOf(kept)}`);
}

function sentenceOf({ name, path, standing, state }: KeptMeasurement): string {
  switch (standing) {
    case "complete":
      return `measurement ${name} is complete (dfxterm show ${path})`;
    case "lost":
      return `the server no longer knows measurement ${name}; ${anewSentence(path, state.chunks.size)}`;
    case "over":
      return `nothing was measured in ${name}; measure again`;
    case "unfinished":
      return `measurement ${name} is unfinished`;
  }
}

/** What is kept of a measurement that cannot go on, and how to send it anew. */
export function anewSentence(folder: string, chunkCount: number): string {
  const kept = chunkCount === 1 ? "1 chunk is kept, send it" : `${chunkCount} chunks are kept, send them`;
  const saved = join(folder, "chunks");
  return `${kept} as a new measurement with: dfxterm measure --from-chunks ${shellWord(saved)}`;
}

/** The path as a shell takes it. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function usage(message: string): AppError {
  return new AppError("USAGE", message);
}

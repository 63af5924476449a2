import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { ChunkPayload } from "../domain/chunk.js";
import { AppError } from "../domain/errors.js";
import { sha256, writeChunk } from "../journal/chunk-files.js";
import { JOURNAL_NAME, JournalFile, readJournal } from "../journal/journal-file.js";
import type { JournalEntry } from "../journal/lines.js";
import { FolderLock } from "../journal/lock.js";
import type { Manifest } from "../journal/manifest.js";
import {
  countersOf,
  type JournalState,
  measurementIdOf,
  type Remaining,
  remainingOf,
  type StoredChunk,
} from "../journal/state.js";
import { readSaved } from "./chunk-folder.js";
import { measurementsIn } from "./measurement-folder.js";
import { checkMark } from "./resume-inputs.js";
import { type KeptMeasurement, keptMeasurement, keptMeasurements } from "./resume-list.js";
import { standingSentence } from "./standing-words.js";
import { readSummary } from "./summary-file.js";

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
  // The server may have been asked by another user; whoever names a measurement wants it to be asked again.
  if (kept.standing === "over" || (await isWhole(kept, id))) throw nothingToResume(kept);
  const lock = await FolderLock.take(kept.path);
  try {
    return await pastOf(kept, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Nothing is left to do: it is complete, and its summary can be read, or nobody has asked for it by its name. */
async function isWhole({ standing, path }: KeptMeasurement, id: string | undefined): Promise<boolean> {
  if (standing !== "complete") return false;
  const hasSummary = readSummary(path).then(
    () => true,
    () => false,
  );
  return id === undefined || (await hasSummary);
}

async function pastOf({ path, manifest }: KeptMeasurement, lock: FolderLock): Promise<Past> {
  if (!manifest) throw usage(`${path} has no manifest.json that can be read: there is nothing to go on with`);
  // Read again: another process may have ended it in the meantime.
  const state = await readJournal(join(path, JOURNAL_NAME));
  const canGoOn = manifest.source.kind !== "live";
  if (!canGoOn) return await pastOfLive(path, manifest, state, lock);
  const remaining = remainingOf(state, canGoOn, (chunk) => isIntact(path, chunk));
  if (remaining.needsSource) await checkInputs(manifest);
  return { folder: path, stateDir: dirname(dirname(path)), lock, manifest, state, remaining };
}

/**
 * What a camera showed cannot be measured again. So a chunk counts as well whose payload is on disk while the process
 * was killed before it could say so.
 */
async function pastOfLive(path: string, manifest: Manifest, known: JournalState, lock: FolderLock): Promise<Past> {
  const chunks = join(path, "chunks");
  const journal = await JournalFile.open(join(path, JOURNAL_NAME), known.run);
  let number = remainingOf(known, false).storedCount;
  try {
    for (; existsSync(join(chunks, `payload${number}.bin`)); number += 1) {
      const chunk = await readSaved(chunks, String(number), number, number + 1, manifest.chunkLengthS);
      await writeChunk(chunks, chunk);
      await journal.append(orphanEntry(chunk, known), { durable: true });
    }
  } finally {
    await journal.close();
  }
  const state = await readJournal(join(path, JOURNAL_NAME));
  const remaining = remainingOf(state, false, (chunk) => isIntact(path, chunk));
  return { folder: path, stateDir: dirname(dirname(path)), lock, manifest, state, remaining };
}

function orphanEntry(chunk: ChunkPayload, known: JournalState): JournalEntry {
  const none = { framesRead: 0, framesTracked: 0, framesDropped: 0, positionS: 0 };
  return {
    type: "chunk",
    number: chunk.chunkNumber,
    startS: chunk.startTimeS - chunk.firstChunkStartTimeS,
    endS: chunk.endTimeS - chunk.firstChunkStartTimeS,
    last: false,
    rest: false,
    quality: undefined,
    counters: { ...(countersOf(known) ?? none), positionS: chunk.endTimeS - chunk.firstChunkStartTimeS },
    payloadSha256: sha256(chunk.payload),
    metadataSha256: sha256(chunk.metadata),
  };
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
  throw nothingToResume(newest);
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

function nothingToResume(kept: KeptMeasurement): AppError {
  return usage(`there is nothing to resume: ${standingSentence(kept)}`);
}

function usage(message: string): AppError {
  return new AppError("USAGE", message);
}

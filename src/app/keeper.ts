import { copyFile, rename, rm, stat } from "node:fs/promises";
import { join, parse } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { CaptureNote, CaptureTiming } from "../domain/capture.js";
import { type ChunkPayload, spanOfChunk } from "../domain/chunk.js";
import type { ChunkQuality } from "../domain/constraints.js";
import { AppError, type Failure, failureOf } from "../domain/errors.js";
import type { PreviewPicture } from "../domain/preview.js";
import type { ChunkResult } from "../domain/result.js";
import type { SourceInfo } from "../domain/video.js";
import { sha256 } from "../journal/chunk-files.js";
import { JOURNAL_NAME, JournalFile } from "../journal/journal-file.js";
import type { Counters, JournalEntry } from "../journal/lines.js";
import { FolderLock } from "../journal/lock.js";
import { encodeManifest, MANIFEST_NAME } from "../journal/manifest.js";
import { measurementIdOf } from "../journal/state.js";
import type { Progress } from "../results/measurement.js";
import type { Summary, SummaryPaths } from "../results/summary.js";
import { parseSource } from "../source/spec.js";
import { MeasurementFolder } from "./measurement-folder.js";
import type { Past } from "./resume.js";
import { FINAL_CODES } from "./resume-list.js";
import { manifestOf } from "./resume-manifest.js";
import type { MeasureSettings } from "./settings.js";
import { anewSentence } from "./standing-words.js";
import { pngOf } from "./still.js";

/** A chunk as it is kept: with what the journal says of it. */
export interface KeptChunk {
  readonly chunk: ChunkPayload;
  readonly last: boolean;
  readonly rest: boolean;
  readonly quality: ChunkQuality | undefined;
  readonly counters: Counters;
}

/** What is going to be measured, and with what. */
interface OpenedSource {
  readonly source: SourceInfo;
  readonly plannedS: number | undefined;
  readonly plannedChunks: number;
  readonly engine: string;
  readonly ffmpeg: string;
}

export interface KeeperParts {
  /** Takes a sentence about what could not be kept. */
  readonly warn?: (sentence: string) => void;
  /** The measurement that goes on, held by this process. */
  readonly past?: Past | undefined;
  /** Ends the patience with a disk. */
  readonly signal?: AbortSignal;
  /** How long a disk that does not take what a camera showed is given. */
  readonly livePatienceMs?: number;
}

/** What a camera showed cannot be measured again: a full disk gets time to be cleared. */
const LIVE_PATIENCE_MS = 30_000;
const RETRY_MS = 500;

/** Lines that may be lost with the power: what they say is assumed without them, or comes again. */
const LOSABLE: ReadonlySet<JournalEntry["type"]> = new Set(["sent", "timing"]);

/**
 * Puts everything that a measurement yields on disk, as soon as it is there, and writes the journal of it, so that
 * another process can go on where this one was ended.
 */
export class Keeper {
  readonly #settings: MeasureSettings;
  readonly #startedAt: Date;
  readonly #warn: (sentence: string) => void;
  readonly #signal: AbortSignal;
  readonly #past: Past | undefined;
  readonly #patienceMs: number;
  #folder: MeasurementFolder | undefined;
  #lock: FolderLock | undefined;
  #journal: JournalFile | undefined;
  #measurementId: string | undefined;
  #still: PreviewPicture | undefined;
  #snapshot: string | null = null;
  #faces: string | undefined;
  #chunkCount = 0;
  #resultCount = 0;
  readonly #resultDigests = new Set<string>();
  readonly #pending: Promise<unknown>[] = [];
  #hasJournalFailed = false;
  #isGone = false;

  constructor(settings: MeasureSettings, startedAt: Date, parts: KeeperParts = {}) {
    const { warn = () => undefined, signal = new AbortController().signal, livePatienceMs = LIVE_PATIENCE_MS } = parts;
    this.#settings = settings;
    this.#startedAt = startedAt;
    this.#warn = warn;
    this.#signal = signal;
    this.#past = parts.past;
    this.#lock = parts.past?.lock;
    this.#patienceMs = isLive(settings) ? livePatienceMs : 0;
  }

  /**
   * Makes the folders before anything is measured, so that a full or read-only disk is told at once, or takes that
   * of the measurement that goes on.
   * @throws AppError DISK or FILE; USAGE for an address that cannot be used.
   */
  async open(tag: string): Promise<void> {
    const { stateDir, saveChunksFolder, saveResultsFolder } = this.#settings;
    const copies = { chunks: saveChunksFolder, results: saveResultsFolder };
    if (this.#past) {
      this.#folder = await MeasurementFolder.open(this.#past.folder, copies, this.#warn);
      this.#recall(this.#past);
    } else {
      const manifest = await manifestOf(this.#settings, this.#startedAt);
      this.#folder = await MeasurementFolder.create(stateDir, this.#startedAt, tag, copies, this.#warn);
      this.#lock = await FolderLock.take(this.#folder.path);
      await this.#folder.save(MANIFEST_NAME, encodeManifest(manifest));
    }
    const run = this.#past ? this.#past.state.run + 1 : 0;
    this.#journal = await JournalFile.open(join(this.#folder.path, JOURNAL_NAME), run);
    if (this.#past) await this.#journal.append({ type: "resumed" }, { durable: true });
  }

  #recall({ state, folder, remaining }: Past): void {
    this.#measurementId = measurementIdOf(state);
    this.#chunkCount = remaining.storedCount;
    if (state.extracted?.faces === true) this.#faces = join(folder, "faces.json");
    for (const [index, { sha256: digest }] of state.results) {
      this.#resultCount = Math.max(this.#resultCount, index + 1);
      this.#resultDigests.add(digest);
    }
  }

  opened({ source, plannedS, plannedChunks, engine, ffmpeg }: OpenedSource): void {
    this.#note({ type: "opened", source, plannedS, plannedChunks, engine, ffmpeg });
  }

  timing(timing: CaptureTiming): void {
    this.#note({ type: "timing", ...timing });
  }

  captureNote(note: CaptureNote): void {
    this.#note({ type: "note", ...note });
  }

  /** The server has a measurement. */
  created(measurementId: string): void {
    if (this.#measurementId === measurementId) return;
    this.#measurementId = measurementId;
    this.#note({ type: "created", measurementId });
  }

  /** Resolves when the chunk is on disk. @throws AppError DISK: then it must not be sent. */
  async chunk({ chunk, last, rest, quality, counters }: KeptChunk): Promise<void> {
    const { chunkNumber: number } = chunk;
    const { startS, endS } = spanOfChunk(chunk, counters.positionS);
    this.#chunkCount = Math.max(this.#chunkCount, number + 1);
    // The payload may be handed on meanwhile: its digest is taken first.
    const digests = { payloadSha256: sha256(chunk.payload), metadataSha256: sha256(chunk.metadata) };
    const known = { number, startS, endS, last, rest, quality, counters: countersIn(counters) };
    const entry: JournalEntry = { type: "chunk", ...known, ...digests };
    await this.#remember(() =>
      this.#patiently(async () => {
        await this.#folder?.saveChunk(chunk);
        await this.#journal?.append(entry, { durable: true });
      }),
    );
  }

  /** Resolves when the journal has it: from now on the chunk may be with the server. */
  async sent(number: number): Promise<void> {
    if (this.#measurementId !== undefined)
      await this.#noted({ type: "sent", measurementId: this.#measurementId, number });
  }

  acknowledged(number: number, roundTripMs: number | undefined): void {
    if (this.#measurementId !== undefined)
      this.#note({ type: "acknowledged", measurementId: this.#measurementId, number, roundTripMs });
  }

  /** True for a result that is on disk: a server may send again what it has sent before. */
  hasResult(result: ChunkResult): boolean {
    return this.#resultDigests.has(sha256(result.raw));
  }

  /** @throws AppError DISK */
  async result(result: ChunkResult): Promise<void> {
    const index = this.#resultCount;
    this.#resultCount += 1;
    const digest = sha256(result.raw);
    this.#resultDigests.add(digest);
    await this.#remember(async () => {
      await this.#folder?.saveResult(index, result.raw);
      const { measurementId, chunkNumber: number } = result;
      await this.#noted({ type: "result", measurementId, index, number, sha256: digest });
    });
  }

  /** Keeps the newest still; it is written at the end. */
  still(picture: PreviewPicture): void {
    this.#still = picture;
  }

  /**
   * Keeps a picture that the operator asked for and gives its path.
   * @throws AppError FILE
   */
  async snapshot(name: string, png: Uint8Array): Promise<string> {
    if (!this.#folder) throw new AppError("FILE", "no snapshot was saved: the measurement has no folder yet");
    return this.#folder.save(name, png);
  }

  /** Where the face points are written while they come; undefined when nobody asked for them. */
  get facesPath(): string | undefined {
    return this.#folder && this.#settings.saveFacepoints ? join(this.#folder.path, "faces.json") : undefined;
  }

  /** The face points are complete, at that path. */
  faces(path: string): void {
    this.#faces = path;
  }

  /** All frames are read. Waits until all that came of them is on disk. */
  async extracted(progress: Progress): Promise<void> {
    const results = await Promise.allSettled(this.#pending);
    await this.#saveSnapshot().catch((error: unknown) => this.#warn(failureOf(error).message));
    // A chunk that is not on disk has to be extracted again.
    if (results.some(({ status }) => status === "rejected")) return;
    const faces = this.#faces !== undefined;
    await this.#noted({ type: "extracted", counters: countersIn(progress), chunkCount: this.#chunkCount, faces });
  }

  /** The server does not know the measurement any more, or takes no more of it. */
  async gone(): Promise<void> {
    this.#isGone = true;
    if (this.#measurementId !== undefined) await this.#noted({ type: "gone", measurementId: this.#measurementId });
  }

  /** Whether `resume` could bring the measurement to its end, after that failure. */
  canGoOn(failure: Failure | undefined, chunkCount: number): boolean {
    if (!this.#folder || this.#isGone || failure?.code === "REFUSED") return false;
    if (chunkCount > 0) return true;
    return !isLive(this.#settings) && !(failure && FINAL_CODES.has(failure.code));
  }

  /** What is kept and how to send it anew; undefined when there is nothing. */
  get anew(): string | undefined {
    return this.#folder && this.#chunkCount > 0 ? anewSentence(this.#folder.path, this.#chunkCount) : undefined;
  }

  /** Writes what is written once: the still, the face points. Waits for everything before it. */
  async paths(): Promise<SummaryPaths> {
    await Promise.allSettled(this.#pending);
    const folder = this.#folder;
    if (!folder) return { folder: null, chunks: null, results: null, snapshot: null, faces: null };
    await this.#saveSnapshot().catch((error: unknown) => this.#warn(failureOf(error).message));
    return {
      folder: folder.path,
      chunks: folder.chunks,
      results: folder.results,
      snapshot: this.#snapshot ?? (await whenThere(join(folder.path, "snapshot.png"))),
      faces: await this.#saveFaces(),
    };
  }

  /** Final results, of the whole or of one part. */
  async final(fileName: string, text: string): Promise<void> {
    await this.#folder?.save(fileName, text);
  }

  async summary(summary: Summary): Promise<void> {
    await this.#folder?.save("summary.json", `${JSON.stringify(summary, undefined, 2)}\n`);
  }

  /** Notes how the measurement ended and lets go of its folder. */
  async close({ status, error }: Pick<Summary, "status" | "error">): Promise<void> {
    await this.#noted({ type: "ended", status, code: error?.code });
    await this.#journal?.close().catch(() => undefined);
    await this.#lock?.release();
  }

  async #saveSnapshot(): Promise<void> {
    const still = this.#still;
    if (!still || !this.#folder) return;
    this.#still = undefined;
    this.#snapshot = await this.#folder.save("snapshot.png", await pngOf(still));
  }

  /**
   * The original writes face points beside the video: `clip.mp4` becomes `clip-faces.json`. What is no file has
   * no such place, and an address may hold a password: those stay in the measurement's folder, and so do those of a
   * video in a folder that takes no files.
   */
  async #saveFaces(): Promise<string | null> {
    if (this.#faces === undefined) return null;
    const source = parseSource(this.#settings.source);
    if (source.kind !== "file") return this.#faces;
    const { dir, name } = parse(source.path);
    const path = join(dir, `${name}-faces.json`);
    const draft = `${path}.part`;
    try {
      await copyFile(this.#faces, draft);
      await rename(draft, path);
      return path;
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
      return this.#faces;
    }
  }

  /** Writes into the journal without being waited for. */
  #note(entry: JournalEntry): void {
    this.#pending.push(this.#noted(entry));
  }

  /** What only the journal knows can be asked of the server again: a journal that fails ends no measurement. */
  async #noted(entry: JournalEntry): Promise<void> {
    try {
      await this.#journal?.append(entry, { durable: !LOSABLE.has(entry.type) });
    } catch (error) {
      if (this.#hasJournalFailed) return;
      this.#hasJournalFailed = true;
      this.#warn(failureOf(error).message);
    }
  }

  /** Tries again for a while where there is no second chance. @throws AppError DISK */
  async #patiently(write: () => Promise<void>): Promise<void> {
    const endMs = performance.now() + this.#patienceMs;
    for (let tries = 0; ; tries += 1) {
      try {
        await write();
        return;
      } catch (error) {
        if (this.#signal.aborted || performance.now() >= endMs) throw error;
        const seconds = Math.round(this.#patienceMs / 1000);
        if (tries === 0) this.#warn(`${failureOf(error).message}; it is tried again for ${seconds} s`);
      }
      await sleep(RETRY_MS, undefined, { signal: this.#signal }).catch(() => undefined);
    }
  }

  async #remember(work: () => Promise<void>): Promise<void> {
    const running = work();
    this.#pending.push(running);
    await running;
  }
}

function isLive({ source, fromChunks }: MeasureSettings): boolean {
  return fromChunks !== true && parseSource(source).kind !== "file";
}

function countersIn({ framesRead, framesTracked, framesDropped, positionS }: Counters): Counters {
  return { framesRead, framesTracked, framesDropped, positionS };
}

async function whenThere(path: string): Promise<string | null> {
  return (await stat(path).catch(() => undefined))?.isFile() === true ? path : null;
}

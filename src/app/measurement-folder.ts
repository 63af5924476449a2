import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import type { ChunkPayload } from "../domain/chunk.js";
import { AppError } from "../domain/errors.js";

// File names and contents of chunks and results are those of the original demo, so that its tools can
// read them:
//
//   payload<n>.bin  metadata<n>.bin  properties<n>.json     n from 0, not padded
//   result_<i>.bin                                          body of the i-th result message

const OWNER_ONLY = 0o600;

/** Where one measurement keeps what it has: pictures of a face and its signals, so for the owner's eyes only. */
export class MeasurementFolder {
  readonly path: string;
  readonly chunks: string;
  readonly results: string;
  readonly #chunkCopies: readonly string[];
  readonly #resultCopies: readonly string[];
  #resultCount = 0;

  private constructor(path: string, chunksCopy: string | undefined, resultsCopy: string | undefined) {
    this.path = path;
    this.chunks = join(path, "chunks");
    this.results = join(path, "results");
    this.#chunkCopies = [this.chunks, ...(chunksCopy === undefined ? [] : [chunksCopy])];
    this.#resultCopies = [this.results, ...(resultsCopy === undefined ? [] : [resultsCopy])];
  }

  /**
   * Makes the folder and the two that the operator asked for.
   * @throws AppError FILE when one cannot be made.
   */
  static async create(
    stateDir: string,
    startedAt: Date,
    tag: string,
    copies: { readonly chunks: string | undefined; readonly results: string | undefined },
  ): Promise<MeasurementFolder> {
    const stamp = startedAt.toISOString().slice(0, 19).replaceAll(":", "-");
    const folder = new MeasurementFolder(
      join(stateDir, "measurements", `${stamp}-${tag}`),
      copies.chunks,
      copies.results,
    );
    for (const path of [folder.path, ...folder.#chunkCopies, ...folder.#resultCopies]) await makeFolder(path);
    return folder;
  }

  /** Puts a chunk on disk; done before it is sent. */
  async saveChunk(chunk: ChunkPayload): Promise<void> {
    const properties = {
      valid: chunk.valid ? 1 : 0,
      start_frame: chunk.startFrame,
      end_frame: chunk.endFrame,
      chunk_number: chunk.chunkNumber,
      number_chunks: chunk.numberChunks,
      first_chunk_start_time_s: chunk.firstChunkStartTimeS,
      start_time_s: chunk.startTimeS,
      end_time_s: chunk.endTimeS,
      duration_s: chunk.durationS,
    };
    for (const folder of this.#chunkCopies) {
      await writeWhole(join(folder, `payload${chunk.chunkNumber}.bin`), chunk.payload);
      await writeWhole(join(folder, `metadata${chunk.chunkNumber}.bin`), chunk.metadata);
      await writeWhole(join(folder, `properties${chunk.chunkNumber}.json`), `${JSON.stringify(properties)}\n`);
    }
  }

  /** Keeps a result message's body as it came. */
  async saveResult(body: Uint8Array): Promise<void> {
    const name = `result_${this.#resultCount}.bin`;
    this.#resultCount += 1;
    for (const folder of this.#resultCopies) await writeWhole(join(folder, name), body);
  }

  /** Writes another file of the measurement and gives its path. */
  async save(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.path, name);
    await writeWhole(path, content);
    return path;
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AppError(
      "FILE",
      `the folder ${path} cannot be made (${reasonOf(error)}): choose another or change its rights`,
      {
        cause: error,
      },
    );
  }
}

/**
 * All or nothing: a reader never sees half a file, and after a crash the file is there whole or not at all.
 * @throws AppError FILE
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.part`;
  try {
    const file = await open(draft, "w", OWNER_ONLY);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new AppError("FILE", `${path} cannot be written (${reasonOf(error)}): free space or choose another folder`, {
      cause: error,
    });
  }
}

/** "no space left", "permission denied": the system's reason in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const words: Record<string, string> = {
    EACCES: "permission denied",
    EPERM: "not permitted",
    ENOSPC: "no space left",
    EROFS: "read-only file system",
    ENOENT: "not found",
    ENOTDIR: "a part of the path is not a folder",
    EISDIR: "is a folder",
    EEXIST: "a file of that name is there",
    EDQUOT: "quota used up",
  };
  return words[code] ?? (code || "unknown reason");
}

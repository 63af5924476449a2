import { join } from "node:path";

import type { ChunkPayload } from "../domain/chunk.js";
import { failureOf } from "../domain/errors.js";
import { writeChunk } from "../journal/chunk-files.js";
import { CHOOSE_STATE, makeFolder, writeWhole } from "../journal/disk.js";

export { reasonOf, writeWhole } from "../journal/disk.js";

// results/result_<i>.bin is the body of the i-th result message, as the original demo saves it.

/** Folders that the operator asked for besides the measurement's own. */
export interface Copies {
  readonly chunks: string | undefined;
  readonly results: string | undefined;
}

/** Where one measurement keeps what it has: pictures of a face and its signals, so for the owner's eyes only. */
export class MeasurementFolder {
  readonly path: string;
  readonly chunks: string;
  readonly results: string;
  readonly #copies: Copies;
  readonly #warn: (sentence: string) => void;
  #hasCopyFailed = false;

  private constructor(path: string, copies: Copies, warn: (sentence: string) => void) {
    this.path = path;
    this.chunks = join(path, "chunks");
    this.results = join(path, "results");
    this.#copies = copies;
    this.#warn = warn;
  }

  /**
   * Makes the folder of a new measurement, and the two that the operator asked for.
   * @throws AppError DISK or FILE when one cannot be made.
   */
  static async create(
    stateDir: string,
    startedAt: Date,
    tag: string,
    copies: Copies,
    warn: (sentence: string) => void = () => {},
  ): Promise<MeasurementFolder> {
    const stamp = startedAt.toISOString().slice(0, 19).replaceAll(":", "-");
    return MeasurementFolder.open(join(measurementsIn(stateDir), `${stamp}-${tag}`), copies, warn);
  }

  /**
   * Takes the folder of a measurement that goes on; what is missing of it is made.
   * @throws AppError DISK or FILE
   */
  static async open(path: string, copies: Copies, warn: (sentence: string) => void): Promise<MeasurementFolder> {
    const folder = new MeasurementFolder(path, copies, warn);
    const asked = [copies.chunks, copies.results].filter((copy) => copy !== undefined);
    // Those that were asked for may be wrong: then nothing shall be left that looks like a measurement.
    for (const each of asked) await makeFolder(each);
    for (const each of [path, folder.chunks, folder.results]) await makeFolder(each, CHOOSE_STATE);
    return folder;
  }

  /**
   * Puts a chunk on disk; done before it is sent.
   * @throws AppError DISK when the measurement's own folder does not take it.
   */
  async saveChunk(chunk: ChunkPayload): Promise<void> {
    await writeChunk(this.chunks, chunk);
    await this.#copy(this.#copies.chunks, (copy) => writeChunk(copy, chunk));
  }

  /**
   * Keeps a result message's body as it came.
   * @throws AppError DISK
   */
  async saveResult(index: number, body: Uint8Array): Promise<void> {
    const name = `result_${index}.bin`;
    await writeWhole(join(this.results, name), body);
    await this.#copy(this.#copies.results, (copy) => writeWhole(join(copy, name), body));
  }

  /**
   * Writes another file of the measurement and gives its path.
   * @throws AppError DISK
   */
  async save(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.path, name);
    await writeWhole(path, content);
    return path;
  }

  /** A copy that cannot be written is told once and ends nothing: the measurement's own folder has it. */
  async #copy(folder: string | undefined, write: (folder: string) => Promise<void>): Promise<void> {
    if (folder === undefined) return;
    try {
      await write(folder);
    } catch (error) {
      if (this.#hasCopyFailed) return;
      this.#hasCopyFailed = true;
      this.#warn(`${failureOf(error).message}; everything is kept in ${this.path}`);
    }
  }
}

/** Where the measurements' folders are. */
export function measurementsIn(stateDir: string): string {
  return join(stateDir, "measurements");
}

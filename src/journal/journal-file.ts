import { type FileHandle, open } from "node:fs/promises";

import { AppError } from "../domain/errors.js";
import { notWritten, OWNER_ONLY_FILE, reasonOf, systemCode } from "./disk.js";
import { encodeLine, type JournalEntry, parseJournal } from "./lines.js";
import { EMPTY_JOURNAL, foldJournal, type JournalState } from "./state.js";

export const JOURNAL_NAME = "journal.ndjson";

/** Chunks of a whole measurement give some hundred lines of 500 bytes. */
const JOURNAL_BYTES_MAX = 64 << 20;

/** Appends to a journal, one line after the other, and knows what it says. */
export class JournalFile {
  readonly path: string;
  readonly #run: number;
  readonly #file: FileHandle;
  #tail: Promise<void> = Promise.resolve();
  /** The file may end in the middle of a line: the next one must not become part of it. */
  #isTorn: boolean;

  private constructor(path: string, run: number, file: FileHandle, isTorn: boolean) {
    this.path = path;
    this.#run = run;
    this.#file = file;
    this.#isTorn = isTorn;
  }

  /**
   * Opens or makes the journal.
   * @param run number of this process among those that worked on the measurement.
   * @throws AppError DISK
   */
  static async open(path: string, run: number): Promise<JournalFile> {
    try {
      const file = await open(path, "a+", OWNER_ONLY_FILE);
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      return new JournalFile(path, run, file, size > 0 && buffer[0] !== 0x0a);
    } catch (error) {
      throw notWritten(path, error);
    }
  }

  /**
   * Resolves when the line is written; with `durable` when it would outlast a loss of power.
   * @throws AppError DISK; later lines are written all the same.
   */
  append(entry: JournalEntry, { durable }: { readonly durable: boolean }): Promise<void> {
    const work = this.#tail.then(() => this.#write(entry, durable));
    this.#tail = work.catch(() => undefined);
    return work;
  }

  /** Waits for what was appended. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#file.close();
  }

  async #write(entry: JournalEntry, durable: boolean): Promise<void> {
    const line = encodeLine({ ...entry, run: this.#run, at: new Date().toISOString() });
    const text = this.#isTorn ? `\n${line}` : line;
    try {
      this.#isTorn = true;
      await this.#file.appendFile(text);
      this.#isTorn = false;
      if (durable) await this.#file.datasync();
    } catch (error) {
      throw notWritten(this.path, error);
    }
  }
}

/**
 * What a journal says; an absent one says nothing.
 * @throws AppError FILE when it cannot be read.
 */
export async function readJournal(path: string): Promise<JournalState> {
  let text: string;
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size > JOURNAL_BYTES_MAX) throw new AppError("FILE", `${path} is too large to be a journal (${size} bytes)`);
      text = await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (systemCode(error) === "ENOENT") return EMPTY_JOURNAL;
    throw new AppError("FILE", `${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  return foldJournal(parseJournal(text));
}

import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { chmod, type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import type { z } from "zod";

import { AppError } from "../domain/errors.js";
import { makeWithParents } from "../journal/disk.js";
import { codeOf, takeLock } from "./config-lock.js";
import { reasonOf } from "./measurement-folder.js";

/** Tokens and settings are a few kilobytes; whatever is larger is something else. */
const BYTES_MAX = 4 * 1024 * 1024;
const OTHERS = 0o077;

/** A file that is being changed; nobody else changes it meanwhile. */
export interface Editor<Value> {
  readonly value: Value;
  /** Puts the new value on disk at once: what was learnt before a failure must not be lost with it. */
  readonly save: (value: Value) => Promise<void>;
}

/**
 * A JSON file in the configuration folder that only its owner can read (0600 in a folder of 0700).
 *
 * Readers never see half a file, because a new one is renamed over the old one. Processes that change it take turns
 * (config-lock.ts), each starting from what the one before has written.
 */
export class ConfigFile<Value> {
  readonly path: string;
  readonly #folder: string;
  readonly #schema: z.ZodType<Value>;
  readonly #empty: Value;

  constructor(folder: string, name: string, schema: z.ZodType<Value>, empty: Value) {
    this.#folder = folder;
    this.path = join(folder, name);
    this.#schema = schema;
    this.#empty = empty;
  }

  /**
   * The value on disk, or the empty one when there is no file.
   * @throws AppError FILE when it is open to others, cannot be read or is not ours.
   */
  async read(): Promise<Value> {
    const text = await this.#text();
    if (text === undefined) return this.#empty;
    const { success, data } = this.#schema.safeParse(parsed(text));
    if (success) return data;
    throw new AppError(
      "FILE",
      `${this.path} is damaged or of another version of dfxterm: move it away, then log in again`,
    );
  }

  /**
   * Runs `work` while no other process changes the file.
   * @param onWait called when another one does so now.
   * @throws AppError FILE, CANCELLED and what `work` throws.
   */
  async exclusively<Result>(
    signal: AbortSignal,
    work: (editor: Editor<Value>) => Promise<Result>,
    onWait?: () => void,
  ): Promise<Result> {
    await makeFolder(this.#folder);
    const lock = await takeLock(`${this.path}.lock`, signal, { onWait });
    try {
      let value: Value = await this.read();
      return await work({
        get value() {
          return value;
        },
        save: async (next) => {
          await lock.confirm();
          await writePrivately(this.#folder, this.path, `${JSON.stringify(next, undefined, 2)}\n`);
          value = next;
        },
      });
    } finally {
      await lock.release();
    }
  }

  async #text(): Promise<string | undefined> {
    let file: FileHandle | undefined;
    try {
      refuseOpenToOthers(this.#folder, await stat(this.#folder), "700");
      file = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
      const facts = await file.stat();
      refuseOpenToOthers(this.path, facts, "600");
      if (facts.size > BYTES_MAX) throw new AppError("FILE", `${this.path} is too large to be dfxterm's: move it away`);
      return await file.readFile("utf8");
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (codeOf(error) === "ENOENT") return undefined;
      throw new AppError("FILE", `${this.path} cannot be read (${reasonOf(error)}): mend its rights or move it away`);
    } finally {
      await file?.close();
    }
  }
}

/**
 * Writes a file of the configuration folder: whole or not at all, for its owner only.
 * @throws AppError FILE
 */
export async function writePrivately(folder: string, path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.part`;
  try {
    await makeFolder(folder);
    // Not "w": a file or link that somebody put there is not written to.
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    if (error instanceof AppError) throw error;
    throw new AppError("FILE", `${path} cannot be written (${reasonOf(error)}): free space or set DFXTERM_CONFIG_DIR`);
  }
}

/** The folder, made when it is not there; one that others can look into is refused. */
async function makeFolder(folder: string): Promise<void> {
  try {
    const wasThere = await stat(folder).catch(() => undefined);
    await makeWithParents(folder);
    // The umask may have taken rights of the owner; it gives none.
    if (wasThere === undefined) await chmod(folder, 0o700);
  } catch (error) {
    throw new AppError("FILE", `the folder ${folder} cannot be made (${reasonOf(error)}): set DFXTERM_CONFIG_DIR`);
  }
  refuseOpenToOthers(folder, await stat(folder), "700");
}

/** Tokens that others may have read, or may exchange for theirs, are of no use. */
function refuseOpenToOthers(path: string, { mode: rights, uid }: Stats, mode: "600" | "700"): void {
  if ((rights & OTHERS) !== 0) {
    const shown = (rights & 0o777).toString(8);
    throw new AppError(
      "FILE",
      `${path} is open to other users (mode ${shown}): run chmod ${mode} '${path}', or set DFXTERM_CONFIG_DIR to another folder`,
    );
  }
  const own = process.geteuid?.();
  if (own !== undefined && uid !== own) {
    throw new AppError("FILE", `${path} belongs to another user: run dfxterm as that user or set DFXTERM_CONFIG_DIR`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";

import Libsql from "libsql";

import { AppError } from "../../domain/errors.js";
import type { NativeGate } from "./native-gate.js";

/** What can stand in a column. */
export type SqlValue = number | string | Uint8Array | null;

/** A database of its own that is gone with the process. */
export const IN_MEMORY = ":memory:";

/** Other processes hold the lock for a chunk's length of writing, some milliseconds. */
const BUSY_MS = 2_000;
const JOURNAL_BYTES_KEPT = 16 * 1024 * 1024;

/** 16 MB. Threads of the server bring most of it into the file before (`checkpoint`). */
const PAGES_PER_CHECKPOINT = 4_000;

let gate: NativeGate | undefined;

/** From now on this thread goes through that gate to its databases. */
export function passThrough(threadGate: NativeGate): void {
  gate = threadGate;
}

/** Every call of libsql. */
function native<T>(call: () => T): T {
  return gate ? gate.through(call) : call();
}

/** A statement with its parameters in order. */
export interface Command<Params extends readonly SqlValue[]> {
  /** @returns how many rows changed. */
  run(...params: Params): number;
}

export interface Query<Params extends readonly SqlValue[], Row> {
  get(...params: Params): Row | undefined;
  all(...params: Params): Row[];
}

/**
 * One SQLite file, through libsql, with what version 0.5.29 cannot be trusted with kept away from it: a parameter that
 * is bare, boolean or an object ends the process; a text is cut at a NUL; blobs come back as ArrayBuffer.
 */
export class Database {
  readonly path: string;
  readonly #connection: Libsql.Database;

  private constructor(path: string, connection: Libsql.Database) {
    this.path = path;
    this.#connection = connection;
  }

  /**
   * Opens a file, made for its owner only when it is not there.
   *
   * What is committed survives the end of the process and of the power (WAL, synchronous FULL). NORMAL would survive the
   * process too, but saves little: a chunk of 20 kB takes 0.14 ms with FULL and 0.03 ms with NORMAL (median, SSD).
   * @throws AppError FILE with the way out.
   */
  static open(path: string): Database {
    if (path !== IN_MEMORY) makeFile(path);
    try {
      const connection = native(() => new Libsql(path, { timeout: BUSY_MS }));
      const database = new Database(path, connection);
      database.execute("PRAGMA foreign_keys = ON");
      database.execute("PRAGMA synchronous = FULL");
      if (path !== IN_MEMORY) database.#useWriteAheadLog();
      return database;
    } catch (error) {
      throw storeError(path, error);
    }
  }

  #useWriteAheadLog(): void {
    const mode = this.query<[], { journal_mode: string }>("PRAGMA journal_mode = WAL").get();
    if (mode?.journal_mode !== "wal") throw new Error("this file system cannot hold the store");
    this.execute(`PRAGMA wal_autocheckpoint = ${PAGES_PER_CHECKPOINT}`);
    this.execute(`PRAGMA journal_size_limit = ${JOURNAL_BYTES_KEPT}`);
  }

  /** Runs statements without parameters. */
  execute(sql: string): void {
    this.#told(() => this.#connection.exec(sql));
  }

  command<Params extends readonly SqlValue[]>(sql: string): Command<Params> {
    const statement = this.#told(() => this.#connection.prepare(sql));
    return {
      run: (...params) => this.#told(() => statement.run(bindable(params)).changes),
    };
  }

  query<Params extends readonly SqlValue[], Row>(sql: string): Query<Params, Row> {
    const statement = this.#told(() => this.#connection.prepare(sql));
    return {
      get: (...params) => {
        const row = this.#told(() => statement.get(bindable(params)));
        return row === undefined ? undefined : (readable(row) as Row);
      },
      all: (...params) => this.#told(() => statement.all(bindable(params))).map((row) => readable(row) as Row),
    };
  }

  /** All or nothing. The work is synchronous, so nothing else of this connection gets in between. */
  transaction<T>(work: () => T): T {
    this.execute("BEGIN IMMEDIATE");
    try {
      const value = work();
      this.execute("COMMIT");
      return value;
    } catch (error) {
      if (native(() => this.#connection.inTransaction)) this.execute("ROLLBACK");
      throw error;
    }
  }

  /**
   * A transaction for what can be made again: it survives the end of the process, but perhaps not that of the power,
   * and does not wait for the disk.
   */
  relaxed<T>(work: () => T): T {
    this.execute("PRAGMA synchronous = NORMAL");
    try {
      return this.transaction(work);
    } finally {
      this.execute("PRAGMA synchronous = FULL");
    }
  }

  /**
   * Brings what the write-ahead log holds into the file, as far as nobody is in the way. In a thread of its own it keeps the
   * writer from having to do it, which takes tens of milliseconds on a busy disk.
   */
  checkpoint(): void {
    this.query("PRAGMA wal_checkpoint(PASSIVE)").all();
  }

  close(): void {
    native(() => this.#connection.close());
  }

  #told<T>(work: () => T): T {
    try {
      return native(work);
    } catch (error) {
      throw storeError(this.path, error);
    }
  }
}

/**
 * Holds a lock beside a file, in one of its own that stays empty, as long as this process lives, however it ends.
 * @returns what gives it back, or undefined when another process holds it.
 * @throws AppError FILE
 */
export function holdLock(path: string): (() => void) | undefined {
  const lockPath = `${path}.lock`;
  let connection: Libsql.Database | undefined;
  try {
    makeFile(lockPath);
    const held = native(() => new Libsql(lockPath, { timeout: 0 }));
    connection = held;
    native(() => held.exec("BEGIN EXCLUSIVE"));
    return () => native(() => held.close());
  } catch (error) {
    native(() => connection?.close());
    if ((error as NodeJS.ErrnoException).code === "SQLITE_BUSY") return undefined;
    throw storeError(path, error);
  }
}

/**
 * Makes a file for its owner only; one that is there is looked at from outside. It must not be opened: by POSIX, closing
 * any descriptor of a file gives up all locks that this process has on it, those of SQLite's connections too, and the next
 * process that closes the database would take it for unused and delete the write-ahead log that we write to.
 */
function makeFile(path: string): void {
  try {
    makeFolder(dirname(path));
    if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
    else if (statSync(path).isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    else accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    // Another process has made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw storeError(path, error);
  }
}

/** Folder by folder: Node's own `recursive` never returns where none can be made, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function bindable(params: readonly SqlValue[]): (number | string | Buffer | null)[] {
  return params.map((value) => {
    if (value === null || typeof value === "number") return value;
    if (typeof value === "string") {
      if (value.includes("\0")) throw new AppError("INTERNAL", "a text with a NUL cannot be stored");
      return value;
    }
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    throw new AppError("INTERNAL", `a ${typeof value} cannot be stored`);
  });
}

function readable(row: unknown): Record<string, SqlValue> {
  const entries = Object.entries(row as Record<string, unknown>).filter(([name]) => name !== "_metadata");
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof ArrayBuffer ? new Uint8Array(value) : (value as SqlValue)]),
  );
}

const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/SQLITE_NOTADB|SQLITE_CORRUPT/, "is no database or is damaged: move it away or choose another file"],
  [/SQLITE_BUSY|SQLITE_LOCKED/, "is locked by another program: end that or choose another file"],
  [/SQLITE_READONLY|EROFS/, "cannot be written (read-only): change its rights or choose another file"],
  [/EACCES|EPERM|SQLITE_PERM/, "cannot be opened (permission denied): change its rights or choose another file"],
  [/SQLITE_FULL|ENOSPC|EDQUOT/, "cannot grow (no space left): free space or choose another file"],
  [/EISDIR/, "is a folder: choose another file"],
  [/ENOTDIR|ENOENT|EEXIST/, "cannot be made (a part of its path is not there or no folder): choose another file"],
  [/SQLITE_IOERR|SQLITE_CANTOPEN|ConnectionFailed/, "cannot be read or written: choose another file"],
];

/** The failure as an AppError: FILE with a sentence when the file is to blame, INTERNAL else. */
function storeError(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const sentence = SENTENCES.find(([form]) => form.test(code) || form.test(message))?.[1];
  if (sentence !== undefined) return new AppError("FILE", `${path} ${sentence}`, { cause: error });
  return new AppError("INTERNAL", `the store failed: ${message.split("\n", 1)[0]}`, { cause: error });
}

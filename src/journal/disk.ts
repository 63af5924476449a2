import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { AppError } from "../domain/errors.js";

/** Pictures of a face and its signals are for the owner's eyes only. */
export const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** The system's reasons why a place takes nothing, though it is a place: full, read-only, failed, not permitted. */
const DISK_TROUBLE: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EFBIG", "EACCES", "EPERM"]);

/** DISK when the disk does not take it, FILE when the place that was named is a wrong one. */
export function blameOf(error: unknown): "DISK" | "FILE" {
  return DISK_TROUBLE.has(systemCode(error)) ? "DISK" : "FILE";
}

const CHOOSE = "choose another folder";
/** For what is kept of measurements. */
export const CHOOSE_STATE = `${CHOOSE} with --state-dir or DFXTERM_STATE_DIR`;

/**
 * Makes a folder for the owner only, with the folders above it. `choose` says how another one is named.
 * @throws AppError DISK when the disk is full, read-only or closed to us, FILE when the place is a wrong one.
 */
export async function makeFolder(path: string, choose = CHOOSE): Promise<void> {
  try {
    await makeWithParents(path);
  } catch (error) {
    const sentence = `the folder ${path} cannot be made (${reasonOf(error)}): ${adviceFor(error, choose)}`;
    throw new AppError(blameOf(error), sentence, { cause: error });
  }
}

/**
 * Makes a folder for the owner only, with the folders above it; throws the system's errors.
 *
 * Node's own `recursive` tells a read-only disk as "not found", and never ends below /proc, where nothing can be made.
 */
export async function makeWithParents(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeWithParents(dirname(path));
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    const isThere = await stat(path).catch(() => undefined);
    if (isThere?.isDirectory() !== true) throw error;
  }
}

/**
 * All or nothing: a reader never sees half a file, and after a crash the file is there whole or not at all.
 * @throws AppError DISK
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  // A name of its own: a draft that an earlier crash left behind may be in use by nobody or anybody.
  const draft = `${path}.${randomBytes(3).toString("hex")}.part`;
  try {
    const file = await open(draft, "wx", OWNER_ONLY_FILE);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw notWritten(path, error);
  }
}

/** "... cannot be written (no space left): free some space". */
export function notWritten(path: string, error: unknown): AppError {
  const sentence = `${path} cannot be written (${reasonOf(error)}): ${adviceFor(error, CHOOSE)}`;
  return new AppError("DISK", sentence, { cause: error });
}

/** Makes new names in a folder outlast a loss of power, where the system can do that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    // Some file systems (network, FUSE) do not know how; the content itself is safe by then.
    if (!["EINVAL", "ENOTSUP", "EBADF", "EISDIR", "EPERM"].includes(systemCode(error))) throw error;
  } finally {
    await folder.close();
  }
}

/** "no space left", "permission denied": the system's reason in words. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error);
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
    EFBIG: "larger than a file may be here",
    EIO: "the disk failed",
    EMFILE: "too many open files",
    ENAMETOOLONG: "the name is too long",
  };
  return words[code] ?? (code || "unknown reason");
}

function adviceFor(error: unknown, choose: string): string {
  switch (systemCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return `free some space (dfxterm prune) or ${choose}`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `change its rights or ${choose}`;
    default:
      return choose;
  }
}

/** "ENOSPC"; "" for what is no failure of the system. */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

import { randomBytes } from "node:crypto";
import { open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { AppError } from "../domain/errors.js";
import { reasonOf } from "./measurement-folder.js";

/** Longest time that anybody holds a lock: a login with all its time-outs. */
const HELD_MS_MAX = 120_000;
/** A lock that is being written has no holder in it yet; after this time nobody is writing it. */
const UNSIGNED_MS_MAX = 5_000;
const WAIT_MS_MAX = 60_000;
const POLL_MS = 25;

export interface Lock {
  /** @throws AppError FILE when the lock was taken from us because this process slept for too long. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

interface Timing {
  readonly waitMsMax?: number;
  readonly heldMsMax?: number;
  /** Called once when somebody else holds it. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Takes a lock file: it exists while somebody holds it, and says who. The lock of a process that has ended is taken
 * away, so a crash locks nobody out.
 * @throws AppError FILE when it stays taken or cannot be made, CANCELLED.
 */
export async function takeLock(path: string, signal: AbortSignal, timing: Timing = {}): Promise<Lock> {
  const { waitMsMax = WAIT_MS_MAX, heldMsMax = HELD_MS_MAX, onWait } = timing;
  const name = `${process.pid} ${randomBytes(8).toString("hex")} ${hostname()}`;
  const startedAtMs = performance.now();
  let isTold = false;
  while (!(await create(path, name))) {
    if (signal.aborted) throw new AppError("CANCELLED", "Cancelled.");
    if (await isStale(path, heldMsMax)) await breakLock(path, heldMsMax);
    else if (performance.now() - startedAtMs > waitMsMax) {
      throw new AppError("FILE", `another dfxterm is using ${path.replace(/\.lock$/, "")}: wait for it to end`);
    } else {
      if (!isTold) onWait?.();
      isTold = true;
      await sleep(POLL_MS * (0.5 + Math.random()));
    }
  }
  const isOurs = async (): Promise<boolean> => (await holder(path)) === name;
  return {
    async confirm() {
      if (await isOurs()) return;
      throw new AppError("FILE", `${path} was taken over while this process was stopped: run the command again`);
    },
    async release() {
      if (await isOurs()) await rm(path, { force: true });
    },
  };
}

async function create(path: string, name: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(name);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw new AppError("FILE", `${path} cannot be made (${reasonOf(error)}): set DFXTERM_CONFIG_DIR to another folder`);
  }
}

async function holder(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}

/** True for the lock of a process that has ended, or that holds it for longer than anything takes. */
async function isStale(path: string, heldMsMax: number): Promise<boolean> {
  const age = await ageMs(path);
  if (age === undefined) return false;
  const [pid, , host] = (await holder(path)).split(" ");
  if (host === undefined) return age > UNSIGNED_MS_MAX;
  return age > heldMsMax || (host === hostname() && !isRunning(Number(pid)));
}

async function ageMs(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

/**
 * Takes a stale lock away. Two that found it stale must not take away each other's new one, so this is done under a
 * lock of its own, which is held for a moment only.
 */
async function breakLock(path: string, heldMsMax: number): Promise<void> {
  const breaking = `${path}.break`;
  if (!(await create(breaking, `${process.pid} - ${hostname()}`))) {
    const age = await ageMs(breaking);
    if (age !== undefined && age > UNSIGNED_MS_MAX) await rm(breaking, { force: true });
    await sleep(POLL_MS);
    return;
  }
  try {
    if (await isStale(path, heldMsMax)) await rm(path, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

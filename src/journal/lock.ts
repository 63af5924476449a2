import { readdirSync, readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { AppError } from "../domain/errors.js";
import { writeWhole } from "./disk.js";
import { processMark } from "./process-mark.js";

// One process at a time works on a measurement's folder. Each that wants to writes a file of its own and then looks
// whether another one's is there:
//
//   lock-4711     content: mark of process 4711 (see process-mark.ts)
//
// So two never both believe to be alone, and the file of a process that was killed stands in nobody's way: its mark
// is that of no living process. Two that begin at the same moment may both be refused; then one tries again.

const LOCK_NAME = /^lock-(\d{1,10})$/;

export class FolderLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes the folder for this process.
   * @throws AppError FILE when another process works on it, DISK when the folder takes no files.
   */
  static async take(folder: string): Promise<FolderLock> {
    const path = join(folder, `lock-${process.pid}`);
    await writeWhole(path, processMark(process.pid) ?? "");
    const lock = new FolderLock(path);
    const holder = lockHolder(folder);
    if (holder !== undefined) {
      await lock.release();
      throw new AppError("FILE", `process ${holder} is measuring into ${folder}: wait until it ends, or end it`);
    }
    await removeStale(folder);
    return lock;
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}

/** The other living process that works on the folder. */
export function lockHolder(folder: string): number | undefined {
  return othersIn(readdirSync(folder)).find((pid) => isHeld(folder, pid));
}

/** Whether another living process works on the folder, as far as can be told. */
export function isBeingMeasured(folder: string): boolean {
  try {
    return lockHolder(folder) !== undefined;
  } catch {
    return false;
  }
}

function isHeld(folder: string, pid: number): boolean {
  try {
    const mark = processMark(pid);
    return mark !== undefined && mark === readFileSync(join(folder, `lock-${pid}`), "utf8");
  } catch {
    return false;
  }
}

function othersIn(names: readonly string[]): number[] {
  return names
    .flatMap((name) => LOCK_NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

async function removeStale(folder: string): Promise<void> {
  for (const pid of othersIn(await readdir(folder))) {
    await rm(join(folder, `lock-${pid}`), { force: true }).catch(() => undefined);
  }
}

import { readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { AppError, failureOf } from "../domain/errors.js";
import { reasonOf } from "../journal/disk.js";
import { FolderLock, lockHolder } from "../journal/lock.js";
import { counted } from "../results/plain-summary.js";
import { measurementsIn } from "./measurement-folder.js";
import { type KeptMeasurement, keptMeasurements } from "./resume-list.js";

/** What may stay. A measurement that any of these speaks against goes. */
export interface PruneRules {
  /** Begun longer ago than this, in ms. */
  readonly olderThanMs?: number | undefined;
  /** Beyond so many, the oldest. */
  readonly keep?: number | undefined;
  /** As long as all together take more bytes than this, the oldest. */
  readonly bytesMax?: number | undefined;
  /** Also those that could still go on, or whose data no server has. */
  readonly unfinished: boolean;
  /** Nothing is deleted. */
  readonly dryRun: boolean;
}

interface Sized extends KeptMeasurement {
  readonly bytes: number;
}

/**
 * Deletes measurements from the state directory, and tells it line by line; the last line sums it up.
 * @throws AppError DISK when a folder cannot be deleted; those before it are.
 */
export async function prune(
  stateDir: string,
  rules: PruneRules,
  nowMs: number,
  print: (line: string) => void,
): Promise<void> {
  if (!rules.dryRun) await removeRests(stateDir);
  const all: Sized[] = [];
  for (const kept of await keptMeasurements(stateDir)) all.push({ ...kept, bytes: await bytesIn(kept.path) });
  const { going, spared } = chosen(all, rules, nowMs);
  const gone: Sized[] = [];
  for (const each of going) {
    if (!rules.dryRun && !(await remove(each.path))) {
      spared.push({ ...each, holder: 0 });
      continue;
    }
    gone.push(each);
    print(`${rules.dryRun ? "would delete" : "deleted"} ${each.name} (${sizeText(each.bytes)})`);
  }
  const freed = sizeText(sum(gone));
  const left = all.filter((each) => !gone.includes(each));
  const what = counted(gone.length, "measurement");
  const done = rules.dryRun ? `${freed} would be freed: ${what} would go` : `${freed} freed: ${what} deleted`;
  print(`${done}, ${left.length} left (${sizeText(sum(left))})${sparedText(spared)}`);
}

function sum(measurements: readonly Sized[]): number {
  return measurements.reduce((total, { bytes }) => total + bytes, 0);
}

function sparedText(spared: readonly Sized[]): string {
  if (spared.length === 0) return "";
  const held = spared.filter(({ holder }) => holder !== undefined).length;
  const parts = [];
  if (spared.length > held) parts.push(`${spared.length - held} unfinished: --unfinished deletes them too`);
  if (held > 0) parts.push(`${held} being measured`);
  return `; spared though the rules speak against them: ${parts.join(", ")}`;
}

/** Which go by the rules, the oldest first, and which of these are spared. */
function chosen(all: readonly Sized[], rules: PruneRules, nowMs: number): { going: Sized[]; spared: Sized[] } {
  const { olderThanMs, keep, bytesMax, unfinished } = rules;
  let bytesLeft = sum(all);
  const going: Sized[] = [];
  const spared: Sized[] = [];
  for (const [index, each] of [...all.entries()].toReversed()) {
    const isOld = olderThanMs !== undefined && nowMs - startedAtMs(each) > olderThanMs;
    const isTooMany = keep !== undefined && index >= keep;
    const isTooMuch = bytesMax !== undefined && bytesLeft > bytesMax;
    if (!isOld && !isTooMany && !isTooMuch) continue;
    const isOpen = each.standing === "unfinished" || each.standing === "lost";
    if (each.holder !== undefined || (isOpen && !unfinished)) {
      spared.push(each);
      continue;
    }
    going.push(each);
    bytesLeft -= each.bytes;
  }
  return { going, spared };
}

/** The name of a folder begins with the time in UTC; the manifest says it too, where there is one. */
function startedAtMs({ name, manifest }: KeptMeasurement): number {
  const [, day = "", hour = "", minute = "", second = ""] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)/.exec(name) ?? [];
  const named = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  const told = manifest ? Date.parse(manifest.startedAt) : Number.NaN;
  // A folder of unknown age is not old.
  return [told, named].find(Number.isFinite) ?? Number.POSITIVE_INFINITY;
}

const DELETED = ".deleted-";

/**
 * First out of sight, then away: half a folder must not look like a measurement.
 * @returns false when another process has begun to work on it.
 */
async function remove(path: string): Promise<boolean> {
  try {
    await FolderLock.take(path);
  } catch (error) {
    // A full disk, which is why we are here, does not take a lock either.
    if (failureOf(error).code !== "DISK" || lockHolder(path) !== undefined) return false;
  }
  const aside = join(dirname(path), `${DELETED}${process.pid}-${Date.now()}`);
  try {
    await rename(path, aside);
    await rm(aside, { recursive: true, force: true });
    return true;
  } catch (error) {
    throw new AppError("DISK", `${path} cannot be deleted (${reasonOf(error)}): change its rights`, { cause: error });
  }
}

/** What an earlier prune that was ended has left. */
async function removeRests(stateDir: string): Promise<void> {
  const folder = measurementsIn(stateDir);
  for (const name of await readdir(folder).catch((): string[] => [])) {
    if (name.startsWith(DELETED)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Bytes that the files in a folder hold. Links are not followed. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

/** "12.3 MB", in steps of a thousand as disks are sold. */
function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ""}`;
}

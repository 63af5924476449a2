import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";

import { AppError } from "../domain/errors.js";
import { byText } from "./metrics.js";

/** A file that may be a recording, and the files beside it that tell the truth about it. */
export interface Entry {
  readonly path: string;
  /** From the folder that is evaluated. */
  readonly name: string;
  /** Folder that it lies in, from the one that is evaluated. */
  readonly kind: string;
  readonly form: "video" | "table" | "waveform";
  /** JSON with the truth. */
  readonly sidecar: string | undefined;
  /** Table of a monitor, one row a second. */
  readonly monitor: string | undefined;
  /** Intervals between beats. */
  readonly intervals: string | undefined;
}

const VIDEO_ENDINGS = new Set([".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"]);

/**
 * Everything below a folder that looks like a recording, in the order of the names. Hidden folders, node_modules and `except`
 * (where results go) are left out.
 * @throws AppError FILE when the folder cannot be read or holds nothing of the kind.
 */
export async function findEntries(folder: string, except: string): Promise<Entry[]> {
  const entries = entriesAmong(folder, await filesUnder(folder, resolve(except)));
  if (entries.length === 0) {
    throw new AppError("FILE", `${folder} holds no recordings: no video, no CSV table, no JSON waveform`);
  }
  return entries;
}

/**
 * Which of these files are recordings, and what belongs to them.
 * @param files names from the folder, with "/".
 */
export function entriesAmong(folder: string, files: readonly string[]): Entry[] {
  const all = new Set(files);
  const found = files.flatMap((name) => {
    const form = formOf(name);
    return form === undefined || isMonitor(name, all) ? [] : [{ name, form }];
  });
  const recordings = found.filter(({ form }) => form !== "waveform");
  const sidecars = new Set(recordings.map(({ name }) => sidecarOf(name)));
  const present = (name: string): string | undefined => (all.has(name) ? join(folder, name) : undefined);
  return found
    .filter(({ name, form }) => form !== "waveform" || !sidecars.has(name))
    .sort((a, b) => byText(a.name, b.name))
    .map(({ name, form }) => ({
      path: join(folder, name),
      name,
      kind: dirname(name) === "." ? basename(resolve(folder)) : dirname(name),
      form,
      sidecar: form === "waveform" ? undefined : present(sidecarOf(name)),
      monitor: form === "table" ? present(monitorOf(name)) : undefined,
      intervals: form === "table" ? present(intervalsOf(name)) : undefined,
    }));
}

function formOf(name: string): Entry["form"] | undefined {
  const ending = extname(name).toLowerCase();
  if (VIDEO_ENDINGS.has(ending)) return "video";
  if (ending === ".csv") return "table";
  return ending === ".json" ? "waveform" : undefined;
}

function sidecarOf(name: string): string {
  return `${name.slice(0, name.length - extname(name).length)}.json`;
}

/** `100001_left.csv` -> `100001_reference.csv`; the monitor belongs to both hands. */
function monitorOf(name: string): string {
  return name.replace(/(_left|_right)?\.csv$/i, "_reference.csv");
}

/** `subject_11_ppg.csv` -> `subject_11_rr.txt`. */
function intervalsOf(name: string): string {
  return name.replace(/(_ppg)?\.csv$/i, "_rr.txt");
}

function isMonitor(name: string, all: ReadonlySet<string>): boolean {
  const stem = /^(.*)_reference\.csv$/i.exec(name)?.[1];
  return stem !== undefined && ["_left.csv", "_right.csv", ".csv"].some((ending) => all.has(stem + ending));
}

async function filesUnder(folder: string, except: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for (const item of await itemsOf(folder)) {
    const path = join(folder, item.name);
    if (item.name.startsWith(".") || item.name === "node_modules" || resolve(path) === except) continue;
    if (item.isDirectory()) names.push(...(await filesUnder(path, except, `${prefix}${item.name}/`)));
    else names.push(`${prefix}${item.name}`);
  }
  return names;
}

async function itemsOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const why =
      cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new AppError("FILE", `the folder ${folder} ${why}: give a folder with recordings`, { cause });
  }
}

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { AppError } from "../domain/errors.js";
import { reasonOf } from "./measurement-folder.js";
import { readSummary } from "./summary-file.js";

/** How many are named when a word fits several. */
const NAMED_MAX = 5;
/** The folder's name: the time at which the measurement was started, in UTC, and a tag. */
export const FOLDER_NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-/;

/**
 * The folder of a past measurement.
 * @param word a folder, its `summary.json`, the name of a folder in the state directory or its tag (the last six letters),
 *   or the beginning of the measurement's ID; undefined is the newest measurement.
 * @throws AppError USAGE when the word fits none or several, FILE when there is no measurement at all.
 */
export async function findMeasurement(word: string | undefined, stateDir: string): Promise<string> {
  if (word !== undefined) {
    const found = await stat(word).catch((error: unknown) => {
      const isClosed = error instanceof Error && "code" in error && error.code === "EACCES";
      if (isClosed) throw new AppError("FILE", `${word} cannot be read: ${reasonOf(error)}`, { cause: error });
    });
    if (found?.isDirectory()) return word;
    if (found && basename(word) === "summary.json") return dirname(word);
  }
  const root = join(stateDir, "measurements");
  const names = await measurementNames(root);
  const newest = names.at(-1);
  if (word === undefined) {
    if (newest === undefined) throw new AppError("FILE", `there is no measurement in ${root} yet`);
    return join(root, newest);
  }
  const [match, ...others] = await matches(word, root, names);
  if (match === undefined) throw new AppError("USAGE", nothingFits(word, names.toReversed()));
  if (others.length > 0) throw new AppError("USAGE", `"${word}" fits several: ${listed([match, ...others])}`);
  return join(root, match);
}

/** The names of the measurements' folders, the oldest first. */
async function measurementNames(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && FOLDER_NAME.test(entry.name))
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new AppError("FILE", `${root} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

async function matches(word: string, root: string, names: readonly string[]): Promise<string[]> {
  if (names.includes(word)) return [word];
  const byTag = names.filter((name) => name.endsWith(`-${word}`));
  if (byTag.length > 0) return byTag;
  // IDs are long: four letters at least keep a typing error from showing somebody else's measurement.
  if (word.length < 4) return [];
  const byName = names.filter((name) => name.startsWith(word));
  if (byName.length > 0) return byName;
  const byId: string[] = [];
  for (const name of names) {
    const summary = await readSummary(join(root, name)).catch(() => undefined);
    if (summary?.measurementId?.toLowerCase().startsWith(word.toLowerCase())) byId.push(name);
  }
  return byId;
}

function nothingFits(word: string, newestFirst: readonly string[]): string {
  const known = newestFirst.length === 0 ? "there is none yet" : `the newest are ${listed(newestFirst)}`;
  return `there is no folder and no measurement "${word}": ${known}`;
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : "";
  return names.slice(0, NAMED_MAX).join(", ") + more;
}

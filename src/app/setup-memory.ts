import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

import { SETUP_FIELDS, type SetupChoice } from "../domain/setup.js";
import { CHOOSE_STATE, makeFolder } from "../journal/disk.js";
import { writeWhole } from "./measurement-folder.js";

/** What was chosen last, and the sources before that; for its owner only, because it says how old somebody is. */
export interface SetupMemory {
  readonly choice: Partial<SetupChoice>;
  readonly recent: readonly string[];
}

const NAME = "setup.json";
const RECENT_MAX = 8;

const Remembered = z.object({
  v: z.literal(1),
  choice: z.partialRecord(z.enum(SETUP_FIELDS), z.string()),
  recent: z.array(z.string()),
});

/** Nothing when there is no such file, or one that cannot be read: then everything is as usual. */
export async function recallSetup(stateDir: string): Promise<SetupMemory> {
  try {
    const { success, data } = Remembered.safeParse(JSON.parse(await readFile(join(stateDir, NAME), "utf8")));
    return success ? { choice: data.choice, recent: data.recent } : { choice: {}, recent: [] };
  } catch {
    return { choice: {}, recent: [] };
  }
}

/** @throws AppError FILE when it cannot be written. */
export async function rememberSetup(stateDir: string, choice: SetupChoice, recent: readonly string[]): Promise<void> {
  const sources = [...new Set([choice.source, ...recent])].slice(0, RECENT_MAX);
  await makeFolder(stateDir, CHOOSE_STATE);
  await writeWhole(join(stateDir, NAME), `${JSON.stringify({ v: 1, choice, recent: sources }, undefined, 2)}\n`);
}

/**
 * Writes what was said of the person as the file that `--user-demographics` takes.
 * @returns its path; undefined when nothing was said.
 * @throws AppError FILE when it cannot be written.
 */
export async function demographicsFile(stateDir: string, choice: SetupChoice): Promise<string | undefined> {
  const { sex, age, height, weight } = choice;
  const pairs = [
    ["gender", sex],
    ["age", Number(age)],
    ["height", Number(height)],
    ["weight", Number(weight)],
  ].filter(([, value]) => value !== "" && value !== 0);
  if (pairs.length === 0) return undefined;
  await makeFolder(stateDir, CHOOSE_STATE);
  const path = join(stateDir, "setup-demographics.json");
  await writeWhole(path, `${JSON.stringify(Object.fromEntries(pairs))}\n`);
  return path;
}

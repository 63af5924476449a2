import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { failureOf } from "../domain/errors.js";
import type { PastMeasurement } from "../domain/setup.js";
import { isBeingMeasured } from "../journal/lock.js";
import { RUNNING } from "../report/rows.js";
import { plainSummary } from "../results/plain-summary.js";
import { FOLDER_NAME } from "./find-measurement.js";
import { measurementsIn } from "./measurement-folder.js";
import { keptMeasurement } from "./resume-list.js";
import { readSummary, sourceToBe } from "./summary-file.js";

/** More are in the folder, but each is read before the form is shown, and nobody scrolls that far. */
const READ_MAX = 300;

export interface PastMeasurements {
  /** The newest first. */
  readonly history: readonly PastMeasurement[];
  /** All of the folder, also those that were not read. */
  readonly pastCount: number;
}

/** The measurements of the state directory. */
export async function pastMeasurements(stateDir: string): Promise<PastMeasurements> {
  const parent = measurementsIn(stateDir);
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && FOLDER_NAME.test(entry.name))
    .map(({ name }) => name)
    .toSorted()
    .toReversed();
  const newest = names.slice(0, READ_MAX);
  const history = await Promise.all(newest.map(async (name) => pastMeasurement(name, join(parent, name))));
  return { history, pastCount: names.length };
}

async function pastMeasurement(name: string, folder: string): Promise<PastMeasurement> {
  try {
    const isRunning = isBeingMeasured(folder);
    const summary = await readSummary(folder);
    const lines = plainSummary(isRunning ? { ...summary, canResume: false } : summary);
    return {
      name,
      folder,
      source: summary.source ?? (await sourceToBe(folder)) ?? "",
      state: isRunning ? "running" : summary.status,
      heartRateBpm: summary.metrics["HR_BPM"]?.mean ?? undefined,
      lines: isRunning ? [RUNNING, ...lines] : lines,
    };
  } catch (error) {
    return withoutSummary(name, folder, failureOf(error).message);
  }
}

/** One that is being measured, that was cut off, or whose files are damaged. */
async function withoutSummary(name: string, folder: string, reason: string): Promise<PastMeasurement> {
  const kept = await keptMeasurement(folder, name).catch(() => undefined);
  const hasSummary = await stat(join(folder, "summary.json")).then(
    () => true,
    () => false,
  );
  const source = kept?.manifest?.source.label ?? "";
  const isDamaged = hasSummary || kept?.standing === "complete";
  const state = kept?.holder !== undefined ? "running" : isDamaged ? "damaged" : "unfinished";
  const lines = [sentence(reason), "", ...(source === "" ? [] : [`  source ${source}`]), `  in ${folder}`];
  return { name, folder, source, state, heartRateBpm: undefined, lines };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

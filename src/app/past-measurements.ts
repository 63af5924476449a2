import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { PastMeasurement } from "../domain/setup.js";
import { plainSummary } from "../results/plain-summary.js";
import { readSummary } from "./summary-file.js";

/** More are in the folder, but nobody scrolls that far. */
const SHOWN_MAX = 300;

/** The measurements of the state directory, the newest first. */
export async function pastMeasurements(stateDir: string): Promise<PastMeasurement[]> {
  const parent = join(stateDir, "measurements");
  const names = await readdir(parent).catch((): string[] => []);
  const newest = names.toSorted().toReversed().slice(0, SHOWN_MAX);
  return Promise.all(newest.map(async (name) => pastMeasurement(name, join(parent, name))));
}

async function pastMeasurement(name: string, folder: string): Promise<PastMeasurement> {
  const summary = await readSummary(folder).catch(() => undefined);
  if (!summary) {
    const lines = ["This measurement has no summary: it did not come to its end.", "", `  ${folder}`];
    return { name, folder, source: "", state: "unfinished", heartRateBpm: undefined, lines };
  }
  return {
    name,
    folder,
    source: summary.source ?? "",
    state: summary.status,
    heartRateBpm: summary.metrics["HR_BPM"]?.mean ?? undefined,
    lines: plainSummary(summary),
  };
}

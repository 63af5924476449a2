import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { AppError } from "../domain/errors.js";
import { makeFolder } from "../journal/disk.js";
import type { Waves } from "./measure.js";
import type { Row, Totals } from "./metrics.js";
import { blandAltman, wavePicture } from "./plots.js";
import { clipsCsv, totalsCsv } from "./report.js";

/**
 * Makes the folder of the results, before an hour's work is done that could not be written down.
 * @throws AppError FILE, DISK
 */
export async function makeResultsFolder(folder: string): Promise<void> {
  await makeFolder(join(folder, "waves"));
}

/**
 * Writes `clips.csv`, `totals.csv`, `bland-altman.svg` and `.png`, and a picture per recording in `waves/`, into a folder of `makeResultsFolder`.
 * @throws AppError FILE
 */
export async function writeResults(
  folder: string,
  rows: readonly Row[],
  groups: readonly Totals[],
  waves: readonly Waves[],
): Promise<void> {
  try {
    await writeFile(join(folder, "clips.csv"), clipsCsv(rows));
    await writeFile(join(folder, "totals.csv"), totalsCsv(groups));
    const all = groups[0];
    if (all) await writePicture(join(folder, "bland-altman"), blandAltman(rows, all.ours));
    for (const wave of waves) await writePicture(join(folder, "waves", fileNameOf(wave.name)), wavePicture(wave));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("FILE", `the results cannot be written to ${folder}: ${why}`, { cause });
  }
}

/** "folder/clip.mp4" -> "folder-clip.mp4". */
function fileNameOf(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, "-");
}

async function writePicture(path: string, svg: string): Promise<void> {
  const { default: sharp } = await import("sharp");
  await writeFile(`${path}.svg`, svg);
  await writeFile(`${path}.png`, await sharp(Buffer.from(svg)).png().toBuffer());
}

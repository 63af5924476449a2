import { realpath, stat, writeFile } from "node:fs/promises";

import { AppError } from "../domain/errors.js";
import { blameOf, notWritten, writeWhole } from "../journal/disk.js";
import { reportCsv } from "../report/csv.js";
import { reportHtml } from "../report/html.js";
import { reportJson } from "../report/json.js";
import { reportPng } from "../report/picture.js";
import type { Report } from "../report/report.js";
import { findMeasurement } from "./find-measurement.js";
import { readReport } from "./read-report.js";

const MAKERS = {
  html: reportHtml,
  png: reportPng,
  csv: reportCsv,
  json: reportJson,
} as const satisfies Record<string, (report: Report) => string | Promise<Uint8Array>>;

export type ReportForm = keyof typeof MAKERS;

/** Where a report goes, in one form. */
export interface Export {
  readonly form: ReportForm;
  /** `-` is standard output. */
  readonly file: string;
}

/**
 * Writes reports of a past measurement, readable by the owner only: they show a face. A file that is there is replaced.
 * @param word as `findMeasurement` takes it.
 * @param toStdout takes what goes to `-`.
 * @throws AppError USAGE and FILE.
 */
export async function exportReports(
  word: string | undefined,
  stateDir: string,
  exports: readonly Export[],
  toStdout: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const report = await readReport(await findMeasurement(word, stateDir));
  for (const { form, file } of exports) {
    const content = await MAKERS[form](report);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    if (file === "-") await toStdout(bytes);
    else await writeTo(file, bytes);
  }
}

/**
 * A device or a pipe is written into, never replaced by a file.
 * @throws AppError DISK when it is the disk's fault, FILE for a name that is none.
 */
async function writeTo(path: string, bytes: Uint8Array): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new AppError("FILE", `${path} is a folder: give the name of a file in it`);
  try {
    // A link stays one: what it points to is replaced.
    if (!there || there.isFile()) await writeWhole(there ? await realpath(path) : path, bytes);
    else await writeFile(path, bytes);
  } catch (error) {
    const { message, cause } = error instanceof AppError ? error : notWritten(path, error);
    throw new AppError(blameOf(cause), message, { cause });
  }
}

import type { Export, ReportForm } from "../app/export-report.js";
import { AppError } from "../domain/errors.js";
import { defaultStateDir } from "./state-dir.js";

/** The options of `show` as commander gives them. */
export interface ShowOptions extends Partial<Record<ReportForm, string>> {
  readonly last?: boolean;
  readonly stateDir?: string;
}

const FORMS: readonly ReportForm[] = ["html", "png", "csv", "json"];

/** Runs `dfxterm show` and gives its exit status. */
export async function showCommand(measurement: string | undefined, options: ShowOptions): Promise<number> {
  if (measurement !== undefined && options.last) throw new AppError("USAGE", "give a measurement or --last, not both");
  if (measurement === undefined && !options.last) {
    throw new AppError("USAGE", "say which measurement: its folder, the beginning of its ID, or --last for the newest");
  }
  const { env, stdout } = process;
  const stateDir = options.stateDir ?? defaultStateDir(env, process.platform);
  const exports = FORMS.flatMap((form): Export[] => {
    const file = options[form];
    return file === undefined ? [] : [{ form, file }];
  });
  if (exports.length === 0) {
    const { showMeasurement } = await import("../app/show.js");
    const columns = stdout.isTTY ? stdout.columns : undefined;
    stdout.write(await showMeasurement(measurement, { stateDir, columns, env }));
    return 0;
  }
  if (exports.filter(({ file }) => file === "-").length > 1) {
    throw new AppError("USAGE", "only one report can go to standard output: give the others a file");
  }
  const { exportReports } = await import("../app/export-report.js");
  await exportReports(measurement, stateDir, exports, async (bytes) => {
    // Into a pipe a write may be cut short by the end of the program: wait until it is through.
    await new Promise<void>((resolve) => stdout.write(bytes, () => resolve()));
  });
  return 0;
}

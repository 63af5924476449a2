import { availableParallelism } from "node:os";
import { Command, CommanderError, InvalidArgumentError } from "commander";

import { failureOf } from "../domain/errors.js";
import { findEntries } from "./find.js";
import { METHODS, type Measured, type MeasureOptions, type MethodName, measureEntry } from "./measure.js";
import { groupsOf } from "./metrics.js";
import { makeResultsFolder, writeResults } from "./output.js";
import { type Problem, reportText } from "./report.js";

// The program behind `npm run evaluate`: measures a folder of recordings and compares with what is true of them. docs/evaluation.md.

interface Options {
  readonly method: MethodName;
  readonly window?: number;
  readonly chunklength: number;
  readonly monitorDelay: number;
  readonly out: string;
  readonly jobs: number;
}

const command = new Command("evaluate")
  .description("Measures every recording below a folder and compares the results with their references.")
  .argument("<folder>", "clips, traces and waveforms; docs/evaluation.md describes the layouts")
  .option("--method <name>", `${Object.keys(METHODS).join(", ")}: use one colour method alone`, parseMethod, "combined")
  .option("--window <s>", "score windows of this length (default: whole; 30 s beside a monitor)", within(4, 1200))
  .option("--chunklength <s>", "length of the chunks that a clip is extracted in", within(5, 30), 15)
  .option("--monitor-delay <s>", "a monitor shows a rate this much later than it was", within(0, 60), 0)
  .option("--out <dir>", "folder for tables and pictures", "evaluation")
  .option("--jobs <n>", "clips at a time", within(1, 64), Math.max(1, availableParallelism() >> 1))
  .exitOverride()
  .action(evaluate);

try {
  await command.parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** Says what went wrong, where commander has not yet, and gives the exit status. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { code, message } = failureOf(error);
  process.stderr.write(`error: ${message}\n`);
  return code === "USAGE" || code === "FILE" ? 2 : 1;
}

async function evaluate(
  folder: string,
  { method, window, chunklength, monitorDelay, out, jobs }: Options,
): Promise<void> {
  const entries = await findEntries(folder, out);
  await makeResultsFolder(out);
  const options: MeasureOptions = { method, windowS: window, chunkLengthS: chunklength, monitorDelayS: monitorDelay };
  const results: (Measured | Problem)[] = [];
  const recordings = entries.length === 1 ? "recording" : "recordings";
  process.stderr.write(`measuring ${entries.length} ${recordings}, ${Math.round(jobs)} at a time ...\n`);
  let begun = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (begun < entries.length) {
      const index = begun;
      begun += 1;
      const entry = entries[index]!;
      results[index] = await measureEntry(entry, options, () => performance.now()).catch(
        (error: unknown): Problem => ({ name: entry.name, reason: failureOf(error).message }),
      );
      done += 1;
      process.stderr.write(`${done} of ${entries.length}: ${JSON.stringify(entry.name)}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.round(jobs) }, work));

  const measured = results.flatMap((result) => ("rows" in result ? [result] : []));
  const problems = results.flatMap((result) => ("rows" in result ? [] : [result]));
  const rows = measured.flatMap((result) => result.rows);
  const groups = groupsOf(rows);
  process.stdout.write(`${reportText(rows, problems, groups)}\n`);
  await writeResults(
    out,
    rows,
    groups,
    measured.flatMap(({ waves }) => (waves ? [waves] : [])),
  );
  process.stdout.write(`Tables and pictures are in ${out}.\n`);
}

function parseMethod(text: string): MethodName {
  const name = text.toLowerCase();
  if (Object.hasOwn(METHODS, name)) return name as MethodName;
  throw new InvalidArgumentError(`It must be one of: ${Object.keys(METHODS).join(", ")}.`);
}

function within(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
  };
}

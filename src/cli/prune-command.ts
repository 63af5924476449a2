import { type Command, InvalidArgumentError, Option } from "commander";

import { AppError } from "../domain/errors.js";
import { printable } from "../domain/printable.js";
import { patiently } from "./patience.js";

interface PruneOptions {
  readonly olderThan?: number;
  readonly keep?: number;
  readonly maxSize?: number;
  readonly unfinished?: boolean;
  readonly dryRun?: boolean;
  readonly stateDir?: string;
}

const HOUR_MS = 3_600_000;
const AGE_UNITS = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS } as const;
const SIZE_UNITS = { k: 1e3, m: 1e6, g: 1e9 } as const;

const HELP = `
Examples:
  dfxterm prune --older-than 30d             those begun more than 30 days ago
  dfxterm prune --keep 20 --dry-run          say what all but the newest 20 are
  dfxterm prune --max-size 2G --unfinished   the oldest, until 2 GB are left
`;

export function addPrune(parent: Command): void {
  parent
    .command("prune")
    .description("delete old measurements from this computer")
    .addOption(new Option("--older-than <age>", "begun longer ago, such as 12h, 30d or 8w").argParser(parseAge))
    .addOption(new Option("--keep <count>", "all but so many of the newest").argParser(parseCount))
    .addOption(
      new Option("--max-size <size>", "the oldest until all take no more, such as 500M or 2G").argParser(parseSize),
    )
    .option("--unfinished", "also those that resume could bring to their end")
    .option("--dry-run", "only say what would be deleted")
    .option("--state-dir <folder>", "where measurements are kept (also DFXTERM_STATE_DIR)")
    .addHelpText("after", HELP)
    .action(async (options: PruneOptions) => {
      const { olderThan, keep, maxSize, unfinished = false, dryRun = false } = options;
      if (olderThan === undefined && keep === undefined && maxSize === undefined) {
        throw new AppError("USAGE", "say which may go: --older-than 30d, --keep 20 or --max-size 2G");
      }
      const { prune } = await import("../app/prune.js");
      const { defaultStateDir } = await import("./state-dir.js");
      const stateDir = options.stateDir ?? defaultStateDir(process.env, process.platform);
      const rules = { olderThanMs: olderThan, keep, bytesMax: maxSize, unfinished, dryRun };
      await patiently("looking through the measurements", async () => await prune(stateDir, rules, Date.now(), print));
    });
}

function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

/** "30d" in ms. */
export function parseAge(text: string): number {
  return parseWithUnit(text, AGE_UNITS, undefined, "It must look like 12h, 30d or 8w.");
}

/** "2G" in bytes; a bare number is bytes. */
export function parseSize(text: string): number {
  return parseWithUnit(text, SIZE_UNITS, 1, "It must look like 500M or 2G.");
}

function parseWithUnit(
  text: string,
  units: Readonly<Record<string, number>>,
  bare: number | undefined,
  advice: string,
): number {
  const [, digits = "", unit = ""] = /^(\d{1,15}(?:\.\d{1,3})?)\s*([a-z]?)b?$/i.exec(text.trim()) ?? [];
  const factor = unit === "" ? bare : units[unit.toLowerCase()];
  if (digits === "" || factor === undefined) throw new InvalidArgumentError(advice);
  return Number(digits) * factor;
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

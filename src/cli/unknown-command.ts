import { statSync } from "node:fs";

import type { Command } from "commander";

import { AppError } from "../domain/errors.js";
import { nearestWord } from "../domain/nearest.js";

/**
 * Refuses a first word that is no command, with what was probably meant: another word, or to measure that file.
 * @throws AppError USAGE
 */
export function checkCommand(words: readonly string[], top: Command): void {
  const [first, second] = words;
  const asked = first === "help" ? second : first;
  const names = top.commands.flatMap((command) => [command.name(), ...command.aliases()]);
  if (asked === undefined || asked.startsWith("-") || asked === "help" || names.includes(asked)) return;
  const near = nearestWord(asked, [...names, "help"]);
  const meant =
    near !== undefined
      ? `did you mean "${near}"?`
      : first !== "help" && isSource(asked)
        ? `to measure it: dfxterm measure ${asked}`
        : "dfxterm --help lists the commands";
  throw new AppError("USAGE", `there is no command "${asked}": ${meant}`);
}

/** What could be measured: a file that is there, a camera, an address. */
function isSource(word: string): boolean {
  if (/^\d{1,4}$/.test(word) || /^(rtsps?|https?|file):\/\//i.test(word)) return true;
  return statSync(word, { throwIfNoEntry: false })?.isFile() ?? false;
}

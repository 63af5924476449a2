import { statSync } from "node:fs";

import type { Command } from "commander";

import { AppError } from "../domain/errors.js";
import { nearestWord } from "../domain/nearest.js";

/**
 * Refuses a word that stands where a command is expected and is none, with what was probably meant: another word, to measure
 * that file, or an option that has to come after its command.
 * @throws AppError USAGE
 */
export function checkCommand(words: readonly string[], top: Command): void {
  const [first] = words;
  if (first === undefined) return;
  if (first.startsWith("-")) return checkPlace(first, words, top);
  const isHelp = first === "help";
  const path: string[] = [];
  let at = top;
  for (const word of isHelp ? words.slice(1) : words) {
    if (word.startsWith("-") || (at.commands.length === 0 && at !== top)) return;
    const below = commandBelow(at, word);
    if (below) {
      path.push(word);
      at = below;
    } else if (word !== "help") {
      const known = [...namesBelow(at), "help"];
      throw new AppError(
        "USAGE",
        `there is no command "${[...path, word].join(" ")}": ${meant(word, known, at, isHelp)}`,
      );
    }
  }
}

function meant(word: string, known: readonly string[], at: Command, isHelp: boolean): string {
  const near = nearestWord(word, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (at.parent === null && !isHelp && isSource(word)) return `to measure it: dfxterm measure ${word}`;
  const path = at.parent === null ? "" : ` ${pathOf(at)}`;
  return `dfxterm${path} --help lists the commands`;
}

/** Options before the command belong to the program itself, which has two of them. */
function checkPlace(option: string, words: readonly string[], top: Command): void {
  const [name = ""] = option.split("=");
  const has = (command: Command): boolean => command.options.some(({ long, short }) => long === name || short === name);
  if (name.length < 2 || name === "--" || has(top) || name === "--help" || name === "-h") return;
  const named = words.flatMap((word) => commandBelow(top, word) ?? []);
  const owner = [...named, ...top.commands].find(has);
  if (owner) throw new AppError("USAGE", `${name} comes after its command: dfxterm ${owner.name()} ${name}`);
}

/** The innermost command that the words lead to. */
export function commandOf(words: readonly string[], top: Command): Command {
  let at = top;
  for (const word of words) at = commandBelow(at, word) ?? at;
  return at;
}

function commandBelow(parent: Command, word: string): Command | undefined {
  return parent.commands.find((command) => command.name() === word || command.aliases().includes(word));
}

function namesBelow(parent: Command): string[] {
  return parent.commands.flatMap((command) => [command.name(), ...command.aliases()]);
}

function pathOf(command: Command): string {
  const above = command.parent?.parent ? `${pathOf(command.parent)} ` : "";
  return above + command.name();
}

/** What could be measured: a file that is there, a camera, an address. */
function isSource(word: string): boolean {
  if (/^\d{1,4}$/.test(word) || /^(rtsps?|https?|file):\/\//i.test(word)) return true;
  return statSync(word, { throwIfNoEntry: false })?.isFile() ?? false;
}

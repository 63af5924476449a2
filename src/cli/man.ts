import type { Command, Option } from "commander";

import { allNodes, type CommandNode, commandTree, textAfterHelp } from "./command-tree.js";
import { ENVIRONMENT, FILES } from "./help-texts.js";

/** Longer lines are hard to read in a source, and some tools refuse them. */
const SOURCE_COLUMNS = 80;

/**
 * The manual page (man 1) in roff, made from the definition of the program.
 * @param date when it was made, "2026-11-22".
 */
export function manualPage(program: Command, version: string, date: string): string {
  const tree = commandTree(program);
  const commands = allNodes(tree).filter(canRun);
  return [
    `.TH DFXTERM 1 "${date}" "dfxterm ${version}" "User Commands"`,
    // Options and paths are copied out of the manual: no hyphen and no wide gap is put into them.
    ".nh",
    ".ad l",
    ".SH NAME",
    "dfxterm \\- measure vital signs from a face video, in a terminal",
    ".SH SYNOPSIS",
    ".B dfxterm",
    ...commands.flatMap((node) => [".br", `.B ${term(`dfxterm ${words(node)}`)}`, ...lines(node.command.usage())]),
    ".SH DESCRIPTION",
    ...lines(program.description()),
    ".PP",
    ...lines(
      "Without arguments, at a terminal, it asks what to measure. Options may also be written with underscores, as in the original: --send_method.",
    ),
    ".SH OPTIONS",
    ...optionLines(program),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, meaning]) => tagged(name, meaning)),
    ".SH FILES",
    ...FILES.flatMap(([name, meaning]) => tagged(name, meaning)),
    ...blocksOf(textAfterHelp(program)).flatMap(({ heading, rows }) =>
      heading === "" ? [] : [`.SH ${term(heading.toUpperCase())}`, ...rows.flatMap(rowLines)],
    ),
    "",
  ].join("\n");
}

/** Those that only lead to others have no options of their own; the program itself is told of apart. */
function canRun({ path, children, options }: CommandNode): boolean {
  return path !== "" && (children.length === 0 || options.some(({ long }) => long !== "--help"));
}

function words({ path }: CommandNode): string {
  return path.slice(1).replaceAll("/", " ");
}

function commandLines(node: CommandNode): string[] {
  const { command, description } = node;
  const help = command.createHelp();
  return [
    `.SS ${term(words(node))}`,
    ...lines(`${description.charAt(0).toUpperCase()}${description.slice(1)}.`),
    ...help
      .visibleArguments(command)
      .flatMap((argument) => tagged(help.argumentTerm(argument), help.argumentDescription(argument))),
    ...optionLines(command),
    ...blocksOf(textAfterHelp(command)).flatMap(({ heading, rows }) => [
      ...(heading === "" ? [] : [".PP", `.I ${term(heading)}`]),
      ...(rows.some((row) => row.startsWith(" ")) ? rows.flatMap(rowLines) : [".PP", ...lines(rows.join(" "))]),
    ]),
  ];
}

/** Options by their groups, as in the help; `--help` is told once, for the program. */
function optionLines(command: Command): string[] {
  const help = command.createHelp();
  const isHelp = (option: Option): boolean => option.long === "--help" && command.parent !== null;
  const options = help.visibleOptions(command).filter((option) => !isHelp(option));
  const groups = help.groupItems([...options], options, (option) => option.helpGroupHeading ?? "");
  return [...groups].flatMap(([heading, items]) => [
    ...(heading === "" || items.length === 0 ? [] : [".PP", `.I ${term(heading)}`]),
    ...items.flatMap((option) => tagged(help.optionTerm(option), help.optionDescription(option))),
  ]);
}

function tagged(name: string, meaning: string): string[] {
  return [".TP", `.B ${term(name)}`, ...(meaning === "" ? ["\\ "] : lines(meaning))];
}

/** A part of a help text: "Examples:" and the rows below it, or a paragraph. */
interface Block {
  readonly heading: string;
  readonly rows: readonly string[];
}

function blocksOf(text: string): Block[] {
  return text
    .split(/\n{2,}/)
    .filter((block) => block !== "")
    .map((block) => {
      const [first = "", ...rest] = block.split("\n");
      return /^[^ ].*:$/.test(first)
        ? { heading: first.slice(0, -1), rows: rest }
        : { heading: "", rows: [first, ...rest] };
    });
}

/** "  command   what it does", or a command alone. */
function rowLines(row: string): string[] {
  const [, name = "", meaning] = /^ *(\S.*?)(?: {2,}(\S.*))?$/.exec(row) ?? [];
  return meaning === undefined ? [".PP", `.B ${term(name)}`] : tagged(name, meaning);
}

/** A paragraph, in lines of the source that do not begin like a request. */
function lines(text: string): string[] {
  const filled: string[] = [];
  for (const word of escaped(text).split(" ")) {
    const last = filled.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= SOURCE_COLUMNS) filled.push(`${filled.pop()} ${word}`);
    else filled.push(word);
  }
  return filled.map((line) => (/^[.']/.test(line) ? `\\&${line}` : line));
}

/** The argument of a request, where a quotation mark would hold words together and vanish. */
function term(text: string): string {
  return escaped(text).replaceAll('"', "\\(dq");
}

/** Hyphens stay the ones of the keyboard, so that options can be copied out of the manual. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("\n", " ");
}

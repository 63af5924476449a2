import type { Command, Option } from "commander";

import { allNodes, type CommandNode, commandTree, textAfterHelp } from "./command-tree.js";
import { ENVIRONMENT, FILES } from "./help-texts.js";

/** The manual page (man 1) in roff, made from the definition of the program. */
export function manualPage(program: Command, version: string): string {
  const tree = commandTree(program);
  const [, ...commands] = allNodes(tree).filter(({ children, path }) => path === "" || children.length === 0);
  return [
    `.TH DFXTERM 1 "" "dfxterm ${version}" "User Commands"`,
    ".SH NAME",
    "dfxterm \\- measure vital signs from a face video, in a terminal",
    ".SH SYNOPSIS",
    ...commands.flatMap((node, index) => [
      ...(index > 0 ? [".br"] : []),
      `.B ${escaped(`dfxterm ${words(node)}`)}`,
      escaped(node.command.usage()),
    ]),
    ".SH DESCRIPTION",
    escapedLine(program.description()),
    ".PP",
    escapedLine("Options may also be written with underscores, as in the original: --send_method."),
    ".SH OPTIONS",
    ...optionLines(program),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, meaning]) => tagged(name, meaning)),
    ".SH FILES",
    ...FILES.flatMap(([name, meaning]) => tagged(name, meaning)),
    ...blocksOf(textAfterHelp(program)).flatMap(({ heading, lines }) =>
      heading === "" ? [] : [`.SH ${escaped(heading.toUpperCase())}`, ...preformatted(lines)],
    ),
    "",
  ].join("\n");
}

function words({ path }: CommandNode): string {
  return path.slice(1).replaceAll("/", " ");
}

function commandLines(node: CommandNode): string[] {
  const { command, description } = node;
  const help = command.createHelp();
  return [
    `.SS ${escaped(words(node))}`,
    escapedLine(`${description.charAt(0).toUpperCase()}${description.slice(1)}.`),
    ...help
      .visibleArguments(command)
      .flatMap((argument) => tagged(help.argumentTerm(argument), help.argumentDescription(argument))),
    ...optionLines(command),
    ...blocksOf(textAfterHelp(command)).flatMap(({ heading, lines }) => [
      ...(heading === "" ? [] : [".PP", `.I ${escaped(heading)}`]),
      ...(lines.some((line) => line.startsWith(" ")) ? preformatted(lines) : [".PP", ...lines.map(escapedLine)]),
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
    ...(heading === "" || items.length === 0 ? [] : [".PP", `.I ${escaped(heading)}`]),
    ...items.flatMap((option) => tagged(help.optionTerm(option), help.optionDescription(option))),
  ]);
}

function tagged(term: string, meaning: string): string[] {
  return [".TP", `.B ${escaped(term)}`, escapedLine(meaning === "" ? "\u00A0" : meaning)];
}

/** A part of a help text: "Examples:" and the lines below it, or a paragraph. */
interface Block {
  readonly heading: string;
  readonly lines: readonly string[];
}

function blocksOf(text: string): Block[] {
  return text
    .split(/\n{2,}/)
    .filter((block) => block !== "")
    .map((block) => {
      const [first = "", ...rest] = block.split("\n");
      return /^[^ ].*:$/.test(first)
        ? { heading: first.slice(0, -1), lines: rest }
        : { heading: "", lines: [first, ...rest] };
    });
}

/** As it stands, line by line. */
function preformatted(lines: readonly string[]): string[] {
  return [".nf", ...lines.map((line) => escapedLine(line.replace(/^ {2}/, ""))), ".fi"];
}

/** A line of text that does not begin like a request. */
function escapedLine(text: string): string {
  const line = escaped(text);
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Hyphens stay the ones of the keyboard, so that options can be copied out of the manual. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("\u00A0", "\\ ").replaceAll("\n", " ");
}

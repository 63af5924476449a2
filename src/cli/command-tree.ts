import { EventEmitter } from "node:events";

import { type Argument, type Command, InvalidArgumentError, type Option } from "commander";

import { parseWord } from "./parse.js";

// The program's commands as data, read from its commander definition: completion and manual are made from it.

/**
 * What the names of measurements' folders are made of. Names are read by the shell, and bash would run what others may hold.
 */
export const MEASUREMENT_NAME = "^[0-9A-Za-z-]+$";

/** What follows an option or is an argument. */
export type ValueKind =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "folder" }
  | { readonly kind: "measurement" }
  | { readonly kind: "text" };

export interface OptionNode {
  /** "--resolution". */
  readonly long: string;
  /** "-r". */
  readonly short: string | undefined;
  readonly description: string;
  /** Undefined for one without a value. */
  readonly value: ValueKind | undefined;
  /** Name of the value: "WxH". */
  readonly valueName: string;
}

export interface CommandNode {
  /** "" for the program itself, else "/studies/list". */
  readonly path: string;
  readonly name: string;
  /** Other words for it, below the same parent. */
  readonly aliases: readonly string[];
  readonly description: string;
  readonly command: Command;
  readonly options: readonly OptionNode[];
  /** The kinds of its arguments; the last one repeats when `repeats`. */
  readonly arguments: readonly ValueKind[];
  readonly repeats: boolean;
  readonly children: readonly CommandNode[];
  /** The one that tells of its children. */
  readonly helpCommand: Command | undefined;
}

/** The program and everything below it. */
export function commandTree(command: Command, path = ""): CommandNode {
  const help = command.createHelp();
  const visible = help.visibleCommands(command);
  const children = command.commands
    .filter((child) => visible.includes(child))
    .map((child) => commandTree(child, `${path}/${child.name()}`));
  return {
    path,
    name: command.name(),
    aliases: command.aliases(),
    description: command.description(),
    command,
    helpCommand: visible.find((child) => !command.commands.includes(child)),
    options: help.visibleOptions(command).flatMap((option) => optionNode(option)),
    arguments: command.registeredArguments.map((argument) => argumentKind(argument)),
    repeats: command.registeredArguments.at(-1)?.variadic ?? false,
    children,
  };
}

/** Every node, the program first. */
export function allNodes(node: CommandNode): CommandNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

/** What leads from one path to the next: every word with where it comes from, and the path that it leads to. */
export function transitions(tree: CommandNode): { readonly from: string; readonly to: string }[] {
  return allNodes(tree).flatMap(({ path, name, aliases }) =>
    path === "" ? [] : [name, ...aliases].map((word) => ({ from: path.slice(0, -name.length) + word, to: path })),
  );
}

/** The tree with its help commands, which take the names of the commands beside and below them. */
export function withHelpCommands(node: CommandNode): CommandNode {
  const children = node.children.map(withHelpCommands);
  const { helpCommand, path } = node;
  if (!helpCommand || children.length === 0) return { ...node, children };
  const help = {
    ...node,
    name: helpCommand.name(),
    aliases: [],
    description: helpCommand.description(),
    command: helpCommand,
  };
  return { ...node, children: [...children, namesOnly(help, path)] };
}

/** The names of a command and of those below it, to be asked about. */
function namesOnly(node: CommandNode, above: string): CommandNode {
  const path = `${above}/${node.name}`;
  const children = node.children.map((child) => namesOnly(child, path));
  return { ...node, path, children, options: [], arguments: [], repeats: false, helpCommand: undefined };
}

/** Options with a value of commands that have others below them: "/serve --host". The value is no command. */
export function valuesAmongCommands(tree: CommandNode): string[] {
  return allNodes(tree)
    .filter(({ children }) => children.length > 0)
    .flatMap(({ path, options }) => options.filter(({ value }) => value).map(({ long }) => `${path} ${long}`));
}

/** Makes options with choices take them in any case, and say which one was probably meant. */
export function suggestChoices(program: Command): void {
  for (const { command } of allNodes(commandTree(program))) {
    for (const option of command.options) {
      const { argChoices: words } = option;
      if (words) option.argParser(parseWord(Object.fromEntries(words.map((word) => [word, word])), words));
    }
  }
}

/** Makes options that take a text refuse an empty one: it is the variable of a script that was not set. */
export function refuseEmptyValues(program: Command): void {
  for (const { command } of allNodes(commandTree(program))) {
    for (const option of command.options) {
      if (option.required && option.parseArg === undefined) option.argParser(notEmpty);
    }
  }
}

function notEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It must not be empty.");
  return text;
}

/**
 * Gives every command below a group those of the group's examples that are about it, so that they are written once and stand
 * where they are looked for.
 */
export function shareExamples(program: Command): void {
  for (const { children, command, path } of allNodes(commandTree(program))) {
    if (path === "") continue;
    for (const child of children.filter((node) => !textAfterHelp(node.command).includes("Examples:"))) {
      const start = `  dfxterm${child.path.replaceAll("/", " ")}`;
      const lines = textAfterHelp(command)
        .split("\n")
        .filter((line) => line === start || line.startsWith(`${start} `));
      if (lines.length > 0) child.command.addHelpText("after", `\nExamples:\n${lines.join("\n")}\n`);
    }
  }
}

/** The text that `addHelpText("after", ...)` puts below the options. */
export function textAfterHelp(command: Command): string {
  const parts: string[] = [];
  const write = (text: string): void => void parts.push(text);
  if (command instanceof EventEmitter) command.emit("afterHelp", { error: false, command, write });
  return parts.join("").trim();
}

function optionNode(option: Option): OptionNode[] {
  const { long, short, description } = option;
  if (long === undefined) return [];
  const valueName = /[<[](?<name>[^>\]]+)[>\]]/.exec(option.flags)?.groups?.["name"] ?? "";
  const value = valueName === "" ? undefined : kindOf(valueName, option.argChoices ?? wordsOf(option.parseArg));
  return [{ long, short, description, value, valueName }];
}

function argumentKind(argument: Argument): ValueKind {
  return kindOf(argument.name(), argument.argChoices ?? wordsOf(argument.parseArg));
}

function kindOf(name: string, words: readonly string[] | undefined): ValueKind {
  if (words) return { kind: "words", words };
  if (/^(file|path|args)$/.test(name)) return { kind: "file" };
  if (name === "folder") return { kind: "folder" };
  return { kind: name === "measurement" ? "measurement" : "text" };
}

/** The words that a parser made by `parseWord` names. */
function wordsOf(parser: unknown): readonly string[] | undefined {
  if (typeof parser !== "function" || !("words" in parser) || !Array.isArray(parser.words)) return undefined;
  return parser.words.filter((word) => typeof word === "string");
}

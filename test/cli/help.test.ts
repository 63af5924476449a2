import type { Command } from "commander";
import { describe, expect, test } from "vitest";

import { allNodes, commandTree, textAfterHelp } from "../../src/cli/command-tree.js";
import { EXIT_CODES } from "../../src/cli/exit-codes.js";
import { program } from "../../src/cli/main.js";
import { manualPage } from "../../src/cli/man.js";
import { parseWord } from "../../src/cli/parse.js";
import { checkCommand } from "../../src/cli/unknown-command.js";
import { nearestWord } from "../../src/domain/nearest.js";
import { clip } from "../helpers/program.js";

function helpOf(command: Command): string {
  return `${command.helpInformation()}\n${textAfterHelp(command)}`;
}

const nodes = allNodes(commandTree(program()));

test("the help of every command fits 80 columns and describes every option", () => {
  expect(nodes.length).toBeGreaterThan(5);
  for (const { command, path, options } of nodes) {
    for (const line of helpOf(command).split("\n")) expect(`${path}: ${line.slice(80)}`).toBe(`${path}: `);
    for (const { long, description } of options) expect(`${path} ${long} ${description}`).toMatch(/ \S+ \S/);
  }
});

test("every command has examples, and every example is a command line of ours", () => {
  for (const { command, path } of nodes) {
    expect(`${path}\n${textAfterHelp(command)}`).toMatch(/\nExamples:\n( {2}.*dfxterm .*\n?)+/);
  }
  const words = new Set(nodes.map(({ name }) => name));
  for (const { command } of nodes) {
    for (const [, word = ""] of textAfterHelp(command).matchAll(/^ {2}dfxterm ([a-z]+)/gm))
      expect(words).toContain(word);
  }
});

test("examples use options that exist", () => {
  for (const node of nodes) {
    for (const [, name = "", rest = ""] of textAfterHelp(node.command).matchAll(/^ {2}dfxterm ([a-z]+)([^|>\n]*)/gm)) {
      const options = nodes.filter(({ path }) => path.startsWith(`/${name}`)).flatMap((entry) => entry.options);
      const known = new Set(options.flatMap(({ long, short }) => [long, short]));
      for (const [, word = ""] of rest.matchAll(/ (--?[a-z][a-z-]*)/g)) expect(known).toContain(word);
    }
  }
});

test("help and manual print every exit status, from the one table", () => {
  const [top] = nodes;
  const manual = inOneLine(manualPage(program(), "1.2.3", "2026-11-22"));
  for (const [code, meaning] of EXIT_CODES) {
    expect(top && textAfterHelp(top.command)).toContain(`${code}  ${meaning}`);
    expect(manual).toContain(`.TP .B ${code} ${meaning}`);
  }
});

/** A manual without its line breaks: paragraphs are filled anew when they are set. */
function inOneLine(manual: string): string {
  return manual.replaceAll("\\-", "-").replaceAll("\\e", "\\").replaceAll("\n", " ");
}

test("the manual holds every command and option, and no line that roff would take for a request of ours", () => {
  const manual = manualPage(program(), "1.2.3", "2026-11-22");
  const plain = inOneLine(manual);
  for (const { command, path, children, options } of nodes) {
    const isGroup = children.length > 0 && path !== "/serve";
    if (path === "" || isGroup) continue;
    const words = path.slice(1).replaceAll("/", " ");
    expect(plain).toContain(` .SS ${words} `);
    expect(plain).toContain(` .B dfxterm ${words} [options]`);
    for (const { long, description } of options) {
      expect(plain).toContain(long);
      expect(plain).toContain(description);
    }
    expect(plain).toContain(command.description().slice(1));
  }
  const requests = new Set([...manual.matchAll(/^\.(\S*)/gm)].map(([, name]) => name));
  expect([...requests].toSorted()).toEqual(["B", "I", "PP", "SH", "SS", "TH", "TP", "ad", "br", "nh"]);
  expect(manual).not.toMatch(/^'/m);
  expect(manual).toContain('"2026-11-22" "dfxterm 1.2.3"');
});

function refused(...words: string[]): string {
  try {
    checkCommand(words, program());
    return "taken";
  } catch (error) {
    return String(error);
  }
}

describe("what was meant", () => {
  test("near words are found, far ones are not", () => {
    const words = ["measure", "serve", "show", "completion"];
    for (const [typed, meant] of [
      ["mesure", "measure"],
      ["measrue", "measure"],
      ["MEASURE", "measure"],
      ["sevre", "serve"],
      ["shwo", "show"],
      ["compl", "completion"],
    ] as const) {
      expect(nearestWord(typed, words)).toBe(meant);
    }
    expect(nearestWord("study", ["status", "studies"])).toBe("studies");
    expect(nearestWord("3", ["1", "2", "v1", "v2"])).toBeUndefined();
    for (const typed of ["", "x", "clip.mp4", "s", "remove"]) expect(nearestWord(typed, words)).toBeUndefined();
  });

  test("a wrong value is told with those that are right, and the nearest", () => {
    const parse = parseWord({ brute: "brute", fast: "fast", smart: "smart" });
    expect(() => parse("smrt")).toThrow("It must be one of: brute, fast, smart. Did you mean smart?");
    expect(() => parse("clever")).toThrow(/smart\.$/);
    expect(parse.words).toEqual(["brute", "fast", "smart"]);
    expect(parseWord({ websocket: "websocket", ws: "websocket" }).words).toEqual(["websocket"]);
  });

  test("the words of filters are known, in any case", () => {
    const list = program()
      .commands.find((command) => command.name() === "measurements")
      ?.commands.find((command) => command.name() === "list");
    const status = list?.options.find(({ long }) => long === "--status");
    expect(status?.description).toBe("CAPTURING, PROCESSING, COMPLETE, ERROR or INCOMPLETE");
    expect(status?.parseArg?.("complete", undefined)).toBe("COMPLETE");
    expect(() => status?.parseArg?.("COMPLET", undefined)).toThrow("Did you mean complete?");
  });

  test("a first word that is no command is told with what it may have been", () => {
    expect(refused("mesure")).toContain('did you mean "measure"?');
    expect(refused("help", "shwo")).toContain('did you mean "show"?');
    expect(refused(clip)).toContain(`to measure it: dfxterm measure ${clip}`);
    expect(refused("0")).toContain("dfxterm measure 0");
    expect(refused("rtsp://camera/live")).toContain("dfxterm measure rtsp://camera/live");
    expect(refused("frobnicate")).toContain("dfxterm --help");
    expect(refused("serve", "licnce", "add")).toContain('no command "serve licnce": did you mean "licence"?');
    expect(refused("help", "serve", "usr")).toContain('no command "serve usr": did you mean "user"?');
    expect(refused("studies", "nope")).toContain("dfxterm studies --help lists the commands");
    expect(refused("--json", "show", "x")).toContain("--json comes after its command: dfxterm show --json");
    for (const words of [["measure", "serv"], ["serve", "--host", "usr"], ["help", "serve", "user"], ["--hlep"]]) {
      expect(refused(...words)).toBe("taken");
    }
    for (const words of [["measure"], ["help"], ["help", "measure"], ["--version"], ["-h"], []]) {
      expect(refused(...words)).toBe("taken");
    }
  });
});

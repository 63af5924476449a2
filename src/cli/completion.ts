import { homedir } from "node:os";

import type { Command } from "commander";

import { commandTree, withHelpCommands } from "./command-tree.js";
import { completionBash } from "./completion-bash.js";
import { completionFish } from "./completion-fish.js";
import { completionZsh } from "./completion-zsh.js";
import { defaultStateDir } from "./state-dir.js";

export type Shell = "bash" | "zsh" | "fish";

/** The completion script of a shell, made from the definition of the program. */
export function completionScript(shell: Shell, program: Command): string {
  const tree = withHelpCommands(commandTree(program));
  const stateDir = underHome(defaultStateDir({}, process.platform));
  switch (shell) {
    case "bash":
      return completionBash(tree, stateDir);
    case "zsh":
      return completionZsh(tree, stateDir);
    case "fish":
      return completionFish(tree, stateDir);
  }
}

/** The folder between double quotes of any of the shells: under the home of whoever completes. */
function underHome(folder: string): string {
  const home = homedir();
  const [start, rest] = folder.startsWith(`${home}/`) ? ["$HOME", folder.slice(home.length)] : ["", folder];
  return start + rest.replaceAll(/["\\`$]/g, "\\$&");
}

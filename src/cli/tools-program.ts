import { Argument, type Command } from "commander";

import type { Shell } from "./completion.js";
import { COMPLETION_HELP, MAN_HELP } from "./help-texts.js";
import { parseWord } from "./parse.js";

const SHELLS = { bash: "bash", zsh: "zsh", fish: "fish" } as const satisfies Record<Shell, Shell>;

/** Adds the commands that are about the program itself. */
export function addTools(top: Command): void {
  top.commandsGroup("Help and tools:").helpCommand("help [command]", "tell more of a command");
  addCompletion(top);
  addMan(top);
}

function addCompletion(top: Command): void {
  top
    .command("completion")
    .description("print the completion script of a shell")
    .addArgument(new Argument("<shell>", "bash, zsh or fish").argParser(parseWord(SHELLS)))
    .addHelpText("after", COMPLETION_HELP)
    .action(async (shell: Shell) => {
      const { completionScript } = await import("./completion.js");
      process.stdout.write(completionScript(shell, top));
    });
}

function addMan(top: Command): void {
  top
    .command("man")
    .description("print the manual page")
    .addHelpText("after", MAN_HELP)
    .action(async () => {
      const { manualPage } = await import("./man.js");
      const { packageVersion } = await import("../app/version.js");
      process.stdout.write(manualPage(top, packageVersion()));
    });
}

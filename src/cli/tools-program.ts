import { Argument, type Command, Option } from "commander";

import { commandTree } from "./command-tree.js";
import type { Shell } from "./completion.js";
import type { DevicesOptions } from "./devices-command.js";
import type { DoctorOptions } from "./doctor-command.js";
import { COMPLETION_HELP, DEVICES_HELP, DOCTOR_HELP, MAN_HELP } from "./help-texts.js";
import { parseServer, parseWord } from "./parse.js";

const API_VERSIONS = { v1: "v1", v2: "v2" } as const;
const SHELLS = { bash: "bash", zsh: "zsh", fish: "fish" } as const satisfies Record<Shell, Shell>;

const HELP_WORDS = "tell more of a command";

/** Adds the commands that are about the program itself. */
export function addTools(top: Command): void {
  top.commandsGroup("Help and tools:").helpCommand("help [command]", HELP_WORDS);
  for (const { command, helpCommand } of commandTree(top).children) {
    if (helpCommand) command.helpCommand("help [command]", HELP_WORDS);
  }
  addDevices(top);
  addDoctor(top);
  addCompletion(top);
  addMan(top);
}

function addDevices(top: Command): void {
  top
    .command("devices")
    .description("list the cameras, with their sizes, formats and rates")
    .option("--ffmpeg <path>", "the ffmpeg program to use (also FFMPEG_BIN)")
    .option("--json", "one JSON object (docs/devices.md)")
    .addHelpText("after", DEVICES_HELP)
    .action(async (options: DevicesOptions) => {
      const { devicesCommand } = await import("./devices-command.js");
      process.exitCode = await devicesCommand(options);
    });
}

function addDoctor(top: Command): void {
  top
    .command("doctor")
    .description("look at everything that a measurement needs, and say what is wrong")
    .addOption(
      new Option("--server <name>", "the server to try (default: local; also DFXTERM_SERVER)").argParser(parseServer),
    )
    .option("--rest-url <url>", "a server by its addresses: that for REST, with --ws-url")
    .option("--ws-url <url>", "its WebSocket address")
    .addOption(
      new Option("--api <version>", "version of the protocol, v1 or v2 (default: as of measure)").argParser(
        parseWord(API_VERSIONS),
      ),
    )
    .option("--ffmpeg <path>", "the ffmpeg program to use (also FFMPEG_BIN)")
    .option("--state-dir <folder>", "where measurements are kept (also DFXTERM_STATE_DIR)")
    .option("--config-dir <folder>", "where logins and settings are kept (also DFXTERM_CONFIG_DIR)")
    .option("--json", "one JSON object (docs/doctor.md)")
    .addHelpText("after", DOCTOR_HELP)
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import("./doctor-command.js");
      process.exitCode = await doctorCommand(options);
    });
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
      process.stdout.write(manualPage(top, packageVersion(), new Date().toISOString().slice(0, 10)));
    });
}

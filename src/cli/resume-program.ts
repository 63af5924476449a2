import type { Command } from "commander";

import { addDisplayOptions } from "./measure-display.js";
import type { ResumeOptions } from "./resume-command.js";

const HELP = `
What a measurement has kept is sent, the rest of a file is measured, and the
results are fetched: the same as if it had never been interrupted. Nothing that
the server has acknowledged is sent again. <id> is the name of the measurement's
folder (its beginning will do), its path or the server's ID. The account of a
server other than the local one is that of a login, or given after it or in the
environment, as for measure.

Examples:
  dfxterm resume --last            the newest one that is not complete
  dfxterm resume 2026-11-23T04-37  the one whose folder begins so
`;

export function addResume(top: Command): void {
  const command = top
    .command("resume")
    .description("go on with a measurement that was interrupted")
    .argument("[measurement...]", "[id] [license_key study_id email password]")
    .usage("[options] <id | --last> [account]")
    .option("--last", "the newest one that is not complete")
    .option("--ffmpeg <path>", "the ffmpeg program to use (also FFMPEG_BIN)")
    .option("--state-dir <folder>", "where measurements are kept (also DFXTERM_STATE_DIR)")
    .option("--json", "one JSON object per line on stdout (docs/json.md)")
    .option("--plain", "plain lines, no dashboard")
    .option("--screen-reader", "plain lines, progress every five seconds (also INK_SCREEN_READER=true)")
    .option("--study-id <id>", "the study, should the measurement have to be created (default: the selected one)")
    .option("--email <address>", "the user (default: who logged in last)")
    .option("--no-token-cache", "neither use nor keep tokens of logins")
    .option("--config-dir <folder>", "where logins and settings are kept (also DFXTERM_CONFIG_DIR)");
  addDisplayOptions(command)
    .addHelpText("after", HELP)
    .action(async (args: string[], options: ResumeOptions) => {
      const { resumeCommand } = await import("./resume-command.js");
      process.exitCode = await resumeCommand(args, options);
    });
}

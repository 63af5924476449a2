import type { Command } from "commander";

import type { MeasureSettings } from "../app/settings.js";
import { AppError } from "../domain/errors.js";
import { configDir } from "./account-options.js";
import { givenAccount, warnOfWrittenAccount, writtenAccount } from "./measure-settings.js";
import { outputMode } from "./output-mode.js";
import { patiently } from "./patience.js";
import { defaultStateDir } from "./state-dir.js";

interface ResumeOptions {
  readonly last?: boolean;
  readonly ffmpeg?: string;
  readonly stateDir?: string;
  readonly studyId?: string;
  readonly email?: string;
  readonly configDir?: string;
  readonly tokenCache?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
}

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
  top
    .command("resume")
    .description("go on with a measurement that was interrupted")
    .argument("[measurement...]", "[id] [license_key study_id email password]")
    .usage("[options] <id | --last> [account]")
    .option("--last", "the newest one that is not complete")
    .option("--ffmpeg <path>", "the ffmpeg program to use (also FFMPEG_BIN)")
    .option("--state-dir <folder>", "where measurements are kept (also DFXTERM_STATE_DIR)")
    .option("--json", "one JSON object per line on stdout (docs/json.md)")
    .option("--plain", "plain lines, no dashboard")
    .option("--study-id <id>", "the study, should the measurement have to be created (default: the selected one)")
    .option("--email <address>", "the user (default: who logged in last)")
    .option("--no-token-cache", "neither use nor keep tokens of logins")
    .option("--config-dir <folder>", "where logins and settings are kept (also DFXTERM_CONFIG_DIR)")
    .addHelpText("after", HELP)
    .action(async (args: string[], options: ResumeOptions) => {
      process.exitCode = await resumeCommand(args, options);
    });
}

/** Runs `dfxterm resume` and gives its exit status. */
async function resumeCommand(args: readonly string[], options: ResumeOptions): Promise<number> {
  const { env, stdin, stdout, platform } = process;
  const isLast = options.last ?? false;
  const id = isLast ? undefined : args[0];
  if (!isLast && id === undefined) {
    throw new AppError("USAGE", "say which measurement is to go on: dfxterm resume <id>, or dfxterm resume --last");
  }
  const words = isLast ? args : args.slice(1);
  const written = writtenAccount(words);
  warnOfWrittenAccount(words);
  const { openPast } = await import("../app/resume.js");
  const { settingsFrom } = await import("../app/resume-manifest.js");
  const stateDir = options.stateDir ?? defaultStateDir(env, platform);
  const past = await patiently("looking at what was kept", async () => await openPast(stateDir, id));
  const account = written ?? accountToGoOn(options, past.manifest.studyId, env);
  const settings: MeasureSettings = settingsFrom(past.manifest, {
    account,
    tokens: { configDir: configDir(options, env), isCached: options.tokenCache ?? true },
    ffmpegPath: options.ffmpeg,
    stateDir: past.stateDir,
    output: outputMode(options, { stdinIsTty: stdin.isTTY, stdoutIsTty: stdout.isTTY, env }),
  });
  const { checkParty } = await import("../app/measure-account.js");
  try {
    await checkParty(settings);
  } catch (error) {
    await past.lock.release();
    throw error;
  }
  const { measureCommand } = await import("./measure-command.js");
  return await measureCommand(settings, past);
}

/**
 * What options and environment say of the account. The environment may have changed since: the study that was asked for
 * then counts more than it.
 */
export function accountToGoOn(
  { studyId, email }: Pick<ResumeOptions, "studyId" | "email">,
  studyAskedFor: string | null,
  env: NodeJS.ProcessEnv,
): ReturnType<typeof givenAccount> {
  const study = studyId ?? studyAskedFor ?? undefined;
  return givenAccount({ ...(study !== undefined && { studyId: study }), ...(email !== undefined && { email }) }, env);
}

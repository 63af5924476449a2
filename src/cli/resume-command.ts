import type { MeasureSettings } from "../app/settings.js";
import { AppError } from "../domain/errors.js";
import { configDir } from "./config-dir.js";
import { type DisplayOptions, displaySettings } from "./measure-display.js";
import { givenAccount, warnOfWrittenAccount, writtenAccount } from "./measure-settings.js";
import { outputMode } from "./output-mode.js";
import { patiently } from "./patience.js";
import { defaultStateDir } from "./state-dir.js";

/** The options of `resume` as commander gives them. */
export interface ResumeOptions extends DisplayOptions {
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

/** Runs `dfxterm resume` and gives its exit status. */
export async function resumeCommand(args: readonly string[], options: ResumeOptions): Promise<number> {
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
    display: displaySettings(options, env),
  });
  const { checkParty } = await import("../app/measure-account.js");
  try {
    await checkParty(settings);
  } catch (error) {
    await past.lock.release();
    throw error;
  }
  const { measureSession } = await import("./session.js");
  return await measureSession(settings, past);
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

import { checkParty } from "../app/measure-account.js";
import type { NextWish } from "../app/reporter.js";
import type { Past } from "../app/resume.js";
import type { MeasureSettings } from "../app/settings.js";
import { setupData, wholeChoice } from "../app/setup.js";
import { demographicsFile, recallSetup, rememberSetup } from "../app/setup-memory.js";
import { PLAIN_DISPLAY } from "../domain/display.js";
import { failureOf } from "../domain/errors.js";
import { MODE_SECONDS_MAX } from "../domain/measurement-terms.js";
import { printable } from "../domain/printable.js";
import type { SetupChoice } from "../domain/setup.js";
import { configDir } from "./config-dir.js";
import { SIGNAL_EXIT } from "./exit-codes.js";
import { measureAndGoOn } from "./measure-command.js";
import { type MeasureOptions, measureSettings } from "./measure-settings.js";
import { defaultStateDir } from "./state-dir.js";

/**
 * Runs `dfxterm measure` or `dfxterm resume` and what the operator wants after it; gives the exit status of the last
 * measurement.
 * @param past the measurement that goes on first.
 */
export async function measureSession(settings: MeasureSettings, past?: Past): Promise<number> {
  for (let begun = past; ; begun = undefined) {
    const { status, wish } = await measureAndGoOn(settings, begun);
    if (wish === "quit") return status;
    if (wish === "new") return startSession(status, settings);
  }
}

/**
 * `dfxterm` alone: asks what to measure, measures it, as often as the operator likes.
 * @param before settings of the measurement that was made before the form: its place and its screen stay.
 */
export async function startSession(statusSoFar = 0, before?: MeasureSettings): Promise<number> {
  const { env, stdin, stdout, platform } = process;
  const { stateDir = defaultStateDir(env, platform), display = PLAIN_DISPLAY } = before ?? {};
  const terminal = { stdin, stdout, env, nowMs: () => performance.now() };
  let status = statusSoFar;
  let problem: string | undefined;
  let asked: SetupChoice | undefined;
  for (;;) {
    const data = await setupData({ stateDir, configDir: configDir({}, env) }, asked);
    const { askWhatToMeasure } = await import("../app/open-lobby.js");
    const { choice, signal } = await askWhatToMeasure(terminal, data, display, problem);
    if (signal) return SIGNAL_EXIT[signal];
    if (!choice) return status;
    const prepared = await prepare(choice, stateDir, env);
    problem = prepared.problem;
    asked = prepared.settings ? undefined : choice;
    if (!prepared.settings) continue;
    const settings = { ...prepared.settings, display };
    let wish: NextWish = "again";
    while (wish === "again") ({ status, wish } = await measureAndGoOn(settings));
    if (wish === "quit") return status;
  }
}

interface Prepared {
  readonly settings?: MeasureSettings;
  /** Why it cannot be measured; the form says it. */
  readonly problem: string | undefined;
}

/** The settings that a choice means; what cannot work is told before the form is left for good. */
async function prepare(asked: SetupChoice, stateDir: string, env: NodeJS.ProcessEnv): Promise<Prepared> {
  try {
    const choice = await wholeChoice(asked);
    const { args, options } = await wordsOf(choice, stateDir);
    const settings = measureSettings(args, options, { env, stateDir, output: "dashboard" });
    const { recent } = await recallSetup(stateDir);
    await rememberSetup(stateDir, choice, recent);
    await checkParty(settings);
    return { settings, problem: undefined };
  } catch (error) {
    return { problem: printable(failureOf(error).message) };
  }
}

/** The command line that does the same as the form. */
async function wordsOf(
  choice: SetupChoice,
  stateDir: string,
): Promise<{ args: readonly string[]; options: MeasureOptions }> {
  const { source, server, study, length, chunk, pace } = choice;
  const demographics = await demographicsFile(stateDir, choice);
  // At the local server a study is a file, elsewhere an ID.
  const isFile = server === "local" && study !== "";
  const options: MeasureOptions = {
    ...USUAL,
    measurementMode: Number(length) > MODE_SECONDS_MAX.DISCRETE ? "STREAMING" : "DISCRETE",
    server,
    chunklength: Number(chunk),
    live: pace === "live",
    ...(length !== "" && { videolength: Number(length) }),
    ...(study !== "" && !isFile && { studyId: study }),
    ...(demographics !== undefined && { userDemographics: demographics }),
  };
  return { args: isFile ? [study, source] : [source], options };
}

const USUAL = {
  sendMethod: "REST",
  subprotocol: "json",
  faceDetect: "smart",
} as const;

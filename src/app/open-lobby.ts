import type { DisplaySettings } from "../domain/display.js";
import type { SetupChoice, SetupData } from "../domain/setup.js";
import { ENDING_SIGNALS, type EndingSignal } from "../domain/signals.js";
import { capabilityOf } from "../view/capability.js";
import { ProcessJobs } from "../view/job-control.js";
import { openLobby } from "../view/lobby/lobby.js";
import { probeTerminal, type Terminal } from "./terminal.js";

/** What came of the screen before a measurement. */
export interface LobbyEnd {
  /** Undefined when the operator left. */
  readonly choice: SetupChoice | undefined;
  /** The signal that ended it. */
  readonly signal: EndingSignal | undefined;
}

/** Lets the operator say what is to be measured; the terminal is as it was before when this resolves. */
export async function askWhatToMeasure(
  terminal: Terminal,
  data: SetupData,
  display: DisplaySettings,
  problem: string | undefined,
): Promise<LobbyEnd> {
  const { stdin, stdout, env } = terminal;
  const { answers, early, isDue } = await probeTerminal(terminal, display);
  const capability = capabilityOf(env, display, answers);
  const jobs = new ProcessJobs();
  const shown = { stdin, stdout, capability, display, jobs, data, problem, early, isProbeDue: isDue };
  const lobby = openLobby(shown);
  let signal: LobbyEnd["signal"];
  const onSignal = (name: EndingSignal): void => {
    signal = name;
    lobby.restoreSync();
  };
  const onExit = (): void => lobby.restoreSync();
  for (const name of ENDING_SIGNALS) process.on(name, onSignal);
  process.on("exit", onExit);
  try {
    return { choice: await lobby.chosen, signal };
  } finally {
    for (const name of ENDING_SIGNALS) process.off(name, onSignal);
    process.off("exit", onExit);
  }
}

import type { DisplaySettings } from "../domain/display.js";
import { askableOf, type TerminalAnswers } from "../view/capability.js";
import { askTerminal, type Probed } from "../view/terminal-probe.js";
import { askTmux } from "./tmux.js";

/** The terminal that the program was started in. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly nowMs: () => number;
}

/** Answers of a terminal that is near come within 50 ms; over SSH they have the whole way to go. */
const LIMIT_MS = 300;
const LIMIT_FAR_MS = 1_000;
const TMUX_LIMIT_MS = 300;

/** Asks the terminal what it can do, and tmux, which answers for itself alone, what the one around it can. */
export async function probeTerminal(
  { stdin, stdout, env, nowMs }: Terminal,
  display: DisplaySettings,
  limitMs = env["SSH_CONNECTION"] === undefined ? LIMIT_MS : LIMIT_FAR_MS,
): Promise<Probed> {
  const askable = askableOf(env, display);
  if (askable === undefined) return { answers: {}, early: [], isDue: false };
  const [probed, features] = await Promise.all([
    askTerminal(stdin, stdout, askable, limitMs, nowMs),
    tmuxFeatures(env),
  ]);
  return { ...probed, answers: { ...probed.answers, ...features } };
}

async function tmuxFeatures(env: NodeJS.ProcessEnv): Promise<TerminalAnswers> {
  const facts = await askTmux(env, TMUX_LIMIT_MS);
  if (facts === undefined) return {};
  // tmux turns truecolor into 256 colours by itself unless it knows that the terminal around it has it.
  return { truecolor: facts.features.includes("RGB") };
}

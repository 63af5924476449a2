import { PLAIN_DISPLAY } from "../../domain/display.js";
import { type Environment, isDumb } from "../../domain/terminal.js";
import { type Capability, capabilityOf, type TerminalAnswers } from "../../view/capability.js";
import { probeTerminal, type Terminal } from "../terminal.js";
import type { TmuxFacts } from "../tmux.js";
import { type Check, ok, unknown, warning } from "./check.js";

export interface TerminalFacts {
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** What the terminal said of itself. */
  readonly answers: TerminalAnswers;
  /** What tmux knows of the terminal that it is shown on; undefined outside of it. */
  readonly tmux: TmuxFacts | undefined;
}

const COLORS = {
  none: "no colours",
  16: "16 colours",
  256: "256 colours",
  truecolor: "16 million colours",
} as const satisfies Record<Capability["colors"], string>;

/** Whether the dashboard has a terminal that can show it: size, colours, letters, tmux. */
export function terminalCheck(facts: TerminalFacts): Check {
  const { stdinIsTty, stdoutIsTty, columns, rows, env, answers, tmux } = facts;
  const { colors, unicode, picture, distanceMs } = capabilityOf(env, PLAIN_DISPLAY, answers);
  const { TERM: term, SSH_CONNECTION: ssh } = env;
  const details = {
    stdinIsTty,
    stdoutIsTty,
    columns: columns ?? null,
    rows: rows ?? null,
    term: term ?? null,
    name: answers.name ?? null,
    colors,
    unicode,
    picture: picture.draw,
    kitty: answers.kitty ?? null,
    sixel: answers.sixel ?? null,
    answersInMs: distanceMs === undefined ? null : Math.round(distanceMs),
    ssh: ssh !== undefined,
    tmux: tmux ?? null,
  };
  if (!stdinIsTty || !stdoutIsTty) {
    return unknown("terminal", "input or output is no terminal: measurements write plain lines here", details);
  }
  const words = [
    `${columns} x ${rows}`,
    COLORS[colors],
    unicode ? "UTF-8" : "ASCII only",
    `TERM ${term ?? "not set"}`,
    // tmux also gives its version as its name.
    ...new Set([answers.name, tmux && `tmux ${tmux.version}`].filter((name) => name !== undefined)),
    ...(ssh === undefined ? [] : ["over SSH"]),
  ];
  const advice = adviceFor(facts, unicode);
  const found = words.join(", ");
  return advice === undefined ? ok("terminal", found, details) : warning("terminal", found, advice, details);
}

function adviceFor({ columns = 0, rows = 0, env, tmux }: TerminalFacts, unicode: boolean): string | undefined {
  if (isDumb(env)) return "TERM is dumb: measurements write plain lines; set it to that of the terminal";
  if (columns < 50 || rows < 12) return "it is too small for the dashboard: make it 80 x 24 or larger";
  if (columns < 80 || rows < 24) return "at 80 x 24 the dashboard has room for the picture";
  if (!unicode) return "curves and picture are drawn in ASCII: set LANG to a UTF-8 locale, such as C.UTF-8";
  if (tmux && !tmux.features.includes("RGB")) {
    return 'in ~/.tmux.conf: set -as terminal-features ",*:RGB:sync", if the terminal has true colour';
  }
  return undefined;
}

/** Whether lines may be coloured here. */
export function showsColors(env: Environment): boolean {
  return capabilityOf(env).color;
}

/** Nobody waits for a screen here: a terminal that is far may answer late. */
const PATIENT_MS = 3_000;

/** Asks the terminal itself, and gives it back as it was; what is typed meanwhile is lost. */
export async function askedTerminal(terminal: Terminal): Promise<TerminalAnswers> {
  const { answers } = await probeTerminal(terminal, PLAIN_DISPLAY, PATIENT_MS);
  terminal.stdin.setRawMode(false);
  terminal.stdin.pause();
  return answers;
}

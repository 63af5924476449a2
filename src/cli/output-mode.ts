import { isDumb } from "../domain/terminal.js";

/** What the terminal can do, as far as the choice of output needs it. */
export interface OutputSurroundings {
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** What was asked for. */
export interface OutputWish {
  readonly json?: boolean | undefined;
  readonly plain?: boolean | undefined;
  readonly screenReader?: boolean | undefined;
}

/** By the option, or by the variable that programs like this one read. */
export function isForScreenReader({ screenReader }: OutputWish, env: NodeJS.ProcessEnv): boolean {
  return screenReader === true || env["INK_SCREEN_READER"] === "true";
}

/**
 * The dashboard needs a person who sees a terminal: without one, under CI, on a dumb terminal, for a screen reader or when
 * asked to, lines are written instead.
 */
export function outputMode(
  asked: OutputWish,
  { stdinIsTty, stdoutIsTty, env }: OutputSurroundings,
): "dashboard" | "plain" | "json" {
  if (asked.json) return "json";
  const { CI: ci } = env;
  const isCi = ci !== undefined && ci !== "0" && ci !== "false";
  if (asked.plain || isForScreenReader(asked, env) || !stdinIsTty || !stdoutIsTty || isCi || isDumb(env))
    return "plain";
  return "dashboard";
}

/** What the terminal can do, as far as the choice of output needs it. */
export interface OutputSurroundings {
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The dashboard needs a person at a terminal: without one, under CI, on a dumb terminal or when asked to,
 * lines are written instead.
 */
export function outputMode(
  asked: { readonly json: boolean; readonly plain: boolean },
  { stdinIsTty, stdoutIsTty, env }: OutputSurroundings,
): "dashboard" | "plain" | "json" {
  if (asked.json) return "json";
  const { CI: ci, TERM: term } = env;
  const isCi = ci !== undefined && ci !== "0" && ci !== "false";
  if (asked.plain || !stdinIsTty || !stdoutIsTty || isCi || term === "dumb") return "plain";
  return "dashboard";
}

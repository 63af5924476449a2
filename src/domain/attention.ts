import type { DisplaySettings } from "./display.js";
import { type Environment, isDumb } from "./terminal.js";

const BELL = "\u0007";

/** What calls the operator back to the terminal when a measurement is over, as far as it was asked for: "" for nothing. */
export function callBack(
  { bell, notify }: Pick<DisplaySettings, "bell" | "notify">,
  text: string,
  env: Environment,
): string {
  return (bell ? BELL : "") + (notify && !isDumb(env) ? desktopMessage(text, env) : "");
}

/**
 * OSC 9: terminals that know it show a message of the desktop; others show nothing. tmux and GNU screen do not know it, and
 * hand it on when it is wrapped (tmux, if its option allow-passthrough is on).
 */
function desktopMessage(text: string, env: Environment): string {
  const message = `\u001B]9;${text}\u0007`;
  if (env["TMUX"] !== undefined) return `\u001BPtmux;\u001B${message}\u001B\\`;
  return env["STY"] === undefined ? message : `\u001BP${message}\u001B\\`;
}

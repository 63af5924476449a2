import type { DisplaySettings } from "./display.js";

const BELL = "\u0007";

/** What calls the operator back to the terminal when a measurement is over, as far as it was asked for: "" for nothing. */
export function callBack({ bell, notify }: Pick<DisplaySettings, "bell" | "notify">, text: string): string {
  return (bell ? BELL : "") + (notify ? desktopMessage(text) : "");
}

/** OSC 9: terminals that know it show a message of the desktop; others show nothing. */
function desktopMessage(text: string): string {
  return `\u001B]9;${text}\u0007`;
}

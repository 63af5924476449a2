import type { SetupData } from "../../domain/setup.js";
import type { Theme } from "../theme.js";
import { type LobbyKey, type LobbyState, lobbyKeys } from "./lobby-state.js";

const BAR_GAP = "   ";

type BarKey = Pick<LobbyKey, "shown" | "label" | "keys">;

const TYPING: readonly BarKey[] = [
  { shown: "Enter", label: "take", keys: ["enter"] },
  { shown: "Esc", label: "back", keys: ["escape"] },
];
const CHOOSING: readonly BarKey[] = [{ shown: "Up Down", label: "move", keys: ["up", "down"] }, ...TYPING];
/** Always shown: what explains and what leads out. */
const NEEDED = new Set(["take", "back", "help", "quit"]);

/** What the keys do now, as many as fit: while something is typed or chosen, letters do nothing else. */
function barKeys(state: LobbyState, data: SetupData, columns: number): readonly BarKey[] {
  if (state.help) return [];
  const all = state.typed !== undefined ? TYPING : state.listAt === undefined ? lobbyKeys(state, data) : CHOOSING;
  const width = ({ shown, label }: BarKey): number => shown.length + 1 + label.length + BAR_GAP.length;
  let free = columns - 1 + BAR_GAP.length;
  for (const key of all) if (NEEDED.has(key.label)) free -= width(key);
  return all.filter((key) => {
    if (NEEDED.has(key.label)) return true;
    free -= width(key);
    return free >= 0;
  });
}

/** The last line of the screen. */
export function lobbyBar(state: LobbyState, data: SetupData, columns: number, theme: Theme): string {
  const keys = barKeys(state, data, columns).map(({ shown, label }) => `${theme.paint("accent", shown)} ${label}`);
  return ` ${keys.join(BAR_GAP)}`;
}

/** The key of the bar under a column; of "Up Down move" the first word is the first key, the rest the second. */
export function lobbyBarKeyAt(state: LobbyState, data: SetupData, columns: number, column: number): string | undefined {
  let left = 1;
  for (const { keys, shown, label } of barKeys(state, data, columns)) {
    const end = left + shown.length + 1 + label.length;
    if (column >= left && column < end) {
      const firstWord = shown.indexOf(" ");
      return firstWord < 0 || column < left + firstWord ? keys[0] : keys[1];
    }
    left = end + BAR_GAP.length;
  }
  return undefined;
}

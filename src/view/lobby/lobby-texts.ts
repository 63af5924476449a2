import type { SetupData } from "../../domain/setup.js";
import { wrapped } from "../format.js";
import type { LobbyView } from "./lobby-model.js";
import { EVERYWHERE, LOBBY_KEYS, type LobbyState, pastShown } from "./lobby-state.js";
import { pageRows } from "./lobby-window.js";

// Pages that may be longer than the screen. Columns are those between the borders.

/** The plain lines of the past measurement that is open; what is wrapped keeps its indent. */
export function reportText(state: LobbyState, data: SetupData, columns: number): readonly string[] {
  const past = pastShown(state, data)[state.past];
  return (past?.lines ?? []).flatMap((line) => {
    const indent = /^ */.exec(line)?.[0] ?? "";
    return wrapped(line.trim(), columns - 2 - indent.length).map((part) => ` ${indent}${part}`);
  });
}

/** Columns of the key in the help. */
export const KEY_COLUMNS = 12;

/** Each line of the help: a key, or nothing where the words before go on, and words. */
export function helpText(state: LobbyState, columns: number): readonly (readonly [key: string, words: string])[] {
  return [...LOBBY_KEYS.filter(({ screens }) => screens.includes(state.screen)), ...EVERYWHERE].flatMap(
    ({ shown, help }) =>
      wrapped(help, columns - KEY_COLUMNS - 2).map((words, index) => [index === 0 ? shown : "", words] as const),
  );
}

/** Lines of the page that can lie above the screen: none where it fits. */
export function topMax(view: LobbyView): number {
  const { state, data, columns } = view;
  const lines = state.help
    ? helpText(state, columns - 2)
    : state.screen === "report"
      ? reportText(state, data, columns - 2)
      : [];
  return Math.max(0, lines.length - pageRows(view));
}

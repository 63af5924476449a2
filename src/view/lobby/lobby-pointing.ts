import { SETUP_FIELDS } from "../../domain/setup.js";
import { lobbyBarKeyAt } from "./lobby-bar.js";
import type { LobbyView } from "./lobby-model.js";
import { type LobbyPress, listLength, pastShown, pressLobby } from "./lobby-state.js";
import { topMax } from "./lobby-texts.js";
import { firstAround, PAGE_TOP, pageRows } from "./lobby-window.js";

/**
 * What a click on a cell does, counted from the upper left corner, 0-based: the keys of the bar are pressed, a line that
 * is not chosen is chosen, one that is chosen is opened.
 */
export function clickLobby(view: LobbyView, column: number, row: number): LobbyPress {
  const { state, data, columns, rows } = view;
  if (row === rows - 1) {
    const key = lobbyBarKeyAt(state, data, columns, column);
    return key === undefined ? { state } : pressLobby(state, key, data, topMax(view));
  }
  if (state.help || state.typed !== undefined || row < PAGE_TOP || row >= PAGE_TOP + pageRows(view)) return { state };
  const lineOf = (at: number, count: number): number => row - PAGE_TOP + firstAround(at, count, pageRows(view));
  const open = (): LobbyPress => pressLobby(state, "enter", data);
  if (state.screen === "history") {
    const count = pastShown(state, data).length;
    const line = lineOf(state.past, count);
    if (line >= count) return { state };
    return line === state.past ? open() : { state: { ...state, past: line } };
  }
  if (state.screen !== "setup") return { state };
  if (state.listAt !== undefined) {
    const line = lineOf(state.listAt, listLength(state, data));
    return line < listLength(state, data) ? pressLobby({ ...state, listAt: line }, "enter", data) : { state };
  }
  const at = SETUP_FIELDS.indexOf(state.focus);
  const field = SETUP_FIELDS[lineOf(at, SETUP_FIELDS.length)];
  if (field === undefined) return { state };
  return field === state.focus ? open() : { state: { ...state, focus: field, problem: undefined } };
}

import { PANELS, type PanelId } from "./panels.js";
import type { KeyContext, UiState } from "./ui-state.js";

// How keys change what is on the screen. On a screen too small for panels the numbers show one alone.

/** Shows a panel that is not on the screen, hides one that is. */
export function toggled(ui: UiState, id: PanelId, { visible, isSmall, hasPicture }: KeyContext): UiState {
  if (id === "preview" && !hasPicture) return ui;
  const { hidden, wanted, zoomed } = ui.panels;
  if (zoomed !== undefined || isSmall) {
    const next = zoomed === id ? undefined : id;
    return { ...ui, focus: next ?? ui.focus, panels: { ...ui.panels, zoomed: next } };
  }
  if (visible.includes(id)) {
    const focus = ui.focus === id ? undefined : ui.focus;
    const panels = { hidden: [...without(hidden, id), id], wanted: without(wanted, id), zoomed: undefined };
    return { ...ui, focus, panels };
  }
  return { ...ui, panels: { hidden: without(hidden, id), wanted: [id, ...without(wanted, id)], zoomed: undefined } };
}

function without(ids: readonly PanelId[], id: PanelId): PanelId[] {
  return ids.filter((other) => other !== id);
}

/** The focus moves through the panels that can be seen, round and round; where one is alone, the next one takes its place. */
export function withFocus(ui: UiState, { visible, isSmall }: KeyContext, step: 1 | -1): UiState {
  const { zoomed, hidden } = ui.panels;
  const isAlone = zoomed !== undefined || isSmall;
  const panels = isAlone ? PANELS.filter((id) => !hidden.includes(id)) : visible;
  if (panels.length === 0) return ui;
  const from = isAlone ? zoomed : ui.focus;
  const at = from === undefined ? (step > 0 ? -1 : 0) : panels.indexOf(from);
  const focus = panels[(at + step + panels.length) % panels.length];
  return isAlone ? { ...ui, focus, panels: { ...ui.panels, zoomed: focus } } : { ...ui, focus };
}

/** The panel with the focus alone on the screen, or everything again. */
export function zoomedPanel(ui: UiState, { visible }: KeyContext): UiState {
  if (ui.panels.zoomed !== undefined) return { ...ui, panels: { ...ui.panels, zoomed: undefined } };
  const zoomed = ui.focus !== undefined && visible.includes(ui.focus) ? ui.focus : visible[0];
  return { ...ui, panels: { ...ui.panels, zoomed } };
}

const SCROLL: Readonly<Record<string, number>> = { up: 1, down: -1, pageup: 8, pagedown: -8 };

/** The log some lines further back or forward; until the oldest line is on top. */
export function scrolled({ log, ...ui }: UiState, { logBackMax }: KeyContext, key: string): UiState {
  const asked = key === "home" ? logBackMax : key === "end" ? 0 : log.back + (SCROLL[key] ?? 0);
  return { ...ui, log: { ...log, back: Math.min(logBackMax, Math.max(0, asked)) } };
}

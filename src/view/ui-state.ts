import type { Phase } from "../results/measurement.js";

/** What the operator has set on the screen; nothing of the measurement. */
export interface UiState {
  readonly preview: boolean;
  readonly zoom: boolean;
  readonly overlay: boolean;
  readonly help: boolean;
  /** The measurement is about to be given up, and a yes or no is awaited. */
  readonly asking: boolean;
  /** Cancelling was asked for; `interrupt` when by Ctrl-C, which leaves at once the second time. */
  readonly cancelling: "no" | "key" | "interrupt";
}

export const INITIAL_UI: UiState = {
  preview: true,
  zoom: false,
  overlay: true,
  help: false,
  asking: false,
  cancelling: "no",
};

/** What a key asks of the program. */
export type Effect = "start" | "cancel" | "quit" | "dismiss" | "repaint";

export interface Press {
  readonly ui: UiState;
  readonly effect?: Effect;
}

export type PhaseKind = Phase["kind"];

/** One row of the key table: the bar, the help and what the key does all come from it. */
interface KeyBinding {
  /** As the splitter names them. */
  readonly keys: readonly string[];
  /** How the key is written on the screen. */
  readonly shown: string;
  /** One word for the bar. */
  readonly label: string;
  /** One sentence for the help. */
  readonly help: string;
  readonly phases: readonly PhaseKind[];
  press(ui: UiState): Press;
}

const RUNNING: readonly PhaseKind[] = ["connecting", "ready", "measuring", "finishing"];
const PICTURED: readonly PhaseKind[] = ["ready", "measuring"];
const OVER: readonly PhaseKind[] = ["completed", "cancelled", "failed"];

export const KEYS: readonly KeyBinding[] = [
  {
    keys: ["s"],
    shown: "s",
    label: "start",
    help: "Start the measurement.",
    phases: ["ready"],
    press: (ui) => ({ ui, effect: "start" }),
  },
  {
    keys: ["c"],
    shown: "c",
    label: "cancel",
    help: "Cancel the measurement, after a question. What was measured is kept.",
    phases: RUNNING,
    press: ask,
  },
  {
    keys: ["p"],
    shown: "p",
    label: "preview",
    help: "Show or hide the picture.",
    phases: PICTURED,
    press: (ui) => ({ ui: { ...ui, preview: !ui.preview } }),
  },
  {
    keys: ["z"],
    shown: "z",
    label: "zoom",
    help: "Whole picture, or the face only.",
    phases: PICTURED,
    press: (ui) => ({ ui: { ...ui, zoom: !ui.zoom } }),
  },
  {
    keys: ["o"],
    shown: "o",
    label: "overlay",
    help: "Draw the face and its regions into the picture, or leave it clean.",
    phases: PICTURED,
    press: (ui) => ({ ui: { ...ui, overlay: !ui.overlay } }),
  },
  {
    keys: ["?"],
    shown: "?",
    label: "help",
    help: "This list.",
    phases: RUNNING,
    press: (ui) => ({ ui: { ...ui, help: true } }),
  },
  {
    keys: ["q", "escape"],
    shown: "q",
    label: "quit",
    help: "Leave, after a question (also Esc).",
    phases: RUNNING,
    press: ask,
  },
  {
    keys: ["q", "enter", "escape"],
    shown: "q",
    label: "quit",
    help: "On the last screen: leave (also Enter and Esc).",
    phases: OVER,
    press: (ui) => ({ ui, effect: "dismiss" }),
  },
];

/** Keys that do the same everywhere; the help names them, the bar does not. */
export const HELP_ONLY = [
  { shown: "Ctrl-C", help: "Cancel at once; a second time leaves without waiting for the server." },
  { shown: "Ctrl-L", help: "Paint the screen anew." },
] as const;

/** Bindings that do something in this phase; `hasPreview` is false on a screen without room for it. */
export function keysFor(phase: PhaseKind, hasPreview: boolean): readonly KeyBinding[] {
  return KEYS.filter(({ phases }) => phases.includes(phase) && (hasPreview || phases !== PICTURED));
}

/** What a key does now. An unknown key does nothing; only `y` is a yes. */
export function pressKey(ui: UiState, key: string, phase: PhaseKind, hasPreview: boolean): Press {
  const over = OVER.includes(phase);
  if (key === "ctrl-l") return { ui, effect: "repaint" };
  if (key === "ctrl-c") return over ? { ui, effect: "dismiss" } : interrupt(ui);
  if (!over && ui.asking) return answer(ui, key);
  if (!over && ui.help) return { ui: { ...ui, help: false } };
  return (
    keysFor(phase, hasPreview)
      .find((binding) => binding.keys.includes(key))
      ?.press(ui) ?? { ui }
  );
}

function ask(ui: UiState): Press {
  return ui.cancelling === "no" ? { ui: { ...ui, asking: true, help: false } } : { ui };
}

function answer(ui: UiState, key: string): Press {
  const closed = { ...ui, asking: false };
  if (key !== "y" && key !== "Y") return { ui: closed };
  return { ui: { ...closed, cancelling: "key" }, effect: "cancel" };
}

function interrupt(ui: UiState): Press {
  if (ui.cancelling === "interrupt") return { ui, effect: "quit" };
  const effect = ui.cancelling === "no" ? "cancel" : undefined;
  const next: UiState = { ...ui, asking: false, help: false, cancelling: "interrupt" };
  return effect ? { ui: next, effect } : { ui: next };
}

import { columnsOf } from "./columns.js";
import { scrolled, toggled, withFocus, zoomedPanel } from "./panel-choice.js";
import { PANELS, type PanelId } from "./panels.js";
import { isCharacter, pastedText } from "./typed-text.js";
import type { KeyContext, PhaseKind, Press, UiState } from "./ui-state.js";

/** One row of the key table: the bar, the help and what the key does all come from it. */
export interface KeyBinding {
  /** As the splitter names them. */
  readonly keys: readonly string[];
  /** How the key is written on the screen. */
  readonly shown: string;
  /** One word for the bar; undefined keeps it out of there. */
  readonly label?: string;
  /** One sentence for the help. */
  readonly help: string;
  readonly phases: readonly PhaseKind[];
  /** Only while one of these panels can be seen. */
  readonly needs?: readonly PanelId[];
  /** Only while it would do something; undefined is always. */
  readonly works?: (ui: UiState, context: KeyContext) => boolean;
  press(ui: UiState, context: KeyContext, key: string): Press;
}

const RUNNING: readonly PhaseKind[] = ["connecting", "ready", "measuring", "finishing"];
const OVER: readonly PhaseKind[] = ["completed", "cancelled", "failed"];
/** When there are pictures to show. */
export const PICTURED: readonly PhaseKind[] = ["ready", "measuring"];
const ALWAYS: readonly PhaseKind[] = [...RUNNING, ...OVER];

const OVERLAYS = { regions: "mesh", mesh: "none", none: "regions" } as const;

/** In the order of the bar. */
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
    works: canCancel,
    press: ask,
  },
  {
    keys: ["p"],
    shown: "p",
    label: "preview",
    help: "Show or hide the picture.",
    phases: PICTURED,
    needs: ["preview"],
    press: (ui) => ({ ui: { ...ui, preview: !ui.preview } }),
  },
  {
    keys: ["z"],
    shown: "z",
    label: "zoom",
    help: "Whole picture, or the face only.",
    phases: PICTURED,
    needs: ["preview"],
    works: ({ preview }) => preview,
    press: (ui) => ({ ui: { ...ui, zoom: !ui.zoom } }),
  },
  {
    keys: ["o"],
    shown: "o",
    label: "overlay",
    help: "Draw the regions of the face, its points, or nothing.",
    phases: PICTURED,
    needs: ["preview"],
    works: ({ preview }) => preview,
    press: (ui) => ({ ui: { ...ui, overlay: OVERLAYS[ui.overlay] } }),
  },
  {
    keys: ["w"],
    shown: "w",
    label: "snapshot",
    help: "Save picture and values as a PNG file in the measurement's folder.",
    phases: PICTURED,
    press: (ui) => ({ ui, effect: "snapshot" }),
  },
  {
    keys: ["/"],
    shown: "/",
    label: "filter",
    help: "Filter the log: type, Enter keeps the filter, Esc clears it.",
    phases: RUNNING,
    needs: ["log"],
    press: (ui) => ({ ui: { ...ui, log: { ...ui.log, isTyping: true, back: 0 } } }),
  },
  {
    keys: ["?"],
    shown: "?",
    label: "help",
    help: "This list.",
    phases: ALWAYS,
    press: (ui) => ({ ui: { ...ui, help: true, helpTop: 0 } }),
  },
  {
    keys: ["q", "escape"],
    shown: "q",
    label: "quit",
    help: "Leave, after a question (also Esc).",
    phases: RUNNING,
    works: canCancel,
    press: ask,
  },
  {
    keys: ["e"],
    shown: "e",
    label: "report",
    help: "Write a report (HTML) into the measurement's folder.",
    phases: OVER,
    press: (ui) => ({ ui, effect: "report" }),
  },
  {
    keys: ["g"],
    shown: "g",
    label: "resume",
    help: "Go on with what is missing of one that was cut short; what is kept is neither measured nor sent again.",
    phases: OVER,
    works: (_, { canResume }) => canResume,
    press: (ui) => ({ ui, effect: "resume" }),
  },
  {
    keys: ["r"],
    shown: "r",
    label: "again",
    help: "Measure the same once more.",
    phases: OVER,
    works: (_, { canRepeat }) => canRepeat,
    press: (ui) => ({ ui, effect: "again" }),
  },
  {
    keys: ["n"],
    shown: "n",
    label: "new",
    help: "Choose another source and measure it.",
    phases: OVER,
    press: (ui) => ({ ui, effect: "new" }),
  },
  {
    keys: ["q", "enter", "escape"],
    shown: "q",
    label: "quit",
    help: "Leave (also Enter and Esc).",
    phases: OVER,
    press: (ui) => ({ ui, effect: "dismiss" }),
  },
  {
    keys: PANELS.map((_, index) => String(index + 1)),
    shown: `1-${PANELS.length}`,
    help: "Show or hide that panel; on a small screen: show it alone.",
    phases: RUNNING,
    press: (ui, context, key) => {
      const id = PANELS[Number(key) - 1];
      return { ui: id === undefined ? ui : toggled(ui, id, context) };
    },
  },
  {
    keys: ["tab", "shift-tab"],
    shown: "Tab",
    help: "Go to the next panel (Shift-Tab: to the one before); where one is alone: show the next one.",
    phases: RUNNING,
    press: (ui, context, key) => ({ ui: withFocus(ui, context, key === "tab" ? 1 : -1) }),
  },
  {
    keys: ["f"],
    shown: "f",
    help: "Make that panel as large as the screen, and small again.",
    phases: RUNNING,
    press: (ui, context) => ({ ui: zoomedPanel(ui, context) }),
  },
  {
    keys: ["v"],
    shown: "v",
    help: "Wave and spectrum: live from the skin, or from the server.",
    phases: RUNNING,
    press: (ui) => ({ ui: { ...ui, pulse: ui.pulse === "live" ? "server" : "live" } }),
  },
  {
    keys: ["e"],
    shown: "e",
    help: "Log: warnings and errors only, or all.",
    phases: RUNNING,
    needs: ["log"],
    press: (ui) => ({ ui: { ...ui, log: { ...ui.log, problemsOnly: !ui.log.problemsOnly, back: 0 } } }),
  },
  {
    keys: ["up", "down", "pageup", "pagedown", "home", "end"],
    shown: "Up Down",
    help: "Log: older and newer lines (also PageUp, PageDown, Home, End).",
    phases: RUNNING,
    needs: ["log"],
    press: (ui, context, key) => ({ ui: scrolled(ui, context, key) }),
  },
];

type ListedKey = Pick<KeyBinding, "shown" | "help">;

/** Keys that no binding has; the help names them, the bar does not. */
export function unlistedKeys(isOver: boolean): readonly ListedKey[] {
  const [leave, camera] = isOver
    ? ["Leave.", ""]
    : ["Cancel at once; a second time leaves without waiting for the server.", " Not while a camera is measured."];
  return [
    { shown: "Ctrl-C", help: leave },
    { shown: "Ctrl-Z", help: `Back to the shell; \`fg\` comes back.${camera}` },
    { shown: "Ctrl-L", help: "Paint the screen anew." },
  ];
}

/** Bindings of the last screen, or of all screens before it, also those that do nothing in this moment. */
export function keysOf(isOver: boolean): readonly KeyBinding[] {
  const phases = isOver ? OVER : RUNNING;
  return KEYS.filter((binding) => binding.phases.some((phase) => phases.includes(phase)));
}

/** Bindings that do something now. */
export function keysFor(ui: UiState, context: KeyContext): readonly KeyBinding[] {
  const { phase, visible, isTiny } = context;
  return KEYS.filter(
    ({ phases, needs, works, label }) =>
      phases.includes(phase) &&
      (works === undefined || works(ui, context)) &&
      (needs === undefined || needs.some((id) => visible.includes(id))) &&
      (!isTiny || (label !== undefined && BLIND.has(label))),
  );
}

/** What can be asked for on a screen that shows one sentence. */
const BLIND = new Set(["start", "cancel", "quit"]);

/** Between two keys of the bar. */
export const BAR_GAP = "   ";

type BarBinding = Pick<KeyBinding, "keys" | "shown"> & { readonly label: string };

const FILTER_KEYS: readonly BarBinding[] = [
  { keys: ["enter"], shown: "Enter", label: "keep" },
  { keys: ["escape"], shown: "Esc", label: "clear" },
];

const ANSWERS = new Set(["y", "Y", "n", "N"]);
const ANSWER_KEYS: readonly BarBinding[] = [
  { keys: ["y"], shown: "y", label: "yes" },
  { keys: ["n"], shown: "n", label: "no" },
];

/**
 * The bindings that the bar shows: as many as fit, and always those that lead out and explain. A question is answered, in the
 * help every key goes back, and into the filter every letter is typed.
 */
export function barBindings(ui: UiState, context: KeyContext, columns: number): readonly BarBinding[] {
  if (ui.asking && !OVER.includes(context.phase)) return ANSWER_KEYS;
  if (ui.help) return [];
  if (isTypingFilter(ui, context)) return FILTER_KEYS;
  const labelled = keysFor(ui, context).filter(
    (binding): binding is KeyBinding & BarBinding => binding.label !== undefined,
  );
  const widthOf = ({ shown, label }: BarBinding): number => shown.length + 1 + label.length + BAR_GAP.length;
  const isNeeded = ({ label }: BarBinding): boolean => label === "help" || label === "quit";
  let free = columns - 1 + BAR_GAP.length;
  for (const binding of labelled) if (isNeeded(binding)) free -= widthOf(binding);
  return labelled.filter((binding) => {
    if (isNeeded(binding)) return true;
    free -= widthOf(binding);
    return free >= 0;
  });
}

/** What a key does now. An unknown key does nothing; only `y` is a yes. */
export function pressKey(ui: UiState, key: string, context: KeyContext): Press {
  const over = OVER.includes(context.phase);
  if (key === "ctrl-l") return { ui, effect: "repaint" };
  if (key === "ctrl-z") return { ui, effect: "suspend" };
  if (key === "ctrl-c") return over ? { ui, effect: "dismiss" } : interrupt(ui);
  if (!over && ui.asking) return answer(ui, key);
  // The measurement ended under the question: its answer is no key of the last screen.
  if (ui.asking && ANSWERS.has(key)) return { ui: { ...ui, asking: false } };
  if (ui.help && !context.isTiny) return { ui: inHelp(ui, key, context) };
  if (isTypingFilter(ui, context)) return { ui: typed(ui, key) };
  if (!over && key === "escape" && ui.panels.zoomed !== undefined) return { ui: zoomedPanel(ui, context) };
  const binding = keysFor(ui, context).find(({ keys }) => keys.includes(key));
  return binding?.press(ui, context, key) ?? { ui };
}

const HELP_STEPS: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -8, pagedown: 8, home: -999, end: 999 };

/** Arrows move the list, anything else closes it. */
function inHelp(ui: UiState, key: string, { helpTopMax }: KeyContext): UiState {
  const step = HELP_STEPS[key];
  if (step === undefined) return { ...ui, help: false };
  return { ...ui, helpTop: Math.min(helpTopMax, Math.max(0, ui.helpTop + step)) };
}

/** Longer ones cannot be read in the title of the panel. */
const FILTER_COLUMNS_MAX = 24;

/** The filter that is being typed with a text that was pasted at its end; elsewhere nothing is pasted. */
export function pasteFilter(ui: UiState, text: string, context: KeyContext): UiState {
  if (!isTypingFilter(ui, context) || ui.asking || ui.help) return ui;
  return Array.from(pastedText(text, FILTER_COLUMNS_MAX)).reduce(typed, ui);
}

/** Every letter goes into the filter, while that can be seen; also when the measurement ends under it: r would begin another. */
function isTypingFilter({ log }: UiState, { visible }: KeyContext): boolean {
  return log.isTyping && visible.includes("log");
}

function typed(ui: UiState, key: string): UiState {
  const { log } = ui;
  if (key === "enter") return { ...ui, log: { ...log, isTyping: false } };
  if (key === "escape") return { ...ui, log: { ...log, isTyping: false, filter: "" } };
  if (key === "backspace") return { ...ui, log: { ...log, filter: log.filter.replace(/.$/u, "") } };
  const isText = isCharacter(key) && columnsOf(log.filter + key) <= FILTER_COLUMNS_MAX;
  return isText ? { ...ui, log: { ...log, filter: log.filter + key, back: 0 } } : ui;
}

function canCancel({ cancelling }: UiState): boolean {
  return cancelling === "no";
}

function ask(ui: UiState): Press {
  return { ui: { ...ui, asking: true, help: false } };
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

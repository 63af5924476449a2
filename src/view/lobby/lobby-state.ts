import {
  type PastMeasurement,
  SETUP_FIELDS,
  type SetupChoice,
  type SetupData,
  type SetupField,
} from "../../domain/setup.js";
import { isCharacter, pastedText } from "../typed-text.js";
import { FIELDS } from "./setup-fields.js";

/** What the screen before a measurement shows. */
export interface LobbyState {
  readonly screen: "setup" | "history" | "report";
  readonly choice: SetupChoice;
  readonly focus: SetupField;
  /** The list of a field's options is open, at that place. */
  readonly listAt: number | undefined;
  /** What is being typed: into the field that has the focus, or into the filter of the history. */
  readonly typed: string | undefined;
  /** Why nothing could be started. */
  readonly problem: string | undefined;
  readonly filter: string;
  /** Place in the filtered history. */
  readonly past: number;
  /** Lines of the report above the screen. */
  readonly top: number;
  readonly help: boolean;
  /** Lines of the help above the screen. */
  readonly helpTop: number;
}

type LobbyEffect = "start" | "quit" | "repaint" | "suspend";

export interface LobbyPress {
  readonly state: LobbyState;
  readonly effect?: LobbyEffect;
}

export function initialLobby(data: SetupData, problem: string | undefined): LobbyState {
  return {
    screen: "setup",
    choice: data.choice,
    focus: "source",
    listAt: undefined,
    typed: undefined,
    problem,
    filter: "",
    past: 0,
    top: 0,
    help: false,
    helpTop: 0,
  };
}

/** One row of the key table of these screens. */
export interface LobbyKey {
  readonly keys: readonly string[];
  readonly shown: string;
  readonly label: string;
  readonly help: string;
  readonly screens: readonly LobbyState["screen"][];
  /** Whether it does anything now; undefined is always. */
  readonly works?: (state: LobbyState, data: SetupData) => boolean;
  press(state: LobbyState, data: SetupData, key: string): LobbyPress;
}

const EVERY = ["setup", "history", "report"] as const;

export const LOBBY_KEYS: readonly LobbyKey[] = [
  {
    keys: ["s"],
    shown: "s",
    label: "start",
    help: "Measure what the form says.",
    screens: ["setup"],
    press: start,
  },
  {
    keys: ["up", "down", "tab", "shift-tab", "pageup", "pagedown", "home", "end"],
    shown: "Up Down",
    label: "move",
    help: "Go to another line (also Tab, PageUp, PageDown, Home, End).",
    screens: EVERY,
    works: hasLines,
    press: (state, data, key) => ({ state: moved(state, data, key) }),
  },
  {
    keys: ["enter"],
    shown: "Enter",
    label: "choose",
    help: "All options of a line, or type something else (Ctrl-U empties it).",
    screens: ["setup"],
    press: (state, data) => ({ state: opened(state, data) }),
  },
  {
    keys: ["enter"],
    shown: "Enter",
    label: "open",
    help: "The report of a past measurement.",
    screens: ["history"],
    works: hasLines,
    press: (state) => ({ state: { ...state, screen: "report", top: 0 } }),
  },
  {
    keys: ["h"],
    shown: "h",
    label: "history",
    help: "Past measurements.",
    screens: ["setup"],
    press: (state) => ({ state: { ...state, screen: "history", past: 0, problem: undefined } }),
  },
  {
    keys: ["/"],
    shown: "/",
    label: "filter",
    help: "Show only past measurements with that text: type, Enter keeps it, Esc clears it.",
    screens: ["history"],
    works: (_, { history }) => history.length > 0,
    press: (state) => ({ state: { ...state, typed: state.filter, past: 0 } }),
  },
  {
    keys: ["escape", "backspace", "h"],
    shown: "Esc",
    label: "back",
    help: "Back to where you came from (also h and Backspace).",
    screens: ["history", "report"],
    press: (state) => ({ state: { ...state, screen: state.screen === "report" ? "history" : "setup" } }),
  },
  {
    keys: ["?"],
    shown: "?",
    label: "help",
    help: "This list.",
    screens: EVERY,
    press: (state) => ({ state: { ...state, help: true, helpTop: 0 } }),
  },
  {
    keys: ["q"],
    shown: "q",
    label: "quit",
    help: "Leave.",
    screens: EVERY,
    press: (state) => ({ state, effect: "quit" }),
  },
  {
    keys: ["left", "right"],
    shown: "Left Right",
    label: "change",
    help: "Take the option before or behind.",
    screens: ["setup"],
    works: ({ choice, focus }, data) =>
      FIELDS[focus].options(data, choice).some(({ value }) => value !== choice[focus]),
    press: (state, data, key) => ({ state: turned(state, data, key === "right" ? 1 : -1) }),
  },
];

/** The keys that do something now. */
export function lobbyKeys(state: LobbyState, data: SetupData): readonly LobbyKey[] {
  return LOBBY_KEYS.filter(
    ({ screens, works }) => screens.includes(state.screen) && (works === undefined || works(state, data)),
  );
}

/** Keys that work on every screen; the help names them, the bar does not. */
export const EVERYWHERE = [
  { shown: "Ctrl-C", help: "Leave, also while something is typed." },
  { shown: "Ctrl-Z", help: "Back to the shell; `fg` comes back." },
  { shown: "Ctrl-L", help: "Paint the screen anew." },
] as const;

/** In a list without lines nothing can be moved to or opened. */
function hasLines(state: LobbyState, data: SetupData): boolean {
  return state.screen === "setup" || pastShown(state, data).length > 0;
}

/**
 * What a key does.
 * @param topMax lines of the page that can lie above the screen
 */
export function pressLobby(state: LobbyState, key: string, data: SetupData, topMax = 0): LobbyPress {
  if (key === "ctrl-c") return { state, effect: "quit" };
  if (key === "ctrl-l") return { state, effect: "repaint" };
  if (key === "ctrl-z") return { state, effect: "suspend" };
  const step = STEPS[key];
  if (state.help) {
    if (step === undefined) return { state: { ...state, help: false } };
    return { state: { ...state, helpTop: within(state.helpTop + step, topMax + 1) } };
  }
  if (state.typed !== undefined) return { state: inText(state, key) };
  if (state.listAt !== undefined) return { state: inList(state, key, data) };
  if (state.screen === "report" && step !== undefined) {
    return { state: { ...state, top: within(state.top + step, topMax + 1) } };
  }
  return (
    lobbyKeys(state, data)
      .find(({ keys }) => keys.includes(key))
      ?.press(state, data, key) ?? { state }
  );
}

/** A text that was pasted: only where something is typed, or can be. */
export function pasteLobby(state: LobbyState, text: string): LobbyState {
  if (state.typed === undefined && (state.listAt === undefined || FIELDS[state.focus].typed === undefined))
    return state;
  const typed = state.typed ?? "";
  return { ...state, listAt: undefined, typed: typed + pastedText(text, TEXT_MAX - typed.length) };
}

/** Past measurements that pass the filter. */
export function pastShown({ filter, typed, screen }: LobbyState, { history }: SetupData): readonly PastMeasurement[] {
  const wanted = (screen === "history" ? (typed ?? filter) : filter).toLowerCase();
  if (wanted === "") return history;
  return history.filter(({ name, source, state }) => `${name} ${source} ${state}`.toLowerCase().includes(wanted));
}

/** The options of the field that has the focus, and the line where something can be typed instead. */
export function listLength(state: LobbyState, data: SetupData): number {
  const { options, typed } = FIELDS[state.focus];
  return options(data, state.choice).length + (typed === undefined ? 0 : 1);
}

function start(state: LobbyState, data: SetupData): LobbyPress {
  for (const field of SETUP_FIELDS) {
    const problem = problemOf(field, state.choice, data);
    if (problem !== undefined) return { state: { ...state, focus: field, problem } };
  }
  const { server, length } = state.choice;
  if (server !== "local" && Number(length) > CLOUD_SECONDS_MAX) {
    const problem = `The server ${server} measures up to ${CLOUD_SECONDS_MAX} s: choose a shorter length.`;
    return { state: { ...state, focus: "length", problem } };
  }
  return { state: { ...state, problem: undefined }, effect: "start" };
}

/** What was remembered may have been chosen by another version, or written by hand: it counts no more than what is typed. */
function problemOf(field: SetupField, choice: SetupChoice, data: SetupData): string | undefined {
  const { label, typed, options, problem } = FIELDS[field];
  const value = choice[field];
  if (typed !== undefined || options(data, choice).some((option) => option.value === value)) return problem?.(value);
  return `${label}: "${value}" cannot be chosen here, take another.`;
}

/** Named servers are measured with by version 2 of the protocol. */
const CLOUD_SECONDS_MAX = 120;

const STEPS: Readonly<Record<string, number>> = {
  up: -1,
  "shift-tab": -1,
  down: 1,
  tab: 1,
  pageup: -8,
  pagedown: 8,
  home: -9_999,
  end: 9_999,
};

function moved(state: LobbyState, data: SetupData, key: string): LobbyState {
  const step = STEPS[key] ?? 0;
  switch (state.screen) {
    case "setup": {
      const at = within(SETUP_FIELDS.indexOf(state.focus) + step, SETUP_FIELDS.length);
      return { ...state, focus: SETUP_FIELDS[at] ?? state.focus, problem: undefined };
    }
    case "history":
      return { ...state, past: within(state.past + step, pastShown(state, data).length) };
    case "report":
      return state;
  }
}

function within(index: number, length: number): number {
  return Math.max(0, Math.min(length - 1, index));
}

function turned(state: LobbyState, data: SetupData, step: 1 | -1): LobbyState {
  const options = FIELDS[state.focus].options(data, state.choice);
  const at = options.findIndex(({ value }) => value === state.choice[state.focus]);
  // What was typed is no option: the first one follows it.
  const next = options[at < 0 ? 0 : (at + step + options.length) % options.length];
  return next ? chosen(state, next.value) : state;
}

function opened(state: LobbyState, data: SetupData): LobbyState {
  const { options, typed } = FIELDS[state.focus];
  const all = options(data, state.choice);
  // Where nothing but "not said" could be chosen, typing begins at once.
  if (typed !== undefined && all.length <= 1 && state.focus !== "source") {
    return { ...state, typed: state.choice[state.focus] };
  }
  const at = all.findIndex(({ value }) => value === state.choice[state.focus]);
  return { ...state, listAt: Math.max(0, at) };
}

function inList(state: LobbyState, key: string, data: SetupData): LobbyState {
  const at = state.listAt ?? 0;
  const { options, typed } = FIELDS[state.focus];
  const closed = { ...state, listAt: undefined };
  // A path is typed over the list as well; none of its letters may close it, or start or leave behind it.
  if (isCharacter(key)) return typed === undefined ? state : { ...closed, typed: key };
  if (key === "enter" || key === "right") {
    const option = options(data, state.choice)[at];
    return option ? chosen(closed, option.value) : { ...closed, typed: "" };
  }
  const step = STEPS[key];
  return step === undefined ? closed : { ...state, listAt: within(at + step, listLength(state, data)) };
}

/** Longer than any path. */
const TEXT_MAX = 4_096;

function inText(state: LobbyState, key: string): LobbyState {
  const typed = state.typed ?? "";
  if (key === "backspace") return { ...state, typed: typed.replace(/.$/u, "") };
  if (key === "ctrl-u") return { ...state, typed: "" };
  if (isCharacter(key) && typed.length < TEXT_MAX) return { ...state, typed: typed + key };
  if (key !== "enter" && key !== "escape") return state;
  const done: LobbyState = { ...state, typed: undefined };
  if (state.screen === "history") return { ...done, filter: key === "enter" ? typed : "", past: 0 };
  return key === "enter" ? chosen(done, typed.trim()) : done;
}

/** Another server has other studies. */
function chosen(state: LobbyState, value: string): LobbyState {
  const choice = { ...state.choice, [state.focus]: value };
  const problem = FIELDS[state.focus].problem?.(value);
  return { ...state, problem, choice: state.focus === "server" ? { ...choice, study: "" } : choice };
}

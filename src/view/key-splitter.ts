import { characterKey, sequenceKey } from "./key-names.js";

/** What came from the keyboard, or from the terminal itself. */
export type InputEvent =
  /** "s", "?", "enter", "escape", "ctrl-c", "up", "alt-x" ... */
  | { readonly kind: "key"; readonly key: string }
  /** The answer of the terminal to a query; without this kind its letters would be taken for keys. */
  | { readonly kind: "reply"; readonly text: string }
  | { readonly kind: "paste"; readonly text: string }
  /** A click, or a step of the wheel, on a cell counted from the upper left corner, 0-based. */
  | { readonly kind: "mouse"; readonly action: MouseAction; readonly column: number; readonly row: number };

type MouseAction = "press" | "wheel-up" | "wheel-down";

const ESC = "\u001B";
const BEL = "\u0007";
// Escape sequences by ECMA-48: complete ones, and beginnings that need more bytes. Both start at ESC.
const X10_MOUSE = /^\[M[\s\S]{3}/;
// The function keys of Linux consoles have one more bracket.
const CSI = /^\[(\[[A-E]|[0-?]*[ -/]*[@-~])/;
const CSI_BEGUN = /^\[(?:\[|[0-?]*[ -/]*|M[\s\S]{0,2})$/;
const SS3 = /^O([ -~])/;
// What a control string says has no control characters: one ends it, whether it was whole or not.
const STRING_BEGUN = /^[\]P_^X]\P{Cc}*/u;
const STRING_END = new RegExp(`^(?:${BEL}|${ESC}\\\\)`);

const PASTE_START = `${ESC}[200~`;
const PASTE_END = `${ESC}[201~`;

/** A beginning longer than this is no sequence but noise, and is dropped; of what is pasted so much is kept. */
const HELD_LIMIT = 65_536;

/**
 * Cuts what a terminal sends into single events: keys that arrive together are told apart, escape sequences
 * that arrive in pieces are put together, replies and pastes are not mistaken for keys.
 */
export class KeySplitter {
  #held = "";
  /** What was pasted so far, while its end is still to come. */
  #pasted: string | undefined;

  /** What is kept back because more may come: an Esc that may be a key, the beginning of a sequence or of a paste. */
  get holds(): "nothing" | "escape" | "sequence" | "paste" {
    if (this.#pasted !== undefined) return "paste";
    if (this.#held === "") return "nothing";
    return this.#held === ESC ? "escape" : "sequence";
  }

  push(text: string): InputEvent[] {
    let rest = this.#held + text;
    this.#held = "";
    const events: InputEvent[] = [];
    while (rest !== "") {
      const step = this.#step(rest);
      if (step === "unfinished") {
        this.#held = rest.length > HELD_LIMIT ? "" : rest;
        break;
      }
      if (step.event) events.push(step.event);
      rest = rest.slice(step.length);
    }
    return events;
  }

  /** Nothing more came in time: a lone Esc was the key, the beginning of a sequence is dropped. */
  release(): InputEvent[] {
    const wasKey = this.holds === "escape";
    this.#held = "";
    this.#pasted = undefined;
    return wasKey ? [{ kind: "key", key: "escape" }] : [];
  }

  #step(rest: string): Step | "unfinished" {
    if (this.#pasted !== undefined) return this.#pasteStep(rest, this.#pasted);
    if (!rest.startsWith(ESC)) return plainStep(rest);
    if (!rest.startsWith(PASTE_START)) return escapeStep(rest.slice(1));
    this.#pasted = "";
    return { length: PASTE_START.length, event: undefined };
  }

  /** Nothing of a paste is a key, however long it is: the rest of one that was given up in its middle would be. */
  #pasteStep(rest: string, before: string): Step | "unfinished" {
    const end = rest.indexOf(PASTE_END);
    // A part of the end may have come.
    const length = end >= 0 ? end : rest.length - PASTE_END.length + 1;
    if (end < 0 && length <= 0) return "unfinished";
    const text = (before + rest.slice(0, length)).slice(0, HELD_LIMIT);
    this.#pasted = end >= 0 ? undefined : text;
    return end >= 0
      ? { length: length + PASTE_END.length, event: { kind: "paste", text } }
      : { length, event: undefined };
  }
}

interface Step {
  readonly length: number;
  readonly event: InputEvent | undefined;
}

function plainStep(rest: string): Step {
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return { length: character.length, event: { kind: "key", key: characterKey(character) } };
}

/** `rest` is what follows an Esc. */
function escapeStep(rest: string): Step | "unfinished" {
  const mouse = X10_MOUSE.exec(rest);
  if (mouse) return { length: 1 + mouse[0].length, event: undefined };
  if (rest === "" || rest === "O" || CSI_BEGUN.test(rest)) return "unfinished";
  const string = STRING_BEGUN.exec(rest);
  if (string) return stringStep(rest, string[0]);
  const csi = CSI.exec(rest);
  if (csi) return { length: 1 + csi[0].length, event: csiEvent(csi[1] ?? "") };
  const ss3 = SS3.exec(rest);
  if (ss3) return { length: 1 + ss3[0].length, event: namedKey(sequenceKey(ss3[1] ?? "")) };
  if (rest.startsWith(ESC)) return { length: 1, event: { kind: "key", key: "escape" } };
  if (rest.startsWith("[")) return { length: 2, event: undefined };
  const { length, event } = plainStep(rest);
  return { length: 1 + length, event: event?.kind === "key" ? { kind: "key", key: `alt-${event.key}` } : event };
}

/** `begun` is what `rest` holds of a control string without its end. */
function stringStep(rest: string, begun: string): Step | "unfinished" {
  const after = rest.slice(begun.length);
  if (after === "" || after === ESC) return "unfinished";
  const end = STRING_END.exec(after);
  if (!end) return { length: 1 + begun.length, event: undefined };
  const whole = begun + end[0];
  return { length: 1 + whole.length, event: replyOf(whole) };
}

// Button, column, row, 1-based; M is down, m is up (xterm, "SGR" mode). Modifiers are added to the button.
const SGR_MOUSE = /^<(\d+);(\d+);(\d+)([Mm])$/;
const MODIFIERS = 4 + 8 + 16;
const MOUSE_ACTIONS: Readonly<Record<number, MouseAction>> = { 0: "press", 64: "wheel-up", 65: "wheel-down" };

function mouseEvent([, button, column, row, end]: RegExpExecArray): InputEvent | undefined {
  const action = end === "M" ? MOUSE_ACTIONS[Number(button) & ~MODIFIERS] : undefined;
  return action && { kind: "mouse", action, column: Number(column) - 1, row: Number(row) - 1 };
}

function csiEvent(body: string): InputEvent | undefined {
  const mouse = SGR_MOUSE.exec(body);
  if (mouse) return mouseEvent(mouse);
  // Status and position reports, device attributes, mode reports, window reports; "?" is also the keyboard protocol's.
  if (/^[?>]|[nRcty]$/.test(body)) return replyOf(`[${body}`);
  return namedKey(sequenceKey(body));
}

function namedKey(key: string | undefined): InputEvent | undefined {
  return key === undefined ? undefined : { kind: "key", key };
}

function replyOf(afterEscape: string): InputEvent {
  return { kind: "reply", text: `${ESC}${afterEscape}` };
}

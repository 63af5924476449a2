import { isCharacter } from "./typed-text.js";

// What terminals send for a key, and what the key is called here.

const SEQUENCE_KEYS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  Z: "shift-tab",
  "1~": "home",
  "3~": "delete",
  "4~": "end",
  "5~": "pageup",
  "6~": "pagedown",
};
const CONTROL_KEYS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\u007F": "backspace",
};

/** The name of a key that came as one character. */
export function characterKey(character: string): string {
  const known = CONTROL_KEYS[character];
  if (known !== undefined) return known;
  const code = character.charCodeAt(0);
  return code < 32 ? `ctrl-${String.fromCharCode(code + 96)}` : character;
}

// "A", "1;5A", "5;2~", "97:65;2:1;65u": code and shifted code, modifiers and kind of event, text.
const CODED = /^(\d*)(?::(\d*)(?::\d*)?)?(?:;(\d*)(?::(\d+))?)?(?:;(\d+)[\d:]*)?([A-Z~u])$/;
const RELEASED = "3";

/**
 * The name of a key that came as a control sequence; undefined when it has none here. A program before this one may have
 * left the keyboard protocol of kitty switched on ("CSI 113 u"), or xterm's modifyOtherKeys ("CSI 27;5;99~").
 * @param body what follows "CSI" or "SS3"
 * Source: https://sw.kovidgoyal.net/kitty/keyboard-protocol/, https://invisible-island.net/xterm/modified-keys.html
 */
export function sequenceKey(body: string): string | undefined {
  const [, code = "", shifted, modifiers = "1", event, text, end = ""] = CODED.exec(body) ?? [];
  if (event === RELEASED) return undefined;
  if (end === "u") return codedKey(Number(code), Number(modifiers), text ?? shifted);
  if (end === "~" && code === "27") return codedKey(Number(text), Number(modifiers), text);
  // With a modifier the key is the same here.
  return end === "~" || (code !== "" && code !== "1") ? SEQUENCE_KEYS[`${code}${end}`] : SEQUENCE_KEYS[end];
}

const ESC_CODE = 27;
// Bits of what is sent, less one; Caps Lock and Num Lock say nothing more.
const [SHIFT, ALT, CTRL] = [1, 2, 4];
const LOCKS = 64 + 128;

/** `typed` is the code of what the key writes with Shift, where the terminal tells it. */
function codedKey(code: number, modifiers: number, typed: string | undefined): string | undefined {
  const held = (modifiers - 1) & ~LOCKS;
  const character = fromCode(code);
  if (code === ESC_CODE) return "escape";
  const named = CONTROL_KEYS[character];
  if (named !== undefined) return named === "tab" && held === SHIFT ? "shift-tab" : named;
  // Modifiers alone, keys of media players and the like have private codes.
  if (!isCharacter(character)) return undefined;
  if (held === CTRL) return `ctrl-${character}`;
  if (held === ALT) return `alt-${character}`;
  if (held === 0) return character;
  if (held !== SHIFT) return undefined;
  // Only the terminal knows what is above a digit, or beside it.
  if (typed !== undefined) return fromCode(Number(typed));
  const capital = character.toUpperCase();
  return capital === character ? undefined : capital;
}

function fromCode(code: number): string {
  return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
}

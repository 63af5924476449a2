import type { Capability } from "./capability.js";

/** Characters of the frames and bars. */
interface Glyphs {
  readonly horizontal: string;
  readonly vertical: string;
  readonly topLeft: string;
  readonly topRight: string;
  readonly bottomLeft: string;
  readonly bottomRight: string;
  readonly teeRight: string;
  readonly teeLeft: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly dot: string;
  readonly more: string;
  readonly pointer: string;
  readonly up: string;
  readonly down: string;
  readonly level: string;
  readonly plusMinus: string;
}

const UNICODE: Glyphs = {
  horizontal: "─",
  vertical: "│",
  topLeft: "╭",
  topRight: "╮",
  bottomLeft: "╰",
  bottomRight: "╯",
  teeRight: "├",
  teeLeft: "┤",
  barFull: "█",
  barEmpty: "░",
  dot: "●",
  more: "…",
  pointer: "›",
  up: "▲",
  down: "▼",
  level: "=",
  plusMinus: "±",
};

const ASCII: Glyphs = {
  horizontal: "-",
  vertical: "|",
  topLeft: "+",
  topRight: "+",
  bottomLeft: "+",
  bottomRight: "+",
  teeRight: "+",
  teeLeft: "+",
  barFull: "#",
  barEmpty: ".",
  dot: "*",
  more: "~",
  pointer: ">",
  up: "^",
  down: "v",
  level: "=",
  plusMinus: "+-",
};

/** A colour by meaning. Every state that has a colour also has a word beside it. */
export type Role = "ok" | "warning" | "error" | "muted" | "accent" | "strong" | "plain";

// The 16 colours of the terminal, so that the operator's own palette applies.
const SGR: Readonly<Record<Role, readonly [on: number, off: number] | undefined>> = {
  ok: [32, 39],
  warning: [33, 39],
  error: [31, 39],
  muted: [2, 22],
  accent: [36, 39],
  strong: [1, 22],
  plain: undefined,
};

export interface Theme {
  readonly unicode: boolean;
  readonly glyphs: Glyphs;
  paint(role: Role, text: string): string;
}

// Own escape sequences instead of the `color` property of Ink's Text: that one asks chalk, which ignores
// NO_COLOR and decides from the real stdout at import time.
export function themeFor(capability: Pick<Capability, "color" | "unicode">): Theme {
  return {
    unicode: capability.unicode,
    glyphs: capability.unicode ? UNICODE : ASCII,
    paint(role, text) {
      const codes = capability.color ? SGR[role] : undefined;
      return codes && text !== "" ? `\u001B[${codes[0]}m${text}\u001B[${codes[1]}m` : text;
    },
  };
}

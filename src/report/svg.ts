import { printable } from "../domain/printable.js";

// Pieces of SVG pictures as text. Every text passes `escaped`: names come from files, words from servers.

export const COLORS = {
  paper: "#ffffff",
  ink: "#1d2430",
  muted: "#5d6775",
  faint: "#d9dee5",
  pulse: "#1667b1",
  trend: "#b3411e",
  ok: "#1d7f3c",
  warning: "#94610a",
  error: "#b3261e",
} as const;

/** The family in fonts/: `draw.ts` makes it known. */
const FONT = "DejaVu Sans, sans-serif";
/** Widths of that font's letters in units of its size, rounded up: `i` 0.28, digits 0.64, `e` 0.62, `M` 0.86, `W` 0.99. */
const LETTER_WIDTHS: readonly (readonly [letters: RegExp, width: number])[] = [
  [/[ijlIft.,:;'|! ()[\]]/, 0.4],
  [/[a-ln-vx-z0-9\-"/?_]/, 0.64],
  [/[A-LN-VX-Z$&#*]/, 0.79],
];
const WIDEST = 1;

export interface TextStyle {
  readonly sizePx?: number;
  readonly color?: string;
  readonly bold?: boolean;
  readonly anchor?: "start" | "middle" | "end";
  /** What is longer is cut and marked. */
  readonly widthPx?: number;
}

/** One line of text; y is its base line. */
export function textAt(x: number, y: number, words: string, style: TextStyle = {}): string {
  const { sizePx = 14, color = COLORS.ink, bold = false, anchor = "start", widthPx } = style;
  const shown = widthPx === undefined ? words : cut(words, widthPx / sizePx);
  // There is one font file only: an outline makes its letters bold.
  const weight = bold ? ` stroke="${color}" stroke-width="${short(sizePx / 25)}"` : "";
  const place = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${short(x)}" y="${short(y)}" font-size="${sizePx}" fill="${color}"${weight}${place}>${escaped(shown)}</text>`;
}

export function lineFrom(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" stroke="${color}"/>`;
}

/** A picture on paper. */
export function svgPicture(widthPx: number, heightPx: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}" font-family="${FONT}">`,
    `<rect width="${widthPx}" height="${heightPx}" fill="${COLORS.paper}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

/**
 * Text as text in XML and HTML, inside an element or a quoted attribute. Control characters, halves of surrogate pairs
 * and U+FFFE and U+FFFF are not allowed in XML at all.
 */
export function escaped(words: string): string {
  return printable(words)
    .replaceAll(/[\u{FFFE}\u{FFFF}]+/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** The beginning of a text that is not wider than so many times its size; what was cut is marked. */
function cut(words: string, width: number): string {
  let left = width;
  let end = 0;
  let room = 0;
  for (const letter of words) {
    left -= widthOf(letter);
    if (left < 0) return `${words.slice(0, room)}…`;
    end += letter.length;
    if (left >= WIDEST) room = end;
  }
  return words;
}

/** The text in lines that are not wider than so many times its size, broken between words where that is enough. */
export function brokenLines(words: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  let left = width;
  for (const word of words.split(/(?<= )/).flatMap((whole) => piecesOf(whole, width))) {
    const needed = widthOfText(word.trimEnd());
    if (line !== "" && needed > left) {
      lines.push(line.trimEnd());
      line = "";
      left = width;
    }
    line += word;
    left -= widthOfText(word);
  }
  return [...lines, line.trimEnd()];
}

/** A word, in pieces where it is wider than a line. */
function piecesOf(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  let left = width;
  for (const letter of word.trimEnd()) {
    left -= widthOf(letter);
    if (left < 0 && piece !== "") {
      pieces.push(piece);
      piece = "";
      left = width - widthOf(letter);
    }
    piece += letter;
  }
  return [...pieces, piece + word.slice(word.trimEnd().length)];
}

function widthOfText(words: string): number {
  let width = 0;
  for (const letter of words) width += widthOf(letter);
  return width;
}

function widthOf(letter: string): number {
  return LETTER_WIDTHS.find(([letters]) => letters.test(letter))?.[1] ?? WIDEST;
}

/** A number for a coordinate, without needless digits. */
function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

// Columns of a terminal: most characters take one, those of East Asia and pictures two, combining marks none.

const ESC = "\u001B";
const SEQUENCE = new RegExp(`${ESC}\\[[\\d;]*m`, "g");
/** All of one column each. */
const NARROW = /^[ -~\u00A0-\u02FF\u2010-\u2027\u2039\u203A\u2190-\u21FF\u2500-\u25FF\u2800-\u28FF\uE000]*$/;
// East Asian blocks, and what is a picture without being asked to; the letters of flags take one column each.
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|(?!\p{Regional_Indicator})\p{Emoji_Presentation}/u;
const WITHOUT_WIDTH = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** Columns of a text that may hold colours. */
export function columnsOf(text: string): number {
  const bare = text.replace(SEQUENCE, "");
  if (NARROW.test(bare)) return bare.length;
  let columns = 0;
  for (const character of bare) columns += widthOf(character);
  return columns;
}

/** True when every character takes one column. */
export function isNarrow(text: string): boolean {
  return NARROW.test(text.replace(SEQUENCE, ""));
}

/** The text in exactly so many columns: with blanks behind it, or cut and marked with `more`. */
export function inColumns(text: string, columns: number, more: string): string {
  const missing = columns - columnsOf(text);
  if (missing >= 0) return missing === 0 ? text : text + " ".repeat(missing);
  const kept = cut(text, Math.max(0, columns - 1));
  const end = columns > 0 ? more : "";
  const gap = " ".repeat(Math.max(0, columns - columnsOf(kept) - end.length));
  // Colours that were opened before the cut are closed behind it.
  return `${kept}${end}${kept.includes(ESC) ? `${ESC}[0m` : ""}${gap}`;
}

/** The beginning of a text, of at most so many columns. */
function cut(text: string, columns: number): string {
  let end = 0;
  let used = 0;
  while (end < text.length) {
    if (text[end] === ESC) {
      const close = text.indexOf("m", end);
      end = close < 0 ? text.length : close + 1;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(end) ?? 0);
    used += widthOf(character);
    if (used > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** The end of a text without colours, of at most so many columns; what is left out is marked with `more`. */
export function endInColumns(text: string, columns: number, more: string): string {
  if (columnsOf(text) <= columns) return text;
  // Far more than is shown; a pasted text may be very long.
  let rest = text.slice(-8 * columns);
  while (rest !== "" && columnsOf(rest) > columns - more.length) {
    rest = rest.slice(String.fromCodePoint(rest.codePointAt(0) ?? 0).length);
  }
  return more + rest;
}

/** The two parts of a text: the first of at most so many columns, at least one character. */
export function splitAtColumn(text: string, columns: number): [first: string, rest: string] {
  const first = cut(text, columns) || String.fromCodePoint(text.codePointAt(0) ?? 0);
  return [first, text.slice(first.length)];
}

function widthOf(character: string): number {
  if (NARROW.test(character)) return 1;
  if (WITHOUT_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

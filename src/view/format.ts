import { columnsOf, inColumns, splitAtColumn } from "./columns.js";
import type { Theme } from "./theme.js";

/** A dash: not known, which is not zero. */
export const UNKNOWN = "-";

/** "00:23", "1:02:03". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = `${twoDigits(Math.floor(whole / 60) % 60)}:${twoDigits(whole % 60)}`;
  return whole < 3600 ? minutes : `${Math.floor(whole / 3600)}:${minutes}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** " 38 %", always five columns wide, never more than 100. */
export function percent(fraction: number | undefined): string {
  const text = fraction === undefined ? UNKNOWN : String(Math.floor(clamp01(fraction) * 100));
  return `${text.padStart(3)} %`;
}

/** "3 ms", "1.2 s". */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "00:05.3": with tenths, for times that lie close together. */
export function clockTenths(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
  return `${clock(Math.floor(tenths / 10))}.${tenths % 10}`;
}

/** At most five characters: "3ms", "480ms", "1.2s", "73s". */
export function shortDuration(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 1_000) return `${whole}ms`;
  return ms < 99_950 ? `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)}s` : `${Math.round(ms / 60_000)}min`;
}

/** "0-15 s", "12.5-15 s"; containers round times, so that 17.996 s are 18. */
export function span(startS: number, endS: number): string {
  return `${shortSeconds(startS)}-${shortSeconds(endS)} s`;
}

function shortSeconds(seconds: number): string {
  return String(Math.round(seconds * 10) / 10);
}

/** A bar of exactly `width` columns. */
export function bar(fraction: number, width: number, theme: Theme): string {
  const full = Math.round(clamp01(fraction) * width);
  const { barFull, barEmpty } = theme.glyphs;
  return theme.paint("accent", barFull.repeat(full)) + theme.paint("muted", barEmpty.repeat(width - full));
}

// Joiners, direction marks, variants and skin colours: no two terminals agree on the columns that they make of them.
const SHAPING = /[\p{Cf}\p{Emoji_Modifier}\uFE00-\uFE0F]/gu;

/** Text from outside on one line: no control characters, none of the private ones that mark the preview. */
export function oneLine(text: string): string {
  return text
    .replace(SHAPING, "")
    .replace(/[\p{Cc}\p{Co}\u2028\u2029]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
}

/** Text of exactly `width` columns; what does not fit is cut and marked. */
export function fit(text: string, width: number, theme: Theme): string {
  return inColumns(text, width, theme.glyphs.more);
}

/** So many lines: with empty ones at the end, or without those that are too many. */
export function inRows(lines: readonly string[], rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => lines[row] ?? "");
}

/** Words on lines of at most `width` columns; a longer word is cut into pieces. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (columnsOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (columnsOf(line) > width) {
      const [piece, rest] = splitAtColumn(line, width);
      lines.push(piece);
      line = rest;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** Text in the middle of a line. */
export function centred(text: string, width: number): string {
  return " ".repeat(Math.max(0, (width - columnsOf(text)) >> 1)) + text;
}

export function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}

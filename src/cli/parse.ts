import { InvalidArgumentError } from "commander";

import { SERVER_WORDS, serverName } from "../app/settings.js";
import { failureOf } from "../domain/errors.js";
import { CHUNK_SECONDS_MAX, CHUNK_SECONDS_MIN } from "../domain/measurement-terms.js";
import { nearestWord } from "../domain/nearest.js";

// Parsers of option values. Each gives a typed value or one clear sentence.

/** Length of a chunk in seconds: the service takes 5 to 30. */
export function parseChunkLength(text: string): number {
  return parseNumber(text, CHUNK_SECONDS_MIN, CHUNK_SECONDS_MAX, "seconds");
}

/** Length of a measurement in seconds; the mode's own limit is checked with the mode. */
export function parseVideoLength(text: string): number {
  return parseNumber(text, 1, 1200, "seconds");
}

export function parsePort(text: string): number {
  return parseWhole(text, 0, 65_535);
}

/** A number above zero. */
export function parsePositive(text: string): number {
  return parseNumber(text, 0.001, 1000, "");
}

export function parseCount(text: string): number {
  return parseWhole(text, 1, 1e9);
}

/** "1280x720". */
export function parseResolution(text: string): { widthPx: number; heightPx: number } {
  const match = /^(\d{2,5})[xX](\d{2,5})$/.exec(text);
  if (!match) throw new InvalidArgumentError("It must look like 1280x720.");
  return { widthPx: Number(match[1]), heightPx: Number(match[2]) };
}

/** A server of the table, or "local", whatever its case. */
export const parseServer: WordParser<string> = Object.assign(
  (text: string): string => {
    try {
      return serverName(text);
    } catch (error) {
      throw new InvalidArgumentError(failureOf(error).message);
    }
  },
  { words: SERVER_WORDS },
);

/** Rows of a list that are asked for at once. */
export function parseLimit(text: string): number {
  return parseWhole(text, 1, 1000);
}

/** Rows of a list that are left out. */
export function parseOffset(text: string): number {
  return parseWhole(text, 0, 1e9);
}

/** A day of the calendar, "2026-11-22". */
export function parseDate(text: string): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  // The calendar has no 30th of February; Date would make it one of March.
  if (day === undefined || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError("It must be a day like 2026-11-22.");
  }
  return text;
}

/** Frames per second of a camera. */
export function parseRate(text: string): number {
  return parseNumber(text, 1, 240, "frames per second");
}

/** A name out of `ffmpeg -pix_fmts` or of a codec: "yuyv422", "mjpeg". It goes into ffmpeg's arguments. */
export function parsePixelFormat(text: string): string {
  if (!/^[a-z][a-z0-9_]{1,31}$/i.test(text))
    throw new InvalidArgumentError("It must be a name such as yuyv422 or mjpeg.");
  return text.toLowerCase();
}

/** One of the words, whatever its case. The parser carries those that are no short forms as `words`, for completion. */
export function parseWord<Word extends string>(
  words: Readonly<Record<string, Word>>,
  known: readonly string[] = Object.keys(words),
): WordParser<Word> {
  const parse = (text: string): Word => {
    const key = text.toLowerCase();
    const word = Object.hasOwn(words, key) ? words[key] : undefined;
    if (word !== undefined) return word;
    const near = nearestWord(key, known);
    const guess = near === undefined ? "" : ` Did you mean ${near}?`;
    throw new InvalidArgumentError(`It must be one of: ${known.join(", ")}.${guess}`);
  };
  return Object.assign(parse, { words: known.filter((key) => words[key]?.toLowerCase() === key) });
}

interface WordParser<Word> {
  (text: string): Word;
  readonly words: readonly string[];
}

function parseWhole(text: string, low: number, high: number): number {
  const value = parseNumber(text, low, high, "");
  if (!Number.isInteger(value)) throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  return value;
}

function parseNumber(text: string, low: number, high: number, unit: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < low || value > high) {
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}${unit === "" ? "" : ` ${unit}`}.`);
  }
  return value;
}

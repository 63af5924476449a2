import { InvalidArgumentError } from "commander";

import { CHUNK_SECONDS_MAX, CHUNK_SECONDS_MIN } from "../domain/measurement-terms.js";

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
  const port = parseNumber(text, 0, 65_535, "");
  if (!Number.isInteger(port)) throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  return port;
}

/** "1280x720". */
export function parseResolution(text: string): { widthPx: number; heightPx: number } {
  const match = /^(\d{2,5})[xX](\d{2,5})$/.exec(text);
  if (!match) throw new InvalidArgumentError("It must look like 1280x720.");
  return { widthPx: Number(match[1]), heightPx: Number(match[2]) };
}

/** One of the words, whatever its case. */
export function parseWord<Word extends string>(words: Readonly<Record<string, Word>>): (text: string) => Word {
  return (text) => {
    const key = text.toLowerCase();
    const word = Object.hasOwn(words, key) ? words[key] : undefined;
    if (word === undefined) throw new InvalidArgumentError(`It must be one of: ${Object.keys(words).join(", ")}.`);
    return word;
  };
}

function parseNumber(text: string, low: number, high: number, unit: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < low || value > high) {
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}${unit === "" ? "" : ` ${unit}`}.`);
  }
  return value;
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

import { AppError, type ErrorCode } from "../../src/domain/errors.js";

/** The files of a folder of test/corpus, in the order of their names. */
export function corpus(folder: string): Uint8Array[] {
  const path = fileURLToPath(new URL(`../corpus/${folder}/`, import.meta.url));
  const names = readdirSync(path).toSorted();
  return names.map((name) => new Uint8Array(readFileSync(join(path, name))));
}

/** No damaged file of a few kilobytes may take longer, also on a busy machine. */
const PARSE_MS_MAX = 2000;
/** Nor may it make the process grow by more than this over a whole test. */
const GROWTH_BYTES_MAX = 256 * 2 ** 20;

interface Fuzzed {
  readonly accepted: number;
  readonly refused: number;
}

/**
 * Reads `rounds` files: each gives a value that `use` can work with, or an AppError with one of the codes and one
 * sentence. Anything else fails the test and names the round.
 */
export async function fuzz(rounds: number, codes: readonly ErrorCode[], use: (round: number) => void): Promise<Fuzzed> {
  let accepted = 0;
  const startBytes = process.memoryUsage.rss();
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    try {
      use(round);
      accepted += 1;
    } catch (error) {
      expectSentence(error, codes, round);
    }
    expect(performance.now() - startMs, `round ${round} took too long`).toBeLessThan(PARSE_MS_MAX);
    // What the add-on holds is let go between two turns of the event loop only.
    if (round % 100 === 0) await setImmediate();
  }
  expect(process.memoryUsage.rss() - startBytes, "the process grew").toBeLessThan(GROWTH_BYTES_MAX);
  return { accepted, refused: rounds - accepted };
}

function expectSentence(error: unknown, codes: readonly ErrorCode[], round: number): void {
  if (!(error instanceof AppError)) throw new Error(`round ${round} ended in something else`, { cause: error });
  expect(codes, `round ${round}`).toContain(error.code);
  // One line of a length that can be read, without anything that could steer a terminal.
  expect(error.message, `round ${round}`).toMatch(/^\P{Cc}{10,400}$/u);
}

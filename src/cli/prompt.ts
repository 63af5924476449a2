import { on } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";

import { AppError } from "../domain/errors.js";
import { printable } from "../domain/printable.js";

// Questions to a person at a terminal. The terminal does not echo (raw mode), so what is typed for one question before
// it is asked, or pasted with it, is not shown either; visible answers are echoed here.

const CTRL_C = "\u0003";
const ESCAPE = "\u001b";
const ENDS = new Set(["\r", "\n"]);
const END_OF_INPUT = "\u0004";
const BACKSPACES = new Set(["\u007f", "\b"]);
const ERASE_LINE = "\u0015";
const ANSWER_LENGTH_MAX = 4096;

export interface Question {
  readonly label: string;
  /** True for what must not appear on the screen. */
  readonly secret: boolean;
}

/**
 * Asks each question and gives the answers, none of them empty. The terminal is as it was before when this settles, also
 * after Ctrl-C.
 * @throws AppError CANCELLED after Ctrl-C, the end of the input or the signal.
 */
export async function askAll(
  questions: readonly Question[],
  input: ReadStream,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<string[]> {
  if (questions.length === 0) return [];
  const wasRaw = input.isRaw;
  input.setRawMode(true);
  const keys = keysOf(input, signal);
  try {
    const answers: string[] = [];
    for (const question of questions) answers.push(await ask(question, keys, write));
    return answers;
  } catch (error) {
    if (signal.aborted) write("\r\n");
    throw signal.aborted ? new AppError("CANCELLED", "Cancelled.") : error;
  } finally {
    await keys.return(undefined);
    input.setRawMode(wasRaw);
    input.pause();
  }
}

async function ask(
  { label, secret }: Question,
  keys: AsyncGenerator<string, undefined>,
  write: (text: string) => void,
): Promise<string> {
  write(`${label}: `);
  let typed: string[] = [];
  const erase = (count: number): void => {
    if (!secret) write("\b \b".repeat(Math.min(count, typed.length)));
    typed = typed.slice(0, Math.max(0, typed.length - count));
  };
  for (;;) {
    const { value: key } = await keys.next();
    if (key === undefined || key === CTRL_C || key === END_OF_INPUT) {
      write("\r\n");
      throw new AppError("CANCELLED", "Cancelled.");
    }
    if (BACKSPACES.has(key)) erase(1);
    else if (key === ERASE_LINE) erase(typed.length);
    else if (!ENDS.has(key)) {
      if (typed.length >= ANSWER_LENGTH_MAX || printable(key) !== key) continue;
      typed.push(key);
      if (!secret) write(key);
    } else if (typed.join("").trim() !== "") {
      write("\r\n");
      return typed.join("");
    }
  }
}

/** One character after the other, as typed. A pasted text comes in one piece, so what is left waits for the next question. */
async function* keysOf(input: ReadStream, signal: AbortSignal): AsyncGenerator<string, undefined> {
  const decoder = new StringDecoder("utf8");
  // Arrows and function keys are no characters of an answer: Escape, then "[", then everything up to a letter.
  let sequence: "none" | "escape" | "long" = "none";
  const arrivals = on(input, "data", { signal, close: ["end", "close"] }) as AsyncIterable<[Buffer]>;
  for await (const [bytes] of arrivals) {
    for (const key of decoder.write(bytes)) {
      if (sequence === "none" && key !== ESCAPE) yield key;
      else if (sequence === "none") sequence = "escape";
      else if (sequence === "escape") sequence = key === "[" || key === "O" ? "long" : "none";
      else if (key >= "@" && key <= "~") sequence = "none";
    }
  }
  return undefined;
}

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
  let asking: Asking | undefined;
  const continued = (): void => {
    // Whoever stopped this program may have let the terminal echo meanwhile. Node does nothing for a mode that it believes to be set.
    input.setRawMode(false);
    input.setRawMode(true);
    asking?.show();
  };
  process.on("SIGCONT", continued);
  try {
    const answers: string[] = [];
    for (const question of questions) {
      asking = new Asking(question, write);
      answers.push(await asking.answer(keys));
    }
    return answers;
  } catch (error) {
    if (signal.aborted) write("\r\n");
    throw signal.aborted ? new AppError("CANCELLED", "Cancelled.") : error;
  } finally {
    process.off("SIGCONT", continued);
    await keys.return(undefined);
    input.setRawMode(wasRaw);
    input.pause();
  }
}

/** One question, and what was typed for it so far. */
class Asking {
  readonly #question: Question;
  readonly #write: (text: string) => void;
  #typed: string[] = [];

  constructor(question: Question, write: (text: string) => void) {
    this.#question = question;
    this.#write = write;
  }

  show(): void {
    const { label, secret } = this.#question;
    this.#write(`${label}: ${secret ? "" : this.#typed.join("")}`);
  }

  async answer(keys: AsyncGenerator<string, undefined>): Promise<string> {
    this.show();
    for (;;) {
      const { value: key } = await keys.next();
      if (key === undefined || key === CTRL_C || key === END_OF_INPUT) {
        this.#write("\r\n");
        throw new AppError("CANCELLED", "Cancelled.");
      }
      if (BACKSPACES.has(key)) this.#erase(1);
      else if (key === ERASE_LINE) this.#erase(this.#typed.length);
      else if (!ENDS.has(key)) this.#add(key);
      else if (this.#typed.join("").trim() !== "") {
        this.#write("\r\n");
        return this.#typed.join("");
      }
    }
  }

  #add(key: string): void {
    if (this.#typed.length >= ANSWER_LENGTH_MAX || printable(key) !== key) return;
    this.#typed.push(key);
    if (!this.#question.secret) this.#write(key);
  }

  #erase(count: number): void {
    if (!this.#question.secret) this.#write("\b \b".repeat(Math.min(count, this.#typed.length)));
    this.#typed = this.#typed.slice(0, Math.max(0, this.#typed.length - count));
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

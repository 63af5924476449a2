import { StringDecoder } from "node:string_decoder";
import { type InputEvent, KeySplitter } from "./key-splitter.js";
import type { TerminalInput } from "./terminal-port.js";

/** A laggy link may put 30 ms between an Esc and the rest of its sequence (measured); people wait longer. */
const ESCAPE_MS = 60;
/** Replies and pastes come in pieces with longer gaps. */
const SEQUENCE_MS = 500;

/** Reads the terminal in raw mode and hands on one event at a time. */
export class Keyboard {
  readonly #input: TerminalInput;
  readonly #onEvent: (event: InputEvent) => void;
  readonly #splitter = new KeySplitter();
  readonly #decoder = new StringDecoder("utf8");
  #timer: NodeJS.Timeout | undefined;

  constructor(input: TerminalInput, onEvent: (event: InputEvent) => void) {
    this.#input = input;
    this.#onEvent = onEvent;
  }

  /** Raw mode, and every event from now on; once more does no harm. */
  open(): void {
    this.#input.setRawMode?.(true);
    this.#input.off("data", this.#take);
    this.#input.on("data", this.#take);
    this.#input.resume();
  }

  /** Nothing more is read by this one; the mode stays for whoever reads next. */
  release(): void {
    clearTimeout(this.#timer);
    this.#input.off("data", this.#take);
    this.#input.pause();
  }

  /** Cooked mode again, and nothing more is read. */
  close(): void {
    clearTimeout(this.#timer);
    this.#input.off("data", this.#take);
    try {
      this.#input.setRawMode?.(false);
    } catch {
      // The terminal is gone, and its modes with it.
    }
    this.#input.pause();
  }

  readonly #take = (bytes: Buffer | string): void => {
    clearTimeout(this.#timer);
    const text = typeof bytes === "string" ? bytes : this.#decoder.write(bytes);
    for (const event of this.#splitter.push(text)) this.#onEvent(event);
    const { holds } = this.#splitter;
    if (holds === "nothing") return;
    this.#timer = setTimeout(this.#release, holds === "escape" ? ESCAPE_MS : SEQUENCE_MS);
    this.#timer.unref();
  };

  readonly #release = (): void => {
    for (const event of this.#splitter.release()) this.#onEvent(event);
  };
}

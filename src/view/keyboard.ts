import { StringDecoder } from "node:string_decoder";
import { type InputEvent, KeySplitter } from "./key-splitter.js";
import type { TerminalInput } from "./terminal-port.js";

/** A laggy link may put 30 ms between an Esc and the rest of its sequence (measured); people wait longer. */
const ESCAPE_MS = 60;
/** Replies come in pieces with longer gaps, and pastes, whose rest must not be taken for keys, with still longer ones. */
const SEQUENCE_MS = 500;
const PASTE_MS = 5_000;
const WAITS = { escape: ESCAPE_MS, sequence: SEQUENCE_MS, paste: PASTE_MS } as const;

/** Reads the terminal in raw mode and hands on one event at a time. */
export class Keyboard {
  readonly #input: TerminalInput;
  readonly #onEvent: (event: InputEvent) => void;
  readonly #splitter = new KeySplitter();
  readonly #decoder = new StringDecoder("utf8");
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Immediate | undefined;

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
    this.#forgetWait();
    this.#input.off("data", this.#take);
    this.#input.pause();
  }

  /** Cooked mode again, and nothing more is read. */
  close(): void {
    this.#forgetWait();
    this.#input.off("data", this.#take);
    try {
      this.#input.setRawMode?.(false);
    } catch {
      // The terminal is gone, and its modes with it.
    }
    this.#input.pause();
  }

  readonly #take = (bytes: Buffer | string): void => {
    this.#forgetWait();
    const text = typeof bytes === "string" ? bytes : this.#decoder.write(bytes);
    for (const event of this.#splitter.push(text)) this.#onEvent(event);
    const { holds } = this.#splitter;
    if (holds === "nothing") return;
    // A busy program comes late to both the clock and the keyboard: what lies there already is read first.
    this.#timer = setTimeout(() => {
      this.#look = setImmediate(this.#release);
    }, WAITS[holds]);
    this.#timer.unref();
  };

  #forgetWait(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#look);
  }

  readonly #release = (): void => {
    for (const event of this.#splitter.release()) this.#onEvent(event);
  };
}

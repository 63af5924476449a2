import { StringDecoder } from "node:string_decoder";
import { type InputEvent, KeySplitter } from "./key-splitter.js";
import type { TerminalInput } from "./terminal-port.js";

/** A laggy link may put 30 ms between an Esc and the rest of its sequence (measured); people wait longer. */
const ESCAPE_MS = 60;
/** Replies come in pieces with longer gaps, and pastes, whose rest must not be taken for keys, with still longer ones. */
const SEQUENCE_MS = 500;
const PASTE_MS = 5_000;
const WAITS = { escape: ESCAPE_MS, sequence: SEQUENCE_MS, paste: PASTE_MS } as const;

interface Reader {
  readonly decoder: StringDecoder;
  readonly splitter: KeySplitter;
}

/** Who takes the keyboard over finds what another has read of a sequence: its rest alone would be taken for keys. */
const readers = new WeakMap<TerminalInput, Reader>();

function readerOf(input: TerminalInput): Reader {
  const known = readers.get(input);
  if (known) return known;
  const reader = { decoder: new StringDecoder("utf8"), splitter: new KeySplitter() };
  readers.set(input, reader);
  return reader;
}

/** Reads the terminal in raw mode and hands on one event at a time. */
export class Keyboard {
  readonly #input: TerminalInput;
  readonly #onEvent: (event: InputEvent) => void;
  readonly #reader: Reader;
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Immediate | undefined;
  #isReading = false;

  constructor(input: TerminalInput, onEvent: (event: InputEvent) => void) {
    this.#input = input;
    this.#onEvent = onEvent;
    this.#reader = readerOf(input);
  }

  /** Raw mode, and every event from now on; once more does no harm. */
  open(): void {
    this.#input.setRawMode?.(true);
    this.#input.off("data", this.#take);
    this.#input.on("data", this.#take);
    this.#input.resume();
    this.#isReading = true;
    this.#wait();
  }

  /** Nothing more is read by this one; the mode stays for whoever reads next. */
  release(): void {
    this.#isReading = false;
    this.#forgetWait();
    this.#input.off("data", this.#take);
    this.#input.pause();
  }

  /** Cooked mode again, and nothing more is read. */
  close(): void {
    this.#isReading = false;
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
    const { decoder, splitter } = this.#reader;
    const text = typeof bytes === "string" ? bytes : decoder.write(bytes);
    for (const event of splitter.push(text)) this.#onEvent(event);
    this.#wait();
  };

  /** For the rest of what has begun. */
  #wait(): void {
    this.#forgetWait();
    const { holds } = this.#reader.splitter;
    if (holds === "nothing" || !this.#isReading) return;
    // A busy program comes late to both the clock and the keyboard: what lies there already is read first.
    this.#timer = setTimeout(() => {
      this.#look = setImmediate(this.#release);
    }, WAITS[holds]);
    this.#timer.unref();
  }

  #forgetWait(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#look);
  }

  readonly #release = (): void => {
    for (const event of this.#reader.splitter.release()) this.#onEvent(event);
  };
}

import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { STATUS_REPLY } from "./preview-pacer.js";
import type { TerminalOutput } from "./terminal-port.js";

// Alternate screen, cursor hidden, no wrapping (a line that is too long cannot scroll the screen),
// bracketed paste (so that a paste is not taken for keys).
const ENTER = "\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[?2004h\u001B[H\u001B[2J";
// Clicks and the wheel, in the form that knows every column.
const MOUSE = "\u001B[?1000h\u001B[?1006h";
// In the reverse order. The end of a synchronized update comes first: one may have been cut off. What is on the screen is
// erased: GNU screen has no alternate one unless it is told to, and would write the summary into ours.
const LEAVE =
  "\u001B[?2026l\u001B[m\u001B[H\u001B[J\u001B[?1006l\u001B[?1000l\u001B[?2004l\u001B[?7h\u001B[?25h\u001B[?1049l";

/** A terminal that takes no bytes for so long is given up. */
const STALL_MS = 500;
const RETRY_MS = 5;

/** Switches the terminal to the screen of the program and back. */
export class TerminalModes {
  readonly #output: TerminalOutput;
  readonly #mouse: boolean;
  #entered = false;

  constructor(output: TerminalOutput, mouse: boolean) {
    this.#output = output;
    this.#mouse = mouse;
  }

  enter(): void {
    this.#entered = true;
    setBlocking(this.#output, false);
    this.#output.write(this.#mouse ? ENTER + MOUSE : ENTER);
  }

  /** Behind everything that is still to be written. */
  async leave(): Promise<void> {
    if (!this.#entered) return;
    this.#entered = false;
    const isWritten = await within(STALL_MS, (done) => this.#output.write(LEAVE, () => done()));
    setBlocking(this.#output, true);
    if (!isWritten) this.#writeSync();
  }

  /** At once, past the event loop: for signal handlers and 'exit'. */
  leaveSync(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#writeSync();
    // What is still queued may follow; then this follows it.
    if (this.#output.writableLength > 0) this.#output.write(LEAVE);
  }

  #writeSync(): void {
    const { fd } = this.#output;
    if (fd === undefined) {
      this.#output.write(LEAVE);
      return;
    }
    let rest = Buffer.from(LEAVE);
    for (let waitedMs = 0; rest.length > 0 && waitedMs < STALL_MS; waitedMs += RETRY_MS) {
      try {
        rest = rest.subarray(writeSync(fd, rest));
      } catch (thrown) {
        if (!isBusy(thrown)) return; // The terminal is gone: nobody is left to see it.
        pause(RETRY_MS);
      }
    }
  }
}

/** Calls `start` with a callback and tells whether it was called in time. */
function within(limitMs: number, start: (done: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limitMs);
    start(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/**
 * Reads the answers to status queries that are under way, so that the shell does not get them as input.
 * Only for the way out without an event loop.
 */
export function swallowReplies(count: number, limitMs: number): void {
  let terminal: number;
  try {
    // A descriptor of its own, because that of stdin may block.
    terminal = openSync("/dev/tty", constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return; // No controlling terminal: no shell either.
  }
  const bytes = Buffer.alloc(256);
  let text = "";
  for (let waitedMs = 0; waitedMs < limitMs && text.split(STATUS_REPLY).length <= count; waitedMs += RETRY_MS) {
    try {
      const length = readSync(terminal, bytes);
      if (length === 0) break;
      text += bytes.toString("latin1", 0, length);
    } catch (thrown) {
      if (!isBusy(thrown)) break;
      pause(RETRY_MS);
    }
  }
  closeSync(terminal);
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "EAGAIN";
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * A terminal that stalls must not stop the event loop, and with it the network: Node writes to terminals
 * in blocking mode. There is no public way to change that; where this one is gone, everything else works.
 */
function setBlocking(output: TerminalOutput, on: boolean): void {
  const handle: unknown = Reflect.get(output, "_handle");
  if (isBlockable(handle)) handle.setBlocking(on);
}

function isBlockable(handle: unknown): handle is { setBlocking(on: boolean): void } {
  return typeof handle === "object" && handle !== null && "setBlocking" in handle;
}

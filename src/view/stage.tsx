import { type Instance, render } from "ink";
import type { ReactNode } from "react";
import type { Capability } from "./capability.js";
import { FrameSink } from "./frame-sink.js";
import type { JobControl } from "./job-control.js";
import type { InputEvent } from "./key-splitter.js";
import { Keyboard } from "./keyboard.js";
import { type AskedReplies, LastReplies } from "./last-replies.js";
import { swallowReplies, TerminalModes } from "./terminal-modes.js";
import type { TerminalInput, TerminalOutput } from "./terminal-port.js";

export interface StageOptions {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly capability: Capability;
  readonly jobs: JobControl;
  /** Ask the terminal to tell clicks and the wheel. */
  readonly mouse: boolean;
  onEvent(event: InputEvent): void;
  /** The terminal has another size, or what it shows is lost. */
  onResize(columns: number, rows: number): void;
  /** Nobody can see or press anything any more. */
  onHangUp(): void;
  /** The cells of the hole are blank. */
  onHoleBlank(): void;
  /** The screen itself failed: a defect of ours. */
  onDefect(text: string): void;
  /** Questions to the terminal that it has not answered yet. */
  readonly asked: AskedReplies;
}

/** Sizes that follow each other faster are taken together. */
const RESIZE_MS = 60;
/** A job that nobody stopped (no shell with job control watches over it) comes back after this. */
const NOT_STOPPED_MS = 300;
/** How often a job that the shell lets go on without the terminal looks whether it has it again. */
const IN_BACK_MS = 500;

/** The terminal while a screen of ours is on it: modes, keyboard, one frame after the other; and its way back to the shell. */
export class Stage {
  readonly sink: FrameSink;
  readonly #options: StageOptions;
  readonly #modes: TerminalModes;
  readonly #keyboard: Keyboard;
  readonly #unlisten: () => void;
  readonly #lastReplies: LastReplies;
  #ink: Instance | undefined;
  #closing: Promise<void> | undefined;
  #resizing: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #isResizedAgain = false;
  #isOpen = true;
  #isSuspended = false;

  constructor(options: StageOptions) {
    const { stdin, stdout, capability, mouse, jobs } = options;
    this.#options = options;
    this.#lastReplies = new LastReplies(options.asked);
    this.#modes = new TerminalModes(stdout, mouse);
    this.sink = new FrameSink(stdout, capability.unicode, () => options.onHoleBlank());
    this.#modes.enter();
    this.#keyboard = new Keyboard(stdin, this.#take);
    this.#keyboard.open();
    stdout.on("resize", this.#resized);
    stdout.on("error", this.#hungUp);
    stdin.on("error", this.#hungUp);
    stdin.on("end", this.#hungUp);
    this.#unlisten = jobs.listen(() => void this.suspend(), this.#continued);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Shows a React tree until the stage is closed. */
  mount(tree: ReactNode): void {
    this.#ink = render(tree, {
      // Ink only writes, and reads size and isTTY; the keyboard is ours.
      stdout: this.sink as unknown as NodeJS.WriteStream,
      stdin: process.stdin,
      // Every write is one whole frame: no cursor movement, no erasing, and no special path for CI.
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
      // INK_SCREEN_READER would turn the panels into running text; --screen-reader is made for that.
      isScreenReaderEnabled: false,
    });
    this.#ink.waitUntilExit().catch((thrown: unknown) => {
      // A defect of the screen must not end a measurement without a word.
      this.#options.onDefect(`The screen failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      this.#end();
    });
  }

  /** Paints everything anew, as after a change of size. */
  repaint(): void {
    this.sink.invalidate();
    const { stdout } = this.#options;
    this.#options.onResize(stdout.columns ?? 0, stdout.rows ?? 0);
  }

  /** Gives the terminal to the shell and stops; everything is painted anew when the shell lets the program go on. */
  async suspend(): Promise<void> {
    if (!this.#isOpen || this.#isSuspended) return;
    this.#isSuspended = true;
    this.sink.pause();
    await this.#lastReplies.all();
    if (!this.#isOpen) return;
    await this.#modes.leave();
    this.#keyboard.close();
    setTimeout(() => {
      if (this.#isSuspended) this.#continued();
    }, NOT_STOPPED_MS);
    this.#options.jobs.stop();
  }

  /** Bytes that are no part of the picture: a bell, a message to the desktop. */
  signal(text: string): void {
    if (this.#isOpen && !this.#isSuspended) this.#options.stdout.write(text);
  }

  /** Gives the terminal back as it was; may be called at any time, and again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same without waiting, for signal handlers and 'exit'. */
  restoreSync(): void {
    if (!this.#isOpen) return;
    this.#shut();
    this.#modes.leaveSync();
    const { sync } = this.#lastReplies;
    if (sync) swallowReplies(sync.count, sync.limitMs);
    this.#keyboard.close();
  }

  readonly #take = (event: InputEvent): void => {
    this.#options.onEvent(event);
    if (event.kind === "reply") this.#lastReplies.take(event.text);
  };

  /** The first of many sizes at once, then the last: a window that is dragged gives a hundred a second. */
  readonly #resized = (): void => {
    if (this.#resizing) {
      this.#isResizedAgain = true;
      return;
    }
    this.repaint();
    this.#resizing = setTimeout(() => {
      this.#resizing = undefined;
      if (this.#isResizedAgain) this.#resized();
    }, RESIZE_MS);
    this.#isResizedAgain = false;
  };

  /** After our own stop, and after one that nobody asked us about: the shell may have changed every mode. */
  readonly #continued = (): void => {
    if (!this.#isOpen) return;
    clearTimeout(this.#looking);
    // The shell has the terminal: there is nothing to draw on until `fg`.
    if (!this.#options.jobs.isForeground()) return this.#sentToBack();
    this.#isSuspended = false;
    try {
      this.#modes.enter();
      this.#keyboard.open();
    } catch {
      // A terminal that goes away also lets its jobs go on.
      this.#hungUp();
      return;
    }
    this.sink.resume();
    this.repaint();
  };

  /** Let go on without the terminal; after a stop that nobody asked us about it is no longer as we left it. */
  #sentToBack(): void {
    this.#isSuspended = true;
    this.sink.pause();
    // No signal tells a job that runs that it has the terminal again.
    this.#looking = setTimeout(this.#continued, IN_BACK_MS);
    this.#looking.unref();
  }

  readonly #hungUp = (): void => {
    this.#lastReplies.giveUp();
    this.#end();
  };

  #end(): void {
    this.sink.close();
    this.#options.onHangUp();
  }

  /** No frame and no key from now on. */
  #shut(): void {
    this.#isOpen = false;
    this.sink.close();
    this.#ink?.unmount();
    this.#unlisten();
    clearTimeout(this.#resizing);
    clearTimeout(this.#looking);
    const { stdin, stdout } = this.#options;
    stdout.off("resize", this.#resized);
    stdin.off("end", this.#hungUp);
    stdin.off("error", this.#hungUp);
    stdout.off("error", this.#hungUp);
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#shut();
    await this.#lastReplies.all();
    await this.#modes.leave();
    this.#keyboard.close();
  }
}

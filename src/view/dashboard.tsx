import { type Instance, render } from "ink";
import type { PreviewPicture, PreviewRequest } from "../domain/preview.js";
import type { MeasurementStore } from "../results/store.js";
import { capabilityOf } from "./capability.js";
import { FrameSink } from "./frame-sink.js";
import type { InputEvent } from "./key-splitter.js";
import { pressKey } from "./key-table.js";
import { Keyboard } from "./keyboard.js";
import { PreviewFeed } from "./preview-feed.js";
import { STATUS_REPLY } from "./preview-pacer.js";
import { Screen } from "./Screen.js";
import { swallowReplies, TerminalModes } from "./terminal-modes.js";
import type { TerminalInput, TerminalOutput } from "./terminal-port.js";
import { themeFor } from "./theme.js";
import type { Effect } from "./ui-state.js";
import { keyContext, ViewModel, wantedPreview } from "./view-model.js";

/** What the operator can ask of the program. */
export interface DashboardActions {
  start(): void;
  /** Stop measuring and keep what there is. */
  cancel(): void;
  /** Leave at once: the second Ctrl-C, or the terminal is gone. */
  quit(): void;
  /** The picture that is wanted from now on; undefined when none can be seen. */
  requestPreview(request: PreviewRequest | undefined): void;
}

export interface DashboardOptions {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly store: MeasurementStore;
  readonly actions: DashboardActions;
  readonly env: NodeJS.ProcessEnv;
  /** Name of the program, for the header. */
  readonly title: string;
  /** Any clock that only goes forward, in ms. */
  readonly nowMs: () => number;
}

export interface Dashboard {
  /** Shows a picture of the wanted size; it may be dropped when the terminal is slow. */
  showPreview(picture: PreviewPicture): void;
  /** Resolves when the operator leaves the final screen. */
  readonly dismissed: Promise<void>;
  /** Gives the terminal back as it was; may be called at any time, and again. */
  close(): Promise<void>;
  /** The same without waiting, for signal handlers and 'exit'. */
  restoreSync(): void;
}

/** Time for answers that are under way when the screen is closed. */
const LAST_REPLIES_MS = 300;
const LAST_REPLIES_SYNC_MS = 100;

/**
 * Takes over the terminal (alternate screen, raw mode) and shows the measurement until `close`.
 * Both streams must be terminals. NODE_ENV must be "production" before this module is loaded: React's
 * development build leaks about 4 kB per render.
 */
export function openDashboard(options: DashboardOptions): Dashboard {
  return new OpenDashboard(options);
}

class OpenDashboard implements Dashboard {
  readonly dismissed: Promise<void>;
  readonly #options: DashboardOptions;
  readonly #modes: TerminalModes;
  readonly #sink: FrameSink;
  readonly #feed: PreviewFeed;
  readonly #model: ViewModel;
  readonly #keyboard: Keyboard;
  readonly #ink: Instance;
  #dismiss: () => void = () => undefined;
  #requested: PreviewRequest | undefined;
  #answered: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #isOpen = true;

  constructor(options: DashboardOptions) {
    const { stdin, stdout, store, env, title, nowMs } = options;
    this.#options = options;
    this.dismissed = new Promise((resolve) => {
      this.#dismiss = resolve;
    });
    const capability = capabilityOf(env);
    this.#modes = new TerminalModes(stdout);
    this.#sink = new FrameSink(stdout, capability.unicode, () => this.#feed.invalidate());
    this.#feed = new PreviewFeed(this.#sink, capability.picture, nowMs, (rate) => this.#model.setPreviewRate(rate));
    this.#model = new ViewModel(store, stdout.columns ?? 0, stdout.rows ?? 0, nowMs);
    this.#modes.enter();
    this.#keyboard = new Keyboard(stdin, this.#take);
    stdout.on("resize", this.#resized);
    stdout.on("error", this.#hungUp);
    stdin.on("error", this.#hungUp);
    stdin.on("end", this.#hungUp);
    this.#ink = this.#mount(title, themeFor(capability));
    this.#model.subscribe(this.#request);
    this.#request();
  }

  showPreview(picture: PreviewPicture): void {
    if (this.#isOpen) this.#feed.show(picture);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  restoreSync(): void {
    // No key can come any more: who waits for one on the final screen must not wait for ever.
    this.#dismiss();
    if (!this.#isOpen) return;
    this.#shut();
    this.#modes.leaveSync();
    if (this.#feed.unanswered > 0) swallowReplies(this.#feed.unanswered, LAST_REPLIES_SYNC_MS);
    this.#keyboard.close();
  }

  #mount(title: string, theme: ReturnType<typeof themeFor>): Instance {
    const ink = render(<Screen model={this.#model} title={title} theme={theme} />, {
      // Ink only writes, and reads size and isTTY; the keyboard is ours.
      stdout: this.#sink as unknown as NodeJS.WriteStream,
      stdin: process.stdin,
      // Every write is one whole frame: no cursor movement, no erasing, and no special path for CI.
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
      // INK_SCREEN_READER would turn the panels into running text; --plain is made for that.
      isScreenReaderEnabled: false,
    });
    ink.waitUntilExit().catch((thrown: unknown) => {
      // A defect of the screen must not end a measurement without a word.
      const text = `The screen failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      this.#options.store.dispatch({ type: "message", message: { atMs: 0, level: "error", text } });
      this.#hungUp();
    });
    return ink;
  }

  readonly #take = (event: InputEvent): void => {
    if (event.kind === "reply" && event.text === STATUS_REPLY) this.#replied();
    if (event.kind !== "key" || !this.#isOpen) return;
    const state = this.#model.getSnapshot();
    const press = pressKey(state.ui, event.key, keyContext(state));
    this.#model.setUi(press.ui);
    if (press.effect) this.#perform(press.effect);
  };

  #replied(): void {
    this.#feed.replied();
    if (this.#feed.unanswered === 0) this.#answered?.();
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case "start":
        return this.#options.actions.start();
      case "cancel":
        return this.#options.actions.cancel();
      case "quit":
        return this.#options.actions.quit();
      case "dismiss":
        return this.#dismiss();
      case "repaint":
        return this.#repaint();
      case "suspend":
        return;
    }
  }

  #repaint(): void {
    const { layout } = this.#model.getSnapshot();
    this.#sink.invalidate();
    this.#model.resize(layout.columns, layout.rows);
  }

  readonly #resized = (): void => {
    const { stdout } = this.#options;
    this.#sink.invalidate();
    this.#model.resize(stdout.columns ?? 0, stdout.rows ?? 0);
  };

  /** Nobody can see or press anything any more. */
  readonly #hungUp = (): void => {
    this.#sink.close();
    this.#dismiss();
    this.#options.actions.quit();
  };

  /** Tells the source which picture is worth making, when that has changed. */
  readonly #request = (): void => {
    const wanted = wantedPreview(this.#model.getSnapshot());
    if (isSameRequest(wanted, this.#requested)) return;
    this.#requested = wanted;
    this.#options.actions.requestPreview(wanted);
  };

  /** No frame and no key from now on. */
  #shut(): void {
    this.#isOpen = false;
    this.#sink.close();
    this.#model.close();
    this.#ink.unmount();
    const { stdin, stdout } = this.#options;
    stdout.off("resize", this.#resized);
    stdin.off("end", this.#hungUp);
    stdin.off("error", this.#hungUp);
    stdout.off("error", this.#hungUp);
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#shut();
    await this.#lastReplies();
    await this.#modes.leave();
    this.#keyboard.close();
  }

  /** Answers that came after raw mode ended would be echoed into the shell. */
  async #lastReplies(): Promise<void> {
    if (this.#feed.unanswered === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LAST_REPLIES_MS);
      this.#answered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isSameRequest(a: PreviewRequest | undefined, b: PreviewRequest | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.widthPx === b.widthPx && a.heightPx === b.heightPx && a.zoom === b.zoom && a.overlay === b.overlay;
}

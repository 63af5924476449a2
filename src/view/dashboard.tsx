import type { DisplaySettings } from "../domain/display.js";
import type { PreviewPicture, PreviewRequest } from "../domain/preview.js";
import { isOver, type Message } from "../results/measurement.js";
import type { MeasurementStore } from "../results/store.js";
import type { Summary } from "../results/summary.js";
import type { Capability } from "./capability.js";
import type { JobControl } from "./job-control.js";
import type { InputEvent } from "./key-splitter.js";
import { pasteFilter, pressKey } from "./key-table.js";
import { USUAL_CELL } from "./picture-size.js";
import { barKeyAt, panelAt } from "./pointing.js";
import { PreviewFeed, type PreviewRate } from "./preview-feed.js";
import { LOW_BANDWIDTH_PACE, STATUS_REPLY, USUAL_PACE } from "./preview-pacer.js";
import { Screen } from "./Screen.js";
import { Stage } from "./stage.js";
import type { TerminalInput, TerminalOutput } from "./terminal-port.js";
import { themeFor } from "./theme.js";
import type { Effect, NextWish } from "./ui-state.js";
import { keyContext, type PreviewShape, ViewModel, wantedPreview } from "./view-model.js";

/** What the operator can ask of the program. */
export interface DashboardActions {
  start(): void;
  /** Stop measuring and keep what there is. */
  cancel(): void;
  /** Save what is seen now; a message of the store tells where. */
  snapshot(): void;
  /** Write a report of the measurement that is over; `showAnswer` tells what came of it. */
  report(): void;
  /** Go on with the measurement that is over: `dismiss`, or `showAnswer` tells why not. */
  resume(): void;
  /** Leave at once: the second Ctrl-C. */
  quit(): void;
  /** The terminal is gone. */
  hangUp(): void;
  /** The picture that is wanted from now on; undefined when none can be seen. */
  requestPreview(request: PreviewRequest | undefined): void;
}

export interface DashboardOptions {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly store: MeasurementStore;
  readonly actions: DashboardActions;
  readonly capability: Capability;
  readonly display: DisplaySettings;
  readonly jobs: JobControl;
  /** What was pressed before the screen was there. */
  readonly early?: readonly InputEvent[];
  /** The terminal has not answered all questions yet. */
  readonly isProbeDue?: boolean;
  /** False: the source is over, and cannot be measured once more. */
  readonly canRepeat?: boolean;
  /** Name of the program, for the header. */
  readonly title: string;
  /** Any clock that only goes forward, in ms. */
  readonly nowMs: () => number;
}

export interface Dashboard {
  /** Shows a picture of the wanted size; it may be dropped when the terminal is slow. */
  showPreview(picture: PreviewPicture): void;
  /** Everything is written: where it is, and how good it is. `call` calls the operator back, see domain/attention.ts. */
  showSummary(summary: Summary, call?: string): void;
  /** What came of a key of the final screen, in a sentence. */
  showAnswer(sentence: string): void;
  /** Ends the final screen, as a key does. */
  dismiss(wish: NextWish): void;
  /** Resolves when the operator leaves the final screen, with what is wanted next. */
  readonly dismissed: Promise<NextWish>;
  /** Gives the terminal back as it was; may be called at any time, and again. */
  close(): Promise<void>;
  /** The same without waiting, for signal handlers and 'exit'. */
  restoreSync(): void;
}

/**
 * Takes over the terminal (alternate screen, raw mode) and shows the measurement until `close`.
 * Both streams must be terminals. NODE_ENV must be "production" before this module is loaded: React's
 * development build leaks about 4 kB per render.
 */
export function openDashboard(options: DashboardOptions): Dashboard {
  return new OpenDashboard(options);
}

class OpenDashboard implements Dashboard {
  readonly dismissed: Promise<NextWish>;
  readonly #options: DashboardOptions;
  readonly #startedMs: number;
  readonly #feed: PreviewFeed;
  readonly #model: ViewModel;
  readonly #stage: Stage;
  #shape: PreviewShape;
  #dismiss: (wish: NextWish) => void = () => undefined;
  #requested: PreviewRequest | undefined;

  constructor(options: DashboardOptions) {
    const {
      stdin,
      stdout,
      store,
      capability,
      display,
      title,
      nowMs,
      jobs,
      canRepeat = true,
      isProbeDue = false,
    } = options;
    this.#options = options;
    this.#startedMs = nowMs();
    this.dismissed = new Promise((resolve) => {
      this.#dismiss = resolve;
    });
    const { lowBandwidth } = display;
    const size = { columns: stdout.columns ?? 0, rows: stdout.rows ?? 0 };
    const limits = lowBandwidth ? LOW_BANDWIDTH_PACE : USUAL_PACE;
    const { picture, cell = USUAL_CELL, registers, distanceMs = 0 } = capability;
    const hasPicture = picture.draw !== "off";
    this.#model = new ViewModel(store, { ...size, nowMs, lowBandwidth, hasPicture, canRepeat });
    this.#shape = { mode: picture, cell, rateHzMax: 1000 / limits.intervalMs };
    this.#stage = new Stage({
      stdin,
      stdout,
      capability,
      jobs,
      mouse: display.mouse,
      onEvent: (event) => this.#take(event),
      onResize: (columns, rows) => this.#model.resize(columns, rows),
      onHangUp: () => this.#hungUp(),
      onHoleBlank: () => this.#feed.invalidate(),
      onDefect: (text) => this.#say("error", text),
      asked: { isProbeDue, unanswered: () => this.#feed.unanswered, echoMs: () => this.#feed.echoMs },
    });
    const onRate = (rate: PreviewRate): void => this.#model.setPreviewRate(rate);
    const cellQuestion = picture.draw === "sixel" ? capability.cellQuestion : undefined;
    const pace = { limits, distanceMs, nowMs, onRate };
    this.#feed = new PreviewFeed(this.#stage.sink, { picture, cell, cellQuestion, registers, ...pace });
    const { place } = this.#stage.sink;
    this.#stage.mount(<Screen model={this.#model} title={title} theme={themeFor(capability)} place={place} />);
    this.#model.subscribe(this.#request);
    this.#request();
    if (capability.hint !== undefined) this.#say("warning", capability.hint);
    for (const event of options.early ?? []) this.#take(event);
  }

  showPreview(picture: PreviewPicture): void {
    if (this.#stage.isOpen) this.#feed.show(picture);
  }

  showSummary(summary: Summary, call = ""): void {
    this.#model.setSummary(summary);
    if (call !== "") this.#stage.signal(call);
  }

  showAnswer(sentence: string): void {
    this.#model.setAnswer(sentence);
  }

  dismiss(wish: NextWish): void {
    this.#dismiss(wish);
  }

  async close(): Promise<void> {
    this.#model.close();
    await this.#stage.close();
  }

  restoreSync(): void {
    // No key can come any more: who waits for one on the final screen must not wait for ever.
    this.#dismiss("quit");
    this.#model.close();
    this.#stage.restoreSync();
  }

  #take(event: InputEvent): void {
    if (event.kind === "reply" && event.text === STATUS_REPLY) this.#feed.replied();
    if (!this.#stage.isOpen) return;
    if (event.kind === "reply") this.#measureCell(event.text);
    if (event.kind === "key") this.#press(event.key);
    if (event.kind === "paste") this.#paste(event.text);
    if (event.kind === "mouse") this.#point(event);
  }

  /** Another font makes pictures in sixels too large or too small for their place. */
  #measureCell(reply: string): void {
    const { capability, stdout } = this.#options;
    const { mode, cell } = this.#shape;
    const now = mode.draw === "sixel" ? capability.cellQuestion?.answer(reply, stdout) : undefined;
    if (now === undefined || (now.widthPx === cell.widthPx && now.heightPx === cell.heightPx)) return;
    this.#shape = { ...this.#shape, cell: now };
    this.#feed.setCell(now);
    // The picture may lie over its neighbours.
    this.#stage.repaint();
    this.#request();
  }

  #press(key: string): void {
    const state = this.#model.getSnapshot();
    const press = pressKey(state.ui, key, keyContext(state));
    this.#model.setUi(press.ui);
    if (press.effect) this.#perform(press.effect);
  }

  #paste(text: string): void {
    const state = this.#model.getSnapshot();
    this.#model.setUi(pasteFilter(state.ui, text, keyContext(state)));
  }

  /** A click on a key of the bar presses it, on a panel it gives the focus and then makes it large; the wheel moves the log. */
  #point({ action, column, row }: Extract<InputEvent, { kind: "mouse" }>): void {
    if (action !== "press") return this.#press(action === "wheel-up" ? "up" : "down");
    const state = this.#model.getSnapshot();
    const key = barKeyAt(state, column, row);
    if (key !== undefined) return this.#press(key);
    const panel = panelAt(state.layout, column, row);
    const { ui } = state;
    if (panel === undefined || ui.help || ui.asking || ui.log.isTyping || isOver(state.measurement.phase)) return;
    if (panel === ui.focus || ui.panels.zoomed !== undefined) this.#press("f");
    else this.#model.setUi({ ...ui, focus: panel });
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
        return this.#dismiss("quit");
      case "again":
      case "new":
        return this.#dismiss(effect);
      case "resume":
        return this.#options.actions.resume();
      case "report":
        return this.#options.actions.report();
      case "repaint":
        return this.#stage.repaint();
      case "suspend":
        return this.#suspend();
      case "snapshot":
        return this.#options.actions.snapshot();
    }
  }

  #suspend(): void {
    const { phase, source } = this.#model.getSnapshot().measurement;
    if (phase.kind === "measuring" && source?.kind === "camera") {
      return this.#say("warning", "not suspended: the camera's recording would have a gap (c cancels)");
    }
    const suspended = this.#stage.suspend();
    suspended.then(() => this.#feed.forgetReplies()).catch((error: unknown) => this.#say("error", String(error)));
  }

  #say(level: Message["level"], text: string): void {
    const { store, nowMs } = this.#options;
    store.dispatch({ type: "message", message: { atMs: nowMs() - this.#startedMs, level, text } });
  }

  #hungUp(): void {
    this.#dismiss("quit");
    this.#options.actions.hangUp();
  }

  /** Tells the source which picture is worth making, when that has changed. */
  readonly #request = (): void => {
    const wanted = wantedPreview(this.#model.getSnapshot(), this.#shape);
    if (isSameRequest(wanted, this.#requested)) return;
    this.#requested = wanted;
    this.#options.actions.requestPreview(wanted);
  };
}

function isSameRequest(a: PreviewRequest | undefined, b: PreviewRequest | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const isSameSize = a.widthPx === b.widthPx && a.heightPx === b.heightPx;
  return (
    isSameSize && a.zoom === b.zoom && a.overlay === b.overlay && a.schematic === b.schematic && a.target === b.target
  );
}

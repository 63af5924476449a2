import type { DisplaySettings } from "../../domain/display.js";
import type { SetupChoice, SetupData } from "../../domain/setup.js";
import type { Capability } from "../capability.js";
import type { JobControl } from "../job-control.js";
import type { InputEvent } from "../key-splitter.js";
import { Stage } from "../stage.js";
import type { TerminalInput, TerminalOutput } from "../terminal-port.js";
import { themeFor } from "../theme.js";
import { LobbyScreen } from "./LobbyScreen.js";
import { LobbyModel } from "./lobby-model.js";
import { clickLobby } from "./lobby-pointing.js";
import { initialLobby, type LobbyPress, pasteLobby, pressLobby } from "./lobby-state.js";
import { topMax } from "./lobby-texts.js";
import { isTooSmall } from "./lobby-window.js";

export interface LobbyOptions {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly capability: Capability;
  readonly display: DisplaySettings;
  readonly jobs: JobControl;
  readonly data: SetupData;
  /** Why the last choice could not be measured. */
  readonly problem?: string | undefined;
  readonly early?: readonly InputEvent[];
  /** The terminal has not answered all questions yet. */
  readonly isProbeDue?: boolean;
}

/** The screen before a measurement. */
export interface Lobby {
  /** What is to be measured; undefined when the operator leaves. The terminal is given back before it resolves. */
  readonly chosen: Promise<SetupChoice | undefined>;
  /** Gives the terminal back at once, from a signal handler. */
  restoreSync(): void;
}

/** Takes over the terminal and lets the operator say what is to be measured. Both streams must be terminals. */
export function openLobby(options: LobbyOptions): Lobby {
  return new OpenLobby(options);
}

class OpenLobby implements Lobby {
  readonly chosen: Promise<SetupChoice | undefined>;
  readonly #data: SetupData;
  readonly #model: LobbyModel;
  readonly #stage: Stage;
  #decide: (choice: SetupChoice | undefined) => void = () => undefined;

  constructor({
    stdin,
    stdout,
    capability,
    display,
    jobs,
    data,
    problem,
    early = [],
    isProbeDue = false,
  }: LobbyOptions) {
    this.#data = data;
    const decided = new Promise<SetupChoice | undefined>((resolve) => {
      this.#decide = resolve;
    });
    const state = initialLobby(data, problem);
    this.#model = new LobbyModel({ state, data, columns: stdout.columns || 80, rows: stdout.rows || 24 });
    this.#stage = new Stage({
      stdin,
      stdout,
      capability,
      jobs,
      mouse: display.mouse,
      onEvent: (event) => this.#take(event),
      onResize: (columns, rows) => this.#model.change({ columns: columns || 80, rows: rows || 24 }),
      onHangUp: () => this.#decide(undefined),
      onHoleBlank: () => undefined,
      onDefect: () => this.#decide(undefined),
      asked: { isProbeDue, unanswered: () => 0, echoMs: () => undefined },
    });
    const { place } = this.#stage.sink;
    this.#stage.mount(<LobbyScreen model={this.#model} theme={themeFor(capability)} place={place} />);
    this.chosen = closed(this.#stage, decided);
    for (const event of early) this.#take(event);
  }

  restoreSync(): void {
    this.#decide(undefined);
    this.#stage.restoreSync();
  }

  #take(event: InputEvent): void {
    const view = this.#model.getSnapshot();
    // What nobody sees is not chosen: only those keys that work everywhere.
    if (isTooSmall(view) && !(event.kind === "key" && event.key.startsWith("ctrl-"))) return;
    if (event.kind === "paste") this.#model.change({ state: pasteLobby(view.state, event.text) });
    if (event.kind === "key") this.#press(event.key);
    if (event.kind === "mouse") this.#point(event);
  }

  #point({ action, column, row }: Extract<InputEvent, { kind: "mouse" }>): void {
    if (action === "press") return this.#perform(clickLobby(this.#model.getSnapshot(), column, row));
    this.#press(action === "wheel-up" ? "up" : "down");
  }

  #press(key: string): void {
    const view = this.#model.getSnapshot();
    this.#perform(pressLobby(view.state, key, this.#data, topMax(view)));
  }

  #perform({ state, effect }: LobbyPress): void {
    this.#model.change({ state });
    switch (effect) {
      case "start":
        return this.#decide(state.choice);
      case "quit":
        return this.#decide(undefined);
      case "repaint":
        return this.#stage.repaint();
      case "suspend":
        void this.#stage.suspend();
        return;
      case undefined:
    }
  }
}

/** The choice, when the terminal is as it was before. */
async function closed(stage: Stage, decided: Promise<SetupChoice | undefined>): Promise<SetupChoice | undefined> {
  const choice = await decided;
  await stage.close();
  return choice;
}

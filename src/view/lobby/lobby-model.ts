import type { SetupData } from "../../domain/setup.js";
import type { LobbyState } from "./lobby-state.js";

export interface LobbyView {
  readonly state: LobbyState;
  readonly data: SetupData;
  readonly columns: number;
  readonly rows: number;
}

/** What the screen before a measurement shows, and who wants to know when it changes. */
export class LobbyModel {
  #view: LobbyView;
  readonly #listeners = new Set<() => void>();

  constructor(view: LobbyView) {
    this.#view = view;
  }

  readonly getSnapshot = (): LobbyView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  change(part: Partial<LobbyView>): void {
    this.#view = { ...this.#view, ...part };
    for (const listener of this.#listeners) listener();
  }
}

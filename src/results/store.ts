import type { MeasurementEvent } from "./events.js";
import type { Measurement } from "./measurement.js";
import { reduce } from "./reduce.js";

/** Holds the state of the running measurement and tells who listens when it changed. */
export class MeasurementStore {
  #state: Measurement;
  readonly #listeners = new Set<() => void>();

  constructor(initial: Measurement) {
    this.#state = initial;
  }

  dispatch(event: MeasurementEvent): void {
    const next = reduce(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }

  // Arrow functions, because React's useSyncExternalStore calls them unbound.
  readonly getSnapshot = (): Measurement => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

import type { Measurement } from "../results/measurement.js";
import { type Waiting, waitingOf } from "../results/waiting.js";

/** Whoever waits is told so again that often. */
const WAIT_MS = 10_000;

/** When nothing was said for long, and something is waited for, says what. */
export class WaitTeller {
  readonly #state: () => Measurement;
  readonly #tell: (what: Waiting, waitedS: number) => void;
  #waitedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(state: () => Measurement, tell: (what: Waiting, waitedS: number) => void) {
    this.#state = state;
    this.#tell = tell;
  }

  /** Something else was said: the time of silence begins anew. */
  said(): void {
    this.#waitedMs = 0;
    this.#await();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #await(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#waitedMs += WAIT_MS;
      const what = waitingOf(this.#state());
      if (what) this.#tell(what, this.#waitedMs / 1000);
      this.#await();
    }, WAIT_MS).unref();
  }
}

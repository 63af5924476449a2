import type { Gate } from "./measure.js";

/** Holds a measurement back until it is opened, once, by the operator or by an abort. */
export class StartGate implements Gate {
  #open = false;
  #release: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
    this.#release();
  }
}

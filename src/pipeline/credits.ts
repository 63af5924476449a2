/**
 * Places in a queue of fixed length. `take` waits while all are used; a file then waits as a whole, back to
 * ffmpeg. Nothing is ever dropped.
 */
export class Credits {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(length: number) {
    this.#free = length;
  }

  /** Resolves when a place is taken; rejects with the signal's reason when it is aborted first. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(go);
    });
  }

  /** Gives one place back. */
  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}

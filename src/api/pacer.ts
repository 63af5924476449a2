import { pause } from "./timing.js";

/**
 * Lets chunks go out no faster than real time, as the service asks of its clients: no more seconds of data than
 * seconds of clock. The first goes at once, each other one when those before it would have been captured.
 */
export class Pacer {
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #newest = -1;

  /** Waits for the turn of a chunk; one that is sent again has had its turn. @throws AppError CANCELLED */
  async turn(
    { chunkNumber, durationS }: { readonly chunkNumber: number; readonly durationS: number },
    signal: AbortSignal,
    onWait: () => void,
  ): Promise<void> {
    if (chunkNumber <= this.#newest) return;
    this.#newest = chunkNumber;
    const waitMs = this.#nextAtMs - performance.now();
    if (waitMs > 0) {
      onWait();
      await pause(waitMs, signal);
    }
    this.#nextAtMs = Math.max(this.#nextAtMs, performance.now()) + durationS * 1000;
  }
}

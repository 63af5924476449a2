import { createHash } from "node:crypto";

import type { ChunkResult } from "../domain/result.js";

/**
 * Results of one measurement, each passed on once: after a reconnection a server may send again what it
 * has sent before. A changed result for the same chunk is news and is passed on, but counts once.
 */
export class ResultInbox {
  readonly #onResult: (result: ChunkResult) => void;
  readonly #seen = new Set<string>();
  readonly #chunks = new Set<number>();
  readonly #answered: ReadonlySet<number>;
  #withoutNumber = 0;
  readonly #waiting = new Set<() => void>();

  /** @param answered chunks whose results do not count: they were had before. */
  constructor(onResult: (result: ChunkResult) => void, answered: readonly number[] = []) {
    this.#onResult = onResult;
    this.#answered = new Set(answered);
  }

  /** True when it was news. */
  put(result: ChunkResult): boolean {
    const digest = createHash("sha256").update(result.raw).digest("base64");
    if (this.#seen.has(digest)) return false;
    this.#seen.add(digest);
    if (result.chunkNumber !== undefined) {
      if (!this.#answered.has(result.chunkNumber)) this.#chunks.add(result.chunkNumber);
    } else if (result.errorCode === "OK") {
      this.#withoutNumber += 1;
    }
    this.#onResult(result);
    this.wake();
    return true;
  }

  /** Chunks that have a result. */
  get count(): number {
    return this.#chunks.size + this.#withoutNumber;
  }

  hasChunk(chunkNumber: number): boolean {
    return this.#chunks.has(chunkNumber);
  }

  /** Lets everyone who waits look again. */
  wake(): void {
    for (const look of this.#waiting) look();
  }

  /** True as soon as `isReached` is; false when `isHopeless` is, or the time is over. */
  async wait(isReached: () => boolean, isHopeless: () => boolean, timeoutMs: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const done = (reached: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(reached);
      };
      const look = (): void => {
        if (isReached()) done(true);
        else if (isHopeless()) done(false);
      };
      const timer = setTimeout(() => done(isReached()), timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }
}

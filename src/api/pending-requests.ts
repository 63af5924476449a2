import type { ResponseFrame } from "../wire/frames.js";

/** Takes the answer to a request, or undefined when the connection ended before it came. */
export type Settle = (answer: ResponseFrame | undefined) => void;

/** Requests that are over and whose IDs are still known. */
const RETIRED_IDS_MAX = 64;

/** The requests of one connection that wait for an answer, by request ID. Each is settled once. */
export class PendingRequests {
  readonly #asked = new Map<string, Settle>();
  readonly #retired = new Set<string>();

  add(requestId: string, settle: Settle): void {
    this.#asked.set(requestId, settle);
  }

  /** False when no request waits for that answer. */
  settle(frame: ResponseFrame): boolean {
    const settle = this.#asked.get(frame.requestId);
    if (settle === undefined) return false;
    this.forget(frame.requestId);
    settle(frame);
    return true;
  }

  /** True for an answer to a request that was given up, and for a second answer: no news, but nothing strange. */
  isOld(frame: ResponseFrame): boolean {
    return this.#retired.has(frame.requestId);
  }

  /** Gives a request up: its answer, should it come, is ignored. */
  forget(requestId: string): void {
    if (!this.#asked.delete(requestId)) return;
    this.#retired.add(requestId);
    const [oldest] = this.#retired;
    if (this.#retired.size > RETIRED_IDS_MAX && oldest !== undefined) this.#retired.delete(oldest);
  }

  /** The connection has ended: nothing of what waits will be answered. */
  endAll(): void {
    const waiting = [...this.#asked.values()];
    this.#asked.clear();
    for (const settle of waiting) settle(undefined);
  }
}

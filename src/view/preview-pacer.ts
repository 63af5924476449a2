// How often and how much may be painted. Buffers between here and the eye (sshd, TCP) swallow megabytes
// before they push back, so every picture ends with a question to the terminal ("status?", CSI 5 n) and at
// most two may be unanswered: on a 32 kB/s link the display then lags 0.3 s instead of 14 s (measured).

/** Asks the terminal for its status; it answers `CSI 0 n` when it has shown everything before. */
export const STATUS_QUERY = "\u001B[5n";
/** The answer to it. */
export const STATUS_REPLY = "\u001B[0n";

export const BUDGET_BYTES = 8_000;
const INTERVAL_MS = 100;
/** Pictures come with some jitter; on average ten a second are kept. */
const JITTER_MS = 40;
const UNANSWERED_MAX = 2;
/** A terminal that is silent for so long does not know the question. */
const SILENCE_MS = 4_000;
const BLIND_INTERVAL_MS = 200;
const BLIND_BUDGET_BYTES = 4_000;
const BUDGET_BYTES_MIN = 1_500;
const SLOW_ECHO_MS = 400;
const FAST_ECHO_MS = 150;

/** Decides when the next picture may go out and how many bytes it may take. */
export class PreviewPacer {
  #sentAtMs: number[] = [];
  #nextAtMs = 0;
  #budgetBytes = BUDGET_BYTES;
  #blind = false;

  get budgetBytes(): number {
    return this.#blind ? BLIND_BUDGET_BYTES : this.#budgetBytes;
  }

  /** Questions that are not answered yet. */
  get unanswered(): number {
    return this.#blind ? 0 : this.#sentAtMs.length;
  }

  mayPaint(nowMs: number): boolean {
    const oldest = this.#sentAtMs[0];
    if (oldest !== undefined && nowMs - oldest > SILENCE_MS) this.#blind = true;
    if (nowMs < this.#nextAtMs - JITTER_MS) return false;
    return this.#blind || this.#sentAtMs.length < UNANSWERED_MAX;
  }

  /** A picture with its question was written. */
  sent(nowMs: number): void {
    this.#nextAtMs = Math.max(this.#nextAtMs, nowMs - JITTER_MS) + (this.#blind ? BLIND_INTERVAL_MS : INTERVAL_MS);
    if (!this.#blind) this.#sentAtMs.push(nowMs);
  }

  /** The terminal answered. */
  replied(nowMs: number): void {
    const sentAtMs = this.#sentAtMs.shift();
    if (sentAtMs === undefined) return;
    this.#blind = false;
    const echoMs = nowMs - sentAtMs;
    if (echoMs > SLOW_ECHO_MS) this.#budgetBytes = Math.max(BUDGET_BYTES_MIN, this.#budgetBytes / 2);
    else if (echoMs < FAST_ECHO_MS) this.#budgetBytes = Math.min(BUDGET_BYTES, this.#budgetBytes * 1.02);
  }
}

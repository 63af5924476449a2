// How often and how much may be painted. Buffers between here and the eye (sshd, TCP) swallow megabytes
// before they push back, so every picture ends with a question to the terminal ("status?", CSI 5 n) and only
// few may be unanswered: on a 32 kB/s link the display then lags 0.3 s instead of 14 s (measured).

/** Asks the terminal for its status; it answers `CSI 0 n` when it has shown everything before. */
export const STATUS_QUERY = "\u001B[5n";
/** The answer to it. */
export const STATUS_REPLY = "\u001B[0n";

/** What one picture may cost, and how often one may come. */
export interface PaceLimits {
  readonly budgetBytes: number;
  readonly intervalMs: number;
}

export const USUAL_PACE: PaceLimits = { budgetBytes: 8_000, intervalMs: 100 };
export const LOW_BANDWIDTH_PACE: PaceLimits = { budgetBytes: 2_000, intervalMs: 500 };

/** Pictures come with some jitter; on average the interval is kept. */
const JITTER_SHARE = 0.4;
const UNANSWERED_MAX = 2;
/** On a link that is far, but not slow, as many are under way as it takes to keep it busy. */
const UNANSWERED_FAR_MAX = 4;
const FAR_ECHO_MS = 150;
/** A terminal that is silent for so long does not know the question. */
const SILENCE_MS = 4_000;
const BLIND_PACE: PaceLimits = { budgetBytes: 4_000, intervalMs: 200 };
const BUDGET_BYTES_MIN = 1_500;
const SLOW_ECHO_MS = 400;
const FAST_ECHO_MS = 150;
/** Fewer than one picture a second, for that long. */
const CRAWL_ECHO_MS = 1_000;
const CRAWL_COUNT = 3;
/** Echoes as fast as that, that often, end it. */
const WALK_ECHO_MS = 300;
const WALK_COUNT = 10;

/** Decides when the next picture may go out and how many bytes it may take. */
export class PreviewPacer {
  readonly #limits: PaceLimits;
  /** The part of an echo that is distance and not width; 0 on a link that is near. */
  readonly #farMs: number;
  #sentAtMs: number[] = [];
  #nextAtMs = 0;
  #budgetBytes: number;
  #blind = false;
  #echoMs: number | undefined;
  #isCrawling = false;
  #slowCount = 0;
  #fastCount = 0;

  /** @param distanceMs how long the terminal takes to answer a question that has nothing before it */
  constructor(limits: PaceLimits = USUAL_PACE, distanceMs = 0) {
    this.#limits = limits;
    this.#farMs = distanceMs > FAR_ECHO_MS ? distanceMs : 0;
    this.#budgetBytes = limits.budgetBytes;
  }

  get budgetBytes(): number {
    return this.#blind ? Math.min(BLIND_PACE.budgetBytes, this.#limits.budgetBytes) : this.#budgetBytes;
  }

  /** Questions that are not answered yet. */
  get unanswered(): number {
    return this.#blind ? 0 : this.#sentAtMs.length;
  }

  /** How long the newest answer took. */
  get echoMs(): number | undefined {
    return this.#blind ? undefined : this.#echoMs;
  }

  /** The link takes less than a picture a second, even a bad one. */
  get isCrawling(): boolean {
    return this.#isCrawling;
  }

  mayPaint(nowMs: number): boolean {
    const oldest = this.#sentAtMs[0];
    if (oldest !== undefined && nowMs - oldest > SILENCE_MS) this.#breakSilence();
    if (nowMs < this.#nextAtMs - this.#jitterMs) return false;
    return this.#blind || this.#sentAtMs.length < this.#unansweredMax;
  }

  /** A picture with its question was written; a dear one puts off the next. */
  sent(nowMs: number, bytes = 0): void {
    const intervalMs = this.#blind ? Math.max(BLIND_PACE.intervalMs, this.#limits.intervalMs) : this.#limits.intervalMs;
    const dearMs = intervalMs * Math.max(1, bytes / this.budgetBytes);
    this.#nextAtMs = Math.max(this.#nextAtMs, nowMs - this.#jitterMs) + dearMs;
    if (!this.#blind) this.#sentAtMs.push(nowMs);
  }

  /** No answer to what was asked so far is waited for. */
  forget(): void {
    this.#sentAtMs = [];
  }

  /** The terminal answered. */
  replied(nowMs: number): void {
    const sentAtMs = this.#sentAtMs.shift();
    if (sentAtMs === undefined) return;
    this.#blind = false;
    const echoMs = nowMs - sentAtMs;
    this.#echoMs = echoMs;
    if (echoMs - this.#farMs > SLOW_ECHO_MS) this.#budgetBytes = Math.max(this.#floorBytes, this.#budgetBytes / 2);
    else if (echoMs - this.#farMs < FAST_ECHO_MS)
      this.#budgetBytes = Math.min(this.#limits.budgetBytes, this.#budgetBytes * 1.02);
    this.#judgeCrawl(echoMs);
  }

  get #jitterMs(): number {
    return this.#limits.intervalMs * JITTER_SHARE;
  }

  get #floorBytes(): number {
    return Math.min(BUDGET_BYTES_MIN, this.#limits.budgetBytes);
  }

  /** A terminal that has never answered does not know how; one that has was away (another took its place, it stalled). */
  #breakSilence(): void {
    if (this.#echoMs === undefined) {
      this.#blind = true;
      return;
    }
    this.#sentAtMs = [];
    this.#budgetBytes = this.#floorBytes;
  }

  get #unansweredMax(): number {
    if (this.#farMs === 0) return UNANSWERED_MAX;
    return Math.min(UNANSWERED_FAR_MAX, 1 + Math.ceil(this.#farMs / this.#limits.intervalMs));
  }

  #judgeCrawl(echoMs: number): void {
    this.#slowCount = echoMs > CRAWL_ECHO_MS ? this.#slowCount + 1 : 0;
    this.#fastCount = echoMs < WALK_ECHO_MS ? this.#fastCount + 1 : 0;
    if (this.#slowCount >= CRAWL_COUNT) this.#isCrawling = true;
    if (this.#fastCount >= WALK_COUNT) this.#isCrawling = false;
  }
}

import { isLastAnswer } from "./terminal-probe.js";

/** Time for answers that are under way when the screen is closed, of a terminal that is near. */
const NEAR_MS = 300;
/** An answer that takes longer will not come. */
const FAR_MS = 3_000;
/** Links do not take the same time each time. */
const SLACK = 1.5;
/** For signal handlers: nothing else goes on in the meantime. */
const SYNC_MS = 100;
const SYNC_FAR_MS = 1_000;

export interface AskedReplies {
  /** The questions before the screen came (terminal-probe.ts) are not all answered. */
  readonly isProbeDue: boolean;
  /** Questions of the screen itself that have no answer yet. */
  unanswered(): number;
  /** How long an answer took; undefined when none came. */
  echoMs(): number | undefined;
}

/** Answers that the terminal still owes: those that came after raw mode ended would be echoed into the shell. */
export class LastReplies {
  readonly #asked: AskedReplies;
  readonly #expiry: NodeJS.Timeout;
  #isProbeDue: boolean;
  #isGone = false;
  #answered: (() => void) | undefined;

  constructor(asked: AskedReplies) {
    this.#asked = asked;
    this.#isProbeDue = asked.isProbeDue;
    this.#expiry = setTimeout(() => {
      this.#isProbeDue = false;
    }, FAR_MS);
    this.#expiry.unref();
  }

  /** An answer came. */
  take(reply: string): void {
    if (isLastAnswer(reply)) this.#isProbeDue = false;
    if (!this.#areDue) this.#answered?.();
  }

  /** The terminal is gone: none will come. */
  giveUp(): void {
    this.#isGone = true;
    this.#answered?.();
  }

  /** How many to read past the event loop, and for how long; undefined when there are none. */
  get sync(): { readonly count: number; readonly limitMs: number } | undefined {
    if (!this.#areDue) return undefined;
    const isFar = this.#limitMs > NEAR_MS;
    const count = this.#isProbeDue ? Number.POSITIVE_INFINITY : this.#asked.unanswered();
    return { count, limitMs: isFar ? SYNC_FAR_MS : SYNC_MS };
  }

  /** Resolves when none is due any more. */
  async all(): Promise<void> {
    if (!this.#areDue) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#limitMs);
      this.#answered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#answered = undefined;
  }

  get #areDue(): boolean {
    return !this.#isGone && (this.#isProbeDue || this.#asked.unanswered() > 0);
  }

  get #limitMs(): number {
    if (this.#isProbeDue) return FAR_MS;
    return Math.max(NEAR_MS, Math.min(FAR_MS, SLACK * (this.#asked.echoMs() ?? 0)));
  }
}

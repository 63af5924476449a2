import { setImmediate as nextTurn } from "node:timers/promises";

type Job = () => void;

/**
 * Runs analyses one at a time in this thread, each in a turn of the event loop of its own, so that other
 * requests are answered in between. Jobs of one owner run in their order; owners take turns, so that a
 * long file does not hold up a camera. No bound of its own: a job exists only for a chunk in memory, and
 * those are bounded.
 */
export class AnalysisQueue {
  /** Owners with jobs; the first one's turn comes next. */
  readonly #waiting = new Map<object, Job[]>();
  #running: Promise<void> | undefined;

  /** @param job must not throw. */
  push(owner: object, job: Job): void {
    const jobs = this.#waiting.get(owner);
    if (jobs) jobs.push(job);
    else this.#waiting.set(owner, [job]);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      await nextTurn();
      const next = this.#waiting.entries().next().value;
      if (!next) break;
      const [owner, jobs] = next;
      this.#waiting.delete(owner);
      jobs.shift()?.();
      if (jobs.length > 0) this.#waiting.set(owner, jobs);
    }
    this.#running = undefined;
  }
}

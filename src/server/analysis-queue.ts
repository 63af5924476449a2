import { setImmediate as nextTurn } from "node:timers/promises";

/** Jobs of one owner that are done at once; `jobs` is never empty and in the order in which they came. */
type Work<Owner, Job> = (owner: Owner, jobs: readonly [Job, ...Job[]]) => Promise<void>;

interface QueueOptions {
  /** Jobs that are done at the same time, each of another owner. */
  readonly parallel: number;
  /** From so many waiting jobs on, those of one owner are done together: the server is behind. */
  readonly togetherFrom: number;
}

/**
 * Runs jobs, each in a turn of the event loop of its own, so that other requests are answered in between. Jobs of one owner
 * run one after the other in their order; owners take turns, so that a long file does not hold up a camera. No bound of its
 * own: a job exists only for a stored chunk, and those are bounded.
 */
export class AnalysisQueue<Owner, Job> {
  readonly #work: Work<Owner, Job>;
  readonly #options: QueueOptions;
  /** Owners with jobs; the first one's turn comes next. */
  readonly #waiting = new Map<Owner, Job[]>();
  readonly #busy = new Set<Owner>();
  readonly #idle: (() => void)[] = [];
  #count = 0;
  #runners = 0;

  /** @param work must not reject. */
  constructor(options: QueueOptions, work: Work<Owner, Job>) {
    this.#options = options;
    this.#work = work;
  }

  /** Jobs that wait. */
  get length(): number {
    return this.#count;
  }

  push(owner: Owner, job: Job): void {
    const jobs = this.#waiting.get(owner);
    if (jobs) jobs.push(job);
    else this.#waiting.set(owner, [job]);
    this.#count += 1;
    if (this.#runners < this.#options.parallel) void this.#run();
  }

  /** Resolves when nothing waits and nothing runs. */
  async drained(): Promise<void> {
    if (this.#runners === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Forgets what waits; what runs goes on. */
  stop(): void {
    this.#waiting.clear();
    this.#count = 0;
  }

  async #run(): Promise<void> {
    this.#runners += 1;
    for (;;) {
      await nextTurn();
      const owner = this.#nextOwner();
      if (owner === undefined) break;
      this.#busy.add(owner);
      const [first, ...rest] = this.#take(owner);
      if (first !== undefined) await this.#work(owner, [first, ...rest]);
      this.#busy.delete(owner);
    }
    this.#runners -= 1;
    if (this.#runners > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #nextOwner(): Owner | undefined {
    for (const owner of this.#waiting.keys()) {
      if (!this.#busy.has(owner)) return owner;
    }
    return undefined;
  }

  #take(owner: Owner): Job[] {
    const jobs = this.#waiting.get(owner) ?? [];
    this.#waiting.delete(owner);
    const together = this.#count >= this.#options.togetherFrom;
    const taken = together ? jobs : jobs.splice(0, 1);
    if (!together && jobs.length > 0) this.#waiting.set(owner, jobs);
    this.#count -= taken.length;
    return taken;
  }
}

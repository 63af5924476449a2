import { Worker } from "node:worker_threads";

import { failureOf } from "../domain/errors.js";
import { type Analyser, type AnalysisOutcome, type AnalysisTask, failedOutcome } from "./analyser.js";
import { NativeGate } from "./store/native-gate.js";

/** What an analysis thread is started with. */
export interface AnalysisThreadData {
  /** The store's file. */
  readonly path: string;
  readonly gate: SharedArrayBuffer;
}

export interface ToAnalysisThread {
  readonly task: AnalysisTask;
}

export interface FromAnalysisThread {
  readonly outcome: AnalysisOutcome;
}

/** A recording that exhausts the memory ends its thread, not the server. */
const HEAP_MB_MAX = 512;

/** How often a task is begun: a thread may have died of something else. */
const TRIES = 2;

interface Job {
  readonly task: AnalysisTask;
  readonly resolve: (outcome: AnalysisOutcome) => void;
  tries: number;
}

interface Running {
  readonly worker: Worker;
  readonly gate: NativeGate;
}

/** Analyses in threads of their own, so that acknowledgements never wait for one. Each reads the store by itself. */
export class ThreadedAnalyser implements Analyser {
  readonly parallel: number;
  readonly #threads: AnalysisThread[];
  #closed = false;

  /** @param path the store's file; one in memory cannot be shared with threads. */
  constructor(path: string, threads: number) {
    this.parallel = threads;
    this.#threads = Array.from({ length: threads }, () => new AnalysisThread(path));
  }

  /** To be called with `parallel` tasks at a time at most. */
  async run(task: AnalysisTask): Promise<AnalysisOutcome> {
    const free = this.#closed ? undefined : this.#threads.find((thread) => !thread.busy);
    if (!free) return failedOutcome(task, "WORKER_ERROR", "no thread is free", 0);
    return await free.run(task);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** One thread, and the next one when it died. */
class AnalysisThread {
  readonly #path: string;
  #running: Running | undefined;
  #job: Job | undefined;
  #cause: unknown;

  constructor(path: string) {
    this.#path = path;
    this.#start();
  }

  get busy(): boolean {
    return this.#job !== undefined;
  }

  async run(task: AnalysisTask): Promise<AnalysisOutcome> {
    return await new Promise((resolve) => {
      this.#job = { task, resolve, tries: 0 };
      this.#begin();
    });
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.gate.shut();
    await running?.worker.terminate();
    this.#finish((task) => failedOutcome(task, "WORKER_ERROR", "the server was closed", 0));
  }

  #start(): Worker {
    const gate = NativeGate.forThread();
    const worker = new Worker(new URL("./analysis-thread-entry.js", import.meta.url), {
      name: "analysis",
      workerData: { path: this.#path, gate: gate.shared } satisfies AnalysisThreadData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
    });
    worker.unref();
    worker.on("message", ({ outcome }: FromAnalysisThread) => this.#finish(() => outcome));
    worker.on("error", (error) => {
      this.#cause = error;
    });
    worker.once("exit", () => {
      gate.forget();
      if (this.#running?.worker !== worker) return;
      this.#running = undefined;
      if (this.#job) this.#begin();
    });
    this.#running = { worker, gate };
    return worker;
  }

  #begin(): void {
    const job = this.#job;
    if (!job) return;
    if (job.tries >= TRIES) {
      const reason = failureOf(this.#cause).message;
      this.#finish((task) => failedOutcome(task, "WORKER_ERROR", `the thread died: ${reason}`, 0));
      return;
    }
    job.tries += 1;
    const worker = this.#running?.worker ?? this.#start();
    worker.postMessage({ task: job.task } satisfies ToAnalysisThread, []);
  }

  #finish(outcomeOf: (task: AnalysisTask) => AnalysisOutcome): void {
    const job = this.#job;
    this.#job = undefined;
    job?.resolve(outcomeOf(job.task));
  }
}

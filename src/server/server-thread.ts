import { Worker } from "node:worker_threads";

import { AppError, type Failure, toAppError } from "../domain/errors.js";
import type { LogEntry } from "./log.js";
import type { RunningServer, ServerOptions } from "./server.js";
import { NativeGate } from "./store/native-gate.js";

/** What can be handed to another thread; log entries come back as messages. */
export type ServerThreadOptions = Omit<ServerOptions, "log" | "analyse" | "nowMs"> & {
  readonly log?: (entry: LogEntry) => void;
};

/** What the thread is started with. */
export type ServerThreadData = Omit<ServerThreadOptions, "log"> & { readonly gate: SharedArrayBuffer };

export type ToServerThread = { readonly kind: "close" };

export type FromServerThread =
  | { readonly kind: "started"; readonly restUrl: string; readonly wsUrl: string }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "log"; readonly entry: LogEntry };

export interface ServerThread extends RunningServer {
  /** Settles when the thread ends: undefined after close(), the reason when it died. Never rejects. */
  readonly ended: Promise<AppError | undefined>;
}

/** Hostile uploads may exhaust the memory of the thread, not of the program. */
const HEAP_MB_MAX = 512;
/** Room for new objects; it would grow to 48 MB while modules are loaded, and stay so. */
const YOUNG_MB_MAX = 6;

/** close() takes five seconds at most; a thread that hangs is ended by force after that. */
const CLOSE_MS_MAX = 5_500;

/**
 * Runs the local server in a thread of its own.
 *
 * When the thread dies, `ended` tells why, and `restUrl` and `wsUrl` throw the same AppError.
 * @throws AppError as `startServer`.
 */
export async function startServerThread(options: ServerThreadOptions): Promise<ServerThread> {
  const { log, ...rest } = options;
  const gate = NativeGate.forThread();
  const worker = new Worker(new URL("./server-thread-entry.js", import.meta.url), {
    name: "local server",
    workerData: { ...rest, gate: gate.shared } satisfies ServerThreadData,
    // The screen belongs to the dashboard.
    stdout: true,
    stderr: true,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX, maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
  const captured = (text: Buffer): void => log?.({ atMs: Date.now(), level: "warning", text: text.toString().trim() });
  worker.stdout.on("data", captured);
  worker.stderr.on("data", captured);
  worker.on("message", (message: FromServerThread) => {
    if (message.kind === "log") log?.(message.entry);
  });
  return await new StartedThread(worker, gate).started();
}

class StartedThread {
  readonly #worker: Worker;
  readonly #gate: NativeGate;
  readonly #ended: Promise<AppError | undefined>;
  #death: AppError | undefined;
  #closing = false;

  constructor(worker: Worker, gate: NativeGate) {
    this.#worker = worker;
    this.#gate = gate;
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    this.#ended = new Promise((resolve) => {
      worker.once("exit", (exitCode) => {
        gate.forget();
        if (!this.#closing) this.#death = deathOf(cause, exitCode);
        resolve(this.#death);
      });
    });
  }

  async started(): Promise<ServerThread> {
    const message = await Promise.race([this.#firstWord(), this.#ended]);
    if (message instanceof AppError) throw message;
    if (message?.kind !== "started") throw await this.#failure(message);
    const alive = <T>(value: T): T => {
      if (this.#death) throw this.#death;
      return value;
    };
    return {
      get restUrl() {
        return alive(message.restUrl);
      },
      get wsUrl() {
        return alive(message.wsUrl);
      },
      ended: this.#ended,
      close: () => this.#close(),
    };
  }

  async #firstWord(): Promise<Exclude<FromServerThread, { kind: "log" }>> {
    return await new Promise((resolve) => {
      this.#worker.on("message", (message: FromServerThread) => {
        if (message.kind !== "log") resolve(message);
      });
    });
  }

  async #failure(message: FromServerThread | undefined): Promise<AppError> {
    this.#closing = true;
    await this.#endByForce();
    if (message?.kind === "failed") return new AppError(message.failure.code, message.failure.message);
    return toAppError(new Error("The local server did not start."));
  }

  async #close(): Promise<void> {
    if (this.#death) return;
    this.#closing = true;
    this.#worker.postMessage({ kind: "close" } satisfies ToServerThread, []);
    const force = setTimeout(() => void this.#endByForce(), CLOSE_MS_MAX);
    await this.#ended;
    clearTimeout(force);
  }

  async #endByForce(): Promise<void> {
    await this.#gate.shut();
    await this.#worker.terminate();
  }
}

function deathOf(cause: unknown, exitCode: number): AppError {
  const why = cause === undefined ? `exit code ${exitCode}` : toAppError(cause).message;
  return new AppError("INTERNAL", `The local server stopped unexpectedly (${why}): start it again.`, { cause });
}

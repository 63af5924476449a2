import { setTimeout as sleep } from "node:timers/promises";

const INSIDE = 1;
const SHUT = 2;
/** A statement that meets another process's lock waits for so long. */
const INSIDE_MS_MAX = 2_500;
const LOOK_EVERY_MS = 2;

/** What is still running in this process, to be shut before it exits. */
const shutAtExit = new Set<NativeGate>();

/**
 * Keeps a thread from being ended while it is inside the database's native code: libsql 0.5.29 takes a call of V8 that fails
 * because of that for a defect of its own, and aborts the whole process. The thread goes through the gate for every call;
 * whoever ends the thread shuts the gate before.
 */
export class NativeGate {
  readonly #state: Int32Array;

  private constructor(state: Int32Array) {
    this.#state = state;
  }

  /** For a new thread, which is inside until it has loaded its modules and says `leave`. It is shut when the process exits. */
  static forThread(): NativeGate {
    const gate = new NativeGate(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)));
    gate.#state[0] = INSIDE;
    if (shutAtExit.size === 0) process.on("exit", shutAll);
    shutAtExit.add(gate);
    return gate;
  }

  /** The same gate in the thread itself. */
  static from(shared: SharedArrayBuffer): NativeGate {
    return new NativeGate(new Int32Array(shared));
  }

  /** What is handed to the thread. */
  get shared(): SharedArrayBuffer {
    return this.#state.buffer as SharedArrayBuffer;
  }

  /** @throws Error when the thread is being ended. */
  through<T>(call: () => T): T {
    if (Atomics.compareExchange(this.#state, 0, 0, INSIDE) !== 0) throw new Error("the thread is being ended");
    try {
      return call();
    } finally {
      this.leave();
    }
  }

  leave(): void {
    Atomics.and(this.#state, 0, ~INSIDE);
    Atomics.notify(this.#state, 0);
  }

  /** Resolves when the thread may be ended: nothing of it is inside, or it has been there for too long. */
  async shut(): Promise<void> {
    this.shutNow();
    const endMs = performance.now() + INSIDE_MS_MAX;
    while (this.#isInside && performance.now() < endMs) await sleep(LOOK_EVERY_MS);
  }

  /** The thread has ended. */
  forget(): void {
    this.leave();
    shutAtExit.delete(this);
    if (shutAtExit.size === 0) process.off("exit", shutAll);
  }

  /** Nobody enters any more. */
  shutNow(): void {
    Atomics.or(this.#state, 0, SHUT);
  }

  /** Blocks this thread until nobody is inside a gate that is shut. */
  waitFor(ms: number): void {
    if (this.#isInside) Atomics.wait(this.#state, 0, INSIDE | SHUT, Math.max(0, ms));
  }

  get #isInside(): boolean {
    return (Atomics.load(this.#state, 0) & INSIDE) !== 0;
  }
}

/** The threads have the same time together: each alone would add to the exit. */
function shutAll(): void {
  const endMs = performance.now() + INSIDE_MS_MAX;
  for (const gate of shutAtExit) gate.shutNow();
  for (const gate of shutAtExit) gate.waitFor(endMs - performance.now());
}

/** What a shell does with its jobs: stop them, and let them go on. */
export interface JobControl {
  /** Tells when somebody else wants this program to stop, and when it goes on. Gives the way to unlisten. */
  listen(onStop: () => void, onContinue: () => void): () => void;
  /** Stops the program and everything that the shell started with it. */
  stop(): void;
}

/** The job control of the operating system. */
export class ProcessJobs implements JobControl {
  #onStop: (() => void) | undefined;

  listen(onStop: () => void, onContinue: () => void): () => void {
    const continued = (): void => {
      // A job that is stopped is not told of a new size of its terminal: this makes Node look.
      process.emit("SIGWINCH", "SIGWINCH");
      onContinue();
    };
    this.#onStop = onStop;
    process.on("SIGTSTP", onStop);
    process.on("SIGCONT", continued);
    return () => {
      this.#onStop = undefined;
      process.off("SIGTSTP", onStop);
      process.off("SIGCONT", continued);
    };
  }

  stop(): void {
    // Only without a listener does the signal what it is for.
    if (this.#onStop) process.off("SIGTSTP", this.#onStop);
    process.kill(0, "SIGTSTP");
    if (this.#onStop) process.on("SIGTSTP", this.#onStop);
  }
}

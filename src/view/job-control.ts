import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What a shell does with its jobs: stop them, and let them go on. */
export interface JobControl {
  /** Tells when somebody else wants this program to stop, and when it goes on. Gives the way to unlisten. */
  listen(onStop: () => void, onContinue: () => void): () => void;
  /** Stops the program and everything that the shell started with it. */
  stop(): void;
  /** False while the terminal belongs to the shell or to another job: after `bg`, or `kill` of a stopped job. */
  isForeground(): boolean;
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

  isForeground(): boolean {
    const { own, terminal } = processGroups();
    return own === undefined || terminal === undefined || terminal < 0 || own === terminal;
  }

  stop(): void {
    // Only without a listener does the signal what it is for.
    if (this.#onStop) process.off("SIGTSTP", this.#onStop);
    process.kill(0, "SIGTSTP");
    if (this.#onStop) process.on("SIGTSTP", this.#onStop);
  }
}

interface ProcessGroups {
  readonly own: number | undefined;
  /** The one that has the terminal; -1 without a terminal. */
  readonly terminal: number | undefined;
}

/** Node does not tell them. Nothing is known where nobody else does either. */
function processGroups(): ProcessGroups {
  try {
    // "pid (name) state ppid pgrp session tty tpgid ...": the name may hold anything (proc_pid_stat(5)).
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , own, , , terminal] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { own: Number(own), terminal: Number(terminal) };
  } catch {
    const { stdout } = spawnSync("ps", ["-o", "pgid=,tpgid=", "-p", String(process.pid)], { encoding: "utf8" });
    const [own, terminal] = (stdout ?? "").trim().split(/\s+/).filter(Boolean).map(Number);
    return { own, terminal };
  }
}

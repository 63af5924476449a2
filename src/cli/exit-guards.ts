import { isatty } from "node:tty";

import { failureOf } from "../domain/errors.js";
import { printable } from "../domain/printable.js";
import { exitCodeOfError } from "./exit-codes.js";

/** Status of a process that ended by SIGHUP, as shells give it. */
const HUNG_UP = 129;

/**
 * For every command: a terminal or a reader that goes away must not end in a stack trace or a core file.
 *
 * - Node sets the terminal's modes back when it exits, and aborts when there is no terminal any more; the core file of
 *   that would hold the pictures of a face. After a hang-up, or without the terminal that it had, a process ends by
 *   SIGHUP itself instead. A shell sees the same status, and the terminal may vanish at any moment until then.
 * - What nobody foresaw is told in one line, too.
 * - Whoever reads our output may leave (`| head -1`). A command that minds adds its own listener.
 */
export function guardExit(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.on("exit", (status) => {
    if (terminals.length === 0) return;
    if (status !== HUNG_UP && terminals.every((descriptor) => isatty(descriptor))) return;
    process.removeAllListeners("SIGHUP");
    process.kill(process.pid, "SIGHUP");
  });
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error) => {
      // A command that has a screen to give back listens itself, and tells it afterwards.
      if (process.listenerCount(event) > 1) return;
      process.stderr.write(`dfxterm: internal failure: ${printable(failureOf(error).message)}\n`);
      process.exit(1);
    });
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (process.stdout.listenerCount("error") === 1) outputLost(error);
  });
  process.stderr.on("error", () => undefined);
}

let isLost = false;

/**
 * Tells once that the output is lost, and ends with the status of that, whatever a command says. A reader that left (EPIPE)
 * has enough, and a terminal that did (EIO) has nobody who could be told.
 */
export function outputLost(error: NodeJS.ErrnoException): void {
  if (isLost || error.code === "EPIPE" || error.code === "EIO") return;
  isLost = true;
  process.on("exit", () => {
    process.exitCode = exitCodeOfError("DISK");
  });
  void tellLost(error);
}

/** The words for it are loaded by those only who need them. */
async function tellLost(error: NodeJS.ErrnoException): Promise<void> {
  const { reasonOf } = await import("../app/measurement-folder.js");
  process.stderr.write(
    `dfxterm: the output cannot be written (${reasonOf(error)}): free space or write it elsewhere\n`,
  );
}

import { JsonReporter } from "../app/json-reporter.js";
import { type MeasureContext, type RunHandle, runMeasurement } from "../app/measure.js";
import { reasonOf } from "../app/measurement-folder.js";
import { PlainReporter } from "../app/plain-reporter.js";
import type { Reporter } from "../app/reporter.js";
import type { MeasureSettings } from "../app/settings.js";
import { failureOf } from "../domain/errors.js";
import { printable } from "../domain/printable.js";
import { exitCodeOf, exitCodeOfError } from "./exit-codes.js";

/** A second signal means "leave now", but `timeout` and some supervisors send every signal twice at once. */
const SAME_SIGNAL_MS = 500;

/** What a signal makes of the exit status. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs `dfxterm measure` and gives its exit status. */
export async function measureCommand(settings: MeasureSettings): Promise<number> {
  let run: RunHandle | undefined;
  let reporter: Reporter | undefined;
  let signalled: keyof typeof SIGNAL_EXIT | undefined;
  let signalledAtMs = 0;

  const onSignal = (signal: keyof typeof SIGNAL_EXIT): void => {
    reporter?.restore();
    const nowMs = performance.now();
    if (signalled && nowMs - signalledAtMs < SAME_SIGNAL_MS) return;
    if (signalled) process.exit(SIGNAL_EXIT[signalled]);
    signalled = signal;
    signalledAtMs = nowMs;
    run?.cancel();
  };
  const onBroken = (error: unknown): void => {
    reporter?.restore();
    process.stderr.write(`dfxterm: internal failure: ${printable(failureOf(error).message)}\n`);
    process.exit(1);
  };
  const restore = (): void => reporter?.restore();
  let outputLost = false;
  // A reader that went away (`| head`) ends the measurement; a terminal that did (EIO) is told by SIGHUP.
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    if (!outputLost && error.code !== "EPIPE" && error.code !== "EIO") {
      outputLost = true;
      process.stderr.write(
        `dfxterm: the output cannot be written (${reasonOf(error)}): free space or write it elsewhere\n`,
      );
    }
    run?.cancel();
  };

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  process.on("uncaughtException", onBroken);
  process.on("unhandledRejection", onBroken);
  process.on("exit", restore);
  process.stdout.on("error", onOutputError);

  const context: MeasureContext = {
    startedAt: new Date(),
    nowMs: () => performance.now(),
    reporterFor: async (handle) => {
      run = handle;
      reporter = await openReporter(settings, handle);
      // The signal came while the screen was being loaded: nobody is to be asked for a key.
      if (signalled) reporter.restore();
      return reporter;
    },
  };
  const summary = await runMeasurement(settings, context);
  if (settings.output === "json" && summary.error)
    process.stderr.write(`dfxterm: ${printable(summary.error.message)}\n`);
  if (signalled) return SIGNAL_EXIT[signalled];
  return outputLost ? exitCodeOfError("FILE") : exitCodeOf(summary);
}

async function openReporter(settings: MeasureSettings, run: RunHandle): Promise<Reporter> {
  switch (settings.output) {
    case "json":
      return new JsonReporter(toStdout);
    case "plain":
      return new PlainReporter(toStdout, run.store.getSnapshot);
    case "dashboard": {
      // Ink takes nearly half a second to load: only those who see it wait for it.
      const { DashboardReporter } = await import("../app/dashboard-reporter.js");
      const { stdin, stdout, env } = process;
      return new DashboardReporter(run, "dfxterm", { stdin, stdout, env, nowMs: () => performance.now() });
    }
  }
}

function toStdout(line: string): void {
  process.stdout.write(line);
}

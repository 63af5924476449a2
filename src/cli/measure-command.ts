import { JsonReporter } from "../app/json-reporter.js";
import { type MeasureContext, type RunHandle, runMeasurement } from "../app/measure.js";
import { PlainReporter } from "../app/plain-reporter.js";
import type { NextWish, Reporter } from "../app/reporter.js";
import type { Past } from "../app/resume.js";
import type { MeasureSettings } from "../app/settings.js";
import { probeTerminal } from "../app/terminal.js";
import { callBack } from "../domain/attention.js";
import { PLAIN_DISPLAY } from "../domain/display.js";
import { failureOf } from "../domain/errors.js";
import { printable } from "../domain/printable.js";
import { ENDING_SIGNALS, type EndingSignal } from "../domain/signals.js";
import { HEADLINES } from "../results/plain-summary.js";
import { exitCodeOf, SIGNAL_EXIT } from "./exit-codes.js";
import { outputLost } from "./exit-guards.js";

/** A second signal means "leave now", but `timeout` and some supervisors send every signal twice at once. */
const SAME_SIGNAL_MS = 500;

/** How one measurement ended. */
interface Measured {
  readonly status: number;
  readonly wish: NextWish;
  /** With the wish to go on: the measurement, held by this process. */
  readonly past?: Past | undefined;
}

/** Runs one measurement, and goes on with it as often as it is cut short and the operator wants. */
export async function measureAndGoOn(settings: MeasureSettings, past?: Past): Promise<Measured> {
  let measured = await measureOnce(settings, past);
  while (measured.past) measured = await measureOnce(settings, measured.past);
  return measured;
}

/**
 * Runs one measurement from the first screen to the last.
 * @param past the measurement that goes on (`dfxterm resume`).
 */
async function measureOnce(settings: MeasureSettings, past?: Past): Promise<Measured> {
  let run: RunHandle | undefined;
  let reporter: Reporter | undefined;
  let signalled: EndingSignal | undefined;
  let signalledAtMs = 0;

  const { display = PLAIN_DISPLAY } = settings;
  const goesOn = display.onHangup === "continue";
  const onSignal = (signal: EndingSignal): void => {
    if (signal === "SIGHUP" && goesOn) return reporter?.hangUp?.();
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
  // A reader that went away (`| head`) ends the measurement; a terminal that did (EIO) is told by SIGHUP.
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    outputLost(error);
    if (!(goesOn && error.code === "EIO")) run?.cancel();
  };

  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
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
  const summary = await runMeasurement(settings, context, past);
  if (settings.output === "json" && summary.error)
    process.stderr.write(`dfxterm: ${printable(summary.error.message)}\n`);
  // The dashboard calls by itself. Lines are data: the call goes where a person may be.
  if (settings.output !== "dashboard" && process.stderr.isTTY) {
    process.stderr.write(callBack(display, `dfxterm: ${HEADLINES[summary.status]}`, process.env));
  }
  for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
  process.off("uncaughtException", onBroken);
  process.off("unhandledRejection", onBroken);
  process.off("exit", restore);
  process.stdout.off("error", onOutputError);
  if (signalled) return { status: SIGNAL_EXIT[signalled], wish: "quit" };
  return { status: exitCodeOf(summary), wish: reporter?.wish ?? "quit", past: reporter?.past };
}

/** Progress is read aloud no more often. */
const READ_ALOUD_MS = 5_000;

async function openReporter(settings: MeasureSettings, run: RunHandle): Promise<Reporter> {
  switch (settings.output) {
    case "json":
      return new JsonReporter(toStdout, run.store.getSnapshot);
    case "plain":
      return new PlainReporter(toStdout, run.store.getSnapshot, settings.display?.screenReader ? READ_ALOUD_MS : 0);
    case "dashboard": {
      // Ink takes nearly half a second to load: only those who see it wait for it.
      const { stdin, stdout, env } = process;
      const terminal = { stdin, stdout, env, nowMs: () => performance.now() };
      const { display = PLAIN_DISPLAY, stateDir, isSourceOver = false } = settings;
      const [probed, { DashboardReporter }] = await Promise.all([
        probeTerminal(terminal, display),
        import("../app/dashboard-reporter.js"),
      ]);
      const shown = { title: "dfxterm", display, stateDir, canRepeat: !isSourceOver };
      return new DashboardReporter(run, shown, terminal, probed);
    }
  }
}

function toStdout(line: string): void {
  process.stdout.write(line);
}

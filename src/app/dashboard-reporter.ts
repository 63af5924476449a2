import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { callBack } from "../domain/attention.js";
import type { DisplaySettings } from "../domain/display.js";
import { failureOf } from "../domain/errors.js";
import type { PreviewPicture } from "../domain/preview.js";
import type { MeasurementEvent } from "../results/events.js";
import { HEADLINES, plainSummary } from "../results/plain-summary.js";
import type { Summary } from "../results/summary.js";
import { capabilityOf } from "../view/capability.js";
import { type Dashboard, openDashboard } from "../view/dashboard.js";
import { ProcessJobs } from "../view/job-control.js";
import type { Probed } from "../view/terminal-probe.js";
import type { RunHandle } from "./measure.js";
import { PlainReporter } from "./plain-reporter.js";
import type { NextWish, Reporter } from "./reporter.js";
import type { Past } from "./resume.js";
import type { Terminal } from "./terminal.js";

export interface DashboardSettings {
  readonly title: string;
  readonly display: DisplaySettings;
  /** A log goes there when the terminal is lost and the measurement goes on. */
  readonly stateDir: string;
  /** False: the source is over, and cannot be measured once more. */
  readonly canRepeat: boolean;
}

const REPORT_FILE = "report.html";

/** The live dashboard; the summary stands as plain text on the normal screen after it. */
export class DashboardReporter implements Reporter {
  readonly #terminal: Terminal;
  readonly #run: RunHandle;
  readonly #settings: DashboardSettings;
  readonly #dashboard: Dashboard;
  #summary: Summary | undefined;
  #isBusy = false;
  #hasEnded = false;
  #past: Past | undefined;
  /** Takes over when the terminal is lost. */
  #log: PlainReporter | undefined;
  #isLeaving = false;
  #wish: NextWish = "quit";

  constructor(run: RunHandle, settings: DashboardSettings, terminal: Terminal, { answers, early, isDue }: Probed) {
    const { stdin, stdout, env, nowMs } = terminal;
    this.#terminal = terminal;
    this.#run = run;
    this.#settings = settings;
    this.#dashboard = openDashboard({
      stdin,
      stdout,
      nowMs,
      store: run.store,
      title: settings.title,
      canRepeat: settings.canRepeat,
      display: settings.display,
      capability: capabilityOf(env, settings.display, answers),
      early,
      isProbeDue: isDue,
      jobs: new ProcessJobs(),
      actions: {
        start: () => run.start(),
        cancel: () => run.cancel(),
        snapshot: () => void run.snapshot(),
        report: () => void this.#atWork(() => this.#writeReport()),
        resume: () => void this.#atWork(() => this.#goOn()),
        quit: () => {
          this.#isLeaving = true;
          run.cancel();
        },
        hangUp: () => this.hangUp(),
        requestPreview: (request) => run.setPreview(request),
      },
    });
  }

  event(event: MeasurementEvent): void {
    // The dashboard reads the store.
    this.#log?.event(event);
  }

  picture(picture: PreviewPicture): void {
    if (!this.#isLeaving) this.#dashboard.showPreview(picture);
  }

  async finish(summary: Summary): Promise<void> {
    if (!this.#isLeaving) {
      this.#summary = summary;
      const { title, display } = this.#settings;
      const call = callBack(display, `${title}: ${HEADLINES[summary.status]}`, this.#terminal.env);
      this.#dashboard.showSummary(summary, call);
      this.#wish = await this.#dashboard.dismissed;
    }
    this.#hasEnded = true;
    await this.#dashboard.close();
    if (this.#log) await this.#log.finish(summary);
    // What goes on is told by its own end: "go on with ..." would be read behind it.
    else if (this.#wish !== "resume") this.#terminal.stdout.write(`${plainSummary(summary).join("\n")}\n`);
  }

  /** One thing at a time on the final screen, which tells what came of it. Never rejects. */
  async #atWork(work: () => Promise<void>): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await work();
    } catch (error) {
      this.#dashboard.showAnswer(sentence(failureOf(error).message));
    }
    this.#isBusy = false;
  }

  async #writeReport(): Promise<void> {
    const folder = this.#summary?.paths.folder;
    if (!folder) return;
    this.#dashboard.showAnswer("Writing the report ...");
    const file = join(folder, REPORT_FILE);
    const { exportReports } = await import("./export-report.js");
    await exportReports(folder, this.#settings.stateDir, [{ form: "html", file }], () => Promise.resolve());
    this.#dashboard.showAnswer(`Report in ${file}`);
  }

  /** What cannot go on (the video is gone, another process has it) is told here, and not by the end of the program. */
  async #goOn(): Promise<void> {
    const folder = this.#summary?.paths.folder;
    if (!folder) return;
    this.#dashboard.showAnswer("Looking at what was kept ...");
    const { openPast } = await import("./resume.js");
    const past = await openPast(this.#settings.stateDir, folder);
    // Meanwhile another key may have led out of here.
    if (this.#hasEnded) return await past.lock.release();
    this.#past = past;
    this.#dashboard.dismiss("resume");
  }

  /** The measurement that goes on, held by this process, when that is the wish. */
  get past(): Past | undefined {
    return this.#past;
  }

  get wish(): NextWish {
    return this.#wish;
  }

  restore(): void {
    this.#isLeaving = true;
    this.#dashboard.restoreSync();
  }

  hangUp(): void {
    if (this.#isLeaving) return;
    this.restore();
    const { phase } = this.#run.store.getSnapshot();
    // Nobody is left who could start a measurement that waits for its start.
    if (this.#settings.display.onHangup === "stop" || phase.kind === "ready") return this.#run.cancel();
    this.#log = new PlainReporter(hangUpLog(this.#settings.stateDir), this.#run.store.getSnapshot);
  }
}

/** Appends lines to a log of what happened while nobody watched; a disk that is full must not end the measurement. */
function hangUpLog(stateDir: string): (line: string) => void {
  const path = join(stateDir, `hangup-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.log`);
  return (line) => {
    try {
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      appendFileSync(path, line, { mode: 0o600 });
    } catch {
      // The measurement itself tells of a disk that takes nothing.
    }
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

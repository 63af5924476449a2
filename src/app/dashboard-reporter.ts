import type { PreviewPicture } from "../domain/preview.js";
import { plainSummary } from "../results/plain-summary.js";
import type { Summary } from "../results/summary.js";
import { type Dashboard, openDashboard } from "../view/dashboard.js";
import type { RunHandle } from "./measure.js";
import type { Reporter } from "./reporter.js";

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly nowMs: () => number;
}

/** The live dashboard; the summary stands as plain text on the normal screen after it. */
export class DashboardReporter implements Reporter {
  readonly #terminal: Terminal;
  readonly #dashboard: Dashboard;
  #isLeaving = false;

  constructor(run: RunHandle, title: string, terminal: Terminal) {
    this.#terminal = terminal;
    this.#dashboard = openDashboard({
      ...terminal,
      store: run.store,
      title,
      actions: {
        start: () => run.start(),
        cancel: () => run.cancel(),
        quit: () => {
          this.#isLeaving = true;
          run.cancel();
        },
        requestPreview: (request) => run.setPreview(request),
      },
    });
  }

  event(): void {
    // The dashboard reads the store.
  }

  picture(picture: PreviewPicture): void {
    if (!this.#isLeaving) this.#dashboard.showPreview(picture);
  }

  async finish(summary: Summary): Promise<void> {
    if (!this.#isLeaving) await this.#dashboard.dismissed;
    await this.#dashboard.close();
    this.#terminal.stdout.write(`${plainSummary(summary).join("\n")}\n`);
  }

  restore(): void {
    this.#isLeaving = true;
    this.#dashboard.restoreSync();
  }
}

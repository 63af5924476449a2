import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";

import { runTask } from "./analyser.js";
import { analyse } from "./analysis/analyse.js";
import { warmUp } from "./analysis/warm-up.js";
import type { AnalysisThreadData, FromAnalysisThread, ToAnalysisThread } from "./analysis-threads.js";
import { PayloadSource } from "./payload-source.js";
import { Database, passThrough } from "./store/database.js";
import { MeasurementTable } from "./store/measurement-table.js";
import { NativeGate } from "./store/native-gate.js";

// A thread that analyses: it reads payloads from the store, writes nothing, and keeps the store's log short.

const CHECKPOINT_EVERY_MS = 500;

/** Where both want the same core, acknowledgements come first. On Linux this is a thread's own, elsewhere the process's. */
const NICENESS = 10;

const port = parentPort;
if (port) {
  if (process.platform === "linux") setPriority(NICENESS);
  const { path, gate } = workerData as AnalysisThreadData;
  const here = NativeGate.from(gate);
  passThrough(here);
  // All modules are loaded.
  here.leave();
  const database = Database.open(path);
  const source = new PayloadSource(new MeasurementTable(database));
  setInterval(() => {
    try {
      database.checkpoint();
    } catch {
      // A full disk, for example: the writer meets the same and tells it.
    }
  }, CHECKPOINT_EVERY_MS);
  port.on("message", ({ task }: ToAnalysisThread) => {
    port.postMessage({ outcome: runTask(task, source, analyse) } satisfies FromAnalysisThread);
  });
  warmUp();
}

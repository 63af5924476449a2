import { parentPort, workerData } from "node:worker_threads";

import { failureOf } from "../domain/errors.js";
import { warmUp } from "./analysis/warm-up.js";
import { type RunningServer, startServer } from "./server.js";
import type { FromServerThread, ServerThreadData, ToServerThread } from "./server-thread.js";
import { passThrough } from "./store/database.js";
import { NativeGate } from "./store/native-gate.js";

// The thread of the local server: starts it, passes its log on, ends when it is told to.

/** After the client's first requests and well before its first chunk, which takes seconds to record. */
const WARM_UP_AFTER_MS = 700;

const port = parentPort;
if (port) {
  const { gate, ...options } = workerData as ServerThreadData;
  const here = NativeGate.from(gate);
  passThrough(here);
  // All modules are loaded.
  here.leave();
  const say = (message: FromServerThread): void => port.postMessage(message);
  let running: RunningServer | undefined;
  port.on("message", (message: ToServerThread) => {
    if (message.kind !== "close") return;
    // Without the port nothing keeps the thread alive.
    void running?.close().finally(() => port.close());
  });
  try {
    running = await startServer({ ...options, log: (entry) => say({ kind: "log", entry }) });
    say({ kind: "started", restUrl: running.restUrl, wsUrl: running.wsUrl });
    setTimeout(warmUp, WARM_UP_AFTER_MS).unref();
  } catch (error) {
    say({ kind: "failed", failure: failureOf(error) });
  }
}

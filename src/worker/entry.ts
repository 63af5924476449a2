import { parentPort, workerData } from "node:worker_threads";
import type { ExtractionSettings, FromWorker, ToWorker } from "./protocol.js";
import { runExtraction } from "./run.js";

// The measuring thread. It ends by itself when runExtraction is done: the port is closed and nothing else
// is left open.
if (parentPort) {
  const port = parentPort;
  const post = (message: FromWorker, moved: ArrayBuffer[] = []): void => port.postMessage(message, moved);
  const listen = (handler: (message: ToWorker) => void): void => {
    port.on("message", handler);
  };
  await runExtraction(workerData as ExtractionSettings, post, listen);
  port.close();
}

// Stops threads in the middle of calls of the add-on, one after the other. Says "survived", if it does.
//
//   node terminated.mjs <path of the add-on> <how many>
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const LONGEST_MS = 4;

async function stopThreads(path, count) {
  for (let left = count; left > 0; left -= 1) {
    const thread = new Worker(fileURLToPath(import.meta.url), { workerData: path });
    await once(thread, "message");
    await setTimeout((LONGEST_MS * left) / count);
    await thread.terminate();
  }
  process.stdout.write("survived");
}

/** Calls that succeed and calls that are refused, without end. */
function callForEver(addon) {
  parentPort.postMessage("calling", []);
  for (let made; ; made = new addon.Factory()) {
    addon.engineVersion(made);
    try {
      addon.widenPipe("no descriptor", 1);
    } catch {
      // As it should be.
    }
  }
}

if (isMainThread) await stopThreads(process.argv[2], Number(process.argv[3]));
else callForEver(createRequire(import.meta.url)(workerData));

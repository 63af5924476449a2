import type { WebServer } from "./listener.js";
import type { Service } from "./service.js";

/** Files that are open beside the connections: the store, its threads, pipes and what Node itself needs. */
const OTHER_FILES = 64;
const LISTENERS = 2;
const CONNECTIONS_MIN = 8;
const TOLD_EVERY_MS = 10_000;

/**
 * How many connections a listener may hold so that the process never runs out of files: one that has none left can
 * neither refuse a client nor say so.
 * @param filesMax what the system lets the process open; undefined: no limit is known.
 */
export function connectionsFor(most: number, filesMax: number | undefined = openFilesMax()): number {
  if (filesMax === undefined) return most;
  return Math.min(most, Math.max(CONNECTIONS_MIN, Math.floor((filesMax - OTHER_FILES) / LISTENERS)));
}

/** `ulimit -n` of this process; Node tells it in its diagnostic report alone. */
function openFilesMax(): number | undefined {
  const report = process.report.getReport() as { readonly userLimits?: { readonly open_files?: { soft?: unknown } } };
  const soft = Number(report.userLimits?.open_files?.soft);
  return Number.isInteger(soft) ? soft : undefined;
}

/** Counts the connections that a full listener refuses, and says so, but not for each of them. */
export function tellDropped(server: WebServer, { log, metrics }: Service): void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  server.on("drop", () => {
    metrics.refusals.add({ code: "TOO_MANY_CONNECTIONS" });
    const nowMs = performance.now();
    if (nowMs - toldAtMs < TOLD_EVERY_MS) return;
    toldAtMs = nowMs;
    log("warning", `connections are refused: ${server.maxConnections} are open, as many as may be`, {
      code: "TOO_MANY_CONNECTIONS",
    });
  });
}

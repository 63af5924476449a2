import { Worker } from "node:worker_threads";

import { type Failure, failureOf } from "../domain/errors.js";
import type { PreviewRequest } from "../domain/preview.js";
import type { ExtractionSettings, FromWorker, Tick, ToWorker } from "./protocol.js";

/** A thread that has not ended this long after a cancel is stopped from outside. */
const CANCEL_GRACE_MS = 200;

/** Room for new objects; it would grow to 48 MB while modules are loaded, and stay so. */
const YOUNG_MB_MAX = 6;

/** How the measuring thread ended. */
export type ExtractionOutcome =
  | {
      readonly kind: "done";
      readonly cancelled: boolean;
      readonly tick: Tick | undefined;
      readonly faces: string | undefined;
    }
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      readonly tick: Tick | undefined;
      readonly faces: string | undefined;
    };

/** The measuring thread, seen from the main thread. */
export interface Extraction {
  start(): void;
  /** Ends it early; `outcome` follows within 300 ms, with ffmpeg gone. */
  cancel(): void;
  /** One chunk was dealt with: another may be extracted. */
  chunkTaken(): void;
  /** The last preview picture is on the screen. */
  picturePainted(): void;
  setPreview(request: PreviewRequest | undefined): void;
  /** Asks for a still of the next frame; none comes when there is no further frame. */
  requestStill(): void;
  /** Never rejects. */
  readonly outcome: Promise<ExtractionOutcome>;
}

/** What the thread tells on its way; the end is told by `outcome` alone. */
export type ExtractionEvent = Exclude<FromWorker, { kind: "done" } | { kind: "failed" }>;

/** Starts decoding, tracking and extraction in a thread of its own. */
export function startExtraction(settings: ExtractionSettings, onEvent: (event: ExtractionEvent) => void): Extraction {
  const worker = new Worker(new URL("./entry.js", import.meta.url), {
    workerData: settings,
    // Nothing in the thread may write over the screen.
    stdout: true,
    stderr: true,
    // The decoder's pipe is opened as a plain descriptor and closed by the socket that takes it over. Node would
    // close that number once more when the thread ends, when it may already be somebody else's file.
    trackUnmanagedFds: false,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
  const post = (message: ToWorker): void => worker.postMessage(message, []);
  let lastTick: Tick | undefined;
  let graceTimer: NodeJS.Timeout | undefined;
  let isRunning = true;

  const outcome = new Promise<ExtractionOutcome>((resolve) => {
    let ended: ExtractionOutcome | undefined;
    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "done":
          ended = { kind: "done", cancelled: message.cancelled, tick: message.tick, faces: message.faces };
          return;
        case "failed":
          ended = { kind: "failed", failure: message.failure, tick: message.tick, faces: message.faces };
          return;
        case "tick":
          lastTick = message.tick;
          onEvent(message);
          return;
        case "opened":
        case "chunk":
        case "rest":
        case "picture":
        case "still":
        case "notice":
        case "away":
        case "note":
        case "timing":
          onEvent(message);
      }
    });
    worker.on("error", (error) => {
      ended ??= { kind: "failed", failure: deathOf(error), tick: lastTick, faces: undefined };
    });
    worker.on("exit", () => {
      isRunning = false;
      clearTimeout(graceTimer);
      resolve(ended ?? endedFromOutside(graceTimer !== undefined, lastTick));
    });
  });

  return {
    start: () => post({ kind: "start" }),
    cancel: () => {
      if (graceTimer || !isRunning) return;
      post({ kind: "cancel" });
      graceTimer = setTimeout(() => void worker.terminate(), CANCEL_GRACE_MS);
    },
    chunkTaken: () => post({ kind: "taken" }),
    picturePainted: () => post({ kind: "painted" }),
    requestStill: () => post({ kind: "still" }),
    setPreview: (request) => post({ kind: "preview", request }),
    outcome,
  };
}

/** What an error means that nobody in the thread has caught. */
function deathOf(error: unknown): Failure {
  if (error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { code: "INTERNAL", message: "the measuring thread ran out of memory: close other programs and go on" };
  }
  const { code, message } = failureOf(error);
  return code === "INTERNAL" ? { code, message: `the measuring thread failed: ${message}` } : { code, message };
}

function endedFromOutside(wasCancelled: boolean, tick: Tick | undefined): ExtractionOutcome {
  if (wasCancelled) return { kind: "done", cancelled: true, tick, faces: undefined };
  const failure: Failure = {
    code: "INTERNAL",
    message: "the measuring thread ended without a word: please report this",
  };
  return { kind: "failed", failure, tick, faces: undefined };
}

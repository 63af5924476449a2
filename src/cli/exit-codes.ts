import type { ErrorCode } from "../domain/errors.js";
import type { EndingSignal } from "../domain/signals.js";
import type { Summary } from "../results/summary.js";

/** Exit statuses; `--help` prints this table. */
export const EXIT_CODES = [
  [0, "done (a metric of a measurement may still be N/A, with the reason)"],
  [1, "an internal failure"],
  [2, "a wrong argument, option or input file"],
  [3, "complete, but some chunks were not answered"],
  [4, "licence, user or password refused"],
  [5, "the server cannot be reached, failed or its port is in use"],
  [6, "the video or camera is missing, unreadable or was lost; no ffmpeg"],
  [7, "no face, or too little of one"],
  [8, "the server refused the data, the study or the request (docs/errors.md)"],
  [9, "what is measured cannot be written: disk full, read-only or not permitted"],
  [129, "hang-up"],
  [130, "cancelled"],
  [131, "SIGQUIT"],
  [143, "terminated"],
] as const;

/** What a signal that ends a command makes of the exit status, as shells do. */
export const SIGNAL_EXIT: Readonly<Record<EndingSignal, number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  SIGQUIT: 131,
};

const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  USAGE: 2,
  STUDY: 2,
  FILE: 2,
  DISK: 9,
  AUTH: 4,
  NETWORK: 5,
  SERVER: 5,
  REFUSED: 8,
  WIRE: 5,
  PORT_IN_USE: 5,
  SOURCE_MISSING: 6,
  SOURCE_UNREADABLE: 6,
  SOURCE_LOST: 6,
  FFMPEG_MISSING: 6,
  NO_FACE: 7,
  NO_SIGNAL: 7,
  CANCELLED: 130,
  ENGINE: 1,
  INTERNAL: 1,
};

export function exitCodeOfError(code: ErrorCode): number {
  return STATUS_OF[code];
}

export function exitCodeOf(summary: Summary): number {
  switch (summary.status) {
    case "completed":
      return summary.chunks.results < summary.chunks.extracted ? 3 : 0;
    case "cancelled":
      return 130;
    case "failed":
      return summary.error ? STATUS_OF[summary.error.code] : 1;
  }
}

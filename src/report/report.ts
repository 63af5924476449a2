import type { ChunkQuality } from "../domain/constraints.js";
import type { Summary } from "../results/summary.js";
import type { Series } from "./plots.js";

/** One chunk of a past measurement; undefined is what its files do not say. */
export interface ReportChunk {
  /** 0-based. */
  readonly number: number;
  readonly startS: number | undefined;
  readonly endS: number | undefined;
  readonly quality: ChunkQuality | undefined;
  /** What the server said after this chunk, over all data so far. */
  readonly heartRateBpm: number | undefined;
  readonly confidence: number | undefined;
  readonly snrDb: number | undefined;
}

/** Everything that a report tells, read from the measurement's folder. */
export interface Report {
  readonly summary: Summary;
  /** Another process goes on with it: the rest is as it was before. */
  readonly isRunning: boolean;
  /** Heart rate in 1/min over the time of the measurement. */
  readonly trend: Series | undefined;
  /** The end of the pulse wave; without a unit. */
  readonly wave: Series | undefined;
  readonly chunks: readonly ReportChunk[];
  /** The still as a PNG file. */
  readonly still: Uint8Array | undefined;
  /** What could not be read, a sentence each. */
  readonly remarks: readonly string[];
}

import { failureOf } from "../domain/errors.js";
import type { EnginePayload } from "../wire/engine-payload.js";
import { encodeResultMessage } from "../wire/v1-messages.js";
import type { AnalysisResult } from "./analysis/analyse.js";
import { PayloadSource } from "./payload-source.js";
import { failedResultMessage, type ResultIds, resultMessage } from "./result.js";
import type { MeasurementTable } from "./store/measurement-table.js";

/** Vital signs from all chunks of a measurement so far. */
export type Analyse = (chunks: readonly EnginePayload[]) => AnalysisResult;

/** One analysis that answers for one chunk, or for several that waited: it covers everything up to the last of them. */
export interface AnalysisTask {
  readonly measurementId: string;
  readonly generation: number;
  readonly resolution: number;
  /** More chunks may come, so that what was read is of use again. */
  readonly more: boolean;
  /** In order. */
  readonly chunks: readonly { readonly order: number; readonly dataId: string }[];
}

export interface AnalysisOutcome {
  /** "OK" or a code of the protocol. */
  readonly errorCode: string;
  /** A result message in protobuf for each of the chunks. */
  readonly messages: readonly Uint8Array[];
  readonly tookMs: number;
  /** Why it failed, for the log. */
  readonly failure?: string;
}

/** Does analyses, here or in other threads. */
export interface Analyser {
  /** How many may run at the same time. */
  readonly parallel: number;
  /** Never rejects: a failure is an outcome. */
  run(task: AnalysisTask): Promise<AnalysisOutcome>;
  close(): Promise<void>;
}

/** Analyses in the calling thread. */
export class InlineAnalyser implements Analyser {
  readonly parallel = 1;
  readonly #source: PayloadSource;
  readonly #analyse: Analyse;

  constructor(table: MeasurementTable, analyse: Analyse) {
    this.#source = new PayloadSource(table);
    this.#analyse = analyse;
  }

  run(task: AnalysisTask): Promise<AnalysisOutcome> {
    return Promise.resolve(runTask(task, this.#source, this.#analyse));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Never throws: a failure is an outcome. */
export function runTask(task: AnalysisTask, source: PayloadSource, analyse: Analyse): AnalysisOutcome {
  const startedMs = performance.now();
  const { measurementId, generation, resolution, chunks } = task;
  try {
    const result = analyse(source.upTo(measurementId, generation, chunks.at(-1)?.order ?? 0));
    const messages = chunks.map((chunk) => encodeResultMessage(resultMessage(idsOf(task, chunk), result, resolution)));
    return { errorCode: "OK", messages, tookMs: performance.now() - startedMs };
  } catch (error) {
    return failedOutcome(task, "ANALYSIS_ERROR", failureOf(error).message, performance.now() - startedMs);
  } finally {
    if (!task.more) source.forget(measurementId, generation);
  }
}

/** What takes the place of results that could not be made. */
export function failedOutcome(task: AnalysisTask, errorCode: string, failure: string, tookMs: number): AnalysisOutcome {
  const messages = task.chunks.map((chunk) => encodeResultMessage(failedResultMessage(idsOf(task, chunk), errorCode)));
  return { errorCode, messages, tookMs, failure };
}

function idsOf({ measurementId }: AnalysisTask, { order, dataId }: AnalysisTask["chunks"][number]): ResultIds {
  return { measurementId, chunkOrder: order, resultId: dataId };
}

import { type ChunkResult, CONFIDENCE_SUFFIX, isMetric, meanOf } from "../domain/result.js";

export interface Metric {
  readonly id: string;
  /** Undefined when the server gave no values. */
  readonly mean: number | undefined;
  /** Mean in the chunk before; undefined while there is none. */
  readonly before?: number | undefined;
  /** 0 to 1; undefined when the server gives none. */
  readonly confidence: number | undefined;
  readonly notes: readonly string[];
}

/** The metrics of one result: mean, confidence and notes of every channel that is shown as a number. */
export function metricsOf(result: ChunkResult): Metric[] {
  const confidences = new Map(
    result.channels
      .filter((channel) => channel.id.endsWith(CONFIDENCE_SUFFIX))
      .map((channel) => [channel.id.slice(0, -CONFIDENCE_SUFFIX.length), meanOf(channel.values)]),
  );
  return result.channels
    .filter((channel) => isMetric(channel.id))
    .map((channel) => ({
      id: channel.id,
      mean: meanOf(channel.values),
      confidence: confidences.get(channel.id),
      notes: channel.notes,
    }));
}

/** One signal of a result. */
export interface AnalysisChannel {
  readonly id: string;
  /** In time order, every one finite; empty when the signal is refused. */
  readonly values: readonly number[];
  /** Why there is no value, or what to think of it. */
  readonly notes: readonly string[];
}

/** A metric with the channel that carries its confidence. */
export function withConfidence(
  id: string,
  values: readonly number[],
  confidence: number,
  notes: readonly string[],
): AnalysisChannel[] {
  return [
    { id, values, notes },
    { id: `${id}_CONFIDENCE`, values: [confidence], notes: [] },
  ];
}

/** A metric without a value. */
export function refusedMetric(id: string, notes: readonly string[]): AnalysisChannel[] {
  return withConfidence(id, [], 0, notes);
}

import { type AnalysisResult, analyse } from "../../../src/server/analysis/analyse.js";
import type { EnginePayload } from "../../../src/wire/engine-payload.js";

/** What a test asks of a result. */
export interface Outcome {
  /** Mean heart rate in 1/min; undefined when it was refused. */
  readonly bpm: number | undefined;
  readonly confidence: number;
  /** Notes of HR_BPM. */
  readonly notes: readonly string[];
  readonly rates: readonly number[];
  readonly snrsDb: readonly number[];
  readonly wave: readonly number[];
}

export function outcomeOf(chunks: readonly EnginePayload[]): Outcome {
  const result = analyse(chunks);
  const rates = valuesOf(result, "HR_BPM");
  return {
    bpm: rates.length > 0 ? meanOf(rates) : undefined,
    confidence: valuesOf(result, "HR_BPM_CONFIDENCE").at(0) ?? -1,
    notes: result.channels.find((channel) => channel.id === "HR_BPM")?.notes ?? [],
    rates,
    snrsDb: valuesOf(result, "SNR"),
    wave: valuesOf(result, "PULSE_WAVE"),
  };
}

/** One metric of a result. */
export interface Metric {
  /** Undefined when it was refused. */
  readonly value: number | undefined;
  readonly confidence: number | undefined;
  readonly notes: readonly string[];
}

export function metricOf(chunks: readonly EnginePayload[], id: string): Metric {
  const { channels } = analyse(chunks);
  const channel = channels.find((candidate) => candidate.id === id);
  const values = channel?.values ?? [];
  return {
    value: values.length > 0 ? meanOf(values) : undefined,
    confidence: channels.find((candidate) => candidate.id === `${id}_CONFIDENCE`)?.values[0],
    notes: channel?.notes ?? ["no channel"],
  };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function valuesOf(result: AnalysisResult, id: string): readonly number[] {
  const channel = result.channels.find((candidate) => candidate.id === id);
  if (!channel) throw new Error(`no channel ${id}`);
  return channel.values;
}

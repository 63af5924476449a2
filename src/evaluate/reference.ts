/** What is known to be true of a recording; times count from its first frame. */
export interface Reference {
  /** Heart rate of the whole in 1/min; null: there is no pulse; undefined: only known bit by bit. */
  readonly bpm: number | null | undefined;
  /** In ascending order; empty when unknown. */
  readonly beatTimesS: readonly number[];
  /** A monitor's rate in 1/min, one value per second; empty when there was none. */
  readonly monitorBpm: readonly number[];
  /** Truth of the other metrics over the whole, by their names in a result. */
  readonly others: Readonly<Partial<Record<OtherMetric, number>>>;
  /** What the recording is an example of, when the reference says so. */
  readonly kind: string | undefined;
  /** What makes it hard: "dark skin", "low light", "heavy compression", or the reference's own words. */
  readonly conditions: readonly string[];
}

/** Metrics beside the heart rate that a reference may know. */
export const OTHER_METRICS = ["HRV_SDNN", "HRV_RMSSD", "BR_BPM"] as const;
export type OtherMetric = (typeof OTHER_METRICS)[number];

export const NO_TRUTH: Omit<Reference, "bpm"> = {
  beatTimesS: [],
  monitorBpm: [],
  others: {},
  kind: undefined,
  conditions: [],
};

/** Fewer beats than this in a window say too little about its rate. */
const WINDOW_BEATS_MIN = 4;

/** A monitor that shows less than this has lost its signal. */
const MONITOR_BPM_MIN = 20;

/** A stretch of a recording, in seconds from its first frame. */
export interface Span {
  readonly fromS: number;
  readonly toS: number;
  /** The recording is measured in one piece. */
  readonly isWhole: boolean;
}

/**
 * True heart rate in a stretch, in 1/min: of the whole as the reference says; of a part 60 / mean interval of the beats inside, or the mean of the
 * monitor's values, or else the rate of the whole.
 * @returns null: no pulse; undefined: not known.
 */
export function truthIn(reference: Reference, span: Span): number | null | undefined {
  const { bpm, beatTimesS, monitorBpm } = reference;
  if (bpm === null || (span.isWhole && bpm !== undefined)) return bpm;
  const beats = beatTimesS.filter((timeS) => timeS >= span.fromS && timeS < span.toS);
  if (beats.length >= WINDOW_BEATS_MIN) return meanBeatRate(beats);
  const to = span.isWhole ? monitorBpm.length : Math.round(span.toS);
  const shown = monitorBpm.slice(Math.round(span.fromS), to);
  const isComplete = to <= monitorBpm.length && shown.every((value) => value >= MONITOR_BPM_MIN);
  if (shown.length > 0 && isComplete) return shown.reduce((sum, value) => sum + value, 0) / shown.length;
  return monitorBpm.length > 0 ? undefined : bpm;
}

/**
 * The reference with what the monitor showed `delayS` later, in whole seconds: a monitor averages over seconds that are gone, so that what it
 * shows now was true before.
 */
export function withoutDelay(reference: Reference, delayS: number): Reference {
  return { ...reference, monitorBpm: reference.monitorBpm.slice(Math.round(delayS)) };
}

/** 60 / mean interval of two beats or more, in 1/min. */
export function meanBeatRate(beatTimesS: readonly number[]): number {
  return (60 * (beatTimesS.length - 1)) / (beatTimesS.at(-1)! - beatTimesS.at(0)!);
}

/** Truth of a chest strap: intervals between beats in ms, from the first frame on. */
export function referenceOfIntervals(intervalsMs: readonly number[]): Reference {
  const n = intervalsMs.length;
  const meanMs = intervalsMs.reduce((sum, value) => sum + value, 0) / n;
  const squares = intervalsMs.reduce((sum, value) => sum + (value - meanMs) ** 2, 0);
  const steps = intervalsMs.slice(1).reduce((sum, value, i) => sum + (value - intervalsMs[i]!) ** 2, 0);
  const beatTimesS = [0];
  for (const interval of intervalsMs) beatTimesS.push(beatTimesS.at(-1)! + interval / 1000);
  return {
    ...NO_TRUTH,
    bpm: 60_000 / meanMs,
    beatTimesS,
    others: n > 2 ? { HRV_SDNN: Math.sqrt(squares / (n - 1)), HRV_RMSSD: Math.sqrt(steps / (n - 1)) } : {},
  };
}

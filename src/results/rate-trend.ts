/** The heart rate around one moment of the measurement. */
export interface RatePoint {
  /** Media time in seconds. */
  readonly atS: number;
  readonly bpm: number;
  /** Half of the 95 % confidence interval of `bpm`; undefined when one value alone is known. */
  readonly halfWidthBpm: number | undefined;
  /** What the server thinks of the result that it comes from, 0 to 1. */
  readonly confidence: number | undefined;
}

/** Where a result's heart rates belong: the chunk that it answers, and how dense its values are. */
export interface RateSpan {
  readonly startS: number;
  readonly endS: number;
  /** Values per second of a vector at full rate. */
  readonly rateHz: number;
  readonly confidence: number | undefined;
}

/** A point averages this much time: long enough for several beats, short enough to show a change. */
const WINDOW_S = 5;
const STEP_S = 1;
const POINTS_MAX = 240;
/** Two-sided 95 % of the normal distribution. */
const NORMAL_95 = 1.96;

/**
 * Joins a result's heart rates to the trend so far. Some servers send the whole measurement each time, others the newest
 * chunk: the length of the vector tells what it covers. That is replaced; a result without values changes nothing.
 */
export function withRates(trend: readonly RatePoint[], values: readonly number[], span: RateSpan): RatePoint[] {
  if (values.length === 0) return [...trend];
  const [only] = values;
  const isSingle = values.length === 1 && only !== undefined;
  const fromS = isSingle ? span.startS : beginning(values.length, span);
  const points = isSingle
    ? [{ atS: span.endS, bpm: only, halfWidthBpm: undefined, confidence: span.confidence }]
    : pointsOf(values, fromS, span);
  return [...trend.filter(({ atS }) => atS <= fromS || atS > span.endS), ...points]
    .toSorted((a, b) => a.atS - b.atS)
    .slice(-POINTS_MAX);
}

/** Servers shorten a vector of a long measurement; the local one to so many values. */
const SHORTENED = 9_000;
/** Frames without a face are not in the vector: nearly the whole is the whole. */
const WHOLE_SHARE = 0.85;

/** Where a vector begins that ends with its chunk: at the start, with the chunk, or where the measurement was renewed. */
function beginning(length: number, { startS, endS, rateHz }: RateSpan): number {
  const lengthS = rateHz > 0 ? length / rateHz : endS;
  if (length >= SHORTENED || lengthS >= endS * WHOLE_SHARE) return 0;
  // Fewer values than frames: they are spread over the chunk.
  return lengthS < (endS - startS) / 2 ? startS : endS - lengthS;
}

function pointsOf(values: readonly number[], fromS: number, { endS, confidence }: RateSpan): RatePoint[] {
  const perS = values.length / Math.max(endS - fromS, STEP_S);
  const count = Math.max(1, Math.min(POINTS_MAX, Math.floor((endS - fromS) / STEP_S)));
  return Array.from({ length: count }, (_, index) => {
    const atS = fromS + ((index + 1) * (endS - fromS)) / count;
    const middle = (atS - fromS) * perS;
    const reach = (WINDOW_S / 2) * perS;
    const part = values.slice(Math.max(0, Math.floor(middle - reach)), Math.max(1, Math.ceil(middle + reach)));
    return { atS, ...meanRate(part, part.length / perS), confidence };
  });
}

// Values at frame rate repeat each other: a heart says something new with every beat, so it is the beats in the window
// that count as independent values.
function meanRate(values: readonly number[], lengthS: number): Pick<RatePoint, "bpm" | "halfWidthBpm"> {
  const bpm = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - bpm) ** 2, 0) / values.length;
  const beats = (lengthS * bpm) / 60;
  return { bpm, halfWidthBpm: beats >= 2 ? NORMAL_95 * Math.sqrt(variance / (beats - 1)) : undefined };
}

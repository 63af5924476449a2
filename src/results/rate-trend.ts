import { faceSeconds, type Stretch } from "./face-time.js";
import { SHORTENED } from "./vector-rate.js";

/** The heart rate around one moment of the measurement. */
export interface RatePoint {
  /** Media time in seconds. */
  readonly atS: number;
  readonly bpm: number;
  /** Half of the 95 % confidence interval of `bpm`; undefined when one value alone is known. */
  readonly halfWidthBpm: number | undefined;
  /** What the server thinks of the result that it comes from, 0 to 1. */
  readonly confidence: number | undefined;
  /** True when nothing was seen right before: no line leads here. */
  readonly isAfterGap?: boolean;
}

/** Where a result's heart rates belong: the chunks up to the one that it answers, and how dense its values are. */
export interface RateSpan {
  /** In order of time; there may be gaps between them, where no face was. */
  readonly parts: readonly Stretch[];
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
  const newest = span.parts.at(-1);
  if (values.length === 0 || !newest) return [...trend];
  const { endS } = newest;
  const [only] = values;
  const isSingle = values.length === 1 && only !== undefined;
  const covered = isSingle ? [newest] : coveredParts(values.length, span, newest);
  const points = isSingle
    ? [{ atS: endS, bpm: only, halfWidthBpm: undefined, confidence: span.confidence }]
    : pointsOf(values, covered, span.confidence);
  const fromS = covered[0]?.startS ?? 0;
  return [...trend.filter(({ atS }) => atS <= fromS || atS > endS), ...points]
    .toSorted((a, b) => a.atS - b.atS)
    .slice(-POINTS_MAX);
}

/** Nearly the whole is the whole: a face may be lost between two frames that were counted. */
const WHOLE_SHARE = 0.85;

/** What a vector covers that ends with its chunk: everything, the chunk alone, or what is behind a renewal. */
function coveredParts(length: number, { parts, rateHz }: RateSpan, newest: Stretch): readonly Stretch[] {
  const wholeS = faceSeconds(parts);
  const lengthS = rateHz > 0 ? length / rateHz : wholeS;
  if (length >= SHORTENED || lengthS >= wholeS * WHOLE_SHARE) return parts;
  // Fewer values than frames: they are spread over the chunk.
  if (lengthS < faceSeconds([newest]) / 2) return [newest];
  let beforeS = wholeS - lengthS;
  return parts.flatMap((part) => {
    const facesS = faceSeconds([part]);
    const share = facesS > 0 ? Math.min(1, Math.max(0, beforeS / facesS)) : 1;
    beforeS -= facesS;
    return share === 1 ? [] : [{ ...part, startS: part.startS + share * (part.endS - part.startS) }];
  });
}

/** Parts without a gap between them, and how many seconds with a face came before. */
interface Run {
  readonly parts: readonly Stretch[];
  readonly facesBeforeS: number;
}

function runsOf(parts: readonly Stretch[]): Run[] {
  const runs: { parts: Stretch[]; facesBeforeS: number }[] = [];
  let facesBeforeS = 0;
  for (const part of parts) {
    const run = runs.at(-1);
    if (run && part.startS - (run.parts.at(-1)?.endS ?? 0) < STEP_S) run.parts.push(part);
    else runs.push({ parts: [part], facesBeforeS });
    facesBeforeS += faceSeconds([part]);
  }
  return runs;
}

function pointsOf(
  values: readonly number[],
  parts: readonly Stretch[],
  confidence: number | undefined,
): readonly RatePoint[] {
  const lengthS = parts.reduce((sum, { startS, endS }) => sum + endS - startS, 0);
  const stepS = Math.max(STEP_S, lengthS / POINTS_MAX);
  const perS = values.length / Math.max(faceSeconds(parts), STEP_S);
  return runsOf(parts).flatMap((run, index) =>
    pointsOfRun(values, run, { stepS, perS, confidence, isFirst: index === 0 }),
  );
}

interface Density {
  readonly stepS: number;
  /** Values per second with a face. */
  readonly perS: number;
  readonly confidence: number | undefined;
  readonly isFirst: boolean;
}

function pointsOfRun(values: readonly number[], run: Run, { stepS, perS, confidence, isFirst }: Density): RatePoint[] {
  const fromS = run.parts[0]?.startS ?? 0;
  const toS = run.parts.at(-1)?.endS ?? fromS;
  const count = Math.max(1, Math.floor((toS - fromS) / stepS));
  const [first, last] = [run.facesBeforeS * perS, (run.facesBeforeS + faceSeconds(run.parts)) * perS];
  return Array.from({ length: count }, (_, index) => {
    const atS = fromS + ((index + 1) * (toS - fromS)) / count;
    const facesS = run.facesBeforeS + faceSeconds(run.parts.map((part) => upTo(part, atS)));
    const [middle, reach] = [facesS * perS, (WINDOW_S / 2) * perS];
    const from = Math.floor(Math.max(first, middle - reach));
    const part = values.slice(from, Math.max(from + 1, Math.ceil(Math.min(last, middle + reach))));
    const gap = index === 0 && !isFirst ? { isAfterGap: true } : {};
    return { atS, ...meanRate(part.length > 0 ? part : values.slice(-1), part.length / perS), confidence, ...gap };
  });
}

/** What of a part lies before that time. */
function upTo(part: Stretch, atS: number): Stretch {
  return { ...part, endS: Math.min(part.endS, Math.max(part.startS, atS)) };
}

// Values at frame rate repeat each other: a heart says something new with every beat, so it is the beats in the window
// that count as independent values.
function meanRate(values: readonly number[], lengthS: number): Pick<RatePoint, "bpm" | "halfWidthBpm"> {
  const bpm = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - bpm) ** 2, 0) / values.length;
  const beats = (lengthS * bpm) / 60;
  return { bpm, halfWidthBpm: beats >= 2 ? NORMAL_95 * Math.sqrt(variance / (beats - 1)) : undefined };
}

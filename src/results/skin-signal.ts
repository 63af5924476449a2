/** Brightness of the skin, frame by frame, before any server has seen it. */
export interface SkinSamples {
  /** Media time of each sample in seconds, rising. */
  readonly timesS: readonly number[];
  /** Mean green of the face, 0 to 255; NaN where none was seen. */
  readonly greens: readonly number[];
}

export const NO_SAMPLES: SkinSamples = { timesS: [], greens: [] };

/** So much is kept for the screen. */
const KEPT_S = 20;
const KEPT_MAX = 2_400;

/** The newest samples at the end; those that are too old for the screen, and those before a new beginning, are let go. */
export function withSamples(before: SkinSamples, added: SkinSamples): SkinSamples {
  const timesS = [...before.timesS, ...added.timesS];
  const greens = [...before.greens, ...added.greens];
  const newestS = timesS.at(-1) ?? 0;
  let first = Math.max(0, timesS.length - KEPT_MAX);
  for (let index = timesS.length - 1; index > first; index -= 1) {
    if ((timesS[index] ?? 0) < (timesS[index - 1] ?? 0)) first = index;
  }
  while ((timesS[first] ?? newestS) < newestS - KEPT_S) first += 1;
  return { timesS: timesS.slice(first), greens: greens.slice(first) };
}

/** Evenly spaced values, more blood = up; NaN where the face was not seen. */
export interface EvenSignal {
  readonly values: readonly number[];
  readonly rateHz: number;
}

/** Of the evenly spaced signal: more than any heart needs, less than any camera gives. */
const EVEN_RATE_HZ = 20;
/** Changes slower than this are the light's and the head's, not the heart's. */
const DRIFT_S = 1.5;
/** Slow cameras and lost frames leave steps without a sample; a longer pause than this is a gap. */
const GAP_S = 0.5;

/**
 * The samples as a signal in which the pulse can be seen: even steps (means of what falls into each), drift taken away,
 * turned round, because blood absorbs light. Nothing is filtered to a rate: noise stays noise, and gaps stay gaps.
 */
export function evenSignal({ timesS, greens }: SkinSamples): EvenSignal {
  const startS = timesS[0] ?? 0;
  const count = Math.floor(((timesS.at(-1) ?? startS) - startS) * EVEN_RATE_HZ);
  if (count < 2) return { values: [], rateHz: EVEN_RATE_HZ };
  const means = stepMeans(timesS, greens, startS, count);
  const values = means.map(() => Number.NaN);
  for (const { from, to } of piecesOf(means)) withoutDrift(means, from, to, values);
  return { values, rateHz: EVEN_RATE_HZ };
}

/** Where values are without a gap between them: from one index up to another. */
interface Piece {
  readonly from: number;
  readonly to: number;
}

function piecesOf(values: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let index = 0; index <= values.length; index += 1) {
    if (Number.isFinite(values[index])) continue;
    if (index > from) pieces.push({ from, to: index });
    from = index + 1;
  }
  return pieces;
}

/** How far each value of a piece lies below the mean around it; what is on the other side of a gap is another light. */
function withoutDrift(means: readonly number[], start: number, end: number, into: number[]): void {
  const reach = Math.round((DRIFT_S / 2) * EVEN_RATE_HZ);
  const sums = [0];
  for (let index = start; index < end; index += 1) sums.push((sums.at(-1) ?? 0) + (means[index] ?? 0));
  for (let index = start; index < end; index += 1) {
    const from = Math.max(start, index - reach);
    const to = Math.min(end, index + reach + 1);
    into[index] = ((sums[to - start] ?? 0) - (sums[from - start] ?? 0)) / (to - from) - (means[index] ?? 0);
  }
}

/** The newest stretch without a gap; nothing when the face has been away for longer than a slow camera would explain. */
export function newestPiece({ values, rateHz }: EvenSignal): readonly number[] {
  const newest = piecesOf(values).at(-1);
  if (!newest || values.length - newest.to > GAP_S * rateHz) return [];
  return values.slice(newest.from, newest.to);
}

/** Mean of the samples in each step; one without any lies on the line between its neighbours, or in a gap. */
function stepMeans(timesS: readonly number[], greens: readonly number[], startS: number, count: number): number[] {
  const sums = new Float64Array(count);
  const counts = new Uint32Array(count);
  for (const [index, timeS] of timesS.entries()) {
    const green = greens[index] ?? Number.NaN;
    if (!Number.isFinite(green)) continue;
    const step = Math.min(count - 1, Math.floor((timeS - startS) * EVEN_RATE_HZ));
    sums[step] = (sums[step] ?? 0) + green;
    counts[step] = (counts[step] ?? 0) + 1;
  }
  const means = Array.from(sums, (sum, step) => (counts[step] ? sum / (counts[step] ?? 1) : Number.NaN));
  let last = -1;
  for (let step = 0; step < count; step += 1) {
    if (!counts[step]) continue;
    if (last >= 0 && step - last <= GAP_S * EVEN_RATE_HZ) fillBetween(means, last, step);
    last = step;
  }
  return means;
}

function fillBetween(means: number[], from: number, to: number): void {
  const [a, b] = [means[from] ?? 0, means[to] ?? 0];
  for (let step = from + 1; step < to; step += 1) means[step] = a + ((b - a) * (step - from)) / (to - from);
}

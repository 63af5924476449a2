/** Brightness of the skin, frame by frame, before any server has seen it. */
export interface SkinSamples {
  /** Media time of each sample in seconds, rising. */
  readonly timesS: readonly number[];
  /** Mean green of the face, 0 to 255. */
  readonly greens: readonly number[];
}

export const NO_SAMPLES: SkinSamples = { timesS: [], greens: [] };

/** So much is kept for the screen. */
const KEPT_S = 20;
const KEPT_MAX = 2_400;
/** A longer pause than this (the face was gone, the source stood still) begins the signal anew. */
const PAUSE_S = 1;

/** The newest samples at the end; those that are too old for the screen are let go. */
export function withSamples(before: SkinSamples, added: SkinSamples): SkinSamples {
  const timesS = [...before.timesS, ...added.timesS];
  const greens = [...before.greens, ...added.greens];
  const newestS = timesS.at(-1) ?? 0;
  let first = Math.max(0, timesS.length - KEPT_MAX);
  while ((timesS[first] ?? newestS) < newestS - KEPT_S) first += 1;
  for (let index = timesS.length - 1; index > first; index -= 1) {
    const pauseS = (timesS[index] ?? 0) - (timesS[index - 1] ?? 0);
    if (pauseS > PAUSE_S || pauseS < 0) first = index;
  }
  return { timesS: timesS.slice(first), greens: greens.slice(first) };
}

/** Evenly spaced values, more blood = up. */
export interface EvenSignal {
  readonly values: readonly number[];
  readonly rateHz: number;
}

/** Of the evenly spaced signal: more than any heart needs, less than any camera gives. */
const EVEN_RATE_HZ = 20;
/** Changes slower than this are the light's and the head's, not the heart's. */
const DRIFT_S = 1.5;

/**
 * The samples as a signal in which the pulse can be seen: even steps (means of what falls into each), drift taken away,
 * turned round, because blood absorbs light. Nothing is filtered to a rate: noise stays noise.
 */
export function evenSignal({ timesS, greens }: SkinSamples): EvenSignal {
  const startS = timesS[0] ?? 0;
  const count = Math.floor(((timesS.at(-1) ?? startS) - startS) * EVEN_RATE_HZ);
  if (count < 2) return { values: [], rateHz: EVEN_RATE_HZ };
  const means = stepMeans(timesS, greens, startS, count);
  const reach = Math.round((DRIFT_S / 2) * EVEN_RATE_HZ);
  const sums = [0];
  for (const value of means) sums.push((sums.at(-1) ?? 0) + value);
  const values = means.map((value, index) => {
    const from = Math.max(0, index - reach);
    const to = Math.min(count, index + reach + 1);
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from) - value;
  });
  return { values, rateHz: EVEN_RATE_HZ };
}

/** Mean of the samples in each step; a step without one lies on the line between its neighbours. */
function stepMeans(timesS: readonly number[], greens: readonly number[], startS: number, count: number): number[] {
  const sums = new Float64Array(count);
  const counts = new Uint32Array(count);
  for (const [index, timeS] of timesS.entries()) {
    const step = Math.min(count - 1, Math.floor((timeS - startS) * EVEN_RATE_HZ));
    sums[step] = (sums[step] ?? 0) + (greens[index] ?? 0);
    counts[step] = (counts[step] ?? 0) + 1;
  }
  const means: number[] = [];
  for (let step = 0; step < count; step += 1) {
    if (counts[step]) {
      means.push((sums[step] ?? 0) / (counts[step] ?? 1));
      continue;
    }
    let next = step;
    while (next < count && !counts[next]) next += 1;
    const before = means.at(-1);
    const after = next < count ? (sums[next] ?? 0) / (counts[next] ?? 1) : before;
    const start = before ?? after ?? 0;
    means.push(start + ((after ?? start) - start) / (next - step + 1));
  }
  return means;
}

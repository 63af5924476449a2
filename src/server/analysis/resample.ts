/** The rates of the uniform grid; a source outside is brought inside. */
const GRID_RATE_HZ_MIN = 15;
const GRID_RATE_HZ_MAX = 60;

/** A gap above this ends a run: no window may cross it. */
const RUN_GAP_MS = 1000;

/** A gap above this is bridged by a line, but its samples count as missing. */
const MARKED_GAP_MS = 250;

/** Frames [from, to) that follow each other without a long gap. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** Sample times startMs + i * 1000 / rateHz, i < count. */
export interface Grid {
  readonly rateHz: number;
  readonly startMs: number;
  readonly count: number;
}

/** Where the samples of a grid lie between usable frames; one entry per sample in every array. */
export interface Placement {
  /** Usable frames at or before the sample and after it; the same frame twice beyond the first or last. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** Share of the frame after, 0 to 1. */
  readonly share: Float64Array;
  /** 0 where the two frames are too far apart, or where there is none on one side. */
  readonly covered: Uint8Array;
}

/**
 * Median rate of the frames in Hz. Nominal rates are often wrong, and an error of 1 % is an error of 1 % of the result.
 * @param timesMs ascending.
 * @returns undefined with fewer than three frames.
 */
export function medianRateHz(timesMs: Float64Array): number | undefined {
  if (timesMs.length < 3) return undefined;
  const steps = timesMs.slice(1).map((time, i) => time - timesMs[i]!);
  steps.sort();
  return 1000 / Math.max(1e-3, steps[steps.length >> 1]!);
}

/** The rate of the grid for frames at this rate, in Hz. */
export function gridRateHz(frameRateHz: number): number {
  return Math.min(GRID_RATE_HZ_MAX, Math.max(GRID_RATE_HZ_MIN, frameRateHz));
}

/** Splits ascending times where more than a second is missing. */
export function runsOf(timesMs: Float64Array): Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (let i = 1; i <= timesMs.length; i += 1) {
    if (i < timesMs.length && timesMs[i]! - timesMs[i - 1]! <= RUN_GAP_MS) continue;
    runs.push({ from, to: i });
    from = i;
  }
  return runs;
}

/** A uniform grid over a run, from its first frame to its last. */
export function gridOf(timesMs: Float64Array, run: Run, rateHz: number): Grid {
  const startMs = timesMs[run.from]!;
  const durationMs = timesMs[run.to - 1]! - startMs;
  return { rateHz, startMs, count: Math.floor((durationMs * rateHz) / 1000 + 1e-6) + 1 };
}

/**
 * Places the samples of a grid between the usable frames of its run.
 * @param usable per frame of the recording: 0 where it has no value.
 * @returns undefined when no frame of the run is usable.
 */
export function placementOf(timesMs: Float64Array, usable: Uint8Array, grid: Grid, run: Run): Placement | undefined {
  let after = nextUsable(usable, run.from, run.to);
  if (after === run.to) return undefined;
  const out = {
    before: new Int32Array(grid.count),
    after: new Int32Array(grid.count),
    share: new Float64Array(grid.count),
    covered: new Uint8Array(grid.count),
  };
  let before = -1;
  for (let i = 0; i < grid.count; i += 1) {
    const timeMs = grid.startMs + (i * 1000) / grid.rateHz;
    while (after < run.to && timesMs[after]! <= timeMs) {
      before = after;
      after = nextUsable(usable, after + 1, run.to);
    }
    const left = before >= 0 ? before : after;
    const right = after < run.to ? after : left;
    const gapMs = timesMs[right]! - timesMs[left]!;
    out.before[i] = left;
    out.after[i] = right;
    out.share[i] = gapMs > 0 ? (timeMs - timesMs[left]!) / gapMs : 0;
    out.covered[i] = gapMs <= MARKED_GAP_MS && Math.abs(timeMs - timesMs[left]!) <= MARKED_GAP_MS ? 1 : 0;
  }
  return out;
}

/**
 * Values of frames as values of samples, on the line between the two frames.
 * @param into takes them; one entry per sample.
 */
export function sampled(
  values: ArrayLike<number>,
  { before, after, share }: Placement,
  into: Float64Array = new Float64Array(share.length),
): Float64Array {
  for (let i = 0; i < into.length; i += 1) {
    into[i] = values[before[i]!]! * (1 - share[i]!) + values[after[i]!]! * share[i]!;
  }
  return into;
}

function nextUsable(usable: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && !usable[at]) at += 1;
  return at;
}

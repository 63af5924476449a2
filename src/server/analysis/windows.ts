import type { Pulses, Segment } from "./pulses.js";

/** Length of a sliding window: ten beats at 60 per minute, short enough to follow a changing rate. */
const WINDOW_S = 10;

/** A long recording gets a wider step instead of more windows. */
const WINDOWS_MAX = 60;

/** A stretch of one segment. */
export interface Window {
  readonly segment: number;
  /** First sample in the segment, and number of samples. */
  readonly from: number;
  readonly length: number;
  /** Middle of the window on the clock of the frames. */
  readonly centreMs: number;
}

/** Windows of ten seconds, a second apart, inside the segments; a shorter segment is one window. */
export function windowsOf({ segments, rateHz }: Pulses): Window[] {
  const samples = segments.reduce((sum, segment) => sum + segment.grid.count, 0);
  const step = Math.round(rateHz * Math.max(1, samples / rateHz / WINDOWS_MAX));
  return segments.flatMap((segment, index) => windowsIn(segment, index, step));
}

function windowsIn({ grid: { count, rateHz, startMs } }: Segment, segment: number, step: number): Window[] {
  const length = Math.min(count, Math.round(WINDOW_S * rateHz));
  const starts: number[] = [];
  for (let from = 0; from + length <= count; from += step) starts.push(from);
  // The end of the segment is measured as well, unless a window nearly reaches it.
  const last = count - length;
  if (last - starts.at(-1)! > step / 2) starts.push(last);
  return starts.map((from) => ({
    segment,
    from,
    length,
    centreMs: startMs + ((from + (length - 1) / 2) * 1000) / rateHz,
  }));
}

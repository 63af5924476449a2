/** 0 at `from` and before, 1 at `to` and after; `from` may be the larger one. */
export function ramp(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

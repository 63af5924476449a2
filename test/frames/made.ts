import type { Frame } from "../../src/domain/video.js";

const format = { widthPx: 2, heightPx: 2, fullRange: false, bt709: false };

/** Frames at these times. */
export async function* framesAt(timesMs: readonly number[]): AsyncGenerator<Frame> {
  for (const [index, timestampMs] of timesMs.entries()) {
    yield { data: new Uint8Array(6), format, number: index + 1, timestampMs };
  }
}

/** The first `count` times of a steady rate. */
export function steady(count: number, rateHz: number): number[] {
  return Array.from({ length: count }, (_, n) => (n * 1000) / rateHz);
}

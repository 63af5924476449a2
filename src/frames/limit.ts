import type { Frame } from "../domain/video.js";

/**
 * The frames of the first `plannedS` seconds: at 30 Hz, 30 s are 900 frames. Then the source is ended. Times
 * that containers round to milliseconds may be half of one early.
 */
export async function* limit(frames: AsyncIterable<Frame>, plannedS: number): AsyncGenerator<Frame, void, undefined> {
  const endMs = plannedS * 1000 - 0.5;
  for await (const frame of frames) {
    if (frame.timestampMs >= endMs) return;
    yield frame;
  }
}

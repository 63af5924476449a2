import type { Frame } from "../domain/video.js";

/** Time, handed in so that tests need none. `sleep` returns early, without an error, when the signal fires. */
export interface Clock {
  nowMs(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export interface PaceOptions {
  readonly clock: Clock;
  /**
   * "file": frames are held back until their time, as if a camera gave them. "camera": they come when they
   * come, and the fastest ones say what is on time.
   */
  readonly from: "file" | "camera";
  readonly signal?: AbortSignal | undefined;
}

/** What pacing did, for the screen and the report. */
export interface PaceCounts {
  droppedCount: number;
  lateMsMax: number;
}

/** A frame that comes later than this is dropped. What a network held up for less is as good as what came in time. */
const LATE_MS_MAX = { file: 250, camera: 1000 } as const;

/**
 * A camera that takes 29.97 frames a second and counts them as 30 is slower than our clock by a thousandth. What is on
 * time moves by twice that, so that nothing comes ever later; one who is too slow falls behind much faster.
 */
const DRIFT = 0.002;

/**
 * Frames in real time. One that comes too late is dropped and counted, the oldest first, because
 * it is the one that waited longest: a consumer that cannot keep up loses frames, not the present.
 *
 * A file, which may be 250 ms late:
 *
 *   frame times   0   33   67  100  133 ...
 *   clock         5   38   72  |--- busy until 400 ---|  100 (late by 295) dropped, 133 (late by 262) dropped, 167 ...
 */
export async function* pace(
  frames: AsyncIterable<Frame>,
  { clock, from, signal }: PaceOptions,
  counts: PaceCounts = { droppedCount: 0, lateMsMax: 0 },
): AsyncGenerator<Frame, void, undefined> {
  let startMs: number | undefined;
  let newestMs = 0;
  for await (const frame of frames) {
    startMs ??= clock.nowMs() - frame.timestampMs;
    if (from === "camera") startMs += DRIFT * (frame.timestampMs - newestMs);
    newestMs = frame.timestampMs;
    const lateMs = clock.nowMs() - startMs - frame.timestampMs;
    if (lateMs < 0 && from === "file") await clock.sleep(-lateMs, signal);
    if (lateMs < 0 && from === "camera") startMs += lateMs;
    counts.lateMsMax = Math.max(counts.lateMsMax, lateMs);
    if (lateMs > LATE_MS_MAX[from]) counts.droppedCount += 1;
    else yield frame;
  }
}

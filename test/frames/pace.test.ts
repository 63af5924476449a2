import { expect, test } from "vitest";
import type { Frame } from "../../src/domain/video.js";
import { type Clock, pace } from "../../src/frames/pace.js";
import { systemClock } from "../../src/frames/system-clock.js";
import { framesAt, steady } from "./made.js";

/** A clock that only moves when somebody sleeps or works. */
class MadeClock implements Clock {
  ms = 1_000;

  nowMs(): number {
    return this.ms;
  }

  async sleep(durationMs: number): Promise<void> {
    this.ms += durationMs;
  }
}

interface Seen {
  readonly number: number;
  readonly atMs: number;
}

/** Paces frames for a consumer that works this long on each. */
async function run(
  frames: (clock: MadeClock) => AsyncIterable<Frame>,
  from: "file" | "camera",
  workMs: (frame: Frame) => number,
): Promise<{ seen: Seen[]; droppedCount: number; lateMsMax: number }> {
  const clock = new MadeClock();
  const counts = { droppedCount: 0, lateMsMax: 0 };
  const seen: Seen[] = [];
  for await (const frame of pace(frames(clock), { clock, from }, counts)) {
    seen.push({ number: frame.number, atMs: clock.ms - 1_000 });
    clock.ms += workMs(frame);
  }
  return { seen, ...counts };
}

test("frames of a file wait for their time", async () => {
  const { seen, droppedCount } = await run(
    () => framesAt([0, 40, 100]),
    "file",
    () => 5,
  );
  expect(seen.map(({ atMs }) => atMs)).toEqual([0, 40, 100]);
  expect(droppedCount).toBe(0);
});

test("a consumer that is late by less than 250 ms loses nothing and catches up", async () => {
  const { seen, droppedCount, lateMsMax } = await run(
    () => framesAt(steady(30, 25)),
    "file",
    ({ number }) => (number === 3 ? 240 : 10),
  );
  expect(seen).toHaveLength(30);
  expect(droppedCount).toBe(0);
  expect(lateMsMax).toBe(200);
  expect(seen.at(-1)?.atMs).toBe(29 * 40);
});

test("a long pause drops the oldest frames and counts them", async () => {
  const { seen, droppedCount } = await run(
    () => framesAt(steady(40, 25)),
    "file",
    ({ number }) => (number === 1 ? 500 : 1),
  );
  // At 500 ms the frames at 40 ... 240 ms are more than 250 ms late.
  expect(droppedCount).toBe(6);
  expect(seen[1]).toEqual({ number: 8, atMs: 500 });
  expect(seen.length + droppedCount).toBe(40);
});

test("a consumer that is always too slow loses frames but stays within 250 ms", async () => {
  const { seen, droppedCount } = await run(
    () => framesAt(steady(200, 25)),
    "file",
    () => 80,
  );
  expect(droppedCount).toBeGreaterThan(90);
  expect(seen.length + droppedCount).toBe(200);
  for (const { number, atMs } of seen) expect(atMs - (number - 1) * 40).toBeLessThanOrEqual(250);
});

/** A camera whose pictures need this long to come. */
async function* camera(clock: MadeClock, delaysMs: readonly number[]): AsyncGenerator<Frame> {
  for await (const frame of framesAt(steady(delaysMs.length, 25))) {
    clock.ms = Math.max(clock.ms, 1_000 + frame.timestampMs + (delaysMs[frame.number - 1] ?? 0));
    yield frame;
  }
}

test("camera frames are not held back, and a slow first one does not hide later delays", async () => {
  const delays = [200, 30, 30, 30, 30, 30, 30, 1040, 30];
  const { seen, droppedCount } = await run(
    (clock) => camera(clock, delays),
    "camera",
    () => 0,
  );
  // 1040 ms is late by 1010 compared with the fastest, by 840 compared with the first.
  expect(droppedCount).toBe(1);
  expect(seen.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 9]);
});

test("what a network held up for less than a second is not lost", async () => {
  const delays = Array.from({ length: 50 }, (_, n) => (n >= 20 && n < 40 ? Math.max(30, 900 - (n - 20) * 40) : 30));
  const { seen, droppedCount } = await run(
    (clock) => camera(clock, delays),
    "camera",
    () => 1,
  );
  expect(droppedCount).toBe(0);
  expect(seen).toHaveLength(50);
});

test("a camera whose clock is slower than ours loses nothing, however long it runs", async () => {
  // It takes 24.975 pictures a second and counts them as 25: after half an hour it is 1.8 s behind.
  const count = 45_000;
  const behind = Array.from({ length: count }, (_, n) => n * 0.04 + (n % 7));
  const { droppedCount, lateMsMax } = await run(
    (clock) => camera(clock, behind),
    "camera",
    () => 0,
  );
  expect(droppedCount).toBe(0);
  expect(lateMsMax).toBeLessThan(50);
});

test("the system's clock moves on, sleeps, and wakes at a signal", async () => {
  const startMs = systemClock.nowMs();
  await systemClock.sleep(20);
  expect(systemClock.nowMs() - startMs).toBeGreaterThan(15);
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 10);
  await systemClock.sleep(60_000, abort.signal);
  expect(systemClock.nowMs() - startMs).toBeLessThan(10_000);
});

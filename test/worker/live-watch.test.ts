import { expect, test } from "vitest";
import type { CaptureNote } from "../../src/domain/capture.js";
import type { Frame, SourceInfo } from "../../src/domain/video.js";
import { LiveWatch } from "../../src/worker/live-watch.js";
import type { FromWorker } from "../../src/worker/protocol.js";

const format = { widthPx: 64, heightPx: 48, fullRange: false, bt709: false };
const info: SourceInfo = {
  kind: "camera",
  label: "Camera 0",
  format,
  rateHz: 30,
  durationS: undefined,
  rotationDeg: 0,
};

/** Luma of all of a picture, a little different in each. */
type Luma = (timeS: number, number: number) => number;

interface Watched {
  readonly notes: CaptureNote[];
  readonly notices: string[];
  readonly marks: string[];
  readonly timings: Extract<FromWorker, { kind: "timing" }>[];
  readonly seen: number;
  readonly error: unknown;
}

async function watch(
  timesMs: readonly number[],
  {
    startMs = 0,
    droppedAtMs = Number.POSITIVE_INFINITY,
    returnedAtMs = Number.POSITIVE_INFINITY,
    luma = (_: number, n: number) => 120 + (n % 2),
    plannedMs = undefined as number | undefined,
  }: {
    startMs?: number;
    droppedAtMs?: number;
    returnedAtMs?: number;
    luma?: Luma;
    plannedMs?: number | undefined;
  } = {},
): Promise<Watched> {
  const told: FromWorker[] = [];
  const marks: string[] = [];
  let nowMs = 0;
  const watched = new LiveWatch({
    source: { info, clock: "device", exposureHint: "turn the knob" },
    post: (message) => told.push(message),
    isCollecting: () => nowMs >= startMs,
    droppedCount: () => (nowMs >= droppedAtMs ? 5 : 0),
    returnCount: () => (nowMs >= returnedAtMs ? 1 : 0),
    mark: (text) => marks.push(text),
  });
  async function* frames(): AsyncGenerator<Frame> {
    for (const [index, timestampMs] of timesMs.entries()) {
      nowMs = timestampMs;
      yield { data: new Uint8Array(64 * 72).fill(luma(nowMs / 1000, index)), format, number: index + 1, timestampMs };
    }
  }
  let seen = 0;
  let error: unknown;
  try {
    for await (const frame of watched.over(frames())) seen = frame.number;
    if (plannedMs !== undefined) watched.ended(plannedMs);
    watched.tellTiming();
  } catch (thrown) {
    error = thrown;
  }
  return {
    notes: told.flatMap((message) => (message.kind === "note" ? message.note : [])),
    notices: told.flatMap((message) => (message.kind === "notice" ? message.text : [])),
    timings: told.flatMap((message) => (message.kind === "timing" ? message : [])),
    marks,
    seen,
    error,
  };
}

/** Times of a steady rate, with pauses (ms) behind some frames. */
function times(seconds: number, rateHz = 30, pauses: Readonly<Record<number, number>> = {}): number[] {
  let pausedMs = 0;
  return Array.from({ length: seconds * rateHz }, (_, n) => {
    const ms = (n * 1000) / rateHz + pausedMs;
    pausedMs += pauses[n] ?? 0;
    return ms;
  });
}

test("an even source has nothing to be said about, and its timing is told", async () => {
  const { notes, notices, marks, timings, seen } = await watch(times(12));
  expect({ notes, notices, marks, seen }).toEqual({ notes: [], notices: [], marks: [], seen: 360 });
  expect(timings).toHaveLength(4);
  expect(timings.at(-1)?.timing).toMatchObject({ clock: "device", rateHz: expect.closeTo(30, 3) });
  expect(timings.at(-1)?.timing.jitterMs).toBeLessThan(0.1);
});

test("a source that was lost and is back at once has a gap, too", async () => {
  const short = times(4, 30, { 59: 170 });
  expect((await watch(short)).notes).toEqual([]);
  const { notes, marks } = await watch(short, { returnedAtMs: 2000 });
  expect(notes).toEqual([{ id: "GAP", text: "0.2 s without a picture at 2.0 s" }]);
  expect(marks).toHaveLength(1);
  // A playlist goes on where it was.
  expect((await watch(times(4), { returnedAtMs: 2000 })).notes).toEqual([]);
});

test("a gap of less than a second is marked where it was, and the measurement goes on", async () => {
  const { notes, marks, seen } = await watch(times(4, 30, { 59: 700 }));
  expect(notes).toEqual([{ id: "GAP", text: "0.7 s without a picture at 2.0 s" }]);
  expect(marks).toEqual(["gap of 733 ms"]);
  expect(seen).toBe(120);
});

test("a longer gap ends it, in the words of the measurement's own time", async () => {
  const { error, seen } = await watch(times(8, 30, { 149: 1500 }), { startMs: 3000 });
  expect(seen).toBe(150);
  expect(error).toMatchObject({
    code: "SOURCE_LOST",
    message: expect.stringMatching(/^Camera 0 gave no picture for 1\.5 s at 2\.0 s of the measurement: .*connection/),
  });
});

test("before the start a camera may be away, and what is wrong is said but not noted", async () => {
  const { notes, notices, seen } = await watch(times(8, 10, { 20: 5000 }), { startMs: 60_000 });
  expect(seen).toBe(80);
  expect(notes).toEqual([]);
  expect(notices).toEqual(["Camera 0 gives 10.0 frames per second instead of 30: use more light or another camera"]);
});

test("frames that were dropped on our side are no loss of the source", async () => {
  const { notes, error, marks } = await watch(times(6, 30, { 90: 1400 }), { droppedAtMs: 4000 });
  expect(error).toBeUndefined();
  expect(notes.map(({ id }) => id)).toEqual(["FRAMES_DROPPED"]);
  expect(marks).toEqual(["5 frames dropped"]);
});

test("a rate far below the camera's own is noted, once in a while", async () => {
  const { notes } = await watch(times(16, 15));
  expect(notes.map(({ id }) => id)).toEqual(["FRAME_RATE_LOW", "FRAME_RATE_LOW"]);
  expect(notes[0]?.text).toBe("Camera 0 gives 15.0 frames per second instead of 30: use more light or another camera");
});

test("a frozen picture and a restless exposure are noted, with how to lock it", async () => {
  const frozen = await watch(times(4), { luma: () => 120 });
  expect(frozen.notes.map(({ id }) => id)).toEqual(["PICTURE_FROZEN"]);
  const restless = await watch(times(12), { luma: (s, n) => 120 + 10 * Math.sin(2 * Math.PI * 0.3 * s) + (n % 2) });
  expect(restless.notes[0]).toMatchObject({ id: "EXPOSURE_HUNTING", text: expect.stringContaining("(turn the knob)") });
});

test("a source that ends before its time is noted", async () => {
  expect((await watch(times(5), { plannedMs: 30_000 })).notes).toEqual([
    { id: "ENDED_EARLY", text: "Camera 0 ended after 5.0 s of 30.0 s" },
  ]);
  expect((await watch(times(5), { plannedMs: 5000 })).notes).toEqual([]);
});

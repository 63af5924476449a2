import { expect, test, vi } from "vitest";

import { PlainReporter } from "../../src/app/plain-reporter.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { plainSummary } from "../../src/results/plain-summary.js";
import { reduce } from "../../src/results/reduce.js";
import { summarise } from "../../src/results/summary.js";
import { drivenReporter } from "./driven-reporter.js";

const TITLE = "\u001b]0;mine\u0007";
const state = initialMeasurement("local", "REST", 5);

/** Nothing but line ends is left of what a terminal would obey. */
function expectPlain(text: string): void {
  expect(text).toContain("mine");
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
}

test("names and words from outside cannot command the terminal, neither in lines nor in the summary", () => {
  let written = "";
  const reporter = new PlainReporter(
    (line) => {
      written += line;
    },
    () => state,
  );
  reporter.event({ type: "message", message: { atMs: 0, level: "warning", text: `a clip called ${TITLE}` } });
  expectPlain(written);
  expect(written.endsWith("\n")).toBe(true);
  const measured = reduce(state, { type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 });
  const metrics = [{ id: TITLE, mean: 1, confidence: 1, notes: [TITLE] }];
  const nowhere = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
  expectPlain(plainSummary(summarise({ ...measured, metrics }, nowhere, 0)).join("\n"));
});

test("what is read aloud tells progress every five seconds at most, and everything else at once", () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    let measured = { ...state, plannedS: 20 };
    const reporter = new PlainReporter(
      (line) => lines.push(line.trim()),
      () => measured,
      5_000,
    );
    for (let positionS = 0; positionS <= 20; positionS += 1) {
      const progress = { ...state.progress, positionS };
      measured = { ...measured, progress };
      reporter.event({ type: "progress", progress });
      vi.advanceTimersByTime(1_000);
    }
    reporter.event({ type: "message", message: { atMs: 0, level: "info", text: "all is sent" } });
    const told = lines.filter((line) => line.startsWith("measured")).map((line) => line.split(" ")[1]);
    expect(told).toEqual(["2.0", "7.0", "12.0", "17.0"]);
    expect(lines.at(-1)).toBe("all is sent");
  } finally {
    vi.useRealTimers();
  }
});

test("whoever waits is told every ten seconds what for, until it is over", async () => {
  vi.useFakeTimers();
  try {
    const { pass, finish } = drivenReporter((write, now) => new PlainReporter(write, now));
    expect(pass({ type: "phase", phase: { kind: "connecting", step: "logging in" } }, 21_000)).toEqual([
      "logging in",
      "still logging in (10 s)",
      "still logging in (20 s)",
    ]);
    const created = pass({ type: "created", measurementId: "m", atMs: 0 }, 11_000);
    expect(created).toEqual(["measurement m created", "still logging in (10 s)"]);
    expect(pass({ type: "phase", phase: { kind: "measuring" } }, 60_000)).toEqual(["measuring"]);
    const waiting = pass({ type: "phase", phase: { kind: "finishing" } }, 11_000);
    expect(waiting.at(-1)).toBe("still fetching the final results (10 s)");
    expect(await finish()).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test("what an earlier run has opened and made is not told as if it were done now", () => {
  const lines: string[] = [];
  const reporter = new PlainReporter(
    (line) => lines.push(line.trim()),
    () => state,
  );
  const format = { widthPx: 640, heightPx: 480, fullRange: false, bt709: false };
  const source = { kind: "stream", label: "feed", format, rateHz: 30, durationS: undefined, rotationDeg: 0 } as const;
  reporter.event({ type: "opened", source, plannedS: 30, plannedChunks: 2, isEarlier: true });
  reporter.event({ type: "created", measurementId: "m", atMs: 1, goesOn: true });
  reporter.restore();
  expect(lines).toEqual(["of feed: 640x480, 30.00 frames/s, 30.0 s in 2 chunks", "measurement m goes on"]);
});

test("why a value is missing is said once, and again when that has changed or the value was there", () => {
  const lines: string[] = [];
  const reporter = new PlainReporter(
    (line) => lines.push(line.trim()),
    () => state,
  );
  const tell = (values: readonly number[], notes: readonly string[]): string | undefined => {
    const rate = { id: "HR_BPM", values: [72], notes: [] };
    const channels = [rate, { id: "BR_BPM", values, notes }];
    const result = { measurementId: "m", chunkNumber: 0, errorCode: "OK", channels, raw: new Uint8Array() };
    reporter.event({ type: "result", atMs: 1, result });
    return lines.at(-1);
  };
  const tooShort = tell([], ["NOTE_TOO_SHORT"]);
  expect(tooShort).toMatch(/Heart rate 72\.00 bpm, .*Breathing N\/A \(/);
  expect(tell([], ["NOTE_TOO_SHORT"])).toContain("Heart rate 72.00 bpm");
  expect(lines.at(-1)).not.toContain("Breathing");
  expect(tell([], ["NOTE_SNR_BELOW_THRESHOLD"])).toContain("Breathing N/A (");
  expect(tell([14], [])).toContain("Breathing 14.00");
  expect(tell([], ["NOTE_SNR_BELOW_THRESHOLD"])).toContain("Breathing N/A (");
  reporter.restore();
});

test("reasons that are the same for several values are said once in a line, and stay within 80 columns below", () => {
  const lines: string[] = [];
  const reporter = new PlainReporter(
    (line) => lines.push(line),
    () => state,
  );
  const notes = ["NOTE_SNR_BELOW_THRESHOLD", "NOTE_REGIONS_DISAGREE"];
  const channels = ["HR_BPM", "BR_BPM", "HRV_SDNN"].map((id) => ({ id, values: [], notes }));
  const result = { measurementId: "m", chunkNumber: 0, errorCode: "OK", channels, raw: new Uint8Array() };
  reporter.event({ type: "result", atMs: 1, result });
  reporter.restore();
  expect(lines[0]?.match(/too weak/g)).toHaveLength(1);
  expect(lines[0]).toContain("Breathing N/A (as for Heart rate)");
  const extracted = reduce(state, { type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 });
  const nowhere = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
  const summary = plainSummary(summarise(reduce(extracted, { type: "result", atMs: 1, result }), nowhere, 0));
  expect(summary.join(" ").match(/too weak/g)).toHaveLength(1);
  expect(Math.max(...summary.map((line) => line.length))).toBeLessThanOrEqual(80);
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ADVICE, CONSTRAINT_IDS } from "../../src/domain/constraints.js";
import { screenLines } from "../../src/view/screen-lines.js";
import { adviceLine, countersLine } from "../../src/view/status-lines.js";
import { themeFor } from "../../src/view/theme.js";
import { ViewModel } from "../../src/view/view-model.js";
import { answerChunk, measure, newStore, open, say, sendChunk } from "./story.js";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A model in the measuring phase, and how often it has changed since. */
function measuringModel() {
  const store = newStore();
  const model = new ViewModel(store, { columns: 80, rows: 24, nowMs: () => Date.now() });
  measure(store, 0.1);
  vi.advanceTimersByTime(500);
  measure(store, 0.2);
  let changes = 0;
  model.subscribe(() => {
    changes += 1;
  });
  return { store, model, changes: () => changes };
}

describe("the state on the screen", () => {
  test("changes twice a second while numbers stream in, and ends with the newest", () => {
    const { store, model, changes } = measuringModel();
    for (let atMs = 0; atMs < 10_000; atMs += 20) {
      vi.advanceTimersByTime(20);
      measure(store, atMs / 1_000);
    }
    expect(changes()).toBeGreaterThanOrEqual(18);
    expect(changes()).toBeLessThanOrEqual(21);
    vi.advanceTimersByTime(1_000);
    expect(model.getSnapshot().measurement.progress.positionS).toBe(9.98);
    model.close();
  });

  test("keeps the lines of the log in their place while somebody reads older ones", () => {
    const { store, model } = measuringModel();
    const back = (lines: number) => {
      const { ui } = model.getSnapshot();
      model.setUi({ ...ui, log: { ...ui.log, back: lines } });
    };
    const tell = (level: "info" | "warning") => {
      say(store, 1, level, "news");
      vi.advanceTimersByTime(1_000);
      return model.getSnapshot().ui.log.back;
    };
    expect(tell("info")).toBe(0);
    back(3);
    expect(tell("info")).toBe(4);
    const { ui } = model.getSnapshot();
    model.setUi({ ...ui, log: { ...ui.log, problemsOnly: true } });
    expect(tell("info")).toBe(4);
    expect(tell("warning")).toBe(5);
    model.close();
  });

  test("shows news sooner than numbers, and a change of phase at once", () => {
    const { store, model, changes } = measuringModel();
    measure(store, 1);
    measure(store, 1.1);
    expect(changes()).toBe(0);
    vi.advanceTimersByTime(100);
    say(store, 1, "warning", "the light is weak");
    expect(changes()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(model.getSnapshot().measurement.messages).toHaveLength(1);
    store.dispatch({ type: "phase", phase: { kind: "finishing" } });
    expect(model.getSnapshot().measurement.phase.kind).toBe("finishing");
    model.close();
  });

  test("ticks once a second only while something is waited for", () => {
    const { store, model, changes } = measuringModel();
    for (let atS = 0; atS < 10; atS += 0.25) {
      measure(store, atS);
      vi.advanceTimersByTime(250);
    }
    // Twice a second for the numbers, and for nothing else.
    const streamed = changes();
    expect(streamed).toBeLessThanOrEqual(21);
    store.dispatch({ type: "phase", phase: { kind: "finishing" } });
    vi.advanceTimersByTime(5_000);
    expect(changes()).toBe(streamed + 1 + 5);
    store.dispatch({ type: "phase", phase: { kind: "completed" } });
    vi.advanceTimersByTime(5_000);
    expect(changes()).toBe(streamed + 1 + 5 + 1);
    expect(vi.getTimerCount()).toBe(0);
    model.close();
  });

  test("is silent after it was closed", () => {
    const { store, model, changes } = measuringModel();
    measure(store, 1);
    model.close();
    vi.advanceTimersByTime(5_000);
    store.dispatch({ type: "phase", phase: { kind: "completed" } });
    expect(changes()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("counts the seconds of each wait anew, and says what is waited for", () => {
    const store = newStore();
    const model = new ViewModel(store, { columns: 100, rows: 30, nowMs: () => Date.now() });
    const advice = (waitMs: number) => {
      vi.advanceTimersByTime(waitMs);
      return adviceLine(model.getSnapshot(), themeFor({ color: false, unicode: true })).trim();
    };
    const step = (text: string) => store.dispatch({ type: "phase", phase: { kind: "connecting", step: text } });
    step("logging in");
    expect(advice(5_300)).toBe("Connecting: logging in (5 s)");
    step("creating the measurement");
    expect(advice(1_300)).toBe("Connecting: creating the measurement");
    expect(advice(2_700)).toBe("Connecting: creating the measurement (3 s)");
    open(store);
    measure(store, 10);
    store.dispatch({ type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 });
    store.dispatch({ type: "phase", phase: { kind: "finishing" } });
    expect(advice(70_300)).toBe("Sending: 0 of 1 acknowledged (70 s)");
    sendChunk(store, 0);
    expect(advice(4_800)).toBe("Waiting for results: 0 of 1 here (4 s)");
    answerChunk(store, 0);
    expect(advice(300)).toBe("Fetching the final results");
    model.close();
  });

  test("says for how long a server lets a chunk wait, while pictures come", () => {
    const store = newStore();
    const model = new ViewModel(store, { columns: 100, rows: 30, nowMs: () => Date.now() });
    const plain = themeFor({ color: false, unicode: true });
    open(store);
    measure(store, 5);
    store.dispatch({ type: "extracted", atMs: 1, number: 0, startS: 0, endS: 5 });
    store.dispatch({ type: "sent", atMs: 2, number: 0 });
    const lines = (ms: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += 250) {
        measure(store, 5 + passedMs / 1000);
        vi.advanceTimersByTime(250);
      }
      return screenLines(model.getSnapshot(), "dfxterm", plain).join("\n");
    };
    expect(lines(1_000)).not.toMatch(/not acknowledged/);
    const late = lines(4_000);
    expect(late).toMatch(/REST sending {4}[45] s {3}/);
    expect(late).toMatch(/ Sending chunk 1: not acknowledged yet \([45] s\)/);
    // The pictures end: the wait is the same one.
    store.dispatch({ type: "phase", phase: { kind: "finishing" } });
    expect(adviceLine(model.getSnapshot(), plain)).toMatch(/ Sending: 0 of 1 acknowledged \([45] s\)/);
    model.close();
  });

  test("says what became of a snapshot also before the start", () => {
    const store = newStore();
    const model = new ViewModel(store, { columns: 60, rows: 20, nowMs: () => Date.now() });
    const plain = themeFor({ color: false, unicode: true });
    open(store);
    store.dispatch({ type: "phase", phase: { kind: "ready" } });
    const advice = (ms: number) => {
      vi.advanceTimersByTime(ms);
      return adviceLine(model.getSnapshot(), plain);
    };
    expect(advice(500)).toContain("Ready.");
    say(store, 1, "info", "snapshot saved as /state/snapshot.png");
    expect(advice(500)).toContain("snapshot saved as /state/snapshot.png");
    vi.advanceTimersByTime(8_000);
    store.dispatch({ type: "progress", progress: { ...store.getSnapshot().progress } });
    expect(advice(500)).toContain("Ready.");
    model.close();
  });

  test("waits for no first picture beside one", () => {
    const store = newStore();
    const model = new ViewModel(store, { columns: 100, rows: 30, nowMs: () => Date.now() });
    const plain = themeFor({ color: false, unicode: true });
    open(store);
    const advice = () => adviceLine(model.getSnapshot(), plain);
    store.dispatch({ type: "phase", phase: { kind: "measuring" } });
    expect(advice()).toContain("Waiting for the first picture.");
    vi.advanceTimersByTime(10);
    measure(store, 0.1);
    expect(advice()).toContain("Hold still");
    // As after s: pictures were shown before, and none is counted yet.
    measure(store, 0);
    vi.advanceTimersByTime(500);
    expect(advice()).toContain("Hold still");
    model.close();
  });

  test("says that no pictures come, and why, instead of what the last one was like", () => {
    const store = newStore();
    const model = new ViewModel(store, { columns: 100, rows: 30, nowMs: () => Date.now() });
    const plain = themeFor({ color: false, unicode: true });
    const lines = () => [adviceLine(model.getSnapshot(), plain), countersLine(model.getSnapshot(), 100, plain)].join();
    open(store);
    store.dispatch({ type: "phase", phase: { kind: "measuring" } });
    expect(lines()).toMatch(/ Waiting for the first picture\..* - fps in +- out/);
    vi.advanceTimersByTime(3_100);
    expect(lines()).toMatch(/ Waiting for the first picture \(3 s\).* 00:03 run/);
    measure(store, 6);
    vi.advanceTimersByTime(1_000);
    expect(lines()).toMatch(/ Hold still and keep.* 30\.0 fps in +30\.0 out .* 00:14 left/);
    vi.advanceTimersByTime(4_000);
    expect(lines()).toMatch(/ No picture comes \([45] s\).* - fps in +- out .* - left/);
    for (let number = 0; number < 5; number += 1) {
      store.dispatch({ type: "extracted", atMs: 1, number, startS: number, endS: number + 1 });
    }
    vi.advanceTimersByTime(1_000);
    expect(lines()).toMatch(/ Hold still/);
    vi.advanceTimersByTime(4_000);
    expect(lines()).toMatch(/ Waiting for the server: 5 chunks are not acknowledged \([45] s\)/);
    store.dispatch({ type: "acknowledged", atMs: 1, number: 0, roundTripMs: 4_000 });
    vi.advanceTimersByTime(300);
    expect(lines()).toMatch(/ Hold still/);
    measure(store, 7);
    vi.advanceTimersByTime(1_000);
    expect(lines()).toMatch(/ Hold still/);
    model.close();
  });

  test("whatever is advised before the start can be read to its end", () => {
    const plain = themeFor({ color: false, unicode: true });
    for (const [columns, rows] of [
      [80, 24],
      [60, 20],
      [50, 12],
    ] as const) {
      const store = newStore();
      const model = new ViewModel(store, { columns, rows, nowMs: () => Date.now() });
      for (const id of CONSTRAINT_IDS) {
        const { progress } = store.getSnapshot();
        store.dispatch({ type: "progress", progress: { ...progress, advice: [id] } });
        store.dispatch({ type: "phase", phase: { kind: "ready" } });
        vi.advanceTimersByTime(1_000);
        const text = screenLines(model.getSnapshot(), "dfxterm", plain)
          .map((line) => line.trim())
          .join(" ");
        expect(text).toContain(`Ready. ${ADVICE[id]}`);
      }
      model.close();
    }
  });
});

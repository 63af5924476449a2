import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { Past } from "../../src/app/resume.js";
import {
  begunIn,
  differs,
  isFirstStored,
  recall,
  resumeSentence,
  unreached,
  withEarlierDrops,
} from "../../src/app/resume-recall.js";
import { sha256 } from "../../src/journal/chunk-files.js";
import type { JournalEntry } from "../../src/journal/lines.js";
import { foldJournal, remainingOf } from "../../src/journal/state.js";
import type { MeasurementEvent } from "../../src/results/events.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { reduce } from "../../src/results/reduce.js";
import { encodeResultMessage } from "../../src/wire/v1-messages.js";
import { freshFolder } from "../helpers/program.js";
import { chunkEntry, line, wholeJournal } from "../journal/made.js";

function pastOf(entries: readonly JournalEntry[], kind: "file" | "live" = "file"): Past {
  const folder = freshFolder("recall");
  const state = foldJournal(entries.map((entry) => line(entry)));
  const manifest = { source: { kind, label: "clip.mp4" } };
  const remaining = remainingOf(state, kind === "file");
  return { folder, stateDir: "", state, remaining, manifest } as unknown as Past;
}

function saveResult(past: Past, index: number, order: number): void {
  const body = encodeResultMessage({
    measurementId: "of the server",
    measurementDataId: `of the server:${order}`,
    measurementResultId: "r",
    multiplier: 10_000,
    channels: [{ id: "HR_BPM", data: [720_000], notes: [] }],
    errorCode: "OK",
  });
  mkdirSync(join(past.folder, "results"), { recursive: true });
  writeFileSync(join(past.folder, "results", `result_${index}.bin`), body);
}

const initial = initialMeasurement("local", "REST", 5);

test("what earlier processes have seen gives the state that the measurement had reached", async () => {
  const past = pastOf(wholeJournal(3, [2]).slice(0, -2));
  for (const number of [0, 1, 2]) saveResult(past, number, number);
  const state = (await recall(past, initial.progress)).reduce(reduce, initial);
  expect(state.measurementId).toBe("m1");
  expect(
    state.chunks.map(({ number, acknowledgedAtMs, resultAtMs }) => [number, acknowledgedAtMs, resultAtMs]),
  ).toEqual([
    [0, "earlier", "earlier"],
    [1, "earlier", "earlier"],
    [2, "earlier", "earlier"],
  ]);
  // Nothing of this has an hour or a round trip in this run.
  expect(state.messages).toEqual([]);
  expect(state.roundTripMs).toBeUndefined();
  expect(state.metrics.find(({ id }) => id === "HR_BPM")?.mean).toBe(72);
  expect(state.source?.label).toBe("clip.mp4");
});

test("a measurement that the server closed early stays two, each with its chunks, in our numbers", async () => {
  const entries: JournalEntry[] = [
    ...wholeJournal(2, [], "m1").slice(0, -2),
    { type: "created", measurementId: "m2" },
    chunkEntry(2),
    { type: "sent", measurementId: "m2", number: 2 },
    { type: "acknowledged", measurementId: "m2", number: 2, roundTripMs: 1 },
    { type: "result", measurementId: "m2", index: 2, number: 2, sha256: sha256(new Uint8Array()) },
    chunkEntry(3),
    { type: "sent", measurementId: "m2", number: 3 },
    { type: "acknowledged", measurementId: "m2", number: 3, roundTripMs: 1 },
  ];
  const past = pastOf(entries);
  saveResult(past, 2, 0);
  const state = (await recall(past, initial.progress)).reduce(reduce, initial);
  expect(state.parts.map(({ id, acknowledged }) => [id, acknowledged])).toEqual([
    ["m1", [0, 1]],
    ["m2", [2, 3]],
  ]);
  expect(state.parts[1]?.metrics[0]?.mean).toBe(72);
  expect(state.chunks[2]?.resultAtMs).toBe("earlier");
  expect(begunIn(past)).toEqual({ measurementId: "m2", number: 1, first: 2, answered: [2], unanswered: [3] });
});

test("a measurement to which nothing was sent may be replaced", () => {
  const past = pastOf(wholeJournal(2, []).slice(0, 3));
  expect(begunIn(past)).toEqual({ measurementId: "m1", number: 0, first: undefined, answered: [], unanswered: [] });
  expect(begunIn(pastOf([]))).toBeUndefined();
});

test("only of the first chunk it is asked whether the server has it", () => {
  const found = { ID: "m1", StatusID: "CAPTURING", DataSizeBytes: 10, Results: {} };
  const past = pastOf([chunkEntry(0), chunkEntry(1)]);
  expect(isFirstStored(past, 0, found)).toBe(true);
  expect(isFirstStored(past, 1, found)).toBe(false);
  expect(isFirstStored(past, 0, { ...found, DataSizeBytes: 0 })).toBe(false);
  expect(isFirstStored(past, 0, undefined)).toBe(false);
  const result = { Data: [1], Multiplier: 1 };
  expect(isFirstStored(past, 0, { ...found, DataSizeBytes: undefined, Results: { SNR: [result] } })).toBe(true);
});

test("a chunk that comes out differently is noticed", () => {
  const payload = new Uint8Array([1]);
  const past = pastOf([{ ...chunkEntry(0), payloadSha256: sha256(payload) }]);
  const chunk = { chunkNumber: 0, payload } as Parameters<typeof differs>[1];
  expect(differs(past, chunk)).toBe(false);
  expect(differs(past, { ...chunk, payload: new Uint8Array([2]) })).toBe(true);
  expect(differs(past, { ...chunk, chunkNumber: 1 })).toBe(false);
});

test("it is said what is left to do", () => {
  expect(resumeSentence(pastOf([chunkEntry(0)]))).toMatch(
    /: 0 chunks acknowledged before, 1 kept and still to be sent, the rest of clip\.mp4 still to be measured$/,
  );
  expect(resumeSentence(pastOf([], "live"))).toMatch(/: 0 chunks acknowledged before, what clip\.mp4 showed is over$/);
});

/** Two whole chunks and the beginning of a third. */
function cutShort(framesDropped = 0): Past {
  const counted = (positionS: number) => ({
    framesRead: positionS * 30 - framesDropped,
    framesTracked: positionS * 30 - framesDropped,
    framesDropped,
    positionS,
  });
  return pastOf([
    ...wholeJournal(2, []).slice(0, 5),
    { ...chunkEntry(1), counters: counted(10) },
    { ...chunkEntry(2, { rest: true }), endS: 12, counters: counted(12) },
  ]);
}

test("what is kept counts, however soon the process ends that reads the source again", async () => {
  const past = cutShort();
  const begun = (await recall(past, initial.progress)).reduce(reduce, initial);
  expect(begun.progress.positionS).toBe(0);
  const ended = unreached(past, begun).reduce(reduce, begun);
  expect(ended.progress).toMatchObject({ framesRead: 360, framesTracked: 360, positionS: 12 });
  expect(ended.chunks.map(({ number, endS }) => [number, endS])).toEqual([
    [0, 5],
    [1, 10],
    [2, 12],
  ]);
});

test("what was read again and further counts as it is", async () => {
  const past = cutShort();
  const begun = (await recall(past, initial.progress)).reduce(reduce, initial);
  const further: MeasurementEvent[] = [
    { type: "extracted", number: 2, startS: 10, endS: 11, atMs: 1 },
    { type: "progress", progress: { ...initial.progress, framesRead: 330, framesTracked: 330, positionS: 11 } },
  ];
  const ended = further.reduce(reduce, begun);
  expect(unreached(past, ended)).toEqual([]);
});

test("frames that were dropped while a kept chunk was made are not counted as measured", () => {
  const now = { ...initial.progress, framesRead: 600, framesTracked: 590, framesDropped: 1, positionS: 20 };
  expect(withEarlierDrops(cutShort(7), now)).toMatchObject({ framesRead: 593, framesTracked: 590, framesDropped: 8 });
  expect(withEarlierDrops(cutShort(7), { ...now, positionS: 9 })).toMatchObject({ framesRead: 600, framesDropped: 1 });
});

test("what an earlier run heard of the server says nothing of the connection now", async () => {
  const past = pastOf(wholeJournal(3, [2]).slice(0, -2));
  const state = (await recall(past, initial.progress)).reduce(reduce, initial);
  expect(state.hasAnswered).toBe(false);
  const answered = reduce(state, { type: "created", measurementId: "m1", atMs: 5, goesOn: true });
  expect(answered.hasAnswered).toBe(true);
  expect(answered.parts).toEqual(state.parts);
  expect(answered.messages.map(({ text }) => text)).toEqual(["measurement m1 goes on"]);
});

test("how even a camera was stays known when what it showed is over", async () => {
  const timing = { clock: "device", rateHz: 29.97, jitterMs: 0.4, longestMs: 340 } as const;
  const gap = { id: "GAP", text: "0.3 s without a picture at 4.1 s" } as const;
  const entries: JournalEntry[] = [
    ...wholeJournal(2, []).slice(0, 5),
    { type: "timing", ...timing, longestMs: 34 },
    { type: "note", ...gap },
    { type: "timing", ...timing },
  ];
  const state = (await recall(pastOf(entries, "live"), initial.progress)).reduce(reduce, initial);
  expect(state.timing).toEqual(timing);
  expect(state.notes).toEqual([gap]);
});

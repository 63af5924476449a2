import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { encodeLine, type JournalLine, parseJournal } from "../../src/journal/lines.js";
import {
  EMPTY_JOURNAL,
  foldJournal,
  isComplete,
  isGone,
  type JournalState,
  measurementIdOf,
  remainingOf,
} from "../../src/journal/state.js";
import { anyJournal, chunkEntry, line, wholeJournal } from "./made.js";

const textOf = (lines: readonly JournalLine[]): string => lines.map(encodeLine).join("");
const stateOf = (text: string): JournalState => foldJournal(parseJournal(text));
const numbersToSend = (state: JournalState, canGoOn = true): number[] =>
  remainingOf(state, canGoOn).toSend.map(({ number }) => number);
const seed = 20_261_123;

test("lines come back as they were written", () => {
  fc.assert(
    fc.property(anyJournal, (lines) => {
      expect(parseJournal(textOf(lines))).toEqual(lines);
    }),
    { seed },
  );
});

describe("whatever part of the journal is left", () => {
  test("nothing that was acknowledged is sent again, and what is sent is in order and without a hole", () => {
    fc.assert(
      fc.property(anyJournal, fc.nat(), fc.boolean(), (lines, cut, canGoOn) => {
        const text = textOf(lines);
        // Any number of bytes: the last line may be torn.
        const left = parseJournal(text.slice(0, cut % (text.length + 1)));
        const state = foldJournal(left);
        const acknowledged = left.filter(({ type }) => type === "acknowledged").length;
        const { toSend, storedCount, needsSource } = remainingOf(state, canGoOn);
        expect(state.acknowledgedCount).toBe(acknowledged);
        expect(toSend.map(({ number }) => number)).toEqual(toSend.map((_, index) => acknowledged + index));
        expect(storedCount).toBe(acknowledged + toSend.length);
        expect(storedCount).toBe(left.filter(({ type }) => type === "chunk").length);
        expect(needsSource).toBe(canGoOn && state.extracted === undefined);
        expect(isComplete(state)).toBe(left.length === lines.length);
      }),
      { seed },
    );
  });

  test("garbage and unknown lines between the others change nothing", () => {
    const garbage = fc.oneof(
      fc.string().map((text) => text.replaceAll("\n", " ")),
      fc.json(),
      fc.constant('{"type":"acknowledged","number":99}'),
      fc.constant('{"type":"of a later version","run":0,"at":""}'),
    );
    fc.assert(
      fc.property(anyJournal, fc.array(fc.tuple(fc.nat(), garbage), { maxLength: 10 }), (lines, extras) => {
        const texts = lines.map(encodeLine);
        for (const [at, text] of extras) texts.splice(at % (texts.length + 1), 0, `${text}\n`);
        expect(stateOf(texts.join(""))).toEqual(foldJournal(lines));
      }),
      { seed },
    );
  });

  test("lines that are there twice, also much later, change nothing", () => {
    fc.assert(
      fc.property(anyJournal, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }), (lines, copies) => {
        const doubled = [...lines];
        for (const [which, at] of copies) {
          const from = which % lines.length;
          const copy = lines[from];
          const original = copy ? doubled.indexOf(copy) : 0;
          if (copy) doubled.splice(original + 1 + (at % (doubled.length - original)), 0, copy);
        }
        expect(foldJournal(doubled)).toEqual(foldJournal(lines));
      }),
      { seed },
    );
  });

  test("a lost line takes back no acknowledgement that a later one speaks for", () => {
    fc.assert(
      fc.property(anyJournal, fc.nat(), (lines, which) => {
        const lost = which % lines.length;
        const left = lines.toSpliced(lost, 1);
        const whole = foldJournal(lines).acknowledgedCount;
        const isLastAck = lines[lost]?.type === "acknowledged" && lines[lost].number === whole - 1;
        expect(foldJournal(left).acknowledgedCount).toBe(isLastAck ? whole - 1 : whole);
      }),
      { seed },
    );
  });
});

test("an empty journal is the state of a measurement that has just begun", () => {
  expect(stateOf("")).toEqual(EMPTY_JOURNAL);
  expect(remainingOf(EMPTY_JOURNAL, true)).toEqual({
    acknowledgedCount: 0,
    toSend: [],
    storedCount: 0,
    needsSource: true,
  });
});

test("a rest is worth sending when the source is over, and extracted whole when it can be read again", () => {
  const state = foldJournal([line(chunkEntry(0)), line(chunkEntry(1, { rest: true }))]);
  expect(numbersToSend(state, false)).toEqual([0, 1]);
  expect(numbersToSend(state, true)).toEqual([0]);
  const later = foldJournal([...state.chunks.values(), line(chunkEntry(1), 1), line(chunkEntry(1, { rest: true }))]);
  expect(numbersToSend(later, true)).toEqual([0, 1]);
});

test("a chunk whose files are damaged is extracted again, and all behind it wait for it", () => {
  const state = foldJournal(wholeJournal(4, [3]).filter(({ type }) => type !== "acknowledged"));
  const remaining = remainingOf(state, true, ({ number }) => number !== 2);
  expect(remaining.toSend.map(({ number }) => number)).toEqual([0, 1]);
  expect(remaining.needsSource).toBe(true);
});

test("a later process takes back the end of an earlier one, not what it did", () => {
  const first = wholeJournal(3, []).slice(0, 5);
  const failed = line({ type: "ended", status: "failed", code: "NETWORK" });
  expect(foldJournal([...first, failed]).ended?.code).toBe("NETWORK");
  const resumed = foldJournal([...first, failed, line({ type: "resumed" }, 1), failed]);
  expect(resumed.ended).toBeUndefined();
  expect(resumed.run).toBe(1);
  expect(resumed.acknowledgedCount).toBe(1);
});

test("a second measurement at the server goes on where the first was closed", () => {
  const lines = [
    ...wholeJournal(2, [], "m1").slice(0, -2),
    line({ type: "gone", measurementId: "m1" }),
    line({ type: "created", measurementId: "m2" }),
    line(chunkEntry(2)),
  ];
  const state = foldJournal(lines);
  expect(measurementIdOf(state)).toBe("m2");
  expect(isGone(state)).toBe(false);
  expect(numbersToSend(state)).toEqual([2]);
});

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import { monitorOf, parseIntervals, parseTable, traceOf, waveformOf } from "../../src/evaluate/tables.js";

test("a table without times is taken at 30 frames per second", () => {
  const trace = traceOf(parseTable("R,G,B\n1,2,3\n4,5,6\n7,8,9\n"), "x");
  expect(trace.red).toEqual([1, 4, 7]);
  expect(trace.green).toEqual([2, 5, 8]);
  expect(trace.blue).toEqual([3, 6, 9]);
  expect(trace.timesMs[2]).toBeCloseTo(66.667, 3);
});

test("a table with times is taken at its times, with a mark at its start and any kind of line end", () => {
  const trace = traceOf(parseTable("\uFEFFtime,R,G,B\r\n0,1,2,3\r\n41,4,5,6\r\n"), "x");
  expect(trace.timesMs).toEqual([0, 41]);
});

test("a trace with a hole is refused with the place", () => {
  expect(() => traceOf(parseTable("R,G,B\n1,2,3\n4,,6\n"), "t.csv")).toThrow(
    't.csv cannot be used: row 2 has no number in column "G"',
  );
  expect(() => traceOf(parseTable("R,G\n1,2\n3,4\n"), "t.csv")).toThrow('it has no column "B"');
  expect(() => traceOf(parseTable("R,G,B\n"), "t.csv")).toThrow("fewer than two rows");
});

test("the monitor's rates are read up to the line on which it was stopped", () => {
  const text =
    "\uFEFFTime,Pulse 2,Pulse 5\n 09:25:02,57,58\n 09:25:03,57,AS AO\n 09:25:04,57,60\nCollection Halted,,\n,,\n";
  expect(monitorOf(parseTable(text), "m")).toEqual([58, 0, 60]);
  expect(() => monitorOf(parseTable("Time,Pulse 2\na,1\n"), "m.csv")).toThrow(
    'm.csv cannot be used: it has no column "Pulse 5"',
  );
  expect(() => monitorOf(parseTable("Time,Pulse 5\nCollection Halted,\n"), "m.csv")).toThrow("it has no rows");
});

test("the rate of a wave table is the middle one of its electrocardiogram", () => {
  const { waveform, bpm } = waveformOf(parseTable("ppg,hr_ecg,hr_ppg\n1,90,50\n2,76,50\n3,75,50\n"), "w");
  expect(waveform).toEqual({ rateHz: 30, values: [1, 2, 3] });
  expect(bpm).toBe(76);
  expect(waveformOf(parseTable("ppg\n1\n2\n"), "w").bpm).toBeUndefined();
});

test("intervals that are no heart's are refused", () => {
  expect(parseIntervals("750 746\n780\t804", "x")).toEqual([750, 746, 780, 804]);
  expect(() => parseIntervals("750 20 780", "rr.txt")).toThrow('rr.txt cannot be used: "20" is no interval');
  expect(() => parseIntervals("750 abc 780", "rr.txt")).toThrow('"abc" is no interval');
  expect(() => parseIntervals("750 780", "rr.txt")).toThrow("fewer than three intervals");
  expect(() => parseIntervals("", "rr.txt")).toThrow("fewer than three intervals");
});

test("a trace and intervals read back what was written", () => {
  const level = fc.double({ min: 0, max: 255, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(level, level, level), { minLength: 2 }), (rows) => {
      const text = `R,G,B\n${rows.map((row) => row.join(",")).join("\n")}`;
      const { red, green, blue } = traceOf(parseTable(text), "x");
      expect([...red.keys()].map((i) => [red.at(i)! + 0, green.at(i)! + 0, blue.at(i)! + 0])).toEqual(
        rows.map((row) => row.map((value) => value + 0)),
      );
    }),
    { seed: 6 },
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 200, max: 3000 }), { minLength: 3 }), (intervals) => {
      expect(parseIntervals(intervals.join(" "), "x")).toEqual(intervals);
    }),
    { seed: 6 },
  );
});

test("any text is read or refused with a sentence", () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom("R", "G", "B", "ppg", "Pulse 5", "1", "NaN", "1e999", ","));
  const text = fc.array(fc.array(cell).map((cells) => cells.join(","))).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, (given) => {
      const table = parseTable(given);
      for (const read of [traceOf, waveformOf, monitorOf]) {
        try {
          read(table, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }
      try {
        expect(parseIntervals(given, "x").every((value) => value >= 200)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { seed: 6, numRuns: 300 },
  );
});

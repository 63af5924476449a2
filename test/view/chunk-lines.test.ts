import { expect, test } from "vitest";

import { initialMeasurement } from "../../src/results/measurement.js";
import { chunkLines } from "../../src/view/chunk-lines.js";
import { answeredText } from "../../src/view/chunk-rows.js";
import { themeFor } from "../../src/view/theme.js";

const CHUNK_S = 5;
const theme = themeFor({ color: false, unicode: false });

/** A measurement of that length in the middle of its last chunk but two. */
function rowsOf(plannedS: number, columns: number): string[] {
  const plannedChunks = plannedS / CHUNK_S;
  const chunks = Array.from({ length: plannedChunks - 3 }, (_, number) => {
    const atMs = (number + 1) * CHUNK_S * 1000;
    return {
      number,
      startS: number * CHUNK_S,
      endS: (number + 1) * CHUNK_S,
      capturedAtMs: atMs,
      extractedAtMs: atMs + 1,
      sentAtMs: atMs + 27,
      acknowledgedAtMs: atMs + 75,
      resultAtMs: atMs + 224,
      heartRateBpm: 72,
      quality: undefined,
    };
  });
  const state = initialMeasurement("local", "REST", CHUNK_S);
  const measurement = { ...state, phase: { kind: "measuring" } as const, chunks, plannedS, plannedChunks };
  return chunkLines(measurement, columns, 5, theme);
}

test.each([120, 1_200])("the last chunks of %i s fit beside their times", (plannedS) => {
  const rows = rowsOf(plannedS, 56).join("\n");
  expect(rows).toMatch(/^ +captured +cut +sent +ack result +bpm$/m);
  expect(rows).toMatch(/^ *\d+ +\d+-\d+( s)? +\d\d:\d\d\.0 +\+1ms +\+26ms +\+48ms +\+149ms +72$/m);
  expect(rows).toMatch(/^ *\d+ +\d+-\d+( s)? +extracting [.]+ +0 %$/m);
  expect(rows).toMatch(/^ *\d+ +\d+-\d+( s)? +waiting$/m);
  expect(rows).not.toMatch(/.{57}/);
});

test.each([120, 1_200])("the last chunks of %i s fit into a narrow panel", (plannedS) => {
  const rows = rowsOf(plannedS, 38).join("\n");
  expect(rows).toMatch(/^ *\d+ +\d+-\d+ s +result +72\.0 bpm$/m);
  expect(rows).toMatch(/^ *\d+ +\d+-\d+ s +extracting [.]+ +0 %$/m);
  expect(rows).toMatch(/^ *\d+ +\d+-\d+ s +waiting$/m);
  expect(rows).not.toMatch(/.{39}/);
});

test("a chunk of an earlier run has no times, and what this run adds to it has its own", () => {
  const earlier = "earlier" as const;
  const chunk = {
    startS: 0,
    endS: CHUNK_S,
    capturedAtMs: undefined,
    extractedAtMs: earlier,
    sentAtMs: earlier,
    acknowledgedAtMs: earlier,
    resultAtMs: earlier,
    heartRateBpm: 72,
    quality: undefined,
  };
  const sentNow = { sentAtMs: 40, acknowledgedAtMs: 61, resultAtMs: undefined, heartRateBpm: undefined };
  const chunks = [
    { ...chunk, number: 0 },
    { ...chunk, number: 1, startS: CHUNK_S, endS: 2 * CHUNK_S, ...sentNow },
  ];
  const state = { ...initialMeasurement("local", "REST", CHUNK_S), plannedS: 10, plannedChunks: 2 };
  const kept = { ...chunk, number: 2, startS: 10, endS: 15, resultAtMs: undefined };
  const wide = chunkLines({ ...state, chunks }, 56, 5, theme);
  expect(wide[1]).toMatch(/^ +1 +0-5 s +earlier +72$/);
  expect(wide[2]).toMatch(/^ +2 +5-10 s +earlier +00:00\.0 +\+21ms +$/);
  const narrow = chunkLines({ ...state, chunks: [...chunks, kept] }, 38, 5, theme);
  expect(narrow[0]).toMatch(/^ +1 +0-5 s +result +72\.0 bpm$/);
  expect(narrow[1]).toMatch(/^ +2 +5-10 s +acknowledged 00:00\.0$/);
  expect(narrow[2]).toMatch(/^ +3 +10-15 s +acknowledged earlier$/);
});

/** The panel of 20 s in four windows, when the chunks that begin at these times are answered; what it says beside its title. */
function lines(positionS: number, phase: "measuring" | "finishing", later: readonly number[]): string[] {
  const reached = { capturedAtMs: 1, extractedAtMs: 1, sentAtMs: 1, acknowledgedAtMs: 1, resultAtMs: 1 };
  const chunks = [0, ...later].map((startS, number) => ({
    ...reached,
    number,
    startS,
    endS: startS + CHUNK_S,
    heartRateBpm: 72,
    quality: undefined,
  }));
  const state = initialMeasurement("local", "REST", CHUNK_S);
  const progress = { ...state.progress, positionS };
  const measurement = { ...state, phase: { kind: phase }, chunks, progress, plannedS: 19.996, plannedChunks: 4 };
  return [...chunkLines(measurement, 38, 4, theme), answeredText(measurement)];
}

test("a window without a face is left out, and the chunk behind it takes its number and its time", () => {
  expect(lines(10.2, "measuring", [])[1]).toMatch(/^ +2 +5-10 s +extracting #+ *100 %$/);
  const away = lines(12.5, "measuring", []);
  expect(away[1]).toMatch(/^ +- +5-10 s +left out: no face$/);
  expect(away[2]).toMatch(/^ +2 +10-15 s +extracting #+[.]+ +50 %$/);
  expect(away[3]).toMatch(/^ +3 +15-20 s +waiting$/);
  expect(away[4]).toBe("1 of 3 with results");
  const back = lines(16, "measuring", [10]);
  expect(back[1]).toMatch(/left out/);
  expect(back[2]).toMatch(/^ +2 +10-15 s +result +72\.0 bpm$/);
  expect(back[3]).toMatch(/^ +3 +15-20 s +extracting #+[.]+ +20 %$/);
  // Gone again, and not seen any more.
  const end = lines(19.996, "finishing", [10]);
  expect(end[3]).toMatch(/^ +- +15-20 s +left out: no face$/);
  expect(end[4]).toBe("2 of 2 with results");
});

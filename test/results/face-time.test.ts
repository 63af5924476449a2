import { expect, test } from "vitest";
import { faceSpans, faceTimes } from "../../src/results/face-time.js";

function part(startS: number, endS: number, faceShare: number) {
  return { startS, endS, faceShare };
}

test("a face that goes away is in the beginning of its last chunk, one that comes in the end of its first", () => {
  const spans = faceSpans([part(0, 5, 0), part(5, 10, 0.4), part(10, 15, 1), part(15, 20, 0.6), part(25, 30, 0)]);
  expect(spans).toEqual([
    { fromS: 8, toS: 10 },
    { fromS: 10, toS: 15 },
    { fromS: 15, toS: 18 },
  ]);
});

test("what is missing between two good chunks, or next to nothing, is nowhere", () => {
  const whole = faceSpans([part(0, 5, 1), part(5, 10, 0.7), part(10, 15, 1), part(15, 20, 0.97)]);
  expect(whole.map(({ fromS, toS }) => [fromS, toS])).toEqual([
    [0, 5],
    [5, 10],
    [10, 15],
    [15, 20],
  ]);
});

test("values lie evenly in the time with a face", () => {
  const spans = [
    { fromS: 0, toS: 4 },
    { fromS: 10, toS: 12 },
  ];
  expect(faceTimes(6, spans)).toEqual([0.5, 1.5, 2.5, 3.5, 10.5, 11.5]);
  expect(faceTimes(2, [])).toEqual([0, 0]);
});

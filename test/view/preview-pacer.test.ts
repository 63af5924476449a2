import { describe, expect, test } from "vitest";
import { LOW_BANDWIDTH_PACE, PreviewPacer, USUAL_PACE } from "../../src/view/preview-pacer.js";

/** Offers a picture every `everyMs` for ten seconds to a terminal that answers after `echoMs`. */
function painted(everyMs: number, echoMs: number | undefined, pacer = new PreviewPacer()): number {
  const answersAtMs: number[] = [];
  let count = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += everyMs) {
    while ((answersAtMs[0] ?? Number.POSITIVE_INFINITY) <= nowMs) pacer.replied(answersAtMs.shift() ?? 0);
    if (!pacer.mayPaint(nowMs)) continue;
    pacer.sent(nowMs);
    count += 1;
    if (echoMs !== undefined) answersAtMs.push(nowMs + echoMs);
  }
  return count;
}

describe("the pace", () => {
  test("is ten pictures a second, however many are offered", () => {
    expect(painted(100, 5)).toBeGreaterThanOrEqual(98);
    expect(painted(5, 1)).toBeLessThanOrEqual(101);
    expect(painted(33, 1)).toBeGreaterThanOrEqual(90);
  });

  test("follows a slow link: two pictures per round trip", () => {
    expect(painted(10, 1_000)).toBeLessThanOrEqual(22);
    expect(painted(10, 1_000)).toBeGreaterThanOrEqual(18);
  });

  test("goes on at half the rate when the terminal never answers", () => {
    const count = painted(20, undefined);
    // Two at once, four seconds of waiting, then five a second.
    expect(count).toBeGreaterThan(25);
    expect(count).toBeLessThan(40);
  });

  test("keeps a far but wide link busy, when it is known to be far", () => {
    expect(painted(10, 200, new PreviewPacer(USUAL_PACE, 200))).toBeGreaterThan(90);
    expect(painted(10, 900, new PreviewPacer(USUAL_PACE, 900))).toBeLessThanOrEqual(48);
  });

  test("is two pictures a second on a link that is to be spared", () => {
    expect(painted(10, 5, new PreviewPacer(LOW_BANDWIDTH_PACE))).toBeLessThanOrEqual(21);
    expect(new PreviewPacer(LOW_BANDWIDTH_PACE).budgetBytes).toBe(2_000);
  });

  test("lets a dear picture put off the next", () => {
    const pacer = new PreviewPacer();
    pacer.sent(1_000, 40_000);
    pacer.replied(1_010);
    expect(pacer.mayPaint(1_400)).toBe(false);
    expect(pacer.mayPaint(1_500)).toBe(true);
  });

  test("goes on, carefully, when answers are lost on the way", () => {
    const pacer = new PreviewPacer();
    pacer.sent(0);
    pacer.replied(10);
    pacer.sent(200);
    pacer.sent(400);
    expect(pacer.mayPaint(3_000)).toBe(false);
    expect(pacer.mayPaint(4_300)).toBe(true);
    expect(pacer.unanswered).toBe(0);
    expect(pacer.budgetBytes).toBe(1_500);
  });
});

test("a link that needs a second and more for each picture crawls, until it does not", () => {
  const pacer = new PreviewPacer();
  const echo = (sentMs: number, echoMs: number) => {
    pacer.sent(sentMs);
    pacer.replied(sentMs + echoMs);
  };
  for (let step = 0; step < 3; step += 1) echo(step * 3_000, 1_200);
  expect(pacer.isCrawling).toBe(true);
  for (let step = 0; step < 9; step += 1) echo(20_000 + step * 500, 50);
  expect(pacer.isCrawling).toBe(true);
  echo(30_000, 50);
  expect(pacer.isCrawling).toBe(false);
});

describe("the budget", () => {
  test("shrinks on slow answers, has a floor, and recovers", () => {
    const pacer = new PreviewPacer();
    const echo = (sentMs: number, echoMs: number) => {
      pacer.sent(sentMs);
      pacer.replied(sentMs + echoMs);
    };
    expect(pacer.budgetBytes).toBe(USUAL_PACE.budgetBytes);
    echo(0, 500);
    expect(pacer.budgetBytes).toBe(USUAL_PACE.budgetBytes / 2);
    for (let step = 1; step < 9; step += 1) echo(step * 1_000, 900);
    expect(pacer.budgetBytes).toBe(1_500);
    for (let step = 0; step < 200; step += 1) echo(20_000 + step * 100, 20);
    expect(pacer.budgetBytes).toBe(USUAL_PACE.budgetBytes);
  });

  test("an answer that nobody asked for changes nothing", () => {
    const pacer = new PreviewPacer();
    pacer.replied(10_000);
    expect(pacer.budgetBytes).toBe(USUAL_PACE.budgetBytes);
    expect(pacer.unanswered).toBe(0);
  });
});

import { describe, expect, test } from "vitest";
import { BUDGET_BYTES, PreviewPacer } from "../../src/view/preview-pacer.js";

/** Offers a picture every `everyMs` for ten seconds to a terminal that answers after `echoMs`. */
function painted(everyMs: number, echoMs: number | undefined): number {
  const pacer = new PreviewPacer();
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
});

describe("the budget", () => {
  test("shrinks on slow answers, has a floor, and recovers", () => {
    const pacer = new PreviewPacer();
    const echo = (sentMs: number, echoMs: number) => {
      pacer.sent(sentMs);
      pacer.replied(sentMs + echoMs);
    };
    expect(pacer.budgetBytes).toBe(BUDGET_BYTES);
    echo(0, 500);
    expect(pacer.budgetBytes).toBe(BUDGET_BYTES / 2);
    for (let step = 1; step < 9; step += 1) echo(step * 1_000, 900);
    expect(pacer.budgetBytes).toBe(1_500);
    for (let step = 0; step < 200; step += 1) echo(20_000 + step * 100, 20);
    expect(pacer.budgetBytes).toBe(BUDGET_BYTES);
  });

  test("an answer that nobody asked for changes nothing", () => {
    const pacer = new PreviewPacer();
    pacer.replied(10_000);
    expect(pacer.budgetBytes).toBe(BUDGET_BYTES);
    expect(pacer.unanswered).toBe(0);
  });
});

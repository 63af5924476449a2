import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LastReplies } from "../../src/view/last-replies.js";

const DEVICE_KIND = "\u001B[?62;22c";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A terminal that owes so many answers, and whose last one took so long. */
function owing(isProbeDue: boolean, count: number, echoMs?: number) {
  const asked = { isProbeDue, count, unanswered: () => asked.count, echoMs: () => echoMs };
  return { asked, last: new LastReplies(asked) };
}

/** How long `all` waits when no answer comes. */
async function waitMs(last: LastReplies): Promise<number> {
  const startMs = Date.now();
  const waited = last.all().then(() => Date.now() - startMs);
  await vi.advanceTimersByTimeAsync(5_000);
  return waited;
}

describe("the wait for the last answers", () => {
  test("is none where none is due", async () => {
    expect(await waitMs(owing(false, 0).last)).toBe(0);
    expect(owing(false, 0).last.sync).toBeUndefined();
  });

  test("is as long as answers of this terminal take, and no longer than that of any", async () => {
    expect(await waitMs(owing(false, 2).last)).toBe(300);
    expect(await waitMs(owing(false, 2, 20).last)).toBe(300);
    expect(await waitMs(owing(false, 2, 1_000).last)).toBe(1_500);
    expect(await waitMs(owing(false, 2, 9_000).last)).toBe(3_000);
    expect(owing(false, 2, 1_000).last.sync).toEqual({ count: 2, limitMs: 1_000 });
  });

  test("ends with the answer", async () => {
    const { asked, last } = owing(true, 1);
    const all = last.all();
    last.take(DEVICE_KIND);
    expect(last.sync).toEqual({ count: 1, limitMs: 100 });
    asked.count = 0;
    last.take("\u001B[0n");
    await all;
  });

  test("ends with the terminal, and is not made after that", async () => {
    const { last } = owing(true, 2);
    const all = last.all();
    last.giveUp();
    await all;
    expect(await waitMs(last)).toBe(0);
    expect(last.sync).toBeUndefined();
  });

  test("is not made for a terminal that never answers, three seconds after it was asked", async () => {
    expect(await waitMs(owing(true, 0).last)).toBe(3_000);
    const { last } = owing(true, 0);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await waitMs(last)).toBe(0);
  });
});

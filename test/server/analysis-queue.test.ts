import { describe, expect, test } from "vitest";

import { AnalysisQueue } from "../../src/server/analysis-queue.js";

const ALONE = { parallel: 1, togetherFrom: Number.POSITIVE_INFINITY };

/** A queue that notes what it does, "owner job", jobs done together joined with "+". */
function noting(options = ALONE): { queue: AnalysisQueue<string, string>; done: string[] } {
  const done: string[] = [];
  const queue = new AnalysisQueue<string, string>(options, async (owner, jobs) => {
    done.push(`${owner} ${jobs.join("+")}`);
    await Promise.resolve();
  });
  return { queue, done };
}

describe("the analysis queue", () => {
  test("keeps the order of one owner, and lets owners take turns", async () => {
    const { queue, done } = noting();
    for (const job of ["0", "1", "2"]) queue.push("file", job);
    queue.push("camera", "0");
    expect(queue.length).toBe(4);
    await queue.drained();
    expect(done).toEqual(["file 0", "camera 0", "file 1", "file 2"]);
    expect(queue.length).toBe(0);
  });

  test("begins in a later turn, with one job in each", async () => {
    let jobs = 0;
    const seen: number[] = [];
    const queue = new AnalysisQueue<string, number>(ALONE, () => {
      jobs += 1;
      setImmediate(() => seen.push(jobs));
      return Promise.resolve();
    });
    for (let job = 0; job < 4; job += 1) queue.push("file", job);
    expect(jobs).toBe(0);
    await queue.drained();
    expect(seen.slice(0, 3)).toEqual([1, 2, 3]);
  });

  test("takes jobs that come while one runs or after it was empty", async () => {
    const done: number[] = [];
    const queue: AnalysisQueue<string, number> = new AnalysisQueue(ALONE, (_owner, [job]) => {
      done.push(job);
      if (job === 1) queue.push("file", 2);
      return Promise.resolve();
    });
    queue.push("file", 1);
    await queue.drained();
    queue.push("camera", 3);
    await queue.drained();
    await queue.drained();
    expect(done).toEqual([1, 2, 3]);
  });

  test("forgets what waits when it is stopped, and what runs ends", async () => {
    const { queue, done } = noting();
    for (const job of ["0", "1", "2"]) queue.push("file", job);
    await new Promise((resolve) => setImmediate(resolve));
    queue.stop();
    await queue.drained();
    expect(done).toEqual(["file 0"]);
    expect(queue.length).toBe(0);
  });

  test("does jobs of several owners at the same time, never two of one", async () => {
    const running = new Set<string>();
    let most = 0;
    const queue = new AnalysisQueue<string, number>({ ...ALONE, parallel: 2 }, async (owner) => {
      expect(running.has(owner)).toBe(false);
      running.add(owner);
      most = Math.max(most, running.size);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running.delete(owner);
    });
    for (let job = 0; job < 4; job += 1) for (const owner of ["a", "b", "c"]) queue.push(owner, job);
    await queue.drained();
    expect(most).toBe(2);
  });

  test("does the jobs of an owner together when too many wait, and one by one again when not", async () => {
    const { queue, done } = noting({ parallel: 1, togetherFrom: 4 });
    for (const job of ["0", "1", "2"]) queue.push("a", job);
    for (const job of ["0", "1"]) queue.push("b", job);
    await queue.drained();
    expect(done).toEqual(["a 0+1+2", "b 0", "b 1"]);
  });
});

import { describe, expect, test } from "vitest";

import { AnalysisQueue } from "../../src/server/analysis-queue.js";

describe("the analysis queue", () => {
  test("keeps the order of one owner, and lets owners take turns", async () => {
    const queue = new AnalysisQueue();
    const done: string[] = [];
    const [file, camera] = [{}, {}];
    for (const name of ["file 0", "file 1", "file 2"]) queue.push(file, () => done.push(name));
    queue.push(camera, () => done.push("camera 0"));
    await queue.drained();
    expect(done).toEqual(["file 0", "camera 0", "file 1", "file 2"]);
  });

  test("begins in a later turn, with one job in each", async () => {
    const queue = new AnalysisQueue();
    let jobs = 0;
    const seen: number[] = [];
    for (let job = 0; job < 4; job += 1) {
      queue.push(queue, () => {
        jobs += 1;
        setImmediate(() => seen.push(jobs));
      });
    }
    expect(jobs).toBe(0);
    await queue.drained();
    expect(seen.slice(0, 3)).toEqual([1, 2, 3]);
  });

  test("takes jobs that come while one runs or after it was empty", async () => {
    const queue = new AnalysisQueue();
    const done: number[] = [];
    queue.push(queue, () => {
      done.push(1);
      queue.push(queue, () => done.push(2));
    });
    await queue.drained();
    queue.push({}, () => done.push(3));
    await queue.drained();
    await queue.drained();
    expect(done).toEqual([1, 2, 3]);
  });
});

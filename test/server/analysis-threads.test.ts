import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Analyser, AnalysisTask } from "../../src/server/analyser.js";
import type { ThreadedAnalyser as Threaded } from "../../src/server/analysis-threads.js";
import type { startServer as Start } from "../../src/server/server.js";
import { Database } from "../../src/server/store/database.js";
import { Store } from "../../src/server/store/store.js";
import { decodeResultMessage } from "../../src/wire/v1-messages.js";
import { freshFolder } from "../helpers/program.js";
import { Harness, LICENSE, payloadBytes, STUDY } from "./harness.js";

// Threads cannot be started from TypeScript, so this runs what `npm run build` has made.
const built = (name: string): string => new URL(`../../dist/server/${name}.js`, import.meta.url).href;
const { ThreadedAnalyser } = (await import(built("analysis-threads"))) as { ThreadedAnalyser: typeof Threaded };
const { startServer } = (await import(built("server"))) as { startServer: typeof Start };

const ID = "00000000-0000-4000-8000-000000000001";

function taskUpTo(last: number): AnalysisTask {
  const chunks = Array.from({ length: last + 1 }, (_, order) => ({ order, dataId: `data ${order}` }));
  return { measurementId: ID, generation: 0, resolution: 0, more: true, chunks };
}

/** A store with one measurement of three chunks, the third of which is no payload. */
async function withAnalyser(use: (analyser: Analyser, path: string) => Promise<void>): Promise<void> {
  const path = join(freshFolder("threads"), "server.db");
  const store = Store.open(path);
  const who = { ownerId: "u", deviceId: "d", licenceId: "l", partnerId: "", userProfileId: "" };
  const setup = { ...who, studyId: "s", mode: "DISCRETE", resolution: 0 } as const;
  const counts = { generation: 0, nextOrder: 0, chunkCount: 0, seconds: 0, bytes: 0, bytesReceived: 0 };
  const progress = { ...counts, status: "CAPTURING", refusedOrder: null, updatedAtMs: 0 } as const;
  store.measurements.create({ id: ID, ...setup, ...progress, createdAtMs: 0 });
  for (const order of [0, 1, 2]) {
    const payload = order === 2 ? Buffer.from("hello") : payloadBytes(order);
    store.measurements.addChunk(ID, progress, { order, dataId: `data ${order}`, process: true }, payload);
  }
  const analyser = new ThreadedAnalyser(path, 2);
  try {
    await use(analyser, path);
  } finally {
    await analyser.close();
    store.close();
  }
}

describe("analysis in threads", () => {
  test("gives one message for each chunk of a task, from the payloads in the store", async () => {
    await withAnalyser(async (analyser) => {
      const [one, both] = await Promise.all([analyser.run(taskUpTo(0)), analyser.run(taskUpTo(1))]);
      expect(one).toMatchObject({ errorCode: "OK", messages: [expect.anything()] });
      const ids = both.messages.map((message) => decodeResultMessage(message).measurementDataId);
      expect(ids).toEqual([`${ID}:0`, `${ID}:1`]);
      expect(decodeResultMessage(both.messages[1] ?? new Uint8Array()).channels.length).toBeGreaterThan(3);
    });
  });

  test("a chunk that cannot be read is a failed analysis, and the thread goes on", async () => {
    await withAnalyser(async (analyser) => {
      const bad = await analyser.run(taskUpTo(2));
      expect(bad).toMatchObject({ errorCode: "ANALYSIS_ERROR", failure: expect.any(String) });
      expect(bad.messages.map((message) => decodeResultMessage(message).errorCode)).toEqual(
        Array.from({ length: 3 }, () => "ANALYSIS_ERROR"),
      );
      expect(await analyser.run(taskUpTo(1))).toMatchObject({ errorCode: "OK" });
    });
  });

  test("a thread that dies is tried twice, then the task has failed; the next one gets a new thread", async () => {
    await withAnalyser(async (analyser, path) => {
      // A table that is not there ends the thread when it starts.
      const database = Database.open(path);
      database.execute("ALTER TABLE chunks RENAME TO hidden");
      const broken = new ThreadedAnalyser(path, 1);
      expect(await broken.run(taskUpTo(0))).toMatchObject({ errorCode: "WORKER_ERROR", messages: [expect.anything()] });
      database.execute("ALTER TABLE hidden RENAME TO chunks");
      expect(await broken.run(taskUpTo(0))).toMatchObject({ errorCode: "OK" });
      await broken.close();
      database.close();
      expect(await analyser.run(taskUpTo(0))).toMatchObject({ errorCode: "OK" });
    });
  });

  test("closing ends what runs", async () => {
    await withAnalyser(async (analyser) => {
      const running = analyser.run(taskUpTo(1));
      await analyser.close();
      expect(await running).toMatchObject({ errorCode: "WORKER_ERROR" });
      expect(await analyser.run(taskUpTo(1))).toMatchObject({ errorCode: "WORKER_ERROR" });
    });
  });
});

test("a server with threads measures as one without, and answers for all that wait at once when it is behind", async () => {
  const db = join(freshFolder("threads"), "server.db");
  const limits = { analysesWaitingMax: 2, passwordCost: 2 };
  const options = { restPort: 0, wsPort: 0, licenseKeys: [LICENSE], studies: [{ id: STUDY, name: "Test" }] };
  const server = await startServer({ ...options, db, limits, analysisThreads: 1 });
  const harness = new Harness(server, []);
  const token = await harness.userToken();
  const id = await harness.measurement(token, { Resolution: 0 });
  for (let order = 0; order < 6; order += 1) {
    const Payload = Buffer.from(payloadBytes(order)).toString("base64");
    const Action = order === 5 ? "LAST::PROCESS" : order === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS";
    expect(await harness.addData(token, id, { ChunkOrder: order, Payload, Action })).toMatchObject({ status: 200 });
  }
  const retrieved = await harness.untilStatus(token, id, "COMPLETE");
  expect(retrieved["Results"]).toMatchObject({ HR_BPM: [{ Multiplier: 10_000 }] });
  for (let order = 0; order < 6; order += 1) {
    const result = await harness.request("GET", `/measurements/${id}/results/${order}`, token);
    expect(result.json).toMatchObject({ MeasurementDataID: `${id}:${order}`, Error: { Code: "OK" } });
  }
  await harness.close();
});

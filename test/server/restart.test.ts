import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { decodeResultMessage } from "../../src/wire/v1-messages.js";
import { freshFolder } from "../helpers/program.js";
import { partsOf, subscribe } from "./frames.js";
import { type Client, countChunks, type Harness, withServer } from "./harness.js";

const PROCESS = "CHUNK::PROCESS";

/** An analysis that hangs the measurement up: it never gets to a second chunk. */
function stuck(): never {
  throw new Error("not now");
}

async function resultsOf(client: Client, id: string, count: number): Promise<string[]> {
  client.send(subscribe("0123456789", id, "results-01"));
  await client.next();
  const results: string[] = [];
  while (results.length < count) {
    const { measurementDataId, channels } = decodeResultMessage(partsOf(await client.next()).body);
    results.push(`${measurementDataId.slice(id.length + 1)}: ${(channels[0]?.data[0] ?? 0) / 10_000}`);
  }
  return results;
}

describe("a server that starts again on the same file", () => {
  test("knows licences, users, tokens, measurements and results", async () => {
    const db = join(freshFolder("restart"), "server.db");
    let token = "";
    let id = "";
    await withServer({ db }, async (harness) => {
      token = await harness.userToken();
      id = await harness.measurement(token);
      await harness.addData(token, id);
      await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" });
      await harness.untilStatus(token, id, "COMPLETE");
    });
    await withServer({ db, licenseKeys: [], studies: [] }, async (harness) => {
      const { json } = await harness.request("GET", `/measurements/${id}`, token);
      expect(json).toMatchObject({ StatusID: "COMPLETE", Results: { HR_BPM: [{ Data: [20_000] }] } });
      expect(await resultsOf(await harness.connect(token), id, 2)).toEqual(["0: 1", "1: 2"]);
      expect(await harness.userToken()).toMatch(/^Bearer /);
    });
  });

  test("goes on with an open measurement where it stood", async () => {
    const db = join(freshFolder("restart"), "server.db");
    let token = "";
    let id = "";
    await withServer({ db }, async (harness) => {
      token = await harness.userToken();
      id = await harness.measurement(token);
      await harness.addData(token, id);
    });
    await withServer({ db }, async (harness) => {
      const client = await harness.connect(token);
      expect(await resultsOf(client, id, 1)).toEqual(["0: 1"]);
      expect(await harness.addData(token, id, { ChunkOrder: 2, Action: PROCESS })).toMatchObject({
        json: { Code: "MISALIGNED_CHUNK", Message: "Chunk 1 is expected." },
      });
      expect(await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" })).toMatchObject({
        status: 200,
      });
      await harness.untilStatus(token, id, "COMPLETE");
      expect(partsOf(await client.next()).id).toBe("results-01");
    });
  });

  test("computes the results of chunks that were stored and not analysed, also without being asked", async () => {
    const db = join(freshFolder("restart"), "server.db");
    let token = "";
    const ids: string[] = [];
    // The drain is given no time, so this server ends with analyses that are not done.
    await withServer({ db, limits: { drainMsMax: 0 } }, async (harness: Harness) => {
      token = await harness.userToken();
      for (const last of ["LAST::PROCESS", "LAST::IGNORE", PROCESS]) {
        const id = await harness.measurement(token);
        ids.push(id);
        await harness.addData(token, id);
        await harness.addData(token, id, { ChunkOrder: 1, Action: last });
      }
    });
    await withServer({ db, analyse: countChunks }, async (harness) => {
      const [told, ignored, open] = ids;
      await harness.untilStatus(token, told ?? "", "COMPLETE");
      const client = await harness.connect(token);
      expect(await resultsOf(client, told ?? "", 2)).toEqual(["0: 1", "1: 2"]);
      expect(await harness.untilStatus(token, ignored ?? "", "COMPLETE")).toMatchObject({
        Results: { HR_BPM: [{ Data: [20_000] }] },
      });
      expect((await harness.request("GET", `/measurements/${open}`, token)).json).toMatchObject({
        StatusID: "CAPTURING",
      });
    });
  });

  test("keeps the outcome of an analysis that failed", async () => {
    const db = join(freshFolder("restart"), "server.db");
    let token = "";
    let id = "";
    await withServer({ db, analyse: stuck }, async (harness) => {
      token = await harness.userToken();
      id = await harness.measurement(token);
      await harness.addData(token, id, { Action: "LAST::PROCESS" });
      await harness.untilStatus(token, id, "ERROR");
    });
    await withServer({ db }, async (harness) => {
      expect((await harness.request("GET", `/measurements/${id}`, token)).json).toMatchObject({ StatusID: "ERROR" });
    });
  });
});

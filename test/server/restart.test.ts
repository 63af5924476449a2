import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { Store } from "../../src/server/store/store.js";
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

const GUEST = { licenceKey: "guest key", email: "operator@localhost", password: "guest password" };

/** A measurement of one chunk by the guest of a run. */
async function guestMeasures(db: string, measurementsMax: number): Promise<void> {
  await withServer({ db, guest: GUEST, licenseKeys: [], limits: { measurementsMax } }, async (harness) => {
    const registered = await harness.post("/organizations/licenses", undefined, { Key: GUEST.licenceKey });
    const login = { Email: GUEST.email, Password: GUEST.password };
    const device = `Bearer ${String(registered.json["Token"])}`;
    const { json } = await harness.post("/users/auth", device, login);
    const token = `Bearer ${String(json["Token"])}`;
    const id = await harness.measurement(token);
    await harness.addData(token, id, { Action: "LAST::PROCESS" });
    await harness.untilStatus(token, id, "COMPLETE");
  });
}

describe("guests on the file of a server", () => {
  test("forget their own measurements only, and are not forgotten by the server", async () => {
    const db = join(freshFolder("guests"), "server.db");
    await withServer({ db, limits: { measurementsMax: 2 } }, async (harness) => {
      const token = await harness.userToken();
      const mine: string[] = [];
      for (let number = 0; number < 2; number += 1) {
        const id = await harness.measurement(token);
        await harness.addData(token, id, { Action: "LAST::PROCESS" });
        await harness.untilStatus(token, id, "COMPLETE");
        mine.push(id);
      }
      for (let run = 0; run < 3; run += 1) await guestMeasures(db, 2);
      for (const id of mine) {
        expect(await harness.request("GET", `/measurements/${id}`, token)).toMatchObject({ status: 200 });
      }
      await harness.measurement(token);
      expect(await harness.request("GET", `/measurements/${mine[0]}`, token)).toMatchObject({ status: 404 });
    });
    const store = Store.open(db);
    expect([store.measurements.sizes("guests").count, store.measurements.sizes("others").count]).toEqual([2, 2]);
    expect(store.licences.count).toBe(1);
    store.close();
  });

  test("are opened by the key and the password of their own run alone", async () => {
    const db = join(freshFolder("guests"), "server.db");
    await guestMeasures(db, 10);
    await withServer({ db, guest: { ...GUEST, licenceKey: "other", password: "another" } }, async (harness) => {
      const register = async (Key: string) => await harness.post("/organizations/licenses", undefined, { Key });
      expect(await register(GUEST.licenceKey)).toMatchObject({ status: 403 });
      const device = `Bearer ${String((await register("other")).json["Token"])}`;
      const login = async (Password: string) =>
        await harness.post("/users/auth", device, { Email: GUEST.email, Password });
      expect(await login(GUEST.password)).toMatchObject({ status: 401 });
      expect(await login("another")).toMatchObject({ status: 200 });
    });
    // Without a guest nobody gets in under that address.
    await withServer({ db }, async (harness) => {
      const device = await harness.deviceToken();
      const login = { Email: GUEST.email, Password: GUEST.password };
      expect(await harness.post("/users/auth", device, login)).toMatchObject({ json: { Code: "INVALID_USER" } });
    });
  });
});

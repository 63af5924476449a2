import { once } from "node:events";

import { describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";

import type { Analyse } from "../../src/server/analyser.js";
import { connectionsFor } from "../../src/server/connection-limit.js";
import { addData, errorBody, partsOf, subscribe } from "./frames.js";
import {
  bareConnection,
  type Client,
  type Harness,
  payloadBytes,
  perFrame,
  restChunk,
  STUDY,
  within,
  withServer,
} from "./harness.js";

async function untilLogged(harness: Harness, words: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!harness.log.some(({ text }) => text.includes(words)) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(harness.log.map(({ text }) => text).join("\n")).toContain(words);
}

/** A connection that asked for a WebSocket and does nothing by itself, not even answer a ping. */
async function bareWebSocket(harness: Harness, token: string): ReturnType<typeof bareConnection> {
  const connection = await bareConnection(harness.server.wsUrl);
  connection.socket.write(
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: ${token}\r\n\r\n`,
  );
  return connection;
}

describe("clients that do not behave", () => {
  test.each([
    ["says nothing", ""],
    ["sends half a head", "POST /users HTTP/1.1\r\nHost: x\r\n"],
    ["sends half a body", "POST /organizations/licenses HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"],
  ])("one that %s is cut off", async (_what, text) => {
    await withServer({ limits: { headMsMax: 100, requestMsMax: 200 } }, async (harness) => {
      const { socket, received, ended } = await bareConnection(harness.server.restUrl);
      socket.write(text);
      await within(ended, "end");
      expect(received()).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
    });
  });

  test("one that does not speak HTTP gets a 400 in JSON", async () => {
    await withServer({}, async (harness) => {
      const { socket, received, ended } = await bareConnection(harness.server.restUrl);
      socket.write("\u0016\u0003\u0001 hello\r\n\r\n");
      await within(ended, "end");
      expect(received()).toMatch(/^HTTP\/1\.1 400 Bad Request[^]*\{"Code":"BAD_REQUEST"\}$/);
    });
  });

  test("a body that is too large is refused, whether its length is told or not, and the connection still serves", async () => {
    await withServer({ limits: { restBodyBytesMax: 100_000 } }, async (harness) => {
      const large = JSON.stringify({ Key: "x".repeat(3_000_000) });
      const told = await harness.post("/organizations/licenses", undefined, large);
      expect(told).toMatchObject({ status: 413, json: { Code: "PAYLOAD_TOO_LARGE" } });
      const body = new ReadableStream({
        start(controller) {
          for (let part = 0; part < 30; part += 1) controller.enqueue(Buffer.alloc(10_000, "x"));
          controller.close();
        },
      });
      const untold = await fetch(`${harness.server.restUrl}/organizations/licenses`, {
        method: "POST",
        body,
        duplex: "half",
      } as RequestInit);
      expect(untold.status).toBe(413);
      await untold.text();
      expect(await harness.post("/organizations/licenses", undefined, { Key: "wrong" })).toMatchObject({ status: 403 });
    });
  });

  test("what is left of a refused body is dropped, so that the next request on the connection is answered", async () => {
    await withServer({ limits: { restBodyBytesMax: 1000 } }, async (harness) => {
      const { socket, received } = await bareConnection(harness.server.restUrl);
      socket.write("POST /organizations/licenses HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (let part = 0; part < 10; part += 1) socket.write(`4e20\r\n${"x".repeat(20_000)}\r\n`);
      await vi.waitFor(() => expect(received()).toMatch(/^HTTP\/1\.1 413/));
      for (let part = 0; part < 10; part += 1) socket.write(`4e20\r\n${"x".repeat(20_000)}\r\n`);
      socket.write("0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
      await vi.waitFor(() => expect(received()).toContain("NOT_FOUND"));
      socket.destroy();
    });
  });

  test("a half-open WebSocket that answers no ping is dropped, one that answers stays", async () => {
    await withServer({ limits: { pingEveryMs: 250 } }, async (harness) => {
      const token = await harness.userToken();
      const good = await harness.connect(token);
      const { received, ended } = await bareWebSocket(harness, token);
      await within(ended, "end");
      expect(received()).toMatch(/^HTTP\/1\.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
      await untilLogged(harness, "does not answer");
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(good.socket.readyState).toBe(WebSocket.OPEN);
    });
  });

  test("a subscriber that reads nothing is dropped before it fills the memory", async () => {
    const wide = { channels: [{ id: "PULSE_WAVE", values: Array.from({ length: 80_000 }, () => 1000), notes: [] }] };
    await withServer({ analyse: () => wide, limits: { unsentBytesMax: 500_000 } }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token, { Mode: "VIDEO" });
      const client = await harness.connect(token);
      client.send(subscribe("0123456789", id, "results-01"));
      await client.next();
      client.socket.pause();
      for (let order = 0; order < 60; order += 1) {
        const chunk = restChunk({ ChunkOrder: order });
        await harness.post(`/measurements/${id}/data`, token, chunk);
        if (harness.log.some(({ text }) => text.includes("does not read"))) break;
      }
      await untilLogged(harness, "does not read");
    });
  });

  test("a broken WebSocket frame closes the socket with the code for it", async () => {
    await withServer({}, async (harness) => {
      const { socket, received, ended } = await bareWebSocket(harness, await harness.userToken());
      socket.write(Uint8Array.of(0xff, 0xff, 0x00));
      await within(ended, "end");
      // A close frame with the code 1002.
      expect(received().slice(-4)).toBe("\u0088\u0002\u0003\u00ea");
    });
  });

  test("an upgrade that is no WebSocket request is refused", async () => {
    await withServer({}, async (harness) => {
      const { socket, received, ended } = await bareConnection(harness.server.wsUrl);
      socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
      await within(ended, "end");
      expect(received()).toMatch(/^HTTP\/1\.1 400/);
    });
  });

  test("more connections than allowed are not accepted", async () => {
    await withServer({ limits: { connectionsMax: 2 } }, async (harness) => {
      const first = await bareConnection(harness.server.restUrl);
      const second = await bareConnection(harness.server.restUrl);
      const third = await bareConnection(harness.server.restUrl);
      await within(third.ended, "end");
      expect(third.received()).toBe("");
      const fourth = await bareConnection(harness.server.restUrl);
      await within(fourth.ended, "end");
      // Told once, not for each of them.
      expect(harness.log.map(({ text }) => text)).toEqual(["connections are refused: 2 are open, as many as may be"]);
      first.socket.destroy();
      second.socket.destroy();
    });
  });
});

test("connections leave files for the store, however few the process may open", () => {
  expect(connectionsFor(1024, 1_048_576)).toBe(1024);
  expect(connectionsFor(1024, 256)).toBe(96);
  expect(connectionsFor(1024, 32)).toBe(8);
  expect(connectionsFor(1024)).toBeGreaterThan(8);
});

describe("memory", () => {
  test("finished measurements go first, then abandoned ones; open ones are kept", async () => {
    let nowMs = 0;
    const limits = { measurementsMax: 3, abandonedAfterMs: 1000 };
    await withServer({ nowMs: () => nowMs, limits }, async (harness) => {
      const token = await harness.userToken();
      const open = await harness.measurement(token);
      const finished = await harness.measurement(token);
      await harness.addData(token, finished, { Action: "LAST::PROCESS" });
      await harness.untilStatus(token, finished, "COMPLETE");
      await harness.measurement(token);
      const status = async (id: string): Promise<number> =>
        (await harness.request("GET", `/measurements/${id}`, token)).status;

      const fourth = await harness.measurement(token);
      expect([await status(open), await status(finished), await status(fourth)]).toEqual([200, 404, 200]);
      expect(await harness.post("/measurements", token, { StudyID: STUDY })).toMatchObject({
        status: 429,
        json: { Code: "TOO_MANY_REQUESTS" },
      });
      nowMs = 2000;
      expect(await harness.post("/measurements", token, { StudyID: STUDY })).toMatchObject({ status: 200 });
      expect(await status(open)).toBe(404);
    });
  });

  test("payloads of all open measurements together are bounded, and freed when one is finished", async () => {
    await withServer({ limits: { openBytesMax: 45_000 } }, async (harness) => {
      const token = await harness.userToken();
      const first = await harness.measurement(token);
      const second = await harness.measurement(token);
      const bytes = Buffer.from(restChunk().Payload, "base64").length;
      expect(bytes).toBeGreaterThan(15_000);
      expect(bytes).toBeLessThan(22_000);
      expect(await harness.addData(token, first)).toMatchObject({ status: 200 });
      expect(await harness.addData(token, second)).toMatchObject({ status: 200 });
      const full = { status: 429, json: { Code: "TOO_MANY_REQUESTS", Message: "No room is left." } };
      expect(await harness.addData(token, second, { ChunkOrder: 1 })).toMatchObject(full);
      await harness.addData(token, first, { Action: "FIRST::PROCESS" });
      expect(await harness.addData(token, second, { ChunkOrder: 1 })).toMatchObject(full);
    });
  });

  test("results for late subscribers are kept up to a limit, the newest always", async () => {
    await withServer({ analyse: perFrame, limits: { replayBytesMax: 1 } }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      await harness.addData(token, id, { ChunkOrder: 0 });
      await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" });
      await harness.untilStatus(token, id, "COMPLETE");
      const client = await harness.connect(token);
      client.send(subscribe("0123456789", id, "results-01"));
      await client.next();
      const kept = await client.rest();
      expect(kept).toHaveLength(1);
      expect(kept[0]?.toString("latin1")).toContain(`${id}:1`);
    });
  });
});

/** An analysis that takes its time. */
const lasting =
  (ms: number): Analyse =>
  () => {
    const until = Date.now() + ms;
    while (Date.now() < until);
    return { channels: [{ id: "HR_BPM", values: [72], notes: [] }] };
  };

/** Small chunks in one go, so that the server has them all before it begins with the first. */
function sendMany(client: Client, measurementId: string, count: number): void {
  for (let order = 0; order < count; order += 1) {
    const action = order === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS";
    const payload = payloadBytes(order, 3);
    client.send(
      addData({ requestId: `chunk${String(order).padStart(5, "0")}`, measurementId, action, order, payload }),
    );
  }
}

describe("while an analysis runs", () => {
  test("acknowledgements are out before it begins, and requests are answered between two of them", async () => {
    await withServer({ analyse: lasting(100) }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const client = await harness.connect(token);
      client.send(subscribe("0123456789", id, "results-01"));
      await client.next();
      sendMany(client, id, 6);
      for (let order = 0; order < 6; order += 1) {
        expect(partsOf(await client.next()).id).toBe(`chunk0000${order}`);
      }
      const { status } = await harness.request("GET", `/measurements/${id}`, token);
      expect(status).toBe(200);
      const ready = await client.rest();
      expect(ready.length).toBeLessThan(6);
      for (let missing = 6 - ready.length; missing > 0; missing -= 1) {
        expect(partsOf(await client.next()).id).toBe("results-01");
      }
    });
  });

  test("many measurements at once are all answered", async () => {
    await withServer({ analyse: perFrame }, async (harness) => {
      const token = await harness.userToken();
      const one = async (): Promise<number> => {
        const id = await harness.measurement(token);
        const client = await harness.connect(token);
        client.send(subscribe("0123456789", id, "results-01"));
        await client.next();
        await harness.addData(token, id, { ChunkOrder: 0 });
        await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" });
        return [await client.next(), await client.next()].filter((message) => partsOf(message).status === "200").length;
      };
      const results = await Promise.all(Array.from({ length: 30 }, one));
      expect(results).toEqual(Array.from({ length: 30 }, () => 2));
    });
  });
});

describe("closing", () => {
  test("finishes what was accepted, delivers it, and says goodbye", async () => {
    await withServer({ analyse: lasting(50) }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const client = await harness.connect(token);
      client.send(subscribe("0123456789", id, "results-01"));
      await client.next();
      sendMany(client, id, 4);
      for (let order = 0; order < 4; order += 1) await client.next();
      const closed = client.closed();
      const closing = harness.server.close();
      expect(harness.server.close()).toBe(closing);
      expect(await closed).toEqual({ code: 1001, reason: "The server is closing." });
      await closing;
      const results = [await client.next(), await client.next(), await client.next(), await client.next()];
      expect(results.map((message) => partsOf(message).id)).toEqual(Array.from({ length: 4 }, () => "results-01"));
      await expect(fetch(harness.server.restUrl)).rejects.toThrow("fetch failed");
    });
  });

  test("new chunks are refused meanwhile with 503", async () => {
    await withServer({ analyse: lasting(100) }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const client = await harness.connect(token);
      sendMany(client, id, 5);
      for (let order = 0; order < 5; order += 1) await client.next();
      const closing = harness.server.close();
      sendMany(client, id, 1);
      const { status, body } = partsOf(await client.next());
      expect(status).toBe("503");
      expect(body.equals(errorBody("SERVICE_UNAVAILABLE", "The server is closing."))).toBe(true);
      await closing;
    });
  });

  test("takes less than five seconds whatever the analysis and the clients do", async () => {
    await withServer({ analyse: lasting(300), limits: { drainMsMax: 1000 } }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token, { Mode: "VIDEO" });
      const client = await harness.connect(token);
      sendMany(client, id, 10);
      await client.next();
      const deaf = await bareConnection(harness.server.restUrl);
      deaf.socket.write("POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
      client.socket.pause();
      const startedMs = Date.now();
      await harness.server.close();
      expect(Date.now() - startedMs).toBeLessThan(3_000);
      await within(deaf.ended, "end");
      expect(harness.log.some(({ text }) => text.includes("not done"))).toBe(true);
    });
  });

  test("an idle server closes at once", async () => {
    await withServer({}, async (harness) => {
      const { socket, ended } = await bareConnection(harness.server.restUrl);
      await harness.deviceToken();
      const startedMs = Date.now();
      await harness.server.close();
      expect(Date.now() - startedMs).toBeLessThan(1_500);
      await within(ended, "end");
      socket.destroy();
    });
  });

  test("a client's own goodbye is answered", async () => {
    await withServer({}, async (harness) => {
      const client = await harness.connect(await harness.userToken());
      client.socket.close(1000, "done");
      const [code] = (await within(once(client.socket, "close"), "close")) as [number];
      expect(code).toBe(1000);
    });
  });
});

import { type AddressInfo, connect, createServer, type Socket } from "node:net";

import { expect, test } from "vitest";

import type { DfxApi } from "../../src/api/dfx-api.js";
import { API_V1 } from "../../src/api/dfx-api-v1.js";
import { apiV2 } from "../../src/api/dfx-api-v2.js";
import { serverAddress } from "../../src/api/servers.js";
import { type DfxSession, openSession } from "../../src/api/session.js";
import { actionFor, type ChunkPayload } from "../../src/domain/chunk.js";
import type { SendMethod } from "../../src/domain/measurement-terms.js";
import type { ChunkResult } from "../../src/domain/result.js";
import { type RunningServer, startServer } from "../../src/server/server.js";
import { pulsePayload, writePayload } from "../wire/payload-writer.js";
import { chunk, failureOf, METHODS, QUICK } from "./with-session.js";

// The client against our own server, not a stub: both sides of the protocol in one room. The analysis is
// replaced by one that says how many chunks it was given.

const CHUNKS = 4;
const CHUNK_S = 5;
const STUDY = "study";
const NEW = { studyId: STUDY, mode: "DISCRETE", resolution: 100 } as const;
const CREDENTIALS = { licenseKey: "licence", email: "new@example.org", password: "a good password" };

interface Way {
  readonly api: DfxApi;
  readonly sendMethod: SendMethod;
  /** For the name of a test. */
  readonly name: string;
}

/** Both versions, and version 2 in both of its forms, each with both ways to send chunks. */
const WAYS: readonly Way[] = [API_V1, apiV2("json"), apiV2("proto")].flatMap((api) =>
  METHODS.map((sendMethod) => {
    return {
      api,
      sendMethod,
      name: `${api.version}${api.subprotocol ? ` (${api.subprotocol})` : ""} by ${sendMethod}`,
    };
  }),
);

async function withServer(run: (server: RunningServer) => Promise<void>): Promise<void> {
  const server = await startServer({
    restPort: 0,
    wsPort: 0,
    licenseKeys: [CREDENTIALS.licenseKey],
    studies: [{ id: STUDY, name: "Study" }],
    analyse: (chunks) => ({ channels: [{ id: "HR_BPM", values: [60 + chunks.length], notes: [] }] }),
  });
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

async function openAt(
  urls: { restUrl: string; wsUrl: string },
  { api, sendMethod }: Pick<Way, "api" | "sendMethod">,
  credentials = CREDENTIALS,
): Promise<DfxSession> {
  const address = serverAddress({ ...urls, name: "local" });
  const options = { address, api, access: credentials, sendMethod, timing: { ...QUICK, ackMs: 5_000, idleMs: 5_000 } };
  return await openSession(options, new AbortController().signal);
}

function pulseChunk(chunkNumber: number): ChunkPayload {
  const plan = { chunkNumber, frames: CHUNK_S * 30, rateHz: 30, startMs: chunkNumber * CHUNK_S * 1000, bpm: 72 };
  return {
    ...chunk(chunkNumber, CHUNKS),
    startTimeS: chunkNumber * CHUNK_S,
    endTimeS: (chunkNumber + 1) * CHUNK_S,
    durationS: CHUNK_S,
    payload: new Uint8Array(writePayload(pulsePayload(plan))),
  };
}

async function addChunk(session: DfxSession, id: string, number: number): Promise<void> {
  await session.addChunk(id, pulseChunk(number), actionFor(number, number === CHUNKS - 1));
}

test.each(WAYS)("a new user measures with $name and gets a result for every chunk", async (way) => {
  await withServer(async (server) => {
    const session = await openAt(server, way);
    const id = await session.createMeasurement(NEW);
    const results: ChunkResult[] = [];
    await session.subscribe(id, (result) => {
      results.push(result);
    });
    for (let number = 0; number < CHUNKS; number += 1) {
      await addChunk(session, id, number);
      // A server may answer for several waiting chunks at once; here each shall have a result of its own.
      expect(await session.waitForResults(id, number + 1, 5_000)).toBe(true);
    }
    expect(results.map(({ chunkNumber, channels }) => [chunkNumber, channels[0]?.values])).toEqual([
      [0, [61]],
      [1, [62]],
      [2, [63]],
      [3, [64]],
    ]);
    const { StatusID, Results } = await session.retrieve(id);
    expect(StatusID).toBe("COMPLETE");
    expect(Results["HR_BPM"]?.[0]).toMatchObject({ Data: [640_000], Multiplier: 10_000 });
    expect(await failureOf(addChunk(session, id, 3))).toMatchObject({ code: "REFUSED", dfxCode: "MEASUREMENT_CLOSED" });
    expect(session.strangeFrames).toBe(0);
    await session.close();
  });
});

test.each([API_V1, apiV2("json")])("wrong credentials and an unknown study are told with $version", async (api) => {
  const way: Pick<Way, "api" | "sendMethod"> = { api, sendMethod: "REST" };
  await withServer(async (server) => {
    await (await openAt(server, way)).close();
    const wrongKey = openAt(server, way, { ...CREDENTIALS, licenseKey: "other" });
    expect(await failureOf(wrongKey)).toMatchObject({ code: "AUTH", message: expect.stringMatching(/licence key/) });
    const wrongPassword = openAt(server, way, { ...CREDENTIALS, password: "another password" });
    expect(await failureOf(wrongPassword)).toMatchObject({ code: "AUTH", message: expect.stringMatching(/password/) });
    const session = await openAt(server, way);
    const unknown = session.createMeasurement({ ...NEW, studyId: "nothing" });
    expect(await failureOf(unknown)).toMatchObject({ code: "REFUSED", dfxCode: "INVALID_STUDY" });
    await session.close();
  });
});

/** Stands between client and server; while `isDeaf`, the first bytes that the server sends cut the connection. */
async function withProxy(
  url: string,
  run: (port: number, proxy: { isDeaf: boolean; cuts: number }) => Promise<void>,
): Promise<void> {
  const state = { isDeaf: false, cuts: 0 };
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(Number(new URL(url).port), "127.0.0.1");
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => {
      if (!state.isDeaf) {
        client.write(bytes);
        return;
      }
      state.isDeaf = false;
      state.cuts += 1;
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, "127.0.0.1", resolve);
  });
  try {
    await run((listener.address() as AddressInfo).port, state);
  } finally {
    for (const socket of sockets) socket.destroy();
    listener.close();
  }
}

test.each(WAYS)("lost answers to chunks with $name neither lose nor double anything", async ({ api, sendMethod }) => {
  await withServer(async (server) => {
    await withProxy(sendMethod === "REST" ? server.restUrl : server.wsUrl, async (port, proxy) => {
      const restUrl = sendMethod === "REST" ? `http://127.0.0.1:${port}` : server.restUrl;
      const wsUrl = sendMethod === "REST" ? server.wsUrl : `ws://127.0.0.1:${port}`;
      const session = await openAt({ restUrl, wsUrl }, { api, sendMethod });
      const id = await session.createMeasurement(NEW);
      const results = new Map<number | undefined, number>();
      await session.subscribe(id, ({ chunkNumber, channels }) => {
        results.set(chunkNumber, channels[0]?.values[0] ?? Number.NaN);
      });
      for (let number = 0; number < CHUNKS; number += 1) {
        proxy.isDeaf = true;
        await addChunk(session, id, number);
        expect(proxy.cuts).toBe(number + 1);
      }
      expect(await session.waitForResults(id, CHUNKS, 5_000)).toBe(true);
      // The last analysis saw four chunks, each once.
      expect(results.get(CHUNKS - 1)).toBe(60 + CHUNKS);
      await session.close();
    });
  });
});

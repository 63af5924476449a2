import { expect, test } from "vitest";

import type { DfxApi } from "../../src/api/dfx-api.js";
import { API_V1 } from "../../src/api/dfx-api-v1.js";
import { apiV2 } from "../../src/api/dfx-api-v2.js";
import { serverAddress } from "../../src/api/servers.js";
import { type DfxSession, openSession } from "../../src/api/session.js";
import { fixedToken } from "../../src/api/token-source.js";
import type { SendMethod } from "../../src/domain/measurement-terms.js";
import { type CuttingProxy, type Direction, startCuttingProxy } from "../helpers/cutting-proxy.js";
import { MEASUREMENT, type Stub, startStub } from "../helpers/stub-server.js";
import { chunk, QUICK } from "./with-session.js";

// The connection is cut after every single byte of a request and of its answer: each chunk of a long measurement is
// cut one byte later than the one before. Whatever the server had made of it, it has every chunk once afterwards.

interface Cut {
  readonly session: DfxSession;
  readonly stub: Stub;
  readonly proxy: CuttingProxy;
  readonly results: Map<number | undefined, number>;
}

async function withProxy(
  api: DfxApi,
  sendMethod: SendMethod,
  proofMs: number,
  run: (cut: Cut) => Promise<void>,
): Promise<void> {
  const stub = await startStub({ replays: true });
  const proxy = await startCuttingProxy(sendMethod === "REST" ? stub.restUrl : stub.wsUrl);
  const through = `127.0.0.1:${proxy.port}`;
  const address =
    sendMethod === "REST"
      ? serverAddress({ restUrl: `http://${through}`, wsUrl: stub.wsUrl, name: "stub" })
      : serverAddress({ restUrl: stub.restUrl, wsUrl: `ws://${through}`, name: "stub" });
  const timing = { ...QUICK, reconnectMs: [1, 2, 5, 10, 20], proofMs, pollMs: 2 };
  const session = await openSession(
    { address, access: fixedToken("user-token"), sendMethod, api, timing, random: () => 0.5 },
    new AbortController().signal,
  );
  const results = new Map<number | undefined, number>();
  try {
    await session.subscribe(MEASUREMENT, ({ chunkNumber }) => {
      results.set(chunkNumber, (results.get(chunkNumber) ?? 0) + 1);
    });
    await run({ session, stub, proxy, results });
  } finally {
    await session.close();
    proxy.close();
    await stub.close();
  }
}

/** Sends chunks until one of them was not cut any more: the cut would have come behind its last byte. */
async function checkEveryByte(
  api: DfxApi,
  sendMethod: SendMethod,
  direction: Direction,
  every = 1,
  bytesMax = 1_000,
): Promise<void> {
  // A request that is cut is not stored: no result of it will come, however long one waits.
  await withProxy(api, sendMethod, direction === "up" ? 10 : 2_000, async ({ session, stub, proxy, results }) => {
    let number = 0;
    for (; proxy.cuts === number && number * every < bytesMax; number += 1) {
      proxy.cutAfter(direction, number * every);
      await session.addChunk(MEASUREMENT, chunk(number), number === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS");
    }
    proxy.cutAfter(direction, Number.POSITIVE_INFINITY);
    const all = Array.from({ length: number }, (_, index) => index);
    expect(number * every).toBeGreaterThan(50);
    expect(stub.stored).toEqual(all);
    expect(await session.waitForResults(MEASUREMENT, number, 3_000)).toBe(true);
    expect([...results.keys()].toSorted((a, b) => Number(a) - Number(b))).toEqual(all);
    expect([...results.values()].every((count) => count === 1)).toBe(true);
    expect(session.strangeFrames).toBe(0);
  });
}

test("by WebSocket, version 1: a cut after any byte neither loses nor doubles a chunk or a result", async () => {
  await checkEveryByte(API_V1, "websocket", "down", 1, 220);
  await checkEveryByte(API_V1, "websocket", "up");
});

test("by WebSocket, version 2: a cut after any byte neither loses nor doubles a chunk or a result", async () => {
  // The acknowledgement has 77 bytes. Behind it requests are cut, not answers, and each is waited for.
  await checkEveryByte(apiV2("json"), "websocket", "down", 1, 77);
  await checkEveryByte(apiV2("json"), "websocket", "up", 5);
});

test.each([
  ["version 1", API_V1],
  ["version 2", apiV2("json")],
] as const)("by REST, %s: a cut in the middle neither loses nor doubles a chunk", async (_way, api) => {
  await checkEveryByte(api, "REST", "down", 7);
  await checkEveryByte(api, "REST", "up", 13);
});

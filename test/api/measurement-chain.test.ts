import { describe, expect, test } from "vitest";
import type { SessionOptions } from "../../src/api/connection.js";
import { API_V1 } from "../../src/api/dfx-api-v1.js";
import { apiV2 } from "../../src/api/dfx-api-v2.js";
import { type MeasurementChain, startChain } from "../../src/api/measurement-chain.js";
import { MEASUREMENT, type StubScript } from "../helpers/stub-server.js";
import { ACTIONS, chunk, failureOf, type Joined, withSession } from "./with-session.js";

const SETUP = { studyId: "study", mode: "DISCRETE", resolution: 100 } as const;
const SECOND = `${MEASUREMENT.slice(0, -1)}2`;
const ALL = [0, 1, 2, 3];
const APIS = [
  ["v1", API_V1, "REST"],
  ["v1", API_V1, "websocket"],
  ["v2", apiV2("json"), "REST"],
  ["v2", apiV2("json"), "websocket"],
] as const;

interface Chained extends Joined {
  readonly chain: MeasurementChain;
  /** What was told, in order: "created 0", "result 0", "retrieved 0 last". */
  readonly story: string[];
}

async function withChain(
  script: StubScript,
  more: Partial<SessionOptions>,
  run: (chained: Chained) => Promise<void>,
  resultsWaitMs = 300,
): Promise<void> {
  await withSession(script, more, async (joined) => {
    const story: string[] = [];
    const events = {
      created: (id: string, number: number) => {
        story.push(`created ${number} ${id.at(-1)}`);
      },
      result: ({ chunkNumber, measurementId }: { chunkNumber: number | undefined; measurementId: string }) => {
        story.push(`result ${chunkNumber} of ${measurementId.at(-1)}`);
      },
      retrieved: async ({ ID, StatusID }: { ID: string; StatusID: string }, number: number, isLast: boolean) => {
        story.push(`retrieved ${number} ${ID.at(-1)} ${StatusID}${isLast ? " last" : ""}`);
        await Promise.resolve();
      },
      notice: (text: string) => {
        joined.notices.push(text);
      },
    };
    const options = { resultsWaitMs, pollMs: 20, signal: joined.abort.signal };
    const chain = await startChain(joined.session, SETUP, events, options);
    await run({ ...joined, chain, story });
  });
}

async function sendAll({ chain }: Chained): Promise<void> {
  for (const number of ALL) await chain.send(chunk(number), ACTIONS[number] ?? "CHUNK::PROCESS");
}

describe.each(APIS)("%s", (_version, api, sendMethod) => {
  const way = { api, sendMethod };

  test(`by ${sendMethod}: one measurement is one measurement`, async () => {
    await withChain({}, way, async (chained) => {
      await sendAll(chained);
      await chained.chain.finish();
      expect(chained.story).toEqual([
        "created 0 1",
        ...ALL.map((number) => `result ${number} of 1`),
        "retrieved 0 1 COMPLETE last",
      ]);
      expect(chained.notices).toEqual([]);
    });
  });

  test.each([false, true])(
    `by ${sendMethod}: a measurement that is closed early goes on in a new one (counted anew: %s)`,
    async (countsAnew) => {
      await withChain({ chunksMax: 2, countsAnew }, way, async (chained) => {
        await sendAll(chained);
        await chained.chain.finish();
        expect(chained.story).toEqual([
          "created 0 1",
          "result 0 of 1",
          "result 1 of 1",
          "retrieved 0 1 COMPLETE",
          "created 1 2",
          "result 2 of 2",
          "result 3 of 2",
          "retrieved 1 2 COMPLETE last",
        ]);
        const isCountedAnew = countsAnew || (api.version === "v2" && sendMethod === "REST");
        expect(chained.stub.measurements.map(({ id, stored }) => [id, stored])).toEqual([
          [MEASUREMENT, [0, 1]],
          [SECOND, isCountedAnew ? [0, 1] : [2, 3]],
        ]);
        expect(chained.notices).toEqual([
          "The server has closed the measurement before chunk 3; going on in a new one.",
        ]);
        expect(chained.chain.measurementId).toBe(SECOND);
      });
    },
  );
});

test("the chunk that was refused goes to the new measurement with its number and its action unchanged", async () => {
  await withChain({ chunksMax: 3 }, { sendMethod: "REST" }, async (chained) => {
    await sendAll(chained);
    const sent = chained.stub.requests
      .filter(({ path }) => path.endsWith("/data"))
      .map(({ path, text }) => {
        const { ChunkOrder, Action } = JSON.parse(text) as { ChunkOrder: number; Action: string };
        return `${path.split("/")[2]?.at(-1)} ${ChunkOrder} ${Action}`;
      });
    expect(sent).toEqual([
      "1 0 FIRST::PROCESS",
      "1 1 CHUNK::PROCESS",
      "1 2 CHUNK::PROCESS",
      "1 3 LAST::PROCESS",
      "2 3 LAST::PROCESS",
    ]);
  });
});

test("a measurement that is closed before it has taken anything is an error, not an endless row of new ones", async () => {
  await withChain({ chunksMax: 0 }, { sendMethod: "REST" }, async (chained) => {
    expect(await failureOf(sendAll(chained))).toMatchObject({ code: "REFUSED", dfxCode: "MEASUREMENT_CLOSED" });
    expect(chained.stub.measurements).toHaveLength(1);
  });
});

test("what a first measurement has is kept when no second one can be created", async () => {
  const script: StubScript = {
    chunksMax: 2,
    rest: ({ path }, count) =>
      path === "/measurements" && count === 2 ? { status: 403, body: { Code: "RESTRICTED" } } : undefined,
  };
  await withChain(script, { sendMethod: "REST" }, async (chained) => {
    expect(await failureOf(sendAll(chained))).toMatchObject({ code: "AUTH", dfxCode: "RESTRICTED" });
    expect(chained.story).toEqual(["created 0 1", "result 0 of 1", "result 1 of 1", "retrieved 0 1 COMPLETE"]);
  });
});

test("results that never come end the wait; version 1 takes the final results", async () => {
  await withChain({ results: "none" }, { sendMethod: "REST" }, async (chained) => {
    await sendAll(chained);
    const startedAtMs = performance.now();
    await chained.chain.finish();
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
    expect(chained.story).toEqual(["created 0 1", "retrieved 0 1 COMPLETE last"]);
    expect(chained.notices).toEqual(["No result came for chunks 1, 2, 3 and 4; the final results are fetched."]);
  });
});

test("results that do not come over the WebSocket are fetched one by one in version 2", async () => {
  const script: StubScript = {
    // Nothing is ever said on the WebSocket but the acknowledgement.
    frame: ({ action, requestId }, link) => {
      if (action === "0510") link.send(`${requestId}200{}`);
      return action === "0510";
    },
  };
  await withChain(script, { api: apiV2("json"), sendMethod: "REST" }, async (chained) => {
    await sendAll(chained);
    await chained.chain.finish();
    expect(chained.story).toEqual([
      "created 0 1",
      ...ALL.map((number) => `result ${number} of 1`),
      "retrieved 0 1 COMPLETE last",
    ]);
    expect(chained.notices).toEqual([]);
  });
});

test("without a WebSocket at all, version 2 by REST measures and fetches the results", async () => {
  await withChain({ upgrade: () => 403 }, { api: apiV2("json"), sendMethod: "REST" }, async () => {
    throw new Error("a refused token is no reason to go on");
  }).catch((error: unknown) => expect(error).toMatchObject({ code: "AUTH" }));

  const script: StubScript = { upgrade: () => 503 };
  await withChain(script, { api: apiV2("json"), sendMethod: "REST" }, async (chained) => {
    await sendAll(chained);
    // Those before the last were there when the next chunk had gone out.
    expect(chained.story).toEqual(["created 0 1", ...ALL.map((number) => `result ${number} of 1`)]);
    await chained.chain.finish();
    expect(chained.story.at(-1)).toBe("retrieved 0 1 COMPLETE last");
    expect(chained.notices.at(-1)).toMatch(/The results are fetched without it\.$/);
  });
  await withChain(script, { sendMethod: "REST" }, async () => {
    throw new Error("version 1 has no results without it");
  }).catch((error: unknown) => expect(error).toMatchObject({ code: "SERVER" }));
});

test("a result that is not there yet is asked for again until the time is over", async () => {
  const script: StubScript = {
    frame: ({ action, requestId }, link) => {
      if (action === "0510") link.send(`${requestId}200{}`);
      return action === "0510";
    },
    // Lost for good: only REST is left.
    upgrade: (count) => (count > 1 ? 503 : undefined),
    rest: ({ path }, count) => (path.includes("/results/3") && count < 5 ? { status: 200, body: {} } : undefined),
  };
  await withChain(
    script,
    { api: apiV2("json"), sendMethod: "REST" },
    async (chained) => {
      await sendAll(chained);
      chained.stub.cutLinks();
      await chained.chain.finish();
      expect(chained.story.filter((line) => line.startsWith("result"))).toHaveLength(4);
    },
    5_000,
  );
});

test("an analysis that is still going on when the connection is lost is waited for", async () => {
  const script: StubScript = {
    results: "none",
    upgrade: (count) => (count > 1 ? 503 : undefined),
    rest: ({ method }, count) =>
      method === "GET" && count < 4 ? { status: 200, body: { ID: MEASUREMENT, StatusID: "PROCESSING" } } : undefined,
  };
  await withChain(
    script,
    { sendMethod: "REST" },
    async (chained) => {
      await sendAll(chained);
      chained.stub.cutLinks();
      await chained.chain.finish();
      expect(chained.story).toEqual(["created 0 1", "retrieved 0 1 COMPLETE last"]);
    },
    10_000,
  );
});

test("final results that cannot be fetched do not spoil a measurement whose chunks are all answered", async () => {
  const script: StubScript = {
    rest: ({ method }) => (method === "GET" ? { status: 500, body: { Code: "INTERNAL_ERROR" } } : undefined),
  };
  await withChain(script, { sendMethod: "REST" }, async (chained) => {
    await sendAll(chained);
    await chained.chain.finish();
    expect(chained.notices.at(-1)).toMatch(/^The final results could not be fetched: .*INTERNAL_ERROR/);
  });
  await withChain({ ...script, results: "none" }, { sendMethod: "REST" }, async (chained) => {
    await sendAll(chained);
    expect(await failureOf(chained.chain.finish())).toMatchObject({ code: "SERVER" });
  });
});

test("cancelling ends the wait for results at once", async () => {
  await withChain(
    { results: "none" },
    { sendMethod: "REST" },
    async (chained) => {
      await sendAll(chained);
      const finishing = chained.chain.finish();
      chained.abort.abort();
      expect(await failureOf(finishing)).toMatchObject({ code: "CANCELLED" });
    },
    60_000,
  );
});

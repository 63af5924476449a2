import { describe, expect, test } from "vitest";

import type { SessionOptions } from "../../src/api/connection.js";
import { apiV2 } from "../../src/api/dfx-api-v2.js";
import { JSON_BODIES } from "../../src/wire/bodies.js";
import { encodeResponse } from "../../src/wire/frames.js";
import { bodiesOf, MEASUREMENT, type StubScript } from "../helpers/stub-server.js";
import { GOLDEN_JSON } from "../wire/golden-vectors.js";
import { add, addAll, chunk, failureOf, type Joined, subscribe, until, withSession } from "./with-session.js";

const NEW = { studyId: "study", mode: "DISCRETE", resolution: 0 } as const;
const WAYS = [
  ["REST", "json"],
  ["websocket", "json"],
  ["websocket", "proto"],
] as const;
const REST = { api: apiV2("json"), sendMethod: "REST" } as const;
const DATA_PATH = `/measurements/${MEASUREMENT}/data`;
/** A wait for proof that ends soon. */
const SOON = { proofMs: 150, pollMs: 20 };

function chunksWithResult({ results }: Joined): (number | undefined)[] {
  return results.map(({ chunkNumber }) => chunkNumber);
}

/** How often the data endpoint was asked. */
function dataRequests({ stub }: Joined): number {
  return stub.requests.filter(({ path }) => path === DATA_PATH).length;
}

/** The answer to the request of that number (from 1) is lost; `done` says whether the chunk is stored before. */
function losing(number: number, done: boolean): NonNullable<StubScript["rest"]> {
  return ({ path }, count) => {
    if (path !== DATA_PATH || count !== number) return undefined;
    return done ? "do-then-drop" : "drop";
  };
}

test.each(WAYS)(
  "a measurement by %s with %s messages goes from the first chunk to the final results",
  async (...way) => {
    const [sendMethod, subprotocol] = way;
    await withSession({}, { api: apiV2(subprotocol), sendMethod }, async (joined) => {
      expect(await joined.session.createMeasurement(NEW)).toBe(MEASUREMENT);
      await subscribe(joined);
      await addAll(joined);
      expect(await joined.session.waitForResults(MEASUREMENT, 4, 2_000)).toBe(true);
      expect(chunksWithResult(joined)).toEqual([0, 1, 2, 3]);
      expect(joined.results.map(({ channels }) => channels[0]?.values)).toEqual([[72], [73], [74], [75]]);
      expect(await joined.session.retrieve(MEASUREMENT)).toMatchObject({ StatusID: "COMPLETE" });
      expect(joined.stub.upgrades[0]?.["sec-websocket-protocol"]).toBe(subprotocol);
      expect(joined.notices).toEqual([]);
      expect(joined.session.strangeFrames).toBe(0);
    });
  },
);

test("the REST bodies are those of the official client", async () => {
  await withSession({}, REST, async (joined) => {
    await joined.session.createMeasurement(NEW);
    await add(joined, 0);
    await joined.session.retrieve(MEASUREMENT);
    expect(joined.stub.requests.slice(-3).map(({ method, path, text }) => `${method} ${path} ${text}`)).toEqual([
      'POST /measurements {"StudyID":"study","Resolution":0,"UserProfileID":"","PartnerID":""}',
      `POST ${DATA_PATH} {"Action":"FIRST::PROCESS","Payload":"AQID"}`,
      `GET /measurements/${MEASUREMENT}?ExpandResults=true `,
    ]);
  });
});

test("the JSON messages are byte for byte what they should be", async () => {
  const ids = ["0123456789", "head000001", "abcdef0123", "abcdef0124"];
  const script: StubScript = {
    frame: ({ action, requestId }, link) => {
      if (action === "0506") link.send(encodeResponse(requestId, 200, Buffer.from("{}")));
      return action === "0506";
    },
  };
  const more = { api: apiV2("json"), newRequestId: () => ids.shift() ?? "zzzzzzzzzz" };
  await withSession(script, more, async (joined) => {
    await subscribe(joined);
    await add(joined, 0);
    await add(joined, 3);
    expect(joined.stub.frames.map((bytes) => Buffer.from(bytes).toString())).toEqual([
      `0510head000001${GOLDEN_JSON.subscribe}`,
      `0506abcdef0123${GOLDEN_JSON.addDataFirst}`,
      `0506abcdef0124${GOLDEN_JSON.addDataLast}`,
    ]);
  });
});

test("messages may come as text or as bytes", async () => {
  const script: StubScript = {
    frame: ({ action, requestId, body }, link) => {
      if (action !== "0510") return false;
      const { resultsRequestId } = JSON_BODIES.decodeSubscribe(body);
      link.send(`${requestId}200{}`);
      link.send(`${resultsRequestId}200${GOLDEN_JSON.result}`);
      link.send(Buffer.from(`${resultsRequestId}200${GOLDEN_JSON.result.replace(":0", ":1")}`));
      return true;
    },
  };
  await withSession(script, { api: apiV2("json") }, async (joined) => {
    await subscribe(joined);
    await until(() => joined.results.length === 2);
    expect(chunksWithResult(joined)).toEqual([0, 1]);
    expect(joined.results[0]?.channels).toEqual([{ id: "HR_BPM", values: [72, -0.0005], notes: [] }]);
  });
});

test("a failed analysis comes as a result with its code and reasons", async () => {
  const script: StubScript = {
    frame: ({ action, requestId, body }, link) => {
      if (action !== "0510") return false;
      const { resultsRequestId } = JSON_BODIES.decodeSubscribe(body);
      link.send(`${requestId}200{}`);
      link.send(
        `${resultsRequestId}200{"MeasurementDataID":"m:2","Error":{"Code":"ANALYSIS_ERROR","Errors":{"SNR":{"msgs":["too low for user-token\\u001b[2J"]}}}}`,
      );
      return true;
    },
  };
  await withSession(script, { api: apiV2("json") }, async (joined) => {
    await subscribe(joined);
    await until(() => joined.results.length === 1);
    expect(joined.results[0]).toMatchObject({
      measurementId: MEASUREMENT,
      chunkNumber: 2,
      errorCode: "ANALYSIS_ERROR",
      reasons: ["SNR: too low for *** [2J"],
      channels: [],
    });
  });
});

test("a server that does not speak version 2 is told as such", async () => {
  await withSession({ subprotocols: "none" }, { api: apiV2("json") }, async (joined) => {
    expect(await failureOf(subscribe(joined))).toMatchObject({
      code: "SERVER",
      message: expect.stringMatching(/^Server stub does not speak version 2 .*no subprotocol json.*--api\.$/),
    });
  });
});

test("what a refusal says of single fields stands in the sentence", async () => {
  const Errors = { StudyID: [["isUUID", [4]]] };
  const script: StubScript = {
    rest: ({ path }) =>
      path === "/measurements" ? { status: 400, body: { Code: "VALIDATION_ERROR", Errors } } : undefined,
  };
  await withSession(script, REST, async ({ session }) => {
    expect(await failureOf(session.createMeasurement(NEW))).toMatchObject({
      code: "REFUSED",
      dfxCode: "VALIDATION_ERROR",
      message:
        "Server stub refused to create a measurement of study study (VALIDATION_ERROR: StudyID: isUUID 4). " +
        "It does not take these values: correct them.",
    });
  });
});

describe("a server that numbers the chunks itself", () => {
  test("does not get a chunk in the middle again when its result comes over the WebSocket", async () => {
    await withSession({ rest: losing(2, true) }, REST, async (joined) => {
      await subscribe(joined);
      await addAll(joined);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
      expect(dataRequests(joined)).toBe(4);
    });
  });

  test("does not get it again when its result can be fetched", async () => {
    const timing = { proofMs: 5_000, pollMs: 20 };
    await withSession({ rest: losing(2, true) }, { ...REST, timing }, async (joined) => {
      await addAll(joined);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
      expect(dataRequests(joined)).toBe(4);
      expect(joined.stub.requests.map(({ path }) => path)).toContain(`/measurements/${MEASUREMENT}/results/1`);
    });
  });

  test("gets a chunk that was lost on the way again, once no result has come", async () => {
    await withSession({ rest: losing(2, false) }, { ...REST, timing: SOON }, async (joined) => {
      await subscribe(joined);
      const startedAtMs = performance.now();
      await addAll(joined);
      expect(performance.now() - startedAtMs).toBeGreaterThan(SOON.proofMs);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
      expect(dataRequests(joined)).toBe(5);
    });
  });

  test("gets the first and the last chunk again at once: FIRST discards, LAST closes", async () => {
    for (const lost of [1, 4]) {
      const timing = { proofMs: 60_000 };
      await withSession({ rest: losing(lost, true) }, { ...REST, timing }, async (joined) => {
        await addAll(joined);
        expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
        expect(dataRequests(joined)).toBe(5);
      });
    }
  });

  test("that has stored a chunk twice all the same is found out by its number", async () => {
    const script: StubScript = { rest: losing(2, true), results: "none" };
    await withSession(script, { ...REST, timing: SOON }, async (joined) => {
      await add(joined, 0);
      expect(await failureOf(add(joined, 1))).toMatchObject({
        code: "SERVER",
        message: expect.stringMatching(/has chunk 1 twice now: its results would be wrong\. Measure again\.$/),
      });
    });
  });

  test("and is busy (503) gets the chunk again after the time that it asks for", async () => {
    const script: StubScript = {
      rest: ({ path }, count) =>
        path === DATA_PATH && count === 2 ? { status: 503, headers: { "retry-after": "0.2" } } : undefined,
    };
    await withSession(script, { ...REST, timing: { proofMs: 60_000 } }, async (joined) => {
      const startedAtMs = performance.now();
      await addAll(joined);
      expect(performance.now() - startedAtMs).toBeGreaterThan(190);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
      expect(dataRequests(joined)).toBe(5);
    });
  });
});

describe("results of single chunks by REST", () => {
  test("are passed on once and count as results", async () => {
    await withSession({}, REST, async (joined) => {
      joined.stub.store(0, "FIRST::PROCESS");
      await subscribe(joined);
      expect(await joined.session.fetchResult(MEASUREMENT, 0)).toBe(true);
      expect(await joined.session.fetchResult(MEASUREMENT, 0)).toBe(true);
      expect(await joined.session.fetchResult(MEASUREMENT, 1)).toBe(false);
      expect(joined.results).toMatchObject([{ chunkNumber: 0, channels: [{ values: [72] }] }]);
      expect(joined.session.hasResult(MEASUREMENT, 0)).toBe(true);
    });
  });

  test("that cannot be read or are refused are told", async () => {
    const script: StubScript = {
      rest: ({ path }, count) => {
        if (!path.includes("/results/")) return undefined;
        if (count === 1) return { status: 404, body: { Code: "NOT_FOUND" } };
        return count === 2 ? { status: 200, body: { Channels: [] } } : { status: 403, body: { Code: "RESTRICTED" } };
      },
    };
    await withSession(script, REST, async ({ session, ...joined }) => {
      await subscribe({ session, ...joined });
      expect(await session.fetchResult(MEASUREMENT, 0)).toBe(false);
      expect(await failureOf(session.fetchResult(MEASUREMENT, 0))).toMatchObject({ code: "WIRE" });
      expect(await failureOf(session.fetchResult(MEASUREMENT, 0))).toMatchObject({ code: "AUTH" });
    });
  });

  test("do not exist in version 1, and are not asked for", async () => {
    await withSession({}, { sendMethod: "REST" }, async (joined) => {
      await subscribe(joined);
      const before = joined.stub.requests.length;
      expect(joined.session.canFetchResults).toBe(false);
      expect(await joined.session.fetchResult(MEASUREMENT, 0)).toBe(false);
      expect(joined.stub.requests).toHaveLength(before);
    });
  });
});

function renewable(): Partial<SessionOptions> & { readonly access: { token: string; renewals: number } } {
  const access = {
    token: "old",
    renewals: 0,
    renew: async (): Promise<boolean> => {
      access.renewals += 1;
      access.token = "new";
      return await Promise.resolve(true);
    },
  };
  return { access, api: apiV2("json") };
}

describe("an expired token on the WebSocket", () => {
  const EXPIRED = { Code: "TOKEN_EXPIRED" };

  test("is renewed when the connection is refused", async () => {
    const script: StubScript = {
      upgrade: (_count, { authorization }) =>
        authorization === "Bearer new" ? undefined : { status: 401, body: EXPIRED },
    };
    const options = renewable();
    await withSession(script, options, async (joined) => {
      await subscribe(joined);
      await addAll(joined);
      expect(options.access.renewals).toBe(1);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
    });
  });

  test("is renewed in the middle, over a new connection with all subscriptions, and no chunk is lost", async () => {
    for (const expires of ["0506", "0510"]) {
      let isOver = false;
      const script: StubScript = {
        frame: ({ action, requestId }, link, count) => {
          if (action !== expires || isOver || (action === "0506" && count < 3)) return false;
          isOver = true;
          link.send(encodeResponse(requestId, 401, bodiesOf(link).encodeError({ code: "TOKEN_EXPIRED", message: "" })));
          return true;
        },
      };
      const options = renewable();
      await withSession(script, options, async (joined) => {
        await subscribe(joined);
        await addAll(joined);
        expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
        expect(await joined.session.waitForResults(MEASUREMENT, 4, 2_000)).toBe(true);
        expect(options.access.renewals).toBe(1);
        expect(joined.stub.upgrades.map(({ authorization }) => authorization)).toEqual(["Bearer old", "Bearer new"]);
      });
    }
  });

  test("that is found out while subscriptions are renewed is renewed too", async () => {
    const script: StubScript = {
      frame: ({ action, requestId }, link, count) => {
        if (action !== "0510" || count !== 2) return false;
        link.send(encodeResponse(requestId, 401, bodiesOf(link).encodeError({ code: "TOKEN_EXPIRED", message: "" })));
        return true;
      },
    };
    const options = renewable();
    await withSession(script, options, async (joined) => {
      await subscribe(joined);
      joined.stub.cutLinks();
      await until(() => joined.notices.includes("Connected to server stub again."));
      await add(joined, 0);
      await until(() => joined.results.length === 1);
      expect(options.access.renewals).toBe(1);
    });
  });

  test("that cannot be renewed is one sentence", async () => {
    const script: StubScript = { upgrade: () => ({ status: 401, body: EXPIRED }) };
    const access = { token: "old", renew: async () => await Promise.resolve(false) };
    await withSession(script, { access, api: apiV2("json") }, async (joined) => {
      expect(await failureOf(subscribe(joined))).toMatchObject({
        code: "AUTH",
        message: "The login at server stub has expired and cannot be renewed. Log in again.",
      });
    });
  });
});

test("chunks are paced: none goes out before those ahead of it would have been captured", async () => {
  await withSession({}, { ...REST, paced: true }, async ({ session, stub, notices }) => {
    const startedAtMs = performance.now();
    const sentAtMs: number[] = [];
    for (const number of [0, 1, 2]) {
      await session.addChunk(MEASUREMENT, { ...chunk(number), durationS: 0.2 }, "FIRST::PROCESS");
      sentAtMs.push(performance.now());
    }
    const [, second = 0, third = 0] = sentAtMs;
    expect(second - startedAtMs).toBeGreaterThan(195);
    expect(third - startedAtMs).toBeGreaterThan(395);
    expect(stub.requests.filter(({ path }) => path === DATA_PATH)).toHaveLength(3);
    expect(notices).toEqual([expect.stringMatching(/no faster than real time/)]);
  });
});

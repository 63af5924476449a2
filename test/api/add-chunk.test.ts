import { describe, expect, test } from "vitest";

import { DfxError } from "../../src/api/failures.js";
import { encodeResponse } from "../../src/wire/frames.js";
import { decodeAddDataRequest, encodeErrorMessage } from "../../src/wire/v1-messages.js";
import { MEASUREMENT, type StubScript } from "../helpers/stub-server.js";
import { add, addAll, chunk, failureOf, type Joined, METHODS, subscribe, until, withSession } from "./with-session.js";

const DATA_PATH = `POST /measurements/${MEASUREMENT}/data`;
const ALL = [0, 1, 2, 3];

/** 0 1 1 2 3 for a repeat of 1. */
function withRepeat(repeated: number): number[] {
  return ALL.flatMap((number) => (number === repeated ? [number, number] : [number]));
}

/** REST scripts look at add-data requests only; `order` is the chunk's. */
function onData(reply: (order: number, count: number) => ReturnType<NonNullable<StubScript["rest"]>>): StubScript {
  return {
    rest: ({ method, path, text }, count) =>
      `${method} ${path}` === DATA_PATH
        ? reply((JSON.parse(text) as { ChunkOrder: number }).ChunkOrder, count)
        : undefined,
  };
}

/** Orders of the chunks that went out, in this order. */
function sentOrders({ stub }: Joined): number[] {
  const byFrame = stub.frames
    .filter((bytes) => Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "0506")
    .map((bytes) => decodeAddDataRequest(bytes.subarray(14)).chunkOrder);
  const byRest = stub.requests
    .filter(({ method, path }) => `${method} ${path}` === DATA_PATH)
    .map(({ text }) => (JSON.parse(text) as { ChunkOrder: number }).ChunkOrder);
  return [...byFrame, ...byRest];
}

describe("by REST", () => {
  const sendMethod = "REST" as const;

  test("a chunk whose answer was lost is sent again and kept once, wherever it stands", async () => {
    for (const lost of ALL) {
      const done = new Set<number>();
      const script = onData((order) => {
        if (order !== lost || done.has(order)) return undefined;
        done.add(order);
        return "do-then-drop";
      });
      await withSession(script, { sendMethod }, async (joined) => {
        await addAll(joined);
        expect(joined.stub.stored).toEqual(ALL);
        expect(sentOrders(joined)).toEqual(withRepeat(lost));
        expect(joined.notices).toEqual([expect.stringMatching(new RegExp(`^Chunk ${lost + 1} was not confirmed`))]);
      });
    }
  });

  test("a chunk that never arrived is sent again and stored", async () => {
    const script = onData((order, count) => (order === 1 && count === 2 ? "drop" : undefined));
    await withSession(script, { sendMethod }, async (joined) => {
      await addAll(joined);
      expect(joined.stub.stored).toEqual(ALL);
    });
  });

  test("a chunk whose result has come is not sent again, though its answer was lost", async () => {
    const script = onData((order) => (order === 1 ? "do-then-drop" : undefined));
    await withSession(script, { sendMethod }, async (joined) => {
      await subscribe(joined);
      await add(joined, 0);
      await add(joined, 1);
      expect(sentOrders(joined)).toEqual([0, 1]);
    });
  });

  test("a result that comes during the pause before the repeat makes it needless", async () => {
    const script = onData((order) => (order === 1 ? "do-then-drop" : undefined));
    await withSession(
      { ...script, results: "none" },
      { sendMethod, timing: { reconnectMs: [300] } },
      async (joined) => {
        await subscribe(joined);
        await add(joined, 0);
        const adding = add(joined, 1);
        await until(() => joined.notices.length === 1);
        joined.stub.sendResult(1);
        await adding;
        expect(sentOrders(joined)).toEqual([0, 1]);
      },
    );
  });

  test("an outage of what stands before the service is waited out", async () => {
    const script = onData((order, count) => (order === 1 && count <= 4 ? { status: 502, body: "<html>" } : undefined));
    await withSession(script, { sendMethod }, async (joined) => {
      await addAll(joined);
      expect(joined.stub.stored).toEqual(ALL);
      expect(sentOrders(joined)).toEqual([0, 1, 1, 1, 1, 2, 3]);
    });
  });

  test("an outage without end fails, and nothing behind the gap goes out", async () => {
    let isOut = true;
    const script = onData((order) =>
      order === 1 && isOut ? { status: 500, body: { Code: "INTERNAL_ERROR" } } : undefined,
    );
    await withSession(script, { sendMethod }, async (joined) => {
      await add(joined, 0);
      const both = await Promise.all([failureOf(add(joined, 1)), failureOf(add(joined, 2))]);
      expect(both[0]).toMatchObject({ code: "SERVER", message: expect.stringMatching(/INTERNAL_ERROR/) });
      expect(both[1]).toMatchObject({ code: "NETWORK", message: expect.stringMatching(/Chunk 2 has not reached/) });
      expect(sentOrders(joined)).toEqual([0, 1, 1, 1, 1, 1, 1]);
      isOut = false;
      for (const number of [1, 2, 3]) await add(joined, number);
      expect(joined.stub.stored).toEqual(ALL);
    });
  });

  test("a server that asks to send slower is obeyed", async () => {
    const script = onData((order, count) => {
      if (order === 1 && count === 2) return { status: 429, headers: { "retry-after": "0.3" } };
      if (order === 1 && count === 3)
        return { status: 400, body: { Code: "RATE_LIMIT" }, headers: { "retry-after": "0" } };
      return undefined;
    });
    await withSession(script, { sendMethod }, async (joined) => {
      await add(joined, 0);
      const startedAtMs = performance.now();
      await add(joined, 1);
      expect(performance.now() - startedAtMs).toBeGreaterThan(299);
      expect(sentOrders(joined)).toEqual([0, 1, 1, 1]);
      expect(joined.notices).toEqual([
        expect.stringMatching(/takes no more data yet; waiting 0.3 s/),
        expect.stringMatching(/takes no more data yet/),
      ]);
    });
  });

  test("an answer that never comes ends the attempt after the idle time", async () => {
    const script = onData((order, count) => (order === 0 && count === 1 ? "hang" : undefined));
    await withSession(script, { sendMethod, timing: { idleMs: 150 } }, async (joined) => {
      await add(joined, 0);
      expect(sentOrders(joined)).toEqual([0, 0]);
    });
  });

  test("an answer larger than any real one is refused", async () => {
    const script = onData(() => ({ status: 200, body: "x".repeat(2 * 1024 * 1024) }));
    await withSession(script, { sendMethod }, async (joined) => {
      expect(await failureOf(add(joined, 0))).toMatchObject({
        code: "SERVER",
        message: expect.stringMatching(/more than 1 MiB/),
      });
    });
  });
});

describe("by WebSocket", () => {
  test("a chunk whose answer was lost with the connection is sent again over a new one, kept once", async () => {
    for (const lost of ALL) {
      let isCut = false;
      const script: StubScript = {
        frame: ({ action, body }, link, _count, stub) => {
          if (action !== "0506" || isCut) return false;
          const request = decodeAddDataRequest(body);
          if (request.chunkOrder !== lost) return false;
          isCut = true;
          stub.store(request.chunkOrder, request.action);
          link.terminate();
          return true;
        },
      };
      await withSession(script, {}, async (joined) => {
        await subscribe(joined);
        await addAll(joined);
        expect(joined.stub.stored).toEqual(ALL);
        expect(sentOrders(joined)).toEqual(withRepeat(lost));
        expect(joined.stub.upgrades).toHaveLength(2);
      });
    }
  });

  test("a late answer counts and nothing is sent again", async () => {
    const script: StubScript = {
      frame: ({ action, requestId, body }, link, count, stub) => {
        if (action !== "0506" || count !== 1) return false;
        const request = decodeAddDataRequest(body);
        stub.store(request.chunkOrder, request.action);
        setTimeout(() => link.send(encodeResponse(requestId, 200, new Uint8Array())), 300);
        return true;
      },
    };
    const timing = { ackMs: 200, reconnectMs: [400], pingEveryMs: 40 };
    await withSession(script, { timing }, async (joined) => {
      await add(joined, 0);
      expect(sentOrders(joined)).toEqual([0]);
      expect(joined.stub.upgrades).toHaveLength(1);
      expect(joined.session.strangeFrames).toBe(0);
    });
  });

  test("an answer that is lost on a living connection is found out by sending again", async () => {
    const script: StubScript = {
      frame: ({ action, body }, _link, count, stub) => {
        if (action !== "0506" || count !== 1) return false;
        const request = decodeAddDataRequest(body);
        stub.store(request.chunkOrder, request.action);
        return true;
      },
    };
    await withSession(script, { timing: { ackMs: 200, pingEveryMs: 40 } }, async (joined) => {
      await add(joined, 0);
      await add(joined, 1);
      expect(joined.stub.stored).toEqual([0, 1]);
      expect(sentOrders(joined)).toEqual([0, 0, 1]);
      expect(joined.stub.upgrades).toHaveLength(1);
    });
  });

  test("an answer that is lost is not missed when the result has come", async () => {
    const script: StubScript = {
      frame: ({ action, body }, _link, count, stub) => {
        if (action !== "0506" || count !== 1) return false;
        const request = decodeAddDataRequest(body);
        stub.store(request.chunkOrder, request.action);
        stub.sendResult(0);
        return true;
      },
    };
    await withSession(script, { timing: { ackMs: 200 } }, async (joined) => {
      await subscribe(joined);
      await add(joined, 0);
      expect(sentOrders(joined)).toEqual([0]);
    });
  });

  test("a server that is away for good fails the chunk with a sentence", async () => {
    await withSession({}, {}, async (joined) => {
      await subscribe(joined);
      await add(joined, 0);
      await joined.stub.close();
      expect(await failureOf(add(joined, 1))).toMatchObject({ code: "NETWORK" });
      expect(await joined.session.waitForResults(MEASUREMENT, 4, 60_000)).toBe(false);
    });
  });
});

describe.each(METHODS)("by %s", (sendMethod) => {
  test("a measurement that is closed refuses the chunk with the service's code", async () => {
    await withSession({}, { sendMethod }, async (joined) => {
      await addAll(joined);
      const error = await failureOf(add(joined, 4));
      expect(error).toBeInstanceOf(DfxError);
      expect(error).toMatchObject({ code: "REFUSED", dfxCode: "MEASUREMENT_CLOSED", status: 405 });
      expect(joined.stub.stored).toEqual(ALL);
    });
  });

  test("out of order is an error at the first attempt, and content when it may be stored", async () => {
    await withSession({}, { sendMethod }, async (joined) => {
      expect(await failureOf(add(joined, 1))).toMatchObject({ code: "REFUSED", dfxCode: "MISALIGNED_CHUNK" });
    });
    await withSession({}, { sendMethod }, async (joined) => {
      joined.stub.store(0, "FIRST::PROCESS");
      joined.stub.store(1, "CHUNK::PROCESS");
      await joined.session.addChunk(MEASUREMENT, chunk(1), "CHUNK::PROCESS", { mayBeStored: true });
      await add(joined, 2);
      expect(joined.stub.stored).toEqual([0, 1, 2]);
    });
  });

  test("a chunk that an earlier session sent is not sent again when its result comes with the subscription", async () => {
    await withSession({}, { sendMethod }, async (joined) => {
      await subscribe(joined);
      joined.stub.store(0, "FIRST::PROCESS");
      joined.stub.sendResult(0);
      await until(() => joined.results.length === 1);
      await joined.session.addChunk(MEASUREMENT, chunk(0), "FIRST::PROCESS", { mayBeStored: true });
      await add(joined, 1);
      expect(sentOrders(joined)).toEqual([1]);
    });
  });

  test("chunks that are given all at once go out one after the other", async () => {
    await withSession({}, { sendMethod }, async (joined) => {
      await Promise.all(ALL.map(async (number) => await add(joined, number)));
      expect(joined.stub.stored).toEqual(ALL);
      expect(sentOrders(joined)).toEqual(ALL);
    });
  });

  test("a single chunk is LAST and closes the measurement", async () => {
    await withSession({}, { sendMethod }, async (joined) => {
      await subscribe(joined);
      await add(joined, 0, "LAST::PROCESS");
      await until(() => joined.results.length === 1);
      expect(await joined.session.retrieve(MEASUREMENT)).toMatchObject({ StatusID: "COMPLETE" });
    });
  });

  test("a token that is no longer valid is AUTH", async () => {
    const script: StubScript = {
      ...onData(() => ({ status: 401, body: { Code: "TOKEN_EXPIRED" } })),
      frame: ({ action, requestId }, link) => {
        if (action !== "0506") return false;
        link.send(encodeResponse(requestId, 401, encodeErrorMessage({ code: "TOKEN_EXPIRED", message: "" })));
        return true;
      },
    };
    await withSession(script, { sendMethod }, async (joined) => {
      expect(await failureOf(add(joined, 0))).toMatchObject({ code: "AUTH", dfxCode: "TOKEN_EXPIRED" });
    });
  });
});

import { expect, test } from "vitest";
import { encodeResponse } from "../../src/wire/frames.js";
import { decodeSubscribeRequest, encodeErrorMessage } from "../../src/wire/v1-messages.js";
import { MEASUREMENT, type StubScript } from "../helpers/stub-server.js";
import { add, addAll, failureOf, type Joined, METHODS, subscribe, until, withSession } from "./with-session.js";

function chunksWithResult({ results }: Joined): (number | undefined)[] {
  return results.map(({ chunkNumber }) => chunkNumber);
}

test("results and answers are told apart by request ID, in whatever order and length they come", async () => {
  await withSession({ results: "before" }, {}, async (joined) => {
    await subscribe(joined);
    await addAll(joined);
    expect(chunksWithResult(joined)).toEqual([0, 1, 2, 3]);
  });
});

test("a result that comes before the confirmation of the subscription is not lost", async () => {
  const script: StubScript = {
    frame: ({ action, requestId, body }, link) => {
      if (action !== "0510") return false;
      const { resultsRequestId } = decodeSubscribeRequest(body);
      expect(resultsRequestId).not.toBe(requestId);
      // The shortest of all results: no channels, only a code.
      link.send(encodeResponse(resultsRequestId, 500, encodeErrorMessage({ code: "WORKER_ERROR", message: "" })));
      link.send(encodeResponse(requestId, 200, new Uint8Array()));
      return true;
    },
  };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    expect(joined.results).toMatchObject([{ errorCode: "WORKER_ERROR", channels: [], measurementId: MEASUREMENT }]);
  });
});

test("a result that comes twice is passed on once", async () => {
  await withSession({ results: "twice" }, {}, async (joined) => {
    await subscribe(joined);
    await addAll(joined);
    expect(await joined.session.waitForResults(MEASUREMENT, 4, 2_000)).toBe(true);
    expect(chunksWithResult(joined)).toEqual([0, 1, 2, 3]);
    expect(await joined.session.waitForResults(MEASUREMENT, 5, 50)).toBe(false);
  });
});

test("frames that nobody can read are counted, told once and ignored", async () => {
  const script: StubScript = {
    frame: ({ action }, link) => {
      if (action !== "0506") return false;
      link.send(Uint8Array.of(1, 2, 3));
      link.send("text");
      link.send(encodeResponse("nobodys-id", 200, new Uint8Array(100)));
      link.send("x".repeat(5_000));
      return false;
    },
  };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    await addAll(joined);
    await until(() => joined.results.length === 4);
    expect(joined.session.strangeFrames).toBe(16);
    expect(joined.notices).toEqual(["Server stub sent a message that cannot be read; it is ignored."]);
  });
});

test("a result of garbage is ignored and the next one is read", async () => {
  let resultsId = "";
  const script: StubScript = {
    frame: ({ action, body }, link) => {
      if (action === "0510") resultsId = decodeSubscribeRequest(body).resultsRequestId;
      if (action === "0506") link.send(encodeResponse(resultsId, 200, Uint8Array.of(0xff, 0xff, 0xff)));
      return false;
    },
  };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    await addAll(joined);
    await until(() => joined.results.length === 4);
    expect(joined.session.strangeFrames).toBe(4);
  });
});

test("a result of 5 MiB arrives", async () => {
  let resultsId = "";
  const script: StubScript = {
    frame: ({ action, body, requestId }, link) => {
      if (action === "0510") resultsId = decodeSubscribeRequest(body).resultsRequestId;
      if (action !== "0506") return false;
      // An unknown field (number 15, bytes) of 5 MiB; a reader skips it.
      const head = Uint8Array.of(0x7a, 0x80, 0x80, 0xc0, 0x02);
      link.send(encodeResponse(resultsId, 200, Buffer.concat([head, Buffer.alloc(5 * 1024 * 1024)])));
      link.send(encodeResponse(requestId, 200, new Uint8Array()));
      return true;
    },
  };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    await add(joined, 0);
    await until(() => joined.results.length === 1);
    expect(joined.session.strangeFrames).toBe(0);
  });
});

test.each(METHODS)("a dropped socket is renewed with its subscription while chunks go by %s", async (sendMethod) => {
  await withSession({}, { sendMethod }, async (joined) => {
    await subscribe(joined);
    await add(joined, 0);
    await until(() => joined.results.length === 1);
    joined.stub.cutLinks();
    await until(() => joined.stub.frames.filter((bytes) => isSubscribe(bytes)).length === 2);
    for (const number of [1, 2, 3]) await add(joined, number);
    expect(await joined.session.waitForResults(MEASUREMENT, 4, 2_000)).toBe(true);
    expect(chunksWithResult(joined)).toEqual([0, 1, 2, 3]);
    expect(joined.notices).toEqual([
      expect.stringMatching(/was lost \(closed with code 1006\); connecting again/),
      "Connected to server stub again.",
    ]);
    const ids = joined.stub.frames.filter((bytes) => isSubscribe(bytes)).map(idsOf);
    expect(new Set(ids.flat()).size).toBe(4);
  });
});

test("chunks wait until the subscription is renewed", async () => {
  const order: string[] = [];
  const script: StubScript = {
    frame: ({ action, requestId }, link, count) => {
      order.push(action);
      if (action !== "0510" || count !== 2) return false;
      setTimeout(() => {
        order.push("confirmed");
        link.send(encodeResponse(requestId, 200, new Uint8Array()));
      }, 150);
      return true;
    },
  };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    joined.stub.cutLinks();
    await until(() => joined.notices.length === 1);
    await add(joined, 0);
    expect(order).toEqual(["0510", "0510", "confirmed", "0506"]);
  });
});

test("a connection that is refused a few times comes back", async () => {
  const script: StubScript = {
    upgrade: (count: number): number | undefined => (count >= 2 && count <= 4 ? 503 : undefined),
  };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    joined.stub.cutLinks();
    await until(() => joined.notices.includes("Connected to server stub again."));
    expect(joined.stub.upgrades).toHaveLength(5);
  });
});

test("a connection that never comes back is given up, and waiting for results ends at once", async () => {
  const script: StubScript = { upgrade: (count: number): number | undefined => (count >= 2 ? 503 : undefined) };
  await withSession(script, { sendMethod: "REST" }, async (joined) => {
    await subscribe(joined);
    await add(joined, 0);
    await until(() => joined.results.length === 1);
    joined.stub.cutLinks();
    const startedAtMs = performance.now();
    expect(await joined.session.waitForResults(MEASUREMENT, 4, 60_000)).toBe(false);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    expect(joined.stub.upgrades).toHaveLength(6);
    expect(joined.notices.at(-1)).toBe("The connection to server stub is lost.");
    // Chunks by REST go on, and the results can still be fetched.
    for (const number of [1, 2, 3]) await add(joined, number);
    expect(await joined.session.retrieve(MEASUREMENT)).toMatchObject({ StatusID: "COMPLETE" });
  });
});

test("connections that break as soon as they are open do not go on for ever", async () => {
  const script: StubScript = {
    frame: (_frame, link, count) => {
      if (count > 1) link.terminate();
      return count > 1;
    },
  };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    joined.stub.cutLinks();
    await until(() => joined.notices.at(-1) === "The connection to server stub is lost.");
    expect(joined.stub.upgrades).toHaveLength(6);
  });
});

test("a dead peer is noticed by its silence", async () => {
  const timing = { pingEveryMs: 50, pongWithinMs: 100 };
  await withSession({}, { timing }, async (joined) => {
    await subscribe(joined);
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(joined.notices).toEqual([]);
    joined.stub.freezeLinks();
    await until(() => joined.notices.includes("Connected to server stub again."));
    expect(joined.notices[0]).toMatch(/the server no longer answers/);
  });
});

test("a subscription that the server refuses is told with its code", async () => {
  const script: StubScript = {
    frame: ({ action, requestId }, link) => {
      if (action !== "0510") return false;
      link.send(encodeResponse(requestId, 404, encodeErrorMessage({ code: "INVALID_MEASUREMENT", message: "" })));
      return true;
    },
  };
  await withSession(script, {}, async (joined) => {
    expect(await failureOf(subscribe(joined))).toMatchObject({ code: "REFUSED", dfxCode: "INVALID_MEASUREMENT" });
    expect(await joined.session.waitForResults(MEASUREMENT, 1, 60_000)).toBe(false);
  });
});

test("a socket that cannot be opened is told at once, with the reason", async () => {
  await withSession({ upgrade: () => 401 }, {}, async (joined) => {
    expect(await failureOf(subscribe(joined))).toMatchObject({ code: "AUTH" });
    expect(joined.stub.upgrades).toHaveLength(1);
  });
  await withSession({ upgrade: () => "hang" }, { timing: { connectMs: 200 } }, async (joined) => {
    expect(await failureOf(subscribe(joined))).toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(/^Cannot connect to API server stub \(ws:.*no answer in time/),
    });
  });
});

test("a first connection that breaks, or meets a busy server, is tried again", async () => {
  const script: StubScript = { upgrade: (count) => (count <= 3 ? [503, 429, 502][count - 1] : undefined) };
  await withSession(script, {}, async (joined) => {
    await subscribe(joined);
    await addAll(joined);
    expect(joined.stub.upgrades).toHaveLength(4);
    expect(joined.notices).toHaveLength(3);
  });
  await withSession({ upgrade: () => 503 }, {}, async (joined) => {
    expect(await failureOf(subscribe(joined))).toMatchObject({ code: "SERVER" });
    expect(joined.stub.upgrades).toHaveLength(4);
  });
});

test("fetching results is repeated through an outage, and bounded in size", async () => {
  const script: StubScript = {
    rest: ({ method }, count) => {
      if (method !== "GET") return undefined;
      if (count === 1) return { status: 500, body: { Code: "INTERNAL_ERROR" } };
      if (count === 2) return "drop";
      return count === 3 ? undefined : { status: 200, body: "x".repeat(33 * 1024 * 1024) };
    },
  };
  await withSession(script, {}, async ({ session }) => {
    expect(await session.retrieve(MEASUREMENT)).toMatchObject({ ID: MEASUREMENT });
    expect(await failureOf(session.retrieve(MEASUREMENT))).toMatchObject({
      code: "SERVER",
      message: expect.stringMatching(/more than 32 MiB/),
    });
  });
});

test("a measurement ID cannot leave its place in the path", async () => {
  await withSession({}, {}, async ({ session, stub }) => {
    expect(await failureOf(session.retrieve("../users?x"))).toMatchObject({ code: "REFUSED", dfxCode: "NOT_FOUND" });
    expect(stub.requests.at(-1)?.path).toBe("/measurements/..%2Fusers%3Fx");
  });
});

function isSubscribe(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "0510";
}

function idsOf(bytes: Uint8Array): string[] {
  const head = Buffer.from(bytes.subarray(4, 14)).toString("latin1");
  return [head, decodeSubscribeRequest(bytes.subarray(14)).resultsRequestId];
}

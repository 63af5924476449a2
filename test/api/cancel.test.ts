import { expect, test } from "vitest";

import { openSession } from "../../src/api/session.js";
import { MEASUREMENT, type StubScript, startStub } from "../helpers/stub-server.js";
import { add, failureOf, METHODS, optionsFor, subscribe, until, withSession } from "./with-session.js";

/** What keeps the process alive: connections, and timers (some of which are the test runner's). */
function alive(kind: "TCPSocketWrap" | "Timeout"): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length;
}

/** Resolves when connections of earlier tests are gone. */
async function quiet(): Promise<void> {
  await until(() => alive("TCPSocketWrap") === 0);
}

/** Half of the shortest time-out of these tests (QUICK), and enough for a machine that is busy with other things. */
const AT_ONCE_MS = 1_000;

async function checkCancels(work: Promise<unknown>, abort: AbortController): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  const startedAtMs = performance.now();
  abort.abort();
  expect(await failureOf(work)).toMatchObject({ code: "CANCELLED" });
  expect(performance.now() - startedAtMs).toBeLessThan(AT_ONCE_MS);
}

test("cancelling ends a login that hangs", async () => {
  const stub = await startStub({ rest: () => "hang" });
  const abort = new AbortController();
  await checkCancels(openSession(optionsFor(stub), abort.signal), abort);
  await stub.close();
});

test("a session is not opened with a signal that has fired", async () => {
  const stub = await startStub();
  const error = await failureOf(openSession(optionsFor(stub), AbortSignal.abort()));
  expect(error).toMatchObject({ code: "CANCELLED" });
  expect(stub.requests).toEqual([]);
  await stub.close();
});

test.each(METHODS)("cancelling ends a chunk by %s that waits for its answer", async (sendMethod) => {
  const script = {
    rest: ({ path }: { path: string }) => (path.endsWith("/data") ? ("hang" as const) : undefined),
    frame: () => true,
  };
  await withSession(script, { sendMethod }, async (joined) => {
    await checkCancels(add(joined, 0), joined.abort);
    expect(await failureOf(add(joined, 0))).toMatchObject({ code: "CANCELLED" });
  });
});

test("cancelling ends everything that waits, at once", async () => {
  await withSession({ upgrade: (count) => (count > 1 ? "hang" : undefined) }, {}, async (joined) => {
    await subscribe(joined);
    const waiting = joined.session.waitForResults(MEASUREMENT, 4, 60_000);
    joined.stub.cutLinks();
    await until(() => joined.stub.upgrades.length === 2);
    await checkCancels(waiting, joined.abort);
    expect(await failureOf(joined.session.retrieve(MEASUREMENT))).toMatchObject({ code: "CANCELLED" });
    expect(await failureOf(subscribe(joined))).toMatchObject({ code: "CANCELLED" });
  });
});

test("cancelling ends the pause between two attempts", async () => {
  const script: StubScript = {
    rest: ({ path }: { path: string }) => (path.endsWith("/data") ? { status: 502 } : undefined),
  };
  await withSession(script, { sendMethod: "REST", timing: { reconnectMs: [60_000] } }, async (joined) => {
    await checkCancels(add(joined, 0), joined.abort);
  });
});

test.each(METHODS)("after closing nothing is left that keeps the process alive (%s)", async (sendMethod) => {
  await quiet();
  const stub = await startStub();
  try {
    const timers = alive("Timeout");
    const abort = new AbortController();
    const session = await openSession(optionsFor(stub, { sendMethod }), abort.signal);
    const joined = { stub, session, abort, notices: [], results: [] };
    await subscribe(joined);
    for (const number of [0, 1, 2, 3]) await add(joined, number);
    expect(alive("TCPSocketWrap")).toBeGreaterThan(0);
    const startedAtMs = performance.now();
    await session.close();
    expect(performance.now() - startedAtMs).toBeLessThan(500);
    await until(() => alive("TCPSocketWrap") === 0 && alive("Timeout") <= timers, 1_500);
    await session.close();
    expect(await failureOf(add(joined, 0))).toMatchObject({ code: "CANCELLED" });
  } finally {
    await stub.close();
  }
});

test("closing does not wait for a server that says no goodbye", async () => {
  await withSession({}, {}, async (joined) => {
    await subscribe(joined);
    joined.stub.freezeLinks();
    const startedAtMs = performance.now();
    await joined.session.close();
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });
});

test("after cancelling nothing is left either, even in the middle of a reconnection", async () => {
  await quiet();
  const stub = await startStub({ upgrade: (count) => (count > 1 ? "hang" : undefined) });
  try {
    const timers = alive("Timeout");
    const abort = new AbortController();
    const session = await openSession(optionsFor(stub), abort.signal);
    const joined = { stub, session, abort, notices: [], results: [] };
    await subscribe(joined);
    stub.cutLinks();
    await until(() => stub.upgrades.length === 2);
    expect(alive("TCPSocketWrap")).toBeGreaterThan(0);
    abort.abort();
    await until(() => alive("TCPSocketWrap") === 0 && alive("Timeout") <= timers, 1_500);
    await session.close();
  } finally {
    await stub.close();
  }
});

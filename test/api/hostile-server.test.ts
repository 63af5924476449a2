import { type AddressInfo, createServer, type Socket } from "node:net";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";

import { API_V1 } from "../../src/api/dfx-api-v1.js";
import { apiV2 } from "../../src/api/dfx-api-v2.js";
import { serverAddress } from "../../src/api/servers.js";
import { openSession } from "../../src/api/session.js";
import { fixedToken } from "../../src/api/token-source.js";
import { AppError } from "../../src/domain/errors.js";
import { encodeResponse } from "../../src/wire/frames.js";
import { bodiesOf, MEASUREMENT, type StubReply, type StubScript } from "../helpers/stub-server.js";
import { add, addAll, chunk, failureOf, QUICK, subscribe, until, withSession } from "./with-session.js";

const MIB = 1024 * 1024;
const DATA_PATH = `/measurements/${MEASUREMENT}/data`;
const FORMS = [
  ["v1", API_V1],
  ["v2 json", apiV2("json")],
] as const;

/** What a server of a few lines does with each connection; everything is closed afterwards. */
async function withRawServer(
  onConnection: (socket: Socket) => void,
  run: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await run((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** The failure of creating a measurement (by REST) and of subscribing (by WebSocket) there. */
async function failuresAt(port: number, timing: object): Promise<readonly unknown[]> {
  const address = serverAddress({ restUrl: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}`, name: "stub" });
  const session = await openSession(
    {
      address,
      access: fixedToken("user-token"),
      sendMethod: "REST",
      timing: { ...QUICK, ...timing },
      random: () => 0.5,
    },
    new AbortController().signal,
  );
  try {
    const setup = { studyId: "s", mode: "DISCRETE", resolution: 100 } as const;
    const created = await failureOf(session.createMeasurement(setup));
    const subscribed = await failureOf(session.subscribe(MEASUREMENT, () => undefined));
    return [created, subscribed];
  } finally {
    await session.close();
  }
}

/** One sentence or two for people, with a code for the exit status. */
function checkClear(error: unknown, sentence: RegExp): void {
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: expect.stringMatching(/^(?:NETWORK|SERVER)$/) });
  const { message } = error as AppError;
  expect(message).toMatch(sentence);
  expect(message).toMatch(/^[A-Z][^\n]{20,300}\.$/);
}

/** An answer of one byte every 20 ms. */
function slow(socket: Socket): void {
  const timer = setInterval(() => socket.write("x"), 20);
  socket.write("HTTP/1.1 200 OK\r\nx-slow: ");
  socket.on("close", () => clearInterval(timer));
}

/** An answer as fast as it is read, without end. */
function endless(socket: Socket): void {
  socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
  const part = Buffer.alloc(64 * 1024, 0x20);
  const more = (): void => {
    while (socket.writable && socket.write(part));
  };
  socket.on("drain", more);
  more();
}

describe("an answer that is no answer", () => {
  test("headers without end are cut off", async () => {
    const huge = `HTTP/1.1 200 OK\r\n${`x-filler: ${"y".repeat(1_000)}\r\n`.repeat(64)}\r\n{}`;
    await withRawServer(
      (socket) => socket.on("data", () => socket.end(huge)),
      async (port) => {
        for (const error of await failuresAt(port, {})) {
          checkClear(error, /does not speak HTTP as a DFX server does \(HPE_HEADER_OVERFLOW\)/);
        }
      },
    );
  });

  test("bytes that are no HTTP are told as such", async () => {
    await withRawServer(
      (socket) => socket.on("data", () => socket.end("220 mail.example ESMTP\r\n")),
      async (port) => {
        for (const error of await failuresAt(port, {})) checkClear(error, /does not speak HTTP as a DFX server does/);
      },
    );
  });

  test("one that comes a byte at a time is given up", async () => {
    await withRawServer(slow, async (port) => {
      const startedAtMs = performance.now();
      for (const error of await failuresAt(port, { connectMs: 200, idleMs: 200, requestMs: 300, retryMs: [] })) {
        checkClear(error, /no answer in time/);
      }
      expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    });
  });

  test("a body that never ends is given up by its size", async () => {
    await withRawServer(endless, async (port) => {
      const [created] = await failuresAt(port, { retryMs: [] });
      checkClear(created, /more than 1 MiB/);
    });
  });

  test("a web page in place of an acknowledgement is told as one", async () => {
    const page = { status: 200, body: "<html>welcome</html>", headers: { "content-type": "text/html" } };
    const script: StubScript = { rest: ({ path }) => (path === DATA_PATH ? page : undefined) };
    await withSession(script, { sendMethod: "REST" }, async (joined) => {
      checkClear(await failureOf(add(joined, 0)), /does not answer as a DFX server does \(status 200\)/);
      expect(joined.stub.stored).toEqual([]);
    });
  });

  test("the right body under a wrong content type is taken", async () => {
    const script: StubScript = {
      rest: ({ path }) =>
        path === DATA_PATH
          ? { status: 200, body: { ID: "d", ChunkOrder: 0 }, headers: { "content-type": "text/plain" } }
          : undefined,
    };
    await withSession(script, { sendMethod: "REST" }, async (joined) => {
      expect(await add(joined, 0)).toBeGreaterThan(0);
    });
  });

  test("a redirection is not followed: it would carry the token elsewhere", async () => {
    const script: StubScript = {
      rest: ({ path }) =>
        path === DATA_PATH ? { status: 307, headers: { location: "http://127.0.0.1:1/" } } : undefined,
    };
    await withSession(script, { sendMethod: "REST" }, async (joined) => {
      checkClear(await failureOf(add(joined, 0)), /does not answer as a DFX server does \(status 307\)/);
    });
  });
});

/** `ws` keeps it to itself. */
function streamBelow(link: WebSocket): Socket {
  return Reflect.get(link, "_socket") as Socket;
}

describe.each(FORMS)("%s messages that are wrong", (_form, api) => {
  test("acknowledgements and results of garbage are ignored; the chunk is sent again and kept once", async () => {
    const script: StubScript = {
      frame: ({ action, requestId, body }, link, count, stub) => {
        if (action !== "0506" || count !== 2) return false;
        const { chunkOrder = 1, action: what } = bodiesOf(link).decodeAddData(body);
        stub.store(chunkOrder, what);
        for (const garbage of [
          Buffer.alloc(0),
          Buffer.alloc(5, 0xff),
          Buffer.alloc(20, 0x30),
          Buffer.from("{".repeat(40)),
        ]) {
          link.send(garbage);
        }
        link.send(encodeResponse("unknown-id", 200, Buffer.alloc(50, 0xff)));
        // Its own answer, with a body that nobody can read: the status is what counts.
        link.send(encodeResponse(requestId, 200, Buffer.alloc(30, 0xff)));
        return true;
      },
    };
    await withSession(script, { api }, async (joined) => {
      await addAll(joined);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
      expect(joined.session.strangeFrames).toBe(5);
      expect(joined.notices).toEqual(["Server stub sent a message that cannot be read; it is ignored."]);
    });
  });

  test("results out of order are passed on as they come, and all count", async () => {
    const script: StubScript = { results: "none" };
    await withSession(script, { api }, async (joined) => {
      await subscribe(joined);
      await addAll(joined);
      for (const order of [3, 1, 2, 0]) joined.stub.sendResult(order);
      expect(await joined.session.waitForResults(MEASUREMENT, 4, 2_000)).toBe(true);
      expect(joined.results.map(({ chunkNumber }) => chunkNumber)).toEqual([3, 1, 2, 0]);
    });
  });

  test("an acknowledgement that comes twice, or late, does not answer for another chunk", async () => {
    const script: StubScript = {
      frame: ({ action, requestId, body }, link, count, stub) => {
        if (action !== "0506") return false;
        const { chunkOrder = count - 1, action: what } = bodiesOf(link).decodeAddData(body);
        const answer = bodiesOf(link).encodeAddDataAck({ id: "d", chunkOrder });
        stub.store(chunkOrder, what);
        for (let copy = 0; copy < 3; copy += 1) link.send(encodeResponse(requestId, 200, answer));
        return true;
      },
    };
    await withSession(script, { api }, async (joined) => {
      await addAll(joined);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
      expect(joined.session.strangeFrames).toBe(0);
    });
  });

  test("a message of 50 MiB ends the connection, not the measurement", async () => {
    const script: StubScript = {
      frame: ({ action }, link, count) => {
        if (action === "0510" && count === 1) link.send(Buffer.alloc(50 * MIB));
        return false;
      },
    };
    await withSession(script, { api }, async (joined) => {
      await subscribe(joined).catch(() => undefined);
      await until(() => joined.notices.some((text) => text.includes("more than 32 MiB")));
      await addAll(joined);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
    });
  });

  test("a message that never ends is no sign of life for ever", async () => {
    const script: StubScript = {
      frame: ({ action }, link, count) => {
        if (action !== "0506" || count !== 1) return false;
        // The head of a message of 1000 bytes, and nothing of it.
        streamBelow(link).write(Uint8Array.of(0x82, 126, 0x03, 0xe8));
        return true;
      },
    };
    const timing = { ackMs: 200, pingEveryMs: 50, pongWithinMs: 100 };
    await withSession(script, { api, timing }, async (joined) => {
      await addAll(joined);
      expect(joined.stub.stored).toEqual([0, 1, 2, 3]);
      expect(joined.stub.upgrades.length).toBeGreaterThan(1);
    });
  });
});

describe("a server that asks for patience", () => {
  test("that it cannot have is told at once, with the time", async () => {
    const busy = { status: 429, body: { Code: "TOO_MANY_REQUESTS" }, headers: { "retry-after": "3600" } };
    const script: StubScript = { rest: () => busy };
    await withSession(script, { access: fixedToken("user-token"), sendMethod: "REST" }, async (joined) => {
      const startedAtMs = performance.now();
      const setup = { studyId: "s", mode: "DISCRETE", resolution: 100 } as const;
      const sentence = /TOO_MANY_REQUESTS: it asks to wait 3600 s\)\. Try again later\./;
      checkClear(await failureOf(joined.session.createMeasurement(setup)), sentence);
      checkClear(await failureOf(add(joined, 0)), sentence);
      expect(performance.now() - startedAtMs).toBeLessThan(1_000);
      expect(joined.stub.requests).toHaveLength(2);
    });
  });

  test("as a date gets it", async () => {
    const later = new Date(Date.now() + 2_000).toUTCString();
    const script: StubScript = {
      rest: ({ path }, count) =>
        path === DATA_PATH && count === 1 ? { status: 503, headers: { "retry-after": later } } : undefined,
    };
    await withSession(script, { sendMethod: "REST" }, async (joined) => {
      const startedAtMs = performance.now();
      await add(joined, 0);
      // A date has whole seconds.
      expect(performance.now() - startedAtMs).toBeGreaterThan(900);
    });
  });
});

/** Faults that a server or a network may have, by what they do with a chunk. */
const FAULTS: Readonly<Record<string, StubReply>> = {
  lostRequest: "drop",
  lostAnswer: "do-then-drop",
  silence: "hang",
  gateway: { status: 502, body: "<html>" },
  outage: { status: 503, headers: { "retry-after": "0.01" } },
  internal: { status: 500, body: { Code: "INTERNAL_ERROR" } },
  tooFast: { status: 429, body: { Code: "RATE_LIMIT" }, headers: { "retry-after": "0.01" } },
};

test("any row of faults, up to four for each chunk, neither loses nor doubles one", async () => {
  const faults = fc.array(fc.constantFrom(...Object.keys(FAULTS)), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(faults, { minLength: 1, maxLength: 4 }), async (rows) => {
      const left = rows.map((row) => [...row]);
      const script: StubScript = {
        replays: true,
        rest: ({ path, text }) => {
          if (path !== DATA_PATH) return undefined;
          const { ChunkOrder } = JSON.parse(text) as { ChunkOrder: number };
          const fault = left[ChunkOrder]?.shift();
          return fault === undefined ? undefined : FAULTS[fault];
        },
      };
      const timing = { idleMs: 100, requestMs: 1_000, reconnectMs: [1, 1, 1, 1, 1] };
      await withSession(script, { access: fixedToken("user-token"), sendMethod: "REST", timing }, async (joined) => {
        await subscribe(joined);
        const last = rows.length - 1;
        for (const number of rows.keys()) {
          const first = number === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS";
          await joined.session.addChunk(MEASUREMENT, chunk(number), number === last ? "LAST::PROCESS" : first);
        }
        const all = rows.map((_row, number) => number);
        expect(joined.stub.stored).toEqual(all);
        expect(await joined.session.waitForResults(MEASUREMENT, rows.length, 2_000)).toBe(true);
        expect(new Set(joined.results.map(({ chunkNumber }) => chunkNumber))).toEqual(new Set(all));
        expect(joined.results).toHaveLength(rows.length);
      });
    }),
    { seed: 20_240_506, numRuns: 20 },
  );
});

import { once } from "node:events";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { analyse } from "../../src/server/analysis/analyse.js";
import { ENDPOINTS } from "../../src/server/endpoints.js";
import {
  bareConnection,
  EMAIL,
  LICENSE,
  PASSWORD,
  payloadBytes,
  restChunk,
  STUDY,
  within,
  withServer,
} from "./harness.js";

const SEED = { seed: 20_240_505 };

/** A path that an endpoint takes, with something in the place of the ID. */
function pathOf(source: string, id: string): string {
  return source
    .replaceAll("\\/", "/")
    .replace(/^\^|\$$/g, "")
    .replace("(?<id>[^/]{1,64})", encodeURIComponent(id))
    .replace("(?<order>\\d{1,9})", "0");
}

const value = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e308, "", STUDY, EMAIL, PASSWORD, LICENSE, "FIRST::PROCESS", "a\u0000b", "AQID"),
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
);
const keys =
  "Key,Email,Password,Token,RefreshToken,Name,Status,StudyID,MD5Hash,Resolution,Mode,UserProfileID,PartnerID".split(
    ",",
  );
const dataKeys =
  "ChunkOrder,Action,StartTime,EndTime,Duration,Meta,Payload,TokenExpiresIn,TokenSubject,expiryInSec".split(",");
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.dictionary(fc.constantFrom(...keys, ...dataKeys), value).map((some) => JSON.stringify(some)),
  },
  fc.json(),
  fc.string(),
);
const query = fc.dictionary(
  fc.constantFrom("Limit", "Offset", "Date", "EndDate", "StudyID", "StatusID", "Mode", "Name", "UserProfileName", "x"),
  fc.string(),
);

describe("whatever a request holds", () => {
  test("it is answered in JSON and never with 500, and the server serves on", async () => {
    await withServer({}, async (harness) => {
      const tokens = [await harness.userToken(), await harness.deviceToken(), "Bearer wrong", undefined];
      const id = await harness.measurement(tokens[0] ?? "");
      const ids = fc.oneof(
        fc.constant(id),
        fc.constantFrom("..", "%", "0", STUDY),
        fc.string({ minLength: 1, maxLength: 20 }),
      );
      // Those would end the tokens that the others need.
      const endpoints = ENDPOINTS.filter(({ name }) => !["metrics", "206", "226", "706"].includes(name));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...endpoints),
          ids,
          fc.constantFrom(...tokens),
          body,
          query,
          async ({ method, path }, someId, token, text, asked) => {
            const url = `${pathOf(path.source, someId)}?${new URLSearchParams(asked).toString()}`;
            const answer = await harness.request(method, url, token, method === "GET" ? undefined : text);
            expect([200, 400, 401, 403, 404, 405, 409, 429]).toContain(answer.status);
            if (answer.status !== 200) expect(answer.json["Code"]).toEqual(expect.any(String));
          },
        ),
        { ...SEED, numRuns: 400 },
      );
      expect(harness.log.filter(({ level }) => level === "error")).toEqual([]);
      expect(await harness.request("GET", "/status")).toMatchObject({ status: 200 });
    });
  });

  test("a payload with any byte changed is taken or refused, and the real analysis outlives it", async () => {
    await withServer({ analyse }, async (harness) => {
      const token = await harness.userToken();
      const good = payloadBytes(0, 40);
      const change = fc.tuple(fc.nat({ max: good.length - 1 }), fc.integer({ min: 0, max: 255 }));
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { minLength: 1, maxLength: 4 }),
          fc.nat({ max: 10 }),
          async (changes, cut) => {
            const payload = Buffer.from(good.subarray(0, good.length - (cut > 8 ? cut * 7 : 0)));
            for (const [at, byte] of changes) payload[at % payload.length] = byte;
            const id = await harness.measurement(token);
            const Payload = payload.toString("base64");
            const answer = await harness.addData(token, id, { Action: "LAST::PROCESS", Payload, Duration: 1 });
            expect([200, 400, 405]).toContain(answer.status);
            if (answer.status === 400) expect(answer.json["Code"]).toBe("UNPACKER_RPC_ERROR");
          },
        ),
        { ...SEED, numRuns: 60 },
      );
      expect(await harness.request("GET", "/status")).toMatchObject({ status: 200 });
    });
  });
});

describe("chunks on a bad line", () => {
  test("one whose upload is cut off is not stored", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const text = JSON.stringify(restChunk());
      const head = `POST /measurements/${id}/data HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\n`;
      const { socket } = await bareConnection(harness.server.restUrl);
      socket.write(`${head}Content-Length: ${text.length}\r\n\r\n${text.slice(0, -1)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
      expect((await harness.request("GET", `/measurements/${id}`, token)).json["DataSizeBytes"]).toBe(0);
      expect(await harness.addData(token, id)).toMatchObject({ status: 200 });
    });
  });

  test("one whose acknowledgement is lost is there, and the number that is expected next says so", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const text = JSON.stringify(restChunk());
      const { socket } = await bareConnection(harness.server.restUrl);
      const head = `POST /measurements/${id}/data HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\n`;
      socket.end(`${head}Content-Length: ${text.length}\r\n\r\n${text}`);
      socket.pause();
      await within(once(socket, "finish"), "finish");
      const deadline = Date.now() + 5000;
      const size = async (): Promise<unknown> =>
        (await harness.request("GET", `/measurements/${id}`, token)).json["DataSizeBytes"];
      while ((await size()) === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
      socket.destroy();
      expect(await harness.addData(token, id, { ChunkOrder: 0, Action: "CHUNK::PROCESS" })).toMatchObject({
        status: 400,
        json: { Code: "MISALIGNED_CHUNK", Message: "Chunk 1 is expected." },
      });
    });
  });

  test("any order, with repetitions, stores each number once and in order", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat({ max: 4 }), { maxLength: 12 }), async (orders) => {
          const id = await harness.measurement(token);
          let next = 0;
          for (const order of orders) {
            const Payload = Buffer.from(payloadBytes(order, 2)).toString("base64");
            const chunk = { ChunkOrder: order, Action: "CHUNK::PROCESS", Payload, Duration: 1 };
            const { status } = await harness.addData(token, id, chunk);
            expect(status).toBe(order === next ? 200 : 400);
            if (order === next) next += 1;
          }
        }),
        { ...SEED, numRuns: 20 },
      );
    });
  });
});

describe("too many", () => {
  test("WebSocket connections are not accepted, and those that are there go on", async () => {
    await withServer({ limits: { connectionsMax: 2 } }, async (harness) => {
      const token = await harness.userToken();
      const first = await harness.connect(token);
      await harness.connect(token);
      await expect(harness.connect(token)).rejects.toThrow(/hang up|ECONNRESET|socket/);
      first.send(Buffer.from("09990123456789"));
      expect((await first.next()).toString("latin1", 10, 13)).toBe("400");
    });
  });
});

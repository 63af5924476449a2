import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type Client, type Harness, LICENSE, payloadBytes, perFrame, STUDY, withServer } from "./harness.js";

interface Answer {
  readonly id: string;
  readonly status: string;
  readonly json: Record<string, unknown>;
}

function answerOf(message: Buffer): Answer {
  const text = message.toString("utf8");
  return {
    id: text.slice(0, 10),
    status: text.slice(10, 13),
    json: JSON.parse(text.slice(13)) as Record<string, unknown>,
  };
}

interface Session {
  readonly harness: Harness;
  readonly token: string;
  readonly id: string;
  readonly client: Client;
}

async function withSession(
  options: Parameters<typeof withServer>[0],
  use: (session: Session) => Promise<void>,
): Promise<void> {
  await withServer(options, async (harness) => {
    const token = await harness.userToken();
    const id = await harness.measurement(token, { Resolution: 0 });
    await use({ harness, token, id, client: await harness.connect(token, ["json"]) });
  });
}

function subscribe(requestId: string, id: string, resultsId: string): string {
  return `0510${requestId}${JSON.stringify({ Params: { ID: id }, RequestID: resultsId })}`;
}

function chunk(requestId: string, id: string, order: number, fields: object = {}): string {
  const Action = order === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS";
  const Payload = Buffer.from(payloadBytes(order)).toString("base64");
  return `0506${requestId}${JSON.stringify({ Params: { ID: id }, Action, Payload, ...fields })}`;
}

describe("the subprotocol json", () => {
  test("a whole measurement: text in, binary out, an empty object for a subscription, one result for each chunk", async () => {
    await withSession({ analyse: perFrame }, async ({ id, client }) => {
      client.socket.send(subscribe("aaaaaaaaaa", id, "results-01"));
      expect((await client.next()).toString()).toBe("aaaaaaaaaa200{}");
      for (const [order, action] of ["FIRST::PROCESS", "CHUNK::PROCESS", "LAST::PROCESS"].entries()) {
        client.socket.send(chunk(`chunk0000${order}`, id, order, { Action: action }));
        const ack = answerOf(await client.next());
        expect(ack).toEqual({
          id: `chunk0000${order}`,
          status: "200",
          json: { ID: expect.any(String), ChunkOrder: order },
        });
        const result = answerOf(await client.next());
        expect(result).toMatchObject({
          id: "results-01",
          status: "200",
          json: {
            MeasurementID: id,
            MeasurementDataID: `${id}:${order}`,
            MeasurementResultID: ack.json["ID"],
            Multiplier: 10_000,
            Channels: { HR_BPM: { Channel: "HR_BPM", Data: [720_745] } },
            Error: { Code: "OK" },
          },
        });
      }
      expect(await client.rest()).toEqual([]);
    });
  });

  test("messages may also come as binary, and everything goes out as binary", async () => {
    await withSession({}, async ({ id, client }) => {
      const kinds: boolean[] = [];
      client.socket.on("message", (_data, isBinary) => kinds.push(isBinary));
      client.send(Buffer.from(subscribe("aaaaaaaaaa", id, "")));
      client.send(Buffer.from(chunk("chunk00000", id, 0, { Action: "LAST::PROCESS" })));
      expect(answerOf(await client.next())).toEqual({ id: "aaaaaaaaaa", status: "200", json: {} });
      expect(answerOf(await client.next()).id).toBe("chunk00000");
      // Without an ID of its own the result comes under the one of the subscription's head, as the npm client wants it.
      expect(answerOf(await client.next()).id).toBe("aaaaaaaaaa");
      expect(kinds).toEqual([true, true, true]);
    });
  });

  test("a late subscriber gets what was ready, in JSON", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      await harness.addData(token, id, { Action: "LAST::PROCESS" });
      await harness.untilStatus(token, id, "COMPLETE");
      client.socket.send(subscribe("aaaaaaaaaa", id, "results-01"));
      await client.next();
      expect(answerOf(await client.next()).json).toMatchObject({ MeasurementDataID: `${id}:0` });
    });
  });

  test("errors are JSON too, under the ID of the request, with their sentence", async () => {
    await withSession({}, async ({ id, client }) => {
      const check = async (message: string, status: string, code: string, requestId = "aaaaaaaaaa"): Promise<void> => {
        client.socket.send(message);
        const answer = answerOf(await client.next());
        expect(answer).toMatchObject({ id: requestId, status, json: { Code: code } });
        expect(answer.json["Message"]).toEqual(expect.any(String));
      };
      await check("0999aaaaaaaaaa{}", "400", "INCORRECT_REQUEST");
      await check("0510aaaaaaaaaa{", "400", "VALIDATION_ERROR");
      await check("0510aaaaaaaaaa", "400", "VALIDATION_ERROR");
      await check("0510aaaaaaaaaa[]", "400", "VALIDATION_ERROR");
      await check(subscribe("aaaaaaaaaa", "none", ""), "404", "INVALID_MEASUREMENT");
      await check(chunk("aaaaaaaaaa", id, 0, { Payload: "!" }), "400", "VALIDATION_ERROR");
      await check(chunk("aaaaaaaaaa", id, 0, { Payload: "AQID" }), "400", "UNPACKER_RPC_ERROR");
      await check(chunk("aaaaaaaaaa", id, 0, { ChunkOrder: 3, Action: "CHUNK::PROCESS" }), "400", "MISALIGNED_CHUNK");
      await check("05", "400", "VALIDATION_ERROR", "0000000000");
      client.socket.send("0999aaaaaaaaaa{}");
      expect(answerOf(await client.next()).json["Message"]).toContain("Invalid Route Number");
    });
  });

  test("a device logs in by message and measures on its own", async () => {
    await withServer({}, async (harness) => {
      const { json } = await harness.post("/organizations/licenses", undefined, { Key: LICENSE, Identifier: "app" });
      const token = String(json["Token"]);
      const created = await harness.post("/measurements", `Bearer ${token}`, { StudyID: STUDY, Resolution: 0 });
      const client = await harness.connect(undefined, ["json"]);
      client.socket.send('0718aaaaaaaaaa{"Token":"wrong"}');
      expect(answerOf(await client.next())).toMatchObject({ status: "401", json: { Code: "INVALID_TOKEN" } });
      client.socket.send(`0718bbbbbbbbbb${JSON.stringify({ Token: token })}`);
      expect(answerOf(await client.next())).toEqual({ id: "bbbbbbbbbb", status: "200", json: { Token: token } });
      client.socket.send(chunk("chunk00000", String(created.json["ID"]), 0));
      expect(answerOf(await client.next())).toMatchObject({ id: "chunk00000", status: "200" });
    });
  });

  test("a token that ends while the socket is open ends what may be done with it", async () => {
    let nowMs = 1_000_000_000;
    await withServer({ nowMs: () => nowMs }, async (harness) => {
      const { json } = await harness.post("/organizations/licenses", undefined, { Key: LICENSE, TokenExpiresIn: 60 });
      const client = await harness.connect(`Bearer ${String(json["Token"])}`, ["json"]);
      client.socket.send(subscribe("aaaaaaaaaa", "none", ""));
      expect(answerOf(await client.next()).json["Code"]).toBe("INVALID_MEASUREMENT");
      nowMs += 60_000;
      client.socket.send(subscribe("aaaaaaaaaa", "none", ""));
      expect(answerOf(await client.next())).toMatchObject({ status: "401", json: { Code: "TOKEN_EXPIRED" } });
      await expect(harness.connect(`Bearer ${String(json["Token"])}`, ["json"])).rejects.toThrow("401");
    });
  });
});

describe("hostile messages", () => {
  test("whatever comes, every message gets one answer with a status, and the server serves on", async () => {
    await withSession({ limits: { unreadableMessagesMax: 10_000 } }, async ({ harness, token, id, client }) => {
      const binary = await harness.connect(token);
      const head = fc.constantFrom("0506aaaaaaaaaa", "0510aaaaaaaaaa", "0718aaaaaaaaaa", "9999aaaaaaaaaa", "");
      const json = fc.json().map((text) => Buffer.from(text));
      const nearly = fc
        .record({ Params: fc.constantFrom({ ID: id }, {}, null), Action: fc.string(), Payload: fc.base64String() })
        .map((value) => Buffer.from(JSON.stringify(value)));
      const body = fc.oneof(json, nearly, fc.uint8Array({ maxLength: 200 }));
      await fc.assert(
        fc.asyncProperty(head, body, async (start, rest) => {
          const message = Buffer.concat([Buffer.from(start), rest]);
          for (const socket of [client, binary]) {
            socket.send(message);
            const answer = await socket.next();
            expect(answer.toString("latin1", 10, 13)).toMatch(/^[245]\d\d$/);
            expect(answer.toString("latin1", 10, 13)).not.toBe("500");
          }
        }),
        { seed: 20_240_505, numRuns: 150 },
      );
      expect(await harness.addData(token, id)).toMatchObject({ status: 200 });
    });
  });
});

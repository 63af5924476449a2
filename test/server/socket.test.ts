import { describe, expect, test, vi } from "vitest";

import { internalError, Refusal } from "../../src/server/refusal.js";
import { Service } from "../../src/server/service.js";
import { errorResponse } from "../../src/server/socket-session.js";
import { PROTOBUF_BODIES } from "../../src/wire/bodies.js";
import { decodeResultMessage } from "../../src/wire/v1-messages.js";
import { addData, errorBody, login, partsOf, subscribe } from "./frames.js";
import { type Client, failing, type Harness, payloadBytes, perFrame, withServer } from "./harness.js";

const UNKNOWN = "00000000-0000-4000-8000-000000000001";

interface Session {
  readonly harness: Harness;
  readonly token: string;
  readonly id: string;
  readonly client: Client;
}

/** A user with an open measurement and a socket. */
async function withSession(
  options: Parameters<typeof withServer>[0],
  use: (session: Session) => Promise<void>,
): Promise<void> {
  await withServer(options, async (harness) => {
    const token = await harness.userToken();
    const id = await harness.measurement(token);
    await use({ harness, token, id, client: await harness.connect(token) });
  });
}

function chunk(measurementId: string, order: number, action?: string): Buffer {
  return addData({
    requestId: `chunk${String(order).padStart(5, "0")}`,
    measurementId,
    action: action ?? (order === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS"),
    order,
    payload: payloadBytes(order),
  });
}

/** Checks an error byte for byte, and that it is short enough to be taken for one. */
function checkError(message: Buffer, id: string, status: string, code: string, text: string): void {
  expect(message.toString("latin1")).toBe(`${id}${status}${errorBody(code, text).toString("latin1")}`);
  expect(message.length).toBeLessThanOrEqual(60);
}

describe("a measurement over WebSocket", () => {
  test("acknowledgements are exact, come before their results, and results carry the ID inside the subscription", async () => {
    await withSession({ analyse: perFrame }, async ({ id, client }) => {
      client.send(subscribe("0123456789", id, "results-01"));
      expect((await client.next()).toString("hex")).toBe(`${Buffer.from("0123456789").toString("hex")}323030`);

      for (const [order, action] of ["FIRST::PROCESS", "CHUNK::PROCESS", "LAST::PROCESS"].entries()) {
        client.send(chunk(id, order, action));
        const ack = await client.next();
        expect(partsOf(ack)).toMatchObject({ id: `chunk0000${order}`, status: "200" });
        expect(ack).toHaveLength(order === 0 ? 51 : 53);
        expect(ack.subarray(13, 15).toString("hex")).toBe("0a24");
        expect(ack.subarray(51).toString("hex")).toBe(order === 0 ? "" : `100${order}`);

        const result = await client.next();
        expect(partsOf(result)).toMatchObject({ id: "results-01", status: "200" });
        expect(result.length - 13).toBeGreaterThanOrEqual(1000);
        expect(result.length).toBeLessThan(1024 * 1024);
        const message = decodeResultMessage(partsOf(result).body);
        expect(message).toMatchObject({
          measurementId: id,
          measurementDataId: `${id}:${order}`,
          measurementResultId: ack.toString("latin1", 15, 51),
          multiplier: 10_000,
          errorCode: "OK",
        });
        expect(message.channels.map((channel) => [channel.id, channel.data.length])).toEqual([
          ["HR_BPM", 150],
          ["SNR", 150],
          ["PULSE_WAVE", 150],
        ]);
      }
      expect(await client.rest()).toEqual([]);
    });
  });

  test("the acknowledgement of any number is UTF-8 without a subprotocol, and has its number with one", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token, { Mode: "STREAMING" });
      const [plain, proto] = [await harness.connect(token), await harness.connect(token, ["proto"])];
      const send = async (client: Client, order: number): Promise<Buffer> => {
        const head = { requestId: "chunk-chnk", measurementId: id, order };
        const action = order === 0 ? "FIRST::IGNORE" : "CHUNK::IGNORE";
        client.send(addData({ ...head, action, payload: payloadBytes(order, 1) }));
        return partsOf(await client.next()).body;
      };
      for (let order = 0; order <= 128; order += 1) {
        const body = await send(plain, order);
        expect(body.subarray(38).toString("hex")).toBe(
          order === 0 || order > 127 ? "" : `10${order.toString(16).padStart(2, "0")}`,
        );
        expect(Buffer.from(body.toString("utf8")).equals(body)).toBe(true);
      }
      expect((await send(proto, 129)).subarray(38).toString("hex")).toBe("108101");
    });
  });

  test("a subscription without an ID of its own gets its results under the ID of its head", async () => {
    await withSession({}, async ({ id, client }) => {
      client.send(subscribe("0123456789", id, ""));
      await client.next();
      client.send(chunk(id, 0, "LAST::PROCESS"));
      await client.next();
      expect(partsOf(await client.next()).id).toBe("0123456789");
    });
  });

  test("IGNORE is acknowledged and gives no result, PROCESS gives exactly one", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      client.send(subscribe("0123456789", id, "0123456789"));
      client.send(chunk(id, 0, "FIRST::IGNORE"));
      client.send(chunk(id, 1, "CHUNK::PROCESS"));
      client.send(chunk(id, 2, "LAST::IGNORE"));
      await harness.untilStatus(token, id, "COMPLETE");
      const messages = (await client.rest()).map((message) => partsOf(message).id);
      expect(messages.toSorted()).toEqual(["0123456789", "0123456789", "chunk00000", "chunk00001", "chunk00002"]);
    });
  });

  test("all chunks sent at once are all acknowledged and all answered, in order", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      client.send(subscribe("0123456789", id, "results-01"));
      for (let order = 0; order < 8; order += 1)
        client.send(chunk(id, order, order === 7 ? "LAST::PROCESS" : undefined));
      await harness.untilStatus(token, id, "COMPLETE");
      const messages = await client.rest();
      const results = messages.filter((message) => partsOf(message).id === "results-01");
      const values = results.map((message) => decodeResultMessage(partsOf(message).body).channels[0]?.data[0]);
      expect(values).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((count) => count * 10_000));
      expect(messages.filter((message) => partsOf(message).id.startsWith("chunk"))).toHaveLength(8);
    });
  });

  test("a failing analysis gives a result with an error code, still exactly one", async () => {
    await withSession({ analyse: failing }, async ({ id, client }) => {
      client.send(subscribe("0123456789", id, "results-01"));
      client.send(chunk(id, 0, "LAST::PROCESS"));
      await client.next();
      await client.next();
      const { body } = partsOf(await client.next());
      expect(decodeResultMessage(body)).toMatchObject({ errorCode: "ANALYSIS_ERROR", channels: [] });
      expect(body.toString("latin1")).not.toContain("went wrong");
      expect(await client.rest()).toEqual([]);
    });
  });
});

describe("subscribers", () => {
  test("two of them both get every result, also of chunks that came over REST", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      const second = await harness.connect(token);
      client.send(subscribe("aaaaaaaaaa", id, "first-sub."));
      second.send(subscribe("bbbbbbbbbb", id, "second-sub"));
      await client.next();
      await second.next();
      await harness.addData(token, id, { Action: "LAST::PROCESS" });
      const one = partsOf(await client.next());
      const two = partsOf(await second.next());
      expect([one.id, two.id]).toEqual(["first-sub.", "second-sub"]);
      expect(one.body.equals(two.body)).toBe(true);
    });
  });

  test("chunks over REST and WebSocket mix in one measurement", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      client.send(subscribe("0123456789", id, "results-01"));
      await client.next();
      await harness.addData(token, id, { ChunkOrder: 0 });
      await client.next();
      client.send(chunk(id, 1));
      expect(partsOf(await client.next()).id).toBe("chunk00001");
      await client.next();
      await harness.addData(token, id, { ChunkOrder: 2, Action: "LAST::PROCESS" });
      const { body } = partsOf(await client.next());
      expect(decodeResultMessage(body)).toMatchObject({ measurementDataId: `${id}:2`, channels: [{ data: [30_000] }] });
    });
  });

  test("one that comes late gets what was ready before, after its acknowledgement", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      await harness.addData(token, id, { ChunkOrder: 0 });
      await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" });
      await harness.untilStatus(token, id, "COMPLETE");
      client.send(subscribe("0123456789", id, "results-01"));
      expect(await client.next()).toHaveLength(13);
      const ids = [await client.next(), await client.next()].map(
        (message) => decodeResultMessage(partsOf(message).body).measurementDataId,
      );
      expect(ids).toEqual([`${id}:0`, `${id}:1`]);
    });
  });

  test("the same subscription twice is acknowledged twice and told once", async () => {
    await withSession({}, async ({ id, client }) => {
      client.send(subscribe("aaaaaaaaaa", id, "results-01"));
      client.send(subscribe("bbbbbbbbbb", id, "results-01"));
      expect(partsOf(await client.next()).id).toBe("aaaaaaaaaa");
      expect(partsOf(await client.next()).id).toBe("bbbbbbbbbb");
      client.send(chunk(id, 0, "LAST::PROCESS"));
      await client.next();
      await client.next();
      expect(await client.rest()).toEqual([]);
    });
  });

  test("one that left does not disturb the others", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      const leaver = await harness.connect(token);
      leaver.send(subscribe("bbbbbbbbbb", id, "second-sub"));
      await leaver.next();
      client.send(subscribe("aaaaaaaaaa", id, "results-01"));
      await client.next();
      leaver.socket.terminate();
      client.send(chunk(id, 0, "LAST::PROCESS"));
      expect(partsOf(await client.next()).status).toBe("200");
      expect(partsOf(await client.next()).id).toBe("results-01");
    });
  });

  test("one that left is forgotten", async () => {
    const subscriptions = vi.spyOn(Service.prototype, "subscribe");
    await withSession({}, async ({ id, client }) => {
      client.send(subscribe("aaaaaaaaaa", id, "results-01"));
      await client.next();
      client.socket.close();
      await client.closed();
      // The server's own end of the socket closes a moment after the client's.
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(subscriptions.mock.results[0]?.value.cancel()).toBe(false);
    });
    subscriptions.mockRestore();
  });

  test("of one socket there are at most as many as allowed", async () => {
    await withSession({ limits: { subscriptionsPerSocketMax: 2 } }, async ({ id, client }) => {
      for (const name of ["a", "b", "c"]) client.send(subscribe(name.repeat(10), id, name.repeat(10)));
      await client.next();
      await client.next();
      checkError(await client.next(), "cccccccccc", "429", "TOO_MANY_REQUESTS", "Too many.");
    });
  });
});

describe("errors", () => {
  test.each([
    ["closed", ["LAST::PROCESS", "CHUNK::PROCESS"], "405", "MEASUREMENT_CLOSED", "Start a new measurement."],
    ["unknown action", ["MIDDLE::PROCESS"], "400", "VALIDATION_ERROR", "Unknown Action."],
  ])("%s", async (_what, actions, status, code, text) => {
    await withSession({}, async ({ id, client }) => {
      for (const [order, action] of actions.entries()) client.send(chunk(id, order, action));
      for (let good = 1; good < actions.length; good += 1) await client.next();
      checkError(await client.next(), `chunk0000${actions.length - 1}`, status, code, text);
    });
  });

  test("a chunk out of order or sent twice", async () => {
    await withSession({}, async ({ id, client }) => {
      client.send(chunk(id, 1));
      checkError(await client.next(), "chunk00001", "400", "MISALIGNED_CHUNK", "Chunk 0 is expected.");
      client.send(chunk(id, 0));
      await client.next();
      client.send(chunk(id, 0, "CHUNK::PROCESS"));
      checkError(await client.next(), "chunk00000", "400", "MISALIGNED_CHUNK", "Chunk 1 is expected.");
      client.send(chunk(id, 511));
      checkError(await client.next(), "chunk00511", "400", "MISALIGNED_CHUNK", "Chunk 1 is expected.");
    });
  });

  test("a measurement that is unknown or someone else's", async () => {
    await withSession({}, async ({ harness, id }) => {
      const stranger = await harness.connect(await harness.userToken("other@example.org"));
      for (const measurement of [UNKNOWN, id, ""]) {
        stranger.send(subscribe("0123456789", measurement, "results-01"));
        checkError(await stranger.next(), "0123456789", "404", "INVALID_MEASUREMENT", "No such measurement.");
        stranger.send(chunk(measurement, 0));
        checkError(await stranger.next(), "chunk00000", "404", "INVALID_MEASUREMENT", "No such measurement.");
      }
    });
  });

  test("a payload that is not ours, empty, too large, or made to fill the memory", async () => {
    await withSession({ limits: { payloadBytesMax: 100_000 } }, async ({ id, client }) => {
      const head = Buffer.from("4458545001", "hex");
      const emptyRegions = Buffer.concat([head, Buffer.alloc(40_000, Buffer.from("6a00", "hex"))]);
      const cases: [Uint8Array, string][] = [
        [Uint8Array.of(1, 2, 3), "The payload is not ours."],
        [new Uint8Array(), "The payload is not ours."],
        [head, "The payload is empty."],
        [Buffer.alloc(100_001), "The payload is too big."],
        [emptyRegions, "Too many payload fields."],
      ];
      for (const [payload, text] of cases) {
        client.send(
          addData({ requestId: "0123456789", measurementId: id, action: "FIRST::PROCESS", order: 0, payload }),
        );
        checkError(await client.next(), "0123456789", "400", "UNPACKER_RPC_ERROR", text);
      }
    });
  });

  test("a sentence that would make the message longer than 60 bytes stays away", () => {
    const [fits, long] = [25, 26].map((length) => new Refusal(405, "MEASUREMENT_CLOSED", "x".repeat(length)));
    expect(errorResponse("0123456789", fits ?? internalError(), PROTOBUF_BODIES)).toHaveLength(60);
    checkError(
      Buffer.from(errorResponse("0123456789", long ?? internalError(), PROTOBUF_BODIES)),
      "0123456789",
      "405",
      "MEASUREMENT_CLOSED",
      "",
    );
  });

  test("an unknown action number", async () => {
    await withSession({}, async ({ client }) => {
      client.send(Buffer.from("09990123456789"));
      checkError(await client.next(), "0123456789", "400", "INCORRECT_REQUEST", "Invalid Route Number 0999");
    });
  });

  test("a body that is no protobuf, and a RequestID that is none", async () => {
    await withSession({}, async ({ id, client }) => {
      for (const action of ["0506", "0510", "0718"]) {
        client.send(Buffer.concat([Buffer.from(`${action}0123456789`), Buffer.from([0x0a, 0xff, 0x01])]));
        checkError(await client.next(), "0123456789", "400", "VALIDATION_ERROR", "Unreadable body.");
      }
      client.send(subscribe("0123456789", id, "short"));
      checkError(await client.next(), "0123456789", "400", "VALIDATION_ERROR", "Bad RequestID.");
    });
  });

  test("a duration that is no number", async () => {
    await withSession({}, async ({ id, client }) => {
      const message = chunk(id, 0);
      const at = message.indexOf(Buffer.from("350000a040", "hex"));
      for (const float of ["0000c07f", "0000807f", "000080bf"]) {
        message.set(Buffer.from(float, "hex"), at + 1);
        client.send(message);
        checkError(await client.next(), "chunk00000", "400", "VALIDATION_ERROR", "Bad Duration.");
      }
    });
  });

  test("messages without a head are answered under an ID of zeros, and the socket lives on", async () => {
    await withSession({}, async ({ id, client }) => {
      for (const message of ["", "0506", "0506012345678", "05xx0123456789", "0506\u00000123456789"]) {
        client.send(Buffer.from(message, "latin1"));
        checkError(await client.next(), "0000000000", "400", "VALIDATION_ERROR", "Unreadable message.");
      }
      client.socket.send("05060123456789 as text");
      checkError(await client.next(), "0000000000", "400", "VALIDATION_ERROR", "Unreadable message.");
      client.send(subscribe("0123456789", id, "results-01"));
      expect(await client.next()).toHaveLength(13);
    });
  });

  test("too many messages without a head close the socket", async () => {
    await withSession({ limits: { unreadableMessagesMax: 3 } }, async ({ client }) => {
      for (let message = 0; message < 3; message += 1) client.send(Buffer.from("x"));
      expect(await client.closed()).toMatchObject({ code: 1008 });
    });
  });

  test("a message that is too large closes the socket with the code for it", async () => {
    await withSession({ limits: { socketMessageBytesMax: 50_000 } }, async ({ client }) => {
      client.send(Buffer.alloc(50_001, "0"));
      expect(await client.closed()).toMatchObject({ code: 1009 });
    });
  });
});

describe("tokens", () => {
  test.each([
    ["wrong", "Bearer wrong", 401],
    ["empty", "Bearer ", 401],
  ])("the upgrade is refused with a token that is %s", async (_what, token, status) => {
    await withServer({}, async (harness) => {
      await expect(harness.connect(token)).rejects.toThrow(`Unexpected server response: ${status}`);
    });
  });

  test("the upgrade is refused with a device token, and accepted without Bearer", async () => {
    await withServer({}, async (harness) => {
      await expect(harness.connect(await harness.deviceToken())).rejects.toThrow("Unexpected server response: 403");
      const client = await harness.connect((await harness.userToken()).replace("Bearer ", ""));
      expect(client.socket.protocol).toBe("");
    });
  });

  test("without a header everything but the log-in by message is refused; the log-in echoes the token", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const bare = token.replace("Bearer ", "");
      const id = await harness.measurement(token);
      const client = await harness.connect();
      client.send(subscribe("0123456789", id, "results-01"));
      checkError(await client.next(), "0123456789", "401", "INVALID_TOKEN", "Log in to get a new token.");
      client.send(chunk(id, 0));
      checkError(await client.next(), "chunk00000", "401", "INVALID_TOKEN", "Log in to get a new token.");
      client.send(login("0123456789", "wrong"));
      checkError(await client.next(), "0123456789", "401", "INVALID_TOKEN", "Log in to get a new token.");
      client.send(login("0123456789", (await harness.deviceToken()).replace("Bearer ", "")));
      checkError(await client.next(), "0123456789", "403", "RESTRICTED", "This token may not do that.");
      client.send(login("0123456789", bare));
      expect((await client.next()).toString("latin1")).toBe(`0123456789200\n\u002b${bare}`);
      client.send(subscribe("0123456789", id, "results-01"));
      expect(await client.next()).toHaveLength(13);
    });
  });

  test("another user's log-in on the same socket ends the subscriptions of the first", async () => {
    await withSession({}, async ({ harness, token, id, client }) => {
      client.send(subscribe("0123456789", id, "results-01"));
      await client.next();
      client.send(login("aaaaaaaaaa", (await harness.userToken("other@example.org")).replace("Bearer ", "")));
      expect(partsOf(await client.next()).status).toBe("200");
      await harness.addData(token, id, { Action: "LAST::PROCESS" });
      await harness.untilStatus(token, id, "COMPLETE");
      expect(await client.rest()).toEqual([]);
    });
  });

  test("a socket that never logs in is closed", async () => {
    await withServer({ limits: { loginMsMax: 50 } }, async (harness) => {
      const client = await harness.connect();
      expect(await client.closed()).toEqual({ code: 1008, reason: "A token is needed." });
    });
  });
});

describe("subprotocols", () => {
  test("proto and json are taken, others are not promised", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      expect((await harness.connect(token, ["proto"])).socket.protocol).toBe("proto");
      expect((await harness.connect(token, ["json"])).socket.protocol).toBe("json");
      expect((await harness.connect(token, ["xml", "json", "proto"])).socket.protocol).toBe("json");
      await expect(harness.connect(token, ["xml"])).rejects.toThrow("Server sent no subprotocol");
    });
  });
});

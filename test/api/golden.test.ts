import { expect, test } from "vitest";

import { encodeResponse } from "../../src/wire/frames.js";
import { MEASUREMENT, type StubScript } from "../helpers/stub-server.js";
import { add, chunk, METHODS, subscribe, until, withSession } from "./with-session.js";

// Vectors made with the MIT-licensed descriptors of the vendor's Python client.
const M = "30303030303030302d303030302d343030302d383030302d303030303030303030303031";
const SUBSCRIBE = `30353130303132333435363738390a260a24${M}120a30313233343536373839`;
const ADD_FIRST = `30353036616263646566303132330a260a24${M}120e46495253543a3a50524f43455353280f35000070413a0301020342027b7d`;
const ADD_LAST = `30353036616263646566303132340a260a24${M}120d4c4153543a3a50524f434553531803202d283c35000070413a0301020342027b7d`;

function idsInTurn(...ids: string[]): () => string {
  return () => ids.shift() ?? "zzzzzzzzzz";
}

test("what goes out over the WebSocket is byte for byte what the official client sends", async () => {
  const script: StubScript = {
    frame: ({ action, requestId }, link) => {
      if (action === "0506") link.send(encodeResponse(requestId, 200, new Uint8Array()));
      return action === "0506";
    },
  };
  const newRequestId = idsInTurn("0123456789", "0123456789", "abcdef0123", "abcdef0124");
  await withSession(script, { newRequestId }, async (joined) => {
    await subscribe(joined);
    await add(joined, 0);
    await add(joined, 3);
    const sent = joined.stub.frames.map((bytes) => Buffer.from(bytes).toString("hex"));
    expect(sent).toEqual([SUBSCRIBE, ADD_FIRST, ADD_LAST]);
    const [upgrade] = joined.stub.upgrades;
    expect(upgrade?.authorization).toBe("Bearer user-token");
    expect(upgrade?.["sec-websocket-protocol"]).toBe(undefined);
  });
});

test("every request has an ID of its own, of ten characters", async () => {
  await withSession({}, {}, async (joined) => {
    await subscribe(joined);
    for (const number of [0, 1, 2]) await add(joined, number);
    const ids = joined.stub.frames.map((bytes) => Buffer.from(bytes.subarray(4, 14)).toString("latin1"));
    expect(ids.every((id) => /^[0-9a-f]{10}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(4);
  });
});

test("the REST body has the seven keys, the metadata as JSON text and standard base64", async () => {
  await withSession({}, { sendMethod: "REST" }, async ({ stub, session }) => {
    const metadata = new Uint8Array(Buffer.from('{"engine":"1.0"}'));
    const payload = Uint8Array.of(251, 239, 255, 0);
    await session.addChunk(MEASUREMENT, { ...chunk(0), metadata, payload }, "FIRST::PROCESS");
    expect(stub.requests.at(-1)).toMatchObject({
      path: `/measurements/${MEASUREMENT}/data`,
      text:
        '{"ChunkOrder":0,"Action":"FIRST::PROCESS","StartTime":0,"EndTime":15,"Duration":15,' +
        String.raw`"Meta":"{\"engine\":\"1.0\",\"Order\":0,\"StartTime\":0,\"EndTime\":15,\"Duration\":15}",` +
        '"Payload":"++//AA=="}',
    });
  });
});

test("metadata that is no JSON object goes out as it is", async () => {
  await withSession({}, { sendMethod: "REST" }, async ({ stub, session }) => {
    const metadata = new Uint8Array(Buffer.from("opaque"));
    await session.addChunk(MEASUREMENT, { ...chunk(0), metadata }, "FIRST::PROCESS");
    expect(JSON.parse(stub.requests.at(-1)?.text ?? "")).toMatchObject({ Meta: "opaque" });
  });
});

test.each(METHODS)(
  "a measurement by %s ends with every result, its values divided by the multiplier",
  async (sendMethod) => {
    await withSession({}, { sendMethod }, async (joined) => {
      await subscribe(joined);
      for (const number of [0, 1, 2, 3]) expect(await add(joined, number)).toBeGreaterThan(0);
      await until(() => joined.results.length === 4);
      expect(joined.results.map(({ chunkNumber, channels }) => [chunkNumber, channels[0]?.values])).toEqual([
        [0, [72]],
        [1, [73]],
        [2, [74]],
        [3, [75]],
      ]);
      expect(await joined.session.waitForResults(MEASUREMENT, 4, 1_000)).toBe(true);
      expect(await joined.session.retrieve(MEASUREMENT)).toMatchObject({ ID: MEASUREMENT, StatusID: "COMPLETE" });
      expect(joined.stub.upgrades).toHaveLength(1);
      expect(joined.notices).toEqual([]);
    });
  },
);

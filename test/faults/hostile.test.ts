import { join } from "node:path";

import { expect, test } from "vitest";
import type { WebSocket } from "ws";

import { ADD_DATA, encodeResponse, type RequestFrame } from "../../src/wire/frames.js";
import { cleanEnv, freshFolder, start } from "../helpers/program.js";
import { saveChunks } from "../helpers/saved-chunks.js";
import { bodiesOf, type StubReply, type StubScript, startStub } from "../helpers/stub-server.js";
import { isLong, longTest } from "./scene.js";

// The whole program at a server that follows a script of wrong things, with both versions and both ways to send chunks.
// It ends in time with a status that is documented, and every chunk is there once or the sentence says why not.

const CHUNKS = 3;
const MIB = 1024 * 1024;
const SECRETS = ["licence-key", "secret-word", "user-token", "device-token"];
const env = cleanEnv({
  DFXTERM_LICENSE_KEY: "licence-key",
  DFXTERM_STUDY_ID: "study",
  DFXTERM_EMAIL: "a@b.c",
  DFXTERM_PASSWORD: "secret-word",
});

const WAYS = [
  { api: "v1", method: "REST" },
  { api: "v1", method: "websocket" },
  { api: "v2", method: "REST" },
  { api: "v2", method: "websocket" },
] as const;
type Way = (typeof WAYS)[number];

interface Case {
  readonly name: string;
  readonly script: StubScript;
  readonly status: number | ((way: Way) => number);
}

/** What a script makes of the chunks that come by REST, from 1. */
function chunksByRest(reply: (count: number) => StubReply | undefined): NonNullable<StubScript["rest"]> {
  return ({ path }, count) => (path.endsWith("/data") ? reply(count) : undefined);
}

/** The same for chunks by WebSocket; true when the script has dealt with one. */
function chunksByFrame(
  answer: (frame: RequestFrame, link: WebSocket, count: number) => boolean,
): NonNullable<StubScript["frame"]> {
  return (frame, link, count) => frame.action === ADD_DATA && answer(frame, link, count);
}

/** Refuses chunks with a code, over both ways, when `when` says so. */
function refusing(status: number, code: string, when: (count: number) => boolean): StubScript {
  return {
    rest: chunksByRest((count) => (when(count) ? { status, body: { Code: code } } : undefined)),
    frame: chunksByFrame(({ requestId }, link, count) => {
      if (!when(count)) return false;
      link.send(encodeResponse(requestId, status, bodiesOf(link).encodeError({ code, message: "" })));
      return true;
    }),
  };
}

/** What stands before a service answers for it. */
const refusingPages: StubScript = {
  rest: chunksByRest(() => ({ status: 502, body: "<html>bad gateway</html>" })),
  frame: chunksByFrame(({ requestId }, link) => {
    link.send(encodeResponse(requestId, 502, new Uint8Array()));
    return true;
  }),
};

const garbage: StubScript = {
  frame: chunksByFrame((_frame, link) => {
    link.send(Buffer.from("\u0000\u0001garbage"));
    link.send(encodeResponse("nobodysent", 200, Buffer.from("ffffff", "hex")));
    link.send("text");
    return false;
  }),
};

const acknowledgementLost: StubScript = {
  replays: true,
  rest: chunksByRest((count) => (count === 2 ? "do-then-drop" : undefined)),
  frame: (frame, link, count, stub) => {
    if (frame.action !== ADD_DATA || count !== 2) return false;
    const { chunkOrder, action } = bodiesOf(link).decodeAddData(frame.body);
    stub.store(chunkOrder ?? 1, action);
    link.terminate();
    return true;
  },
};

const large: StubScript = {
  replays: true,
  rest: chunksByRest((count) => (count === 2 ? { status: 200, body: "x".repeat(50 * MIB) } : undefined)),
  frame: chunksByFrame((_frame, link, count) => {
    if (count === 2) link.send(Buffer.alloc(50 * MIB));
    return false;
  }),
};

const closing: StubScript = {
  replays: true,
  frame: chunksByFrame((_frame, link) => {
    setTimeout(() => link.close(), 5);
    return false;
  }),
};

/** Version 2 by REST needs no WebSocket: results are fetched. */
const needsSocket = ({ api, method }: Way): number => (api === "v2" && method === "REST" ? 0 : 5);

const CASES: readonly Case[] = [
  { name: "garbage between the messages", script: garbage, status: 0 },
  { name: "503 twice", script: refusing(503, "SERVICE_UNAVAILABLE", (count) => count <= 2), status: 0 },
  { name: "a page of a gateway for every chunk", script: refusingPages, status: 5 },
  { name: "429 once", script: refusing(429, "RATE_LIMIT", (count) => count === 2), status: 0 },
  { name: "a token that expires in the middle", script: refusing(401, "TOKEN_EXPIRED", (n) => n === 2), status: 0 },
  { name: "a token that is expired for ever", script: refusing(401, "TOKEN_EXPIRED", () => true), status: 4 },
  { name: "an acknowledgement that is lost", script: acknowledgementLost, status: 0 },
  { name: "results before acknowledgements", script: { results: "before" }, status: 0 },
  { name: "every result twice", script: { results: "twice" }, status: 0 },
  { name: "no results", script: { results: "none" }, status: 3 },
  { name: "50 MiB at once", script: large, status: ({ method }) => (method === "REST" ? 5 : 0) },
  { name: "a WebSocket that never opens", script: { upgrade: () => "hang" }, status: needsSocket },
  { name: "a WebSocket that is refused", script: { upgrade: () => 500 }, status: needsSocket },
  { name: "a WebSocket that closes after each chunk", script: closing, status: 0 },
  {
    name: "no answer to any chunk",
    script: { rest: chunksByRest(() => "hang"), frame: chunksByFrame(() => true) },
    status: 5,
  },
];

async function play({ name, script, status }: Case, way: Way): Promise<void> {
  const stub = await startStub(script);
  const folder = freshFolder("hostile");
  const at = ["--rest-url", stub.restUrl, "--ws-url", stub.wsUrl, "--api", way.api, "--send-method", way.method];
  const chunks = saveChunks(join(folder, "saved"), CHUNKS);
  const ended = await start(
    ["measure", "--from-chunks", chunks, ...at, "--no-token-cache", "--state-dir", folder, "--json"],
    env,
  ).finished;
  const story = `${name}, ${way.api} by ${way.method}: ${ended.stderr}`;
  const expected = typeof status === "number" ? status : status(way);
  expect(ended.status, story).toBe(expected);
  if (expected === 0 || expected === 3) expect(stub.stored, story).toEqual([0, 1, 2]);
  else expect(ended.stderr, story).toMatch(/^dfxterm: [A-Z][^\n]{20,}\.\n$/);
  expect(new Set(stub.stored).size, story).toBe(stub.stored.length);
  for (const secret of SECRETS) expect(ended.stdout + ended.stderr, story).not.toContain(secret);
  await stub.close();
}

if (!isLong) {
  test("garbage between the messages loses and doubles nothing", async () => {
    await Promise.all(CASES.slice(0, 1).map(async (each) => await play(each, { api: "v2", method: "websocket" })));
  });
}

for (const each of CASES) {
  longTest(`${each.name}: it ends as documented, with every chunk once`, async () => {
    await Promise.all(WAYS.map(async (way) => await play(each, way)));
  });
}

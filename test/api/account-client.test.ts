import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

import { afterEach, expect, test, vi } from "vitest";

import { RestClient } from "../../src/api/rest-client.js";
import { DEFAULT_TIMING } from "../../src/api/timing.js";
import { Bearer, fixedToken } from "../../src/api/token-source.js";
import { serverStatus, tokenState } from "../../src/api/v2-account.js";
import { AccountClient } from "../../src/api/v2-account-lists.js";
import type { StubReply } from "../helpers/stub-server.js";
import { CONFIG_BYTES, STUDY, V2Stub } from "../helpers/v2-stub.js";

// What servers may answer to the account endpoints, and what becomes of it.

const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

function restAt(restUrl: string): RestClient {
  const timing = { ...DEFAULT_TIMING, connectMs: 2_000, requestMs: 2_000, idleMs: 2_000, retryMs: [5, 5] };
  const rest = new RestClient({
    serverName: "stub",
    restUrl,
    timing,
    random: Math.random,
    secrets: [],
    onNotice: () => undefined,
  });
  closers.push(() => rest.close());
  return rest;
}

const signal = new AbortController().signal;
const context = (rest: RestClient) => ({ rest, serverName: "stub", signal, onSecret: () => undefined });

/** A client at a server that gives this reply to everything. */
async function clientAt(reply: (count: number) => StubReply): Promise<{ client: AccountClient; stub: V2Stub }> {
  let count = 0;
  const stub = await V2Stub.start(() => {
    count += 1;
    return reply(count);
  });
  closers.push(() => stub.close());
  const bearer = new Bearer(fixedToken("a-token"), () => undefined);
  return { client: new AccountClient({ rest: restAt(stub.restUrl), bearer, serverName: "stub", signal }), stub };
}

const page = { limit: 25, offset: 0 };

test("records keep what they are not known for, and odd values become absent", async () => {
  const rows = [
    { ID: "1", Name: 7, Created: "yesterday", Extra: { a: 1 }, TotalCount: "12" },
    { ID: "2", Name: null },
  ];
  const { client } = await clientAt(() => ({ status: 200, body: rows }));
  expect(await client.studies({}, page)).toEqual({
    rows: [
      { ID: "1", Name: undefined, Created: undefined, Extra: { a: 1 }, TotalCount: "12" },
      { ID: "2", Name: null },
    ],
    total: 12,
  });
});

test("an empty list has no total, and what is no list is unreadable", async () => {
  const bodies: unknown[] = [[], { Studies: [] }, "text", [{ Name: "no ID" }], null];
  const { client } = await clientAt((count) => ({ status: 200, body: bodies[count - 1] }));
  expect(await client.studies({}, page)).toEqual({ rows: [], total: undefined });
  for (const code of ["WIRE", "SERVER", "WIRE", "WIRE"]) {
    await expect(client.studies({}, page)).rejects.toMatchObject({ code });
  }
});

test("reading is repeated when a server is busy or an answer is lost, creating is not", async () => {
  const replies: StubReply[] = ["drop", { status: 503 }, { status: 200, body: [] }, "drop"];
  const { client, stub } = await clientAt((count) => replies[count - 1] ?? "drop");
  expect((await client.profiles({}, page)).rows).toEqual([]);
  await expect(client.createProfile("a", "b")).rejects.toMatchObject({ code: "NETWORK" });
  expect(stub.calls).toHaveLength(4);
});

test("a configuration comes as base64 or as a buffer that Node has written, and must have its hash", async () => {
  const md5 = "951cdaf53ef94ee0d7e81af37bec19cc";
  const bodies = [
    { ConfigFile: CONFIG_BYTES.toString("base64"), MD5Hash: md5.toUpperCase() },
    { ConfigFile: { type: "Buffer", data: [...CONFIG_BYTES] }, MD5Hash: md5 },
    { ConfigFile: CONFIG_BYTES.toString("base64"), MD5Hash: "0".repeat(32) },
    { ConfigFile: "not base64!", MD5Hash: md5 },
  ];
  const { client } = await clientAt((count) => ({ status: 200, body: bodies[count - 1] }));
  for (let form = 0; form < 2; form += 1) {
    const config = await client.studyConfig(STUDY, "sdk", "");
    expect(config?.md5).toBe(md5);
    expect(CONFIG_BYTES.equals(config?.bytes ?? new Uint8Array())).toBe(true);
  }
  await expect(client.studyConfig(STUDY, "sdk", "")).rejects.toMatchObject({
    code: "WIRE",
    message: expect.stringMatching(/MD5/),
  });
  await expect(client.studyConfig(STUDY, "sdk", "")).rejects.toMatchObject({ code: "WIRE" });
});

test("304 is an answer only to who has something", async () => {
  const { client } = await clientAt(() => ({ status: 304 }));
  expect(await client.studyConfig(STUDY, "sdk", "951cdaf53ef94ee0d7e81af37bec19cc")).toBeUndefined();
  await expect(client.studyConfig(STUDY, "sdk", "")).rejects.toMatchObject({ code: "SERVER" });
});

test("a profile's ID may come bare or in an object", async () => {
  const { client } = await clientAt((count) => ({ status: 200, body: count === 1 ? '"bare"' : { ID: "in" } }));
  expect([await client.createProfile("a", "b"), await client.createProfile("a", "b")]).toEqual(["bare", "in"]);
});

test("a web page in place of a server is told as one", async () => {
  const { stub } = await clientAt(() => ({ status: 200, body: "<html>" }));
  await expect(serverStatus(context(restAt(stub.restUrl)))).rejects.toMatchObject({
    code: "SERVER",
    message: expect.stringMatching(/does not answer as a DFX server does/),
  });
});

test("only the service's own words make a token expired or dead", async () => {
  const replies: StubReply[] = [
    { status: 401, body: { Code: "TOKEN_EXPIRED" } },
    { status: 401, body: { Code: "INACTIVE_DEVICE" } },
    { status: 401 },
    { status: 403, body: { Code: "RESTRICTED" } },
    { status: 404, body: "<html>" },
  ];
  const { stub } = await clientAt((count) => replies[count - 1] ?? "drop");
  const rest = restAt(stub.restUrl);
  const kinds = ["expired", "dead", "dead", "unclear", "unclear"];
  for (const kind of kinds) expect((await tokenState("t", "v2", context(rest))).kind).toBe(kind);
});

// For localhost, signed by nobody but itself; made with openssl for this test.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHgMxMMU26TGnixQs
VzuGj3UHL2xaVlKH9hwM0A3doeyhRANCAAQVXSP5uBJoZov0k89xrnyqRiNmXitp
+iEbed+cqhTwQAzaWmPvnN336OG/SgS4lbHT7cHetdhnoZzuJ3jqZgiJ
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIURig9hEyuZy6tOLHF15ql/z/dkbowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA1MTcyMFoYDzIxMjYxMDMw
MDUxNzIwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQVXSP5uBJoZov0k89xrnyqRiNmXitp+iEbed+cqhTwQAzaWmPvnN33
6OG/SgS4lbHT7cHetdhnoZzuJ3jqZgiJo28wbTAdBgNVHQ4EFgQUE/+yg6oNw8Bq
QGSs8NnFvO7aURUwHwYDVR0jBBgwFoAUE/+yg6oNw8BqQGSs8NnFvO7aURUwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhALBBj9BggGW6FR+SdshQ4kiP1pXEDPqtgqFvX/TBVN12AiEA
wyLw9xhC3crUD9O2mce9Ju9+v1XIXRnyj8sC16pVpZ4=
-----END CERTIFICATE-----`;

test("a certificate that nobody vouches for is refused, also when Node was told not to care", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  let requests = 0;
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => {
    requests += 1;
    response.end("{}");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  closers.push(() => server.close());
  const rest = restAt(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(serverStatus(context(rest))).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringMatching(/no trusted TLS connection/),
  });
  expect(requests).toBe(0);
});

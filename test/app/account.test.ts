import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { Account } from "../../src/app/account.js";
import type { Identity } from "../../src/app/account-identity.js";
import { accountServer } from "../../src/app/account-server.js";
import { tokenFile } from "../../src/app/token-cache.js";
import { freshFolder } from "../helpers/program.js";
import { type StubReply, startStub } from "../helpers/stub-server.js";
import { EMAIL, LICENCE, PASSWORD, type V2Script, V2Stub } from "../helpers/v2-stub.js";

// Tokens over their whole life, against real sockets.

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const EVERYTHING: Identity = { licenseKey: LICENCE, email: EMAIL, password: PASSWORD };
const STUB_V1 = { licenseKey: "licence-key", email: "a@b.c", password: "secret-word" };

interface Desk {
  readonly stub: V2Stub;
  readonly configDir: string;
  /** Another process, as far as the account can tell. */
  readonly account: (identity?: Identity, onNotice?: (text: string) => void) => Account;
}

async function desk(script?: V2Script): Promise<Desk> {
  const stub = await V2Stub.start(script);
  closers.push(() => stub.close());
  const configDir = join(freshFolder("account"), "dfxterm");
  return {
    stub,
    configDir,
    account: (identity = {}, onNotice = () => undefined) =>
      accountAt({ restUrl: stub.restUrl, api: "v2" }, configDir, identity, onNotice),
  };
}

function accountAt(
  server: Parameters<typeof accountServer>[0],
  configDir: string,
  identity: Identity,
  onNotice: (text: string) => void = () => undefined,
): Account {
  const account = new Account(accountServer(server), identity, {
    file: tokenFile(configDir),
    signal: new AbortController().signal,
    onStep: () => undefined,
    onNotice,
    timing: { retryMs: [5, 5, 5] },
  });
  closers.push(() => account.close());
  return account;
}

/** The first `times` requests for a path get this reply. */
function answering(path: string, reply: StubReply, times = Infinity): V2Script {
  return (request, count) => (request.path === path && count <= times ? reply : undefined);
}

/** A desk where somebody has logged in; calls until then are forgotten. */
async function loggedIn(script?: V2Script): Promise<Desk> {
  const at = await desk(script);
  await at.account(EVERYTHING).signIn();
  at.stub.requests.length = 0;
  return at;
}

function cacheOf({ configDir }: Desk): string {
  return readFileSync(join(configDir, "tokens.json"), "utf8");
}

async function failure(work: Promise<unknown>): Promise<{ code?: string; message: string }> {
  try {
    await work;
  } catch (error) {
    return error as { code?: string; message: string };
  }
  throw new Error("it did not fail");
}

test("the first sign-in registers and logs in, the second needs neither licence nor password", async () => {
  const { stub, account } = await loggedIn();
  const again = account();
  await again.signIn();
  expect(stub.calls).toEqual(["GET /status", "GET /auth"]);
  expect(again).toMatchObject({ token: "user-token-2", email: EMAIL });
  expect(stub.devices.size).toBe(1);
});

test("registration and login carry what the version 2 clients send", async () => {
  const { stub, account } = await desk();
  await account(EVERYTHING).signIn();
  const bodies = stub.requests.map(({ text }) => (text === "" ? {} : (JSON.parse(text) as object)));
  expect(bodies[1]).toMatchObject({
    Key: LICENCE,
    Identifier: "DFXCLIENT",
    TokenSubject: "",
    TokenExpiresIn: 86_400,
    RefreshTokenExpiresIn: 2_592_000,
  });
  expect(bodies[2]).toEqual({
    Email: EMAIL,
    Password: PASSWORD,
    MFAToken: "",
    TokenExpiresIn: 86_400,
    RefreshTokenExpiresIn: 2_592_000,
  });
});

test("a server that is not active is told so, and nothing else is asked of it", async () => {
  const script = answering("/status", { status: 200, body: { StatusID: "MAINTENANCE" } });
  const { stub, account } = await desk(script);
  expect(await failure(account(EVERYTHING).signIn())).toMatchObject({
    code: "SERVER",
    message: expect.stringMatching(/not active \(MAINTENANCE\)/),
  });
  expect(stub.calls).toEqual(["GET /status"]);
});

test("a server that is slow is used, and said to be slow", async () => {
  const at = await desk(answering("/status", { status: 200, body: { StatusID: "LATENCY" } }));
  const notices: string[] = [];
  await at.account(EVERYTHING, (text) => notices.push(text)).signIn();
  expect(notices).toEqual([expect.stringMatching(/says that it is slow now/)]);
});

test("an expired token is renewed, and both new tokens are kept", async () => {
  const at = await loggedIn();
  at.stub.age("user", "expired");
  const account = at.account();
  await account.signIn();
  expect(at.stub.calls).toEqual(["GET /status", "GET /auth", "POST /auths/renew"]);
  expect(account.token).toBe("user-token-3");
  expect(cacheOf(at)).toContain("user-refresh-3");
  expect(cacheOf(at)).not.toContain("user-token-2");
});

test("a refresh token is used once, however many find the token expired", async () => {
  const at = await loggedIn();
  const accounts = [1, 2, 3, 4].map(() => at.account());
  await Promise.all(accounts.map(async (account) => await account.signIn()));
  at.stub.age("user", "expired");
  const renewed = await Promise.all(accounts.map(async (account) => await account.renew()));
  expect(renewed).toEqual([true, true, true, true]);
  expect(at.stub.calls.filter((call) => call === "POST /auths/renew")).toHaveLength(1);
  expect(new Set(accounts.map(({ token }) => token))).toEqual(new Set(["user-token-3"]));
});

test("tokens that cannot be renewed any more are erased, and a person has to log in", async () => {
  const script = answering("/auths/renew", { status: 401, body: { Code: "TOKEN_EXPIRED" } });
  const at = await loggedIn(script);
  at.stub.age("user", "expired");
  expect(await failure(at.account().signIn())).toMatchObject({
    code: "AUTH",
    message: expect.stringMatching(/has expired and cannot be renewed\. Run "dfxterm login --rest-url http/),
  });
  expect(cacheOf(at)).not.toContain("user-token");
  expect(cacheOf(at)).toContain("device-token-1");
  expect(await failure(at.account().signIn())).toMatchObject({
    code: "AUTH",
    message: expect.stringMatching(/not logged in/),
  });
});

test("after any other refusal to renew the tokens stay", async () => {
  const script = answering("/auths/renew", { status: 400, body: { Code: "BAD_REQUEST" } });
  const at = await loggedIn(script);
  at.stub.age("user", "expired");
  expect(await failure(at.account().signIn())).toMatchObject({ code: "AUTH" });
  expect(cacheOf(at)).toContain("user-token-2");
});

test("a lost answer to a renewal is not followed by another try with the spent refresh token", async () => {
  const script = answering("/auths/renew", "do-then-drop");
  const at = await loggedIn(script);
  at.stub.age("user", "expired");
  expect(await failure(at.account().signIn())).toMatchObject({ code: "NETWORK" });
  expect(at.stub.calls.filter((call) => call === "POST /auths/renew")).toHaveLength(1);
  expect(cacheOf(at)).toContain("user-token-2");
});

test("a dead user token is replaced on the same device when the password is at hand", async () => {
  const at = await loggedIn();
  at.stub.age("user", "dead");
  await at.account({ email: EMAIL, password: PASSWORD }).signIn();
  expect(at.stub.calls).toEqual(["GET /status", "GET /auth", "POST /users/auth"]);
  expect(at.stub.devices.size).toBe(1);
});

test("a dead device is registered again with the licence, and only with it", async () => {
  const at = await loggedIn();
  at.stub.age("user", "dead");
  at.stub.age("device", "dead");
  expect(await failure(at.account({ email: EMAIL, password: PASSWORD }).signIn())).toMatchObject({
    code: "AUTH",
    message: expect.stringMatching(/INVALID_TOKEN/),
  });
  await at.account(EVERYTHING).signIn();
  expect(at.stub.calls.slice(-3)).toEqual(["POST /users/auth", "POST /organizations/licenses", "POST /users/auth"]);
  expect(cacheOf(at)).not.toContain("device-token-1");
});

test("an expired device token is renewed before a user logs in on it", async () => {
  const at = await loggedIn();
  at.stub.age("user", "dead");
  at.stub.age("device", "expired");
  await at.account({ email: EMAIL, password: PASSWORD }).signIn();
  expect(at.stub.calls.slice(-3)).toEqual(["POST /users/auth", "POST /auths/renew", "POST /users/auth"]);
  expect(at.stub.devices.size).toBe(1);
});

test("a refusal that says nothing about the token leaves everything as it is", async () => {
  const script = answering("/auth", { status: 403, body: { Code: "RESTRICTED" } });
  const at = await loggedIn(script);
  const before = cacheOf(at);
  expect(await failure(at.account(EVERYTHING).signIn())).toMatchObject({
    code: "AUTH",
    message: expect.stringMatching(/RESTRICTED/),
  });
  expect(cacheOf(at)).toBe(before);
  expect(at.stub.devices.size).toBe(1);
});

test("a wrong password takes one place of the licence, not one with every try", async () => {
  const at = await desk();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const error = await failure(at.account({ ...EVERYTHING, password: "wrong" }).signIn());
    expect(error).toMatchObject({ code: "AUTH", message: expect.stringMatching(/refused the password/) });
  }
  await at.account(EVERYTHING).signIn();
  expect(at.stub.devices.size).toBe(1);
});

test("no place of the licence is taken while something else is missing", async () => {
  const at = await desk();
  expect(await failure(at.account({ licenseKey: LICENCE }).signIn())).toMatchObject({ code: "AUTH" });
  expect(at.stub.devices.size).toBe(0);
});

test("processes that sign in at the same time register once", async () => {
  const at = await desk();
  await Promise.all(Array.from({ length: 5 }, async () => await at.account(EVERYTHING).signIn()));
  expect(at.stub.devices.size).toBe(1);
  expect(at.stub.calls.filter((call) => call === "POST /users/auth")).toHaveLength(1);
});

test("an unknown user is created only when that is asked for", async () => {
  const at = await desk();
  const newcomer = { ...EVERYTHING, email: "new@example.org" };
  expect(await failure(at.account(newcomer).signIn())).toMatchObject({
    code: "AUTH",
    message: expect.stringMatching(/does not know this e-mail address.*--create-user/),
  });
  await at.account({ ...newcomer, mayCreate: true }).signIn();
  expect(at.stub.users.has("new@example.org")).toBe(true);
});

test("several users of one device are told apart by their e-mail addresses", async () => {
  const at = await loggedIn();
  at.stub.users.set("bob@example.org", "b");
  await at.account({ email: "bob@example.org", password: "b" }).logIn();
  const [last, ada] = [at.account(), at.account({ email: EMAIL.toUpperCase() })];
  await Promise.all([last.signIn(), ada.signIn()]);
  expect(last.email).toBe("bob@example.org");
  expect(ada).toMatchObject({ email: EMAIL, token: "user-token-2" });
  expect(at.stub.devices.size).toBe(1);
});

test("tokens of one server, version or licence are not taken for another", async () => {
  const at = await loggedIn();
  const other = await V2Stub.start();
  closers.push(() => other.close());
  const there = accountAt({ restUrl: other.restUrl, api: "v2" }, at.configDir, {});
  expect(await failure(there.signIn())).toMatchObject({ code: "AUTH" });
  const older = accountAt({ restUrl: at.stub.restUrl, api: "v1" }, at.configDir, {});
  expect(await failure(older.signIn())).toMatchObject({ code: "AUTH" });
  expect(await failure(at.account({ licenseKey: "another licence" }).signIn())).toMatchObject({ code: "AUTH" });
  expect(JSON.stringify(other.requests)).not.toContain("token-");
});

test("a token that cannot stand in a header is no token", async () => {
  const script = answering("/users/auth", { status: 200, body: { Token: "a\r\nSet-Cookie: b", RefreshToken: "r" } });
  const at = await desk(script);
  expect(await failure(at.account(EVERYTHING).signIn())).toMatchObject({ code: "WIRE" });
  expect(cacheOf(at)).not.toContain("Set-Cookie");
});

test("the device alone can be used in version 2", async () => {
  const at = await desk();
  await at.account({ licenseKey: LICENCE, deviceOnly: true }).logIn();
  const account = at.account();
  await account.signIn();
  expect(account).toMatchObject({ token: "device-token-1", email: undefined });
});

test("a server that hangs is given up, and the lock with it", async () => {
  const script = answering("/organizations/licenses", "hang", 1);
  const at = await desk(script);
  const stop = new AbortController();
  const waiting = new Account(accountServer({ restUrl: at.stub.restUrl, api: "v2" }), EVERYTHING, {
    file: tokenFile(at.configDir),
    signal: stop.signal,
    onStep: () => undefined,
    onNotice: () => undefined,
  });
  const ended = failure(waiting.signIn());
  setTimeout(() => stop.abort(), 100);
  expect(await ended).toMatchObject({ code: "CANCELLED" });
  waiting.close();
  await at.account(EVERYTHING).signIn();
});

test("version 1: cached tokens are checked, and a server that has forgotten them gets a login", async () => {
  const stub = await startStub({
    rest: ({ method, path, headers }) =>
      method === "GET" && path.startsWith("/measurements/") && headers.authorization !== "Bearer user-token"
        ? { status: 401, body: { Code: "INVALID_TOKEN" } }
        : undefined,
  });
  closers.push(() => stub.close());
  const configDir = join(freshFolder("account"), "dfxterm");
  const server = { restUrl: stub.restUrl, wsUrl: stub.wsUrl, api: "v1" } as const;
  await accountAt(server, configDir, STUB_V1).signIn();
  await accountAt(server, configDir, {}).signIn();
  const paths = stub.requests.map(({ method, path }) => `${method} ${path}`);
  // The stub has no 202; 500 for a measurement that does not exist tells the same.
  expect(paths).toEqual([
    "POST /organizations/licenses",
    "POST /users/auth",
    "GET /users",
    "GET /measurements/00000000-0000-0000-0000-000000000000",
  ]);
  expect(stub.requests[1]?.text).toBe('{"Email":"a@b.c","Password":"secret-word"}');

  const fresh = await startStub({
    rest: ({ path, headers }, count) =>
      path !== "/organizations/licenses" && headers.authorization !== undefined && count === 1
        ? { status: 401, body: { Code: "INVALID_TOKEN" } }
        : undefined,
  });
  closers.push(() => fresh.close());
  const moved = readFileSync(join(configDir, "tokens.json"), "utf8").replaceAll(stub.restUrl, fresh.restUrl);
  await tokenFile(configDir).exclusively(new AbortController().signal, async (editor) => {
    await editor.save(JSON.parse(moved));
  });
  await accountAt({ ...server, restUrl: fresh.restUrl }, configDir, STUB_V1).signIn();
  expect(fresh.requests.map(({ path }) => path)).toEqual([
    "/users",
    "/users/auth",
    "/organizations/licenses",
    "/users/auth",
  ]);
});

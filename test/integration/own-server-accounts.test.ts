import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { Account } from "../../src/app/account.js";
import { accountServer } from "../../src/app/account-server.js";
import { tokenFile } from "../../src/app/token-cache.js";
import { type RunningServer, startServer } from "../../src/server/server.js";
import { type AccountPlace, accountPlace } from "../helpers/account-place.js";

// The account commands and our own server, version 2 on both sides.

const STUDY = "11111111-2222-3333-4444-555555555555";
const LICENCE = { DFXTERM_LICENSE_KEY: "our-licence" };
const DAY_MS = 86_400_000;

let server: RunningServer;
let laterMs = 0;

beforeAll(async () => {
  server = await startServer({
    restPort: 0,
    wsPort: 0,
    licenseKeys: ["our-licence"],
    studies: [{ id: STUDY, name: "ours", config: Buffer.from(`{"format":"dfxterm-study"}`) }],
    nowMs: () => Date.now() + laterMs,
  });
});
afterAll(async () => {
  await server.close();
});

async function loggedIn(email: string): Promise<AccountPlace> {
  const place = accountPlace({ DFXTERM_REST_URL: server.restUrl, DFXTERM_API: "v2" });
  const env = { ...LICENCE, DFXTERM_EMAIL: email, DFXTERM_PASSWORD: "horse" };
  expect(await place.run(["login", "--create-user"], env)).toMatchObject({ status: 0, stderr: "" });
  return place;
}

/** What another process would have. */
function accountIn(configDir: string): Account {
  return new Account(
    accountServer({ restUrl: server.restUrl, api: "v2" }),
    {},
    {
      file: tokenFile(configDir),
      signal: new AbortController().signal,
      onStep: () => undefined,
      onNotice: () => undefined,
    },
  );
}

interface Kept {
  readonly servers: { readonly licences: { readonly users: { readonly token: string }[] }[] }[];
}

function tokenOf({ configDir }: AccountPlace): string {
  const { servers } = JSON.parse(readFileSync(join(configDir, "tokens.json"), "utf8")) as Kept;
  return servers[0]?.licences[0]?.users[0]?.token ?? "";
}

async function json<Value>(place: AccountPlace, ...args: string[]): Promise<Value> {
  const { status, stdout, stderr } = await place.run([...args, "--json"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as Value;
}

test("studies, profiles and measurements of our own server", async () => {
  const ada = await loggedIn("ada@example.org");
  expect((await json<{ ID: string }[]>(ada, "studies", "list")).map(({ ID }) => ID)).toContain(STUDY);
  expect((await ada.run(["studies", "select", STUDY])).stdout).toContain(`Selected study ${STUDY} (ours)`);
  expect((await ada.run(["studies", "download"])).stdout).toMatch(/^Downloaded: .*\nIt is a study of dfxterm's engine/);
  expect((await ada.run(["studies", "download"])).stdout).toMatch(/^Up to date: /);

  const { ID: profile } = await json<{ ID: string }>(ada, "profiles", "create", "Grace", "grace@example.org");
  expect((await ada.run(["profiles", "update", profile, "--name", "Grace H."])).status).toBe(0);
  expect(await json(ada, "profiles", "get", profile)).toMatchObject({ Name: "Grace H.", Email: "grace@example.org" });

  for (const UserProfileID of [profile, "", ""]) {
    await fetch(`${server.restUrl}/measurements`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokenOf(ada)}` },
      body: JSON.stringify({ StudyID: STUDY, Resolution: 0, UserProfileID, PartnerID: "" }),
    });
  }
  const rows = await json<{ ID: string; TotalCount?: number }[]>(ada, "measurements", "list", "--limit", "2");
  expect(rows).toHaveLength(2);
  expect((await ada.run(["measurements", "list", "--limit", "2"])).stdout).toMatch(
    /\n1-2 of 3; more with --offset 2\n$/,
  );
  expect(await json(ada, "measurements", "list", "--offset", "2")).toHaveLength(1);
  expect(await json(ada, "measurements", "list", "--profile", profile)).toHaveLength(1);
  expect(await json(ada, "measurements", "list", "--status", "complete")).toEqual([]);
  const [row] = rows;
  expect((await ada.run(["measurements", "get", row?.ID ?? ""])).stdout).toMatch(
    /^Status +CAPTURING$[^]*No results\./m,
  );

  // What is somebody else's is not there.
  const bob = await loggedIn("bob@example.org");
  expect(await json(bob, "measurements", "list")).toEqual([]);
  expect(await bob.run(["measurements", "get", row?.ID ?? ""])).toMatchObject({ status: 8, stdout: "" });
  expect((await bob.run(["profiles", "remove", profile])).status).toBe(8);
  expect((await ada.run(["profiles", "remove", profile])).status).toBe(0);
});

test("a token that has ended is renewed, and one that cannot be any more is erased", async () => {
  const place = await loggedIn("carol@example.org");
  const first = tokenOf(place);
  laterMs = 1.1 * DAY_MS;
  expect(await place.run(["status"])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Token +valid, ends .*renewable$/m),
  });
  const second = tokenOf(place);
  expect(second).not.toBe(first);
  laterMs = 2.2 * DAY_MS;
  // Several at once: the refresh token works once.
  const accounts = Array.from({ length: 4 }, () => accountIn(place.configDir));
  await Promise.all(accounts.map(async (account) => await account.signIn()));
  const third = tokenOf(place);
  expect(third).not.toBe(second);
  for (const account of accounts) {
    expect(account.token).toBe(third);
    account.close();
  }
  const { run } = place;
  laterMs = 60 * DAY_MS;
  expect(await run(["studies", "list"])).toMatchObject({
    status: 4,
    stderr: expect.stringMatching(/cannot be renewed/),
  });
  expect(tokenOf(place)).toBe("");
  laterMs = 0;
});

test("a device on its own, and the end of it", async () => {
  const place = accountPlace({ DFXTERM_REST_URL: server.restUrl, DFXTERM_API: "v2" });
  expect((await place.run(["login", "--device-only"], LICENCE)).stdout).toMatch(/with the device alone/);
  expect(await place.run(["status"])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^User +the device alone$/m),
  });
  expect((await place.run(["logout", "--device"])).stdout).toMatch(/place in the licence is free/);
  expect(await place.run(["status"])).toMatchObject({ status: 4, stdout: expect.stringMatching(/not registered/) });
});

test("a log-out ends the token at the server", async () => {
  const place = await loggedIn("dora@example.org");
  const token = tokenOf(place);
  const check = async (): Promise<number> =>
    (await fetch(`${server.restUrl}/auth`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await check()).toBe(200);
  expect((await place.run(["logout"])).status).toBe(0);
  expect(await check()).toBe(401);
});

test("a token that the server does not know any more is told as refused, and a login gets another device", async () => {
  const place = await loggedIn("emil@example.org");
  const headers = { authorization: `Bearer ${tokenOf(place)}` };
  // As somebody who looks after the licence would do it.
  expect((await fetch(`${server.restUrl}/organizations/licenses`, { method: "DELETE", headers })).status).toBe(200);
  expect(await place.run(["status"])).toMatchObject({ status: 4, stdout: expect.stringMatching(/^Token +refused/m) });
  const env = { ...LICENCE, DFXTERM_EMAIL: "emil@example.org", DFXTERM_PASSWORD: "horse" };
  expect(await place.run(["studies", "list"], env)).toMatchObject({ status: 0, stderr: "" });
  expect((await place.run(["status"])).stdout).toMatch(/^Token +valid/m);
});

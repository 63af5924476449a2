import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { type AccountPlace, accountPlace } from "../helpers/account-place.js";
import { freshFolder } from "../helpers/program.js";
import type { StubReply } from "../helpers/stub-server.js";
import {
  CONFIG_BYTES,
  EMAIL,
  LICENCE,
  MEASUREMENT,
  PASSWORD,
  STUDY,
  type V2Script,
  V2Stub,
} from "../helpers/v2-stub.js";

// The account commands from the command line to the socket of a real server on the loopback interface.

const open: V2Stub[] = [];
afterEach(async () => {
  for (const stub of open.splice(0)) await stub.close();
});

interface Place extends AccountPlace {
  readonly stub: V2Stub;
}

async function place(script?: V2Script): Promise<Place> {
  const stub = await V2Stub.start(script);
  open.push(stub);
  return { stub, ...accountPlace({ DFXTERM_REST_URL: stub.restUrl, DFXTERM_API: "v2" }) };
}

async function loggedIn(script?: V2Script): Promise<Place> {
  const at = await place(script);
  expect(await at.run(["login"], CREDENTIALS)).toMatchObject({ status: 0, stderr: "" });
  at.stub.requests.length = 0;
  return at;
}

function studyReply(bytes: Buffer): StubReply {
  const MD5Hash = createHash("md5").update(bytes).digest("hex");
  return { status: 200, body: { ConfigFile: bytes.toString("base64"), MD5Hash } };
}

const CREDENTIALS = { DFXTERM_LICENSE_KEY: LICENCE, DFXTERM_EMAIL: EMAIL, DFXTERM_PASSWORD: PASSWORD };

const withoutPort = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, "HOST");

test("login keeps the tokens, and neither licence nor password", async () => {
  const { configDir, run } = await loggedIn();
  const file = join(configDir, "tokens.json");
  const kept = readFileSync(file, "utf8");
  expect(kept).not.toContain(LICENCE);
  expect(kept).not.toContain(PASSWORD);
  expect(kept).toContain("user-token-2");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(configDir).mode & 0o777).toBe(0o700);

  const status = await run(["status"]);
  expect(withoutPort(status.stdout)).toBe(
    "Server   HOST (http://HOST, v2)\n" +
      "Service  ACTIVE, version 2.9.1, na-east\n" +
      `User     ${EMAIL}\n` +
      "Token    valid, ends 2027-01-15 08:00 UTC, renewable\n" +
      `Device   registered as ${/registered as (\S+)/.exec(status.stdout)?.[1]}\n` +
      "Study    none selected\n",
  );
  const object = JSON.parse((await run(["status", "--json"])).stdout) as Record<string, unknown>;
  expect(object).toMatchObject({
    user: EMAIL,
    token: { state: "valid", expires: "2027-01-15T08:00:00.000Z", renewable: true },
    error: null,
  });
});

test("the environment is enough to log in, and to run a command without a login", async () => {
  const { run, stub } = await place();
  expect(await run(["studies", "list", "--csv"], CREDENTIALS)).toMatchObject({ status: 0, stderr: "" });
  expect((await run(["login"], CREDENTIALS)).status).toBe(0);
  expect(stub.devices.size).toBe(1);
});

test("studies are listed, selected, shown and their configuration downloaded once", async () => {
  let reply: StubReply | undefined;
  const { run, stub, configDir } = await loggedIn(({ path }) => (path === "/studies/sdkconfig" ? reply : undefined));
  expect((await run(["studies", "list"])).stdout).toBe(
    "ID                                    Name             Status  Measured\n" +
      `${STUDY}  Resting, seated  ACTIVE        12\n`,
  );
  const selected = await run(["studies", "select", STUDY]);
  expect(withoutPort(selected.stdout)).toBe(`Selected study ${STUDY} (Resting, seated) at HOST.\n`);
  const shown = await run(["studies", "get"]);
  expect(shown.stdout).toMatch(/^Signals +HR_BPM, SNR$/m);
  expect(shown.stdout).toMatch(/^Created +2026-09-21 14:13 UTC$/m);

  const first = await run(["studies", "download"]);
  expect(first.stdout).toMatch(/^Downloaded: .*\.dat \(18 bytes, MD5 [0-9a-f]{32}\)\nIt is for the licensed DFX SDK;/);
  const output = join(freshFolder("study"), "study.dat");
  const second = await run(["studies", "download", "--output", output]);
  expect(second.stdout).toMatch(/^Up to date: /);
  expect(readFileSync(output).equals(CONFIG_BYTES)).toBe(true);
  const hashes = stub.requests
    .filter(({ path }) => path === "/studies/sdkconfig")
    .map(({ text }) => (JSON.parse(text) as { MD5Hash: string }).MD5Hash);
  expect(hashes).toEqual(["", /MD5 (\w+)/.exec(first.stdout)?.[1]]);

  // Our own server has studies of our own engine.
  reply = studyReply(Buffer.from('{"format":"dfxterm-study"}'));
  expect((await run(["studies", "download"])).stdout).toMatch(/\nIt is a study of dfxterm's engine: dfxterm measure '/);
  reply = undefined;

  // A file that was damaged since is fetched again.
  const [name = ""] = readdirSync(join(configDir, "studies"));
  writeFileSync(join(configDir, "studies", name), "damaged");
  expect((await run(["studies", "download"])).stdout).toMatch(/^Downloaded: /);
});

test("a study that is not there is not selected", async () => {
  const { run } = await loggedIn();
  const unknown = await run(["studies", "select", "00000000-0000-4000-8000-00000000dead"]);
  expect(unknown.status).toBe(8);
  expect(unknown.stderr).toMatch(/^dfxterm: Server \S+ refused to show study .* \(NOT_FOUND: stub\)\.[^\n]*\n$/);
  expect(await run(["studies", "get"])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/no study is selected/),
  });
});

test("profiles are made, listed, changed and removed", async () => {
  const { run, stub } = await loggedIn();
  const created = await run(["profiles", "create", "Grace Hopper", "grace@example.org", "--json"]);
  const { ID } = JSON.parse(created.stdout) as { ID: string };
  expect((await run(["profiles", "update", ID, "--status", "inactive"])).stdout).toBe(`Changed profile ${ID}.\n`);
  const change = stub.requests.find(({ method }) => method === "PATCH");
  expect(JSON.parse(change?.text ?? "")).toEqual({
    Name: "Grace Hopper",
    Email: "grace@example.org",
    Status: "INACTIVE",
  });
  expect((await run(["profiles", "list", "--name", "Grace Hopper", "--limit", "5"])).stdout).toBe(
    "ID                                    Name          E-mail             Status\n" +
      `${ID}  Grace Hopper  grace@example.org  INACTIVE\n`,
  );
  expect(stub.requests.at(-1)?.path).toBe("/users/profiles?UserProfileName=Grace+Hopper&Limit=5&Offset=0");
  expect((await run(["profiles", "get", ID, "--csv"])).stdout.split("\r\n")[1]).toContain("Grace Hopper");
  expect((await run(["profiles", "remove", ID])).status).toBe(0);
  expect((await run(["profiles", "list"])).stdout).toBe("No profiles.\n");
  expect((await run(["profiles", "list", "--json"])).stdout).toBe("[]\n");
});

test("measurements are listed in 80 columns, as CSV and as JSON, with every filter", async () => {
  const { run, stub } = await loggedIn();
  const table = (await run(["measurements", "list", "--offset", "10"])).stdout;
  expect(table).toMatch(/^ID +Created \(UTC\) +Status +Profile\n/);
  expect(table).toContain(`${MEASUREMENT}  2026-09-21 14:13  COMPLETE  =HYPERLINK(`);
  expect(table).toContain("00000000-0000-4000-8000-000000000002  2026-09-21 14:15  ERROR     -\n");
  expect(table).toMatch(/…\n/);
  expect(table.endsWith("\n11-12 of 240; more with --offset 12\n")).toBe(true);
  expect(table).not.toContain("\u001b");
  for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  const csv = (await run(["measurements", "list", "--csv"])).stdout.split("\r\n");
  expect(csv[0]).toBe("ID,Created,StatusID,UserProfileName,UserProfileID,StudyID,Mode,Updated");
  expect(csv[1]).toContain(`"'=HYPERLINK(""http://x"",""`);
  const rows = JSON.parse((await run(["measurements", "list", "--json"])).stdout) as { TotalCount: number }[];
  expect(rows[0]?.TotalCount).toBe(240);
  const filters = "--date 2026-11-01 --end-date 2026-11-30 --study S --profile P --profile-name N --status complete";
  await run(["measurements", "list", ...filters.split(" "), "--partner", "Q", "--mode", "video", "--limit", "7"]);
  expect(stub.requests.at(-1)?.path).toBe(
    "/measurements?Date=2026-11-01&EndDate=2026-11-30&UserProfileID=P&UserProfileName=N&StudyID=S&StatusID=COMPLETE" +
      "&PartnerID=Q&Mode=VIDEO&Limit=7&Offset=0",
  );
});

test("a measurement is shown with its signals, their means and their notes", async () => {
  const { run, stub } = await loggedIn();
  const shown = (await run(["measurements", "get", MEASUREMENT])).stdout;
  expect(shown).toContain("Signal  Name                   Value  Unit  Notes\n");
  expect(shown).toMatch(/^HR_BPM +Heart rate +72\.10 +bpm +DEGRADED_ACCURACY$/m);
  expect(shown).toMatch(/^SNR +Signal-to-noise ratio +-1\.25 +dB/m);
  expect(shown).toMatch(/^BR_BPM +- +- +- +SNR_BELOW_THRESHOLD$/m);
  expect(stub.requests.at(-1)?.path).toBe(`/measurements/${MEASUREMENT}`);
  const csv = (await run(["measurements", "get", MEASUREMENT, "--csv", "--expand"])).stdout;
  expect(csv).toContain(`${MEASUREMENT},HR_BPM,Heart rate,72.1,bpm,2,DEGRADED_ACCURACY,How often the heart beats.\r\n`);
  expect(csv).toContain(",SNR,Signal-to-noise ratio,-1.25,dB,1,,\r\n");
  expect(stub.requests.at(-1)?.path).toBe(`/measurements/${MEASUREMENT}?ExpandResults=true`);
});

test("IDs that would lead elsewhere are none", async () => {
  const { run, stub } = await loggedIn();
  for (const id of ["..", ".", "a/b", "a?b", "%2e%2e", "", "a b", "\u001b[2J"]) {
    const refused = await run(["measurements", "get", "--", id]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/is not the ID of a measurement\n$/);
    expect(refused.stderr).not.toContain("\u001b");
  }
  expect(stub.requests).toEqual([]);
});

test("logout ends the token at the server and here, and --device frees the place of the licence", async () => {
  const { run, stub, configDir } = await loggedIn();
  expect(withoutPort((await run(["logout"])).stdout)).toBe(`Logged out of HOST (${EMAIL}).\n`);
  expect(stub.calls).toEqual(["DELETE /users/auth"]);
  expect(readFileSync(join(configDir, "tokens.json"), "utf8")).not.toContain("user-token");
  expect(await run(["studies", "list"])).toMatchObject({ status: 4, stderr: expect.stringMatching(/not logged in/) });
  expect(await run(["status"])).toMatchObject({ status: 4, stdout: expect.stringMatching(/nobody is logged in/) });
  // The device is still registered: only the password is asked for.
  await run(["login"], { DFXTERM_EMAIL: EMAIL, DFXTERM_PASSWORD: PASSWORD });
  expect(stub.devices.size).toBe(1);
  stub.age("device", "expired");
  const freed = await run(["logout", "--device"]);
  expect(freed).toMatchObject({ status: 0, stdout: expect.stringMatching(/place in the licence is free/) });
  expect(stub.devices.size).toBe(0);
  expect(readFileSync(join(configDir, "tokens.json"), "utf8")).not.toContain("-token-");
});

test("logout removes what is here even when the server cannot be told, and says so", async () => {
  const { run, stub, configDir } = await loggedIn();
  await stub.close();
  open.length = 0;
  const ended = await run(["logout"]);
  expect(ended.status).toBe(5);
  expect(withoutPort(ended.stderr)).toMatch(
    /^dfxterm: \S+ was logged out here, but server HOST does not know \(its token stays good there until it ends\): Cannot connect/,
  );
  expect(readFileSync(join(configDir, "tokens.json"), "utf8")).not.toContain("user-token");
});

test("what went wrong is one sentence with its exit status", async () => {
  const cases: readonly (readonly [StubReply, number, RegExp])[] = [
    [{ status: 400, body: { Code: "VALIDATION_ERROR", Message: "Limit" } }, 8, /VALIDATION_ERROR: Limit/],
    [{ status: 403, body: { Code: "RESTRICTED" } }, 4, /RESTRICTED/],
    [{ status: 200, body: "<html>" }, 5, /does not answer as a DFX server does/],
    [{ status: 200, body: [{ Name: "no ID" }] }, 5, /unreadable answer/],
  ];
  let reply: StubReply | undefined;
  const { run, stub } = await loggedIn(({ path }) => (path.startsWith("/studies") ? reply : undefined));
  for (const [wrong, status, sentence] of cases) {
    reply = wrong;
    const failed = await run(["studies", "list"]);
    expect({ status: failed.status, stdout: failed.stdout }).toEqual({ status, stdout: "" });
    const [last = ""] = failed.stderr.trimEnd().split("\n").slice(-1);
    expect(last).toMatch(sentence);
    expect(failed.stderr).not.toMatch(/-token-|\bat .*\.js/);
  }
  await stub.close();
  open.length = 0;
  expect(await run(["studies", "list"])).toMatchObject({
    status: 5,
    stderr: expect.stringMatching(/nothing answers there/),
  });
});

test("secrets stay out of output, errors and files, even when the server echoes them", async () => {
  const { run, configDir } = await place(({ text, headers, path }) =>
    path === "/users/auth"
      ? { status: 400, body: { Code: "BAD_REQUEST", Message: `${text} ${headers.authorization}` } }
      : undefined,
  );
  const { status, stdout, stderr } = await run(["login"], CREDENTIALS);
  expect(status).toBe(8);
  expect(stderr).toContain("***");
  const kept = readdirSync(configDir).map((name) => readFileSync(join(configDir, name), "utf8"));
  for (const text of [stdout, stderr, ...kept]) {
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(LICENCE);
  }
  expect(stdout + stderr).not.toContain("device-token");
});

test("what version 1 cannot do is refused with one sentence", async () => {
  const { run, stub } = await place();
  const wrong = [
    ["studies", "list"],
    ["studies", "download"],
    ["profiles", "list"],
    ["measurements", "list"],
    ["logout", "--device"],
  ];
  for (const args of wrong) {
    const refused = await run([...args, "--api", "v1"]);
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toMatch(/^dfxterm: version 1 of the API cannot [^\n]+\n$/);
  }
  expect(stub.requests).toEqual([]);
});

test("a wrong server is refused with those that are near", async () => {
  const { run } = accountPlace({});
  const near = await run(["status", "--server", "porod"]);
  expect(near).toMatchObject({ status: 2, stdout: "" });
  expect(near.stderr).toMatch(/There is no server "porod"\. Did you mean prod\?/);
  const plain = await run(["status", "--rest-url", "http://192.0.2.1:1"]);
  expect(plain).toMatchObject({ status: 2, stderr: expect.stringMatching(/unencrypted/) });
});

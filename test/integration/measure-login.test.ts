import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type RunningServer, startServer } from "../../src/server/server.js";
import { accountPlace } from "../helpers/account-place.js";
import { cleanEnv, clip, freshFolder, run, summaryOf } from "../helpers/program.js";
import { EMAIL, LICENCE, PASSWORD, STUDY, V2Stub } from "../helpers/v2-stub.js";

// Logging in to our own server, then measuring without licence and password.

const ACCOUNT = { DFXTERM_LICENSE_KEY: "our-licence", DFXTERM_EMAIL: "ada@example.org", DFXTERM_PASSWORD: "horse" };

let server: RunningServer;
const log: string[] = [];

async function fresh(ports = { restPort: 0, wsPort: 0 }): Promise<RunningServer> {
  return await startServer({
    ...ports,
    licenseKeys: ["our-licence"],
    studies: [{ id: STUDY, name: "ours" }],
    log: ({ text }) => {
      log.push(text);
    },
  });
}

beforeAll(async () => {
  server = await fresh();
});
afterAll(async () => {
  await server.close();
});

function ours(): Record<string, string> {
  return { DFXTERM_REST_URL: server.restUrl, DFXTERM_WS_URL: server.wsUrl };
}

test("a login is enough to measure, and to see the measurement afterwards", async () => {
  const place = accountPlace(ours());
  expect(await place.run(["login", "--create-user"], ACCOUNT)).toMatchObject({ status: 0, stderr: "" });
  expect((await place.run(["studies", "select", STUDY])).stdout).toMatch(/Version 1 cannot tell/);
  const state = freshFolder("state");
  const env = cleanEnv({ ...ours(), DFXTERM_CONFIG_DIR: place.configDir });
  const args = ["measure", clip, "--json", "--videolength", "5", "--chunklength", "5", "--state-dir", state];
  const summary = summaryOf(await run(args, env));
  expect(summary).toMatchObject({ status: "completed", error: null, chunks: { results: 1 } });

  const shown = await place.run(["measurements", "get", summary.measurementId ?? ""]);
  expect(shown.stdout).toMatch(/^Status +COMPLETE$/m);
  expect(shown.stdout).toMatch(/^HR_BPM .* \d+\.\d\d +bpm/m);
  expect(await place.run(["status"])).toMatchObject({ status: 0, stdout: expect.stringMatching(/valid/) });

  // The server has forgotten everybody: the login is of no use, and with the password it is made again.
  const ports = { restPort: Number(new URL(server.restUrl).port), wsPort: Number(new URL(server.wsUrl).port) };
  await server.close();
  server = await fresh(ports);
  const gone = await place.run(["measurements", "get", summary.measurementId ?? ""]);
  expect(gone).toMatchObject({ status: 4, stderr: expect.stringMatching(/INVALID_TOKEN.*Log in again/) });
  expect(await place.run(["login", "--create-user"], ACCOUNT)).toMatchObject({ status: 0 });
  expect(await place.run(["logout"])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/Version 1 has no log-out/),
  });
  expect(await place.run(["status"])).toMatchObject({
    status: 4,
    stdout: expect.stringMatching(/nobody is logged in/),
  });
});

test("a measurement in version 2 uses the login, renewed, and names the profile and the partner", async () => {
  const stub = await V2Stub.start();
  try {
    const at = { DFXTERM_REST_URL: stub.restUrl, DFXTERM_API: "v2" };
    const place = accountPlace(at);
    await place.run(["login"], { DFXTERM_LICENSE_KEY: LICENCE, DFXTERM_EMAIL: EMAIL, DFXTERM_PASSWORD: PASSWORD });
    await place.run(["studies", "select", STUDY]);
    stub.age("user", "expired");
    stub.requests.length = 0;
    const args = ["measure", clip, "--json", "--profile", "a-profile", "--partner", "a-partner"];
    const refused = await run(args, cleanEnv({ ...at, DFXTERM_CONFIG_DIR: place.configDir }));
    // The stub takes no measurements: what it was asked for is what counts.
    expect(refused).toMatchObject({ status: 8, stderr: expect.stringMatching(/to create a measurement/) });
    expect(stub.calls).toEqual(["GET /status", "GET /auth", "POST /auths/renew", "POST /measurements"]);
    const last = stub.requests.at(-1);
    expect(last?.headers.authorization).toBe("Bearer user-token-3");
    expect(JSON.parse(last?.text ?? "")).toEqual({
      StudyID: STUDY,
      Resolution: 0,
      UserProfileID: "a-profile",
      PartnerID: "a-partner",
    });
  } finally {
    await stub.close();
  }
});

test("without a token cache nothing is kept", async () => {
  const place = accountPlace(ours());
  const args = ["measure", "/no/such/clip.mp4", "--no-token-cache", "--plain", "--study-id", STUDY];
  await run(args, cleanEnv({ ...ours(), ...ACCOUNT, DFXTERM_CONFIG_DIR: place.configDir }));
  expect(() => readFileSync(join(place.configDir, "tokens.json"))).toThrow(/ENOENT/);
  const known = await place.run(["measure", "/no/such/clip.mp4"]);
  expect(known).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(/this server needs an account/) });
});

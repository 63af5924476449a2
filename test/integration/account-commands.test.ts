import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { cleanEnv, type Finished, freshFolder, program } from "../helpers/program.js";
import { EMAIL, LICENCE, MEASUREMENT, PASSWORD, STUDY, type V2Script, V2Stub } from "../helpers/v2-stub.js";

// The account commands as people and scripts start them: the built program, a real server on the loopback interface.

const open: V2Stub[] = [];
afterEach(async () => {
  for (const stub of open.splice(0)) await stub.close();
});

interface Place {
  readonly stub: V2Stub;
  readonly configDir: string;
  /** Runs dfxterm with `input` on its standard input. */
  readonly run: (args: readonly string[], more?: { input?: string; env?: NodeJS.ProcessEnv }) => Promise<Finished>;
}

async function place(script?: V2Script): Promise<Place> {
  const stub = await V2Stub.start(script);
  open.push(stub);
  const configDir = join(freshFolder("config"), "dfxterm");
  const base = { DFXTERM_CONFIG_DIR: configDir, DFXTERM_REST_URL: stub.restUrl, DFXTERM_API: "v2", TZ: "UTC" };
  const run: Place["run"] = async (args, { input = "", env = {} } = {}) => {
    const child = spawn(process.execPath, [program, ...args], { env: cleanEnv({ ...base, ...env }), stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    return await new Promise((resolve) => {
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    });
  };
  return { stub, configDir, run };
}

async function loggedIn(script?: V2Script): Promise<Place> {
  const at = await place(script);
  const args = ["login", "--email", EMAIL, "--license-stdin", "--password-stdin"];
  const { status, stderr } = await at.run(args, { input: `${LICENCE}\n${PASSWORD}\n` });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return at;
}

test("login takes licence and password from a pipe and keeps neither", async () => {
  const { stub, configDir, run } = await loggedIn();
  expect(stub.calls).toEqual(["GET /status", "POST /organizations/licenses", "POST /users/auth"]);
  const file = join(configDir, "tokens.json");
  const kept = readFileSync(file, "utf8");
  expect(kept).not.toContain(LICENCE);
  expect(kept).not.toContain(PASSWORD);
  expect(kept).toContain("user-token-2");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(configDir).mode & 0o777).toBe(0o700);

  const status = await run(["status"]);
  expect(status).toMatchObject({ status: 0, stderr: "" });
  expect(status.stdout).toContain("ACTIVE, version 2.9.1, na-east");
  expect(status.stdout).toContain(EMAIL);
  expect(status.stdout).toContain("valid, ends 2027-01-15 08:00, renewable");
});

test("studies are listed, selected and shown", async () => {
  const { run } = await loggedIn();
  const list = await run(["studies", "list"]);
  expect(list.stdout).toBe(
    "ID                                    Name             Status  Measured\n" +
      `${STUDY}  Resting, seated  ACTIVE        12\n`,
  );
  expect((await run(["studies", "select", STUDY])).stdout).toContain(`Selected study ${STUDY} (Resting, seated)`);
  expect((await run(["studies", "get", "--json"])).stdout).toContain('"Signals"');
  expect((await run(["measurements", "get", MEASUREMENT])).stdout).toMatch(/^HR_BPM +Heart rate +72\.10 +bpm/m);
});

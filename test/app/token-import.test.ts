import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { accountPlace } from "../helpers/account-place.js";
import { freshFolder } from "../helpers/program.js";
import { EMAIL, LICENCE, STUDY, V2Stub } from "../helpers/v2-stub.js";

// Tokens of the two other programs, taken over from the command line to the file.

const open: V2Stub[] = [];
afterEach(async () => {
  for (const stub of open.splice(0)) await stub.close();
});

function fileWith(content: unknown): string {
  const path = join(freshFolder("import"), "example.config");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(path, 0o600);
  return path;
}

const ORIGINAL = {
  prod: {
    "licence-one": { device_token: "dev-1", "a@b.c": { user_token: "user-a" }, "d@e.f": { user_token: "user-d" } },
    "licence-two": { device_token: "dev-2" },
  },
  "demo-cn": { "licence-one": { device_token: "dev-3", "a@b.c": { user_token: "user-x", password: "old and clear" } } },
  elsewhere: { key: { device_token: "dev-4" } },
  qa: {},
};

test("the original's file brings every server, licence and user, and no licence in clear", async () => {
  const { run, configDir } = accountPlace({});
  const imported = await run(["login", "--import", fileWith(ORIGINAL)]);
  expect(imported.status).toBe(0);
  expect(imported.stdout).toContain(
    "Imported a@b.c at prod (v1).\nImported d@e.f at prod (v1).\nUse it with --server prod --api v1.\n",
  );
  expect(imported.stdout).toContain("Imported a@b.c at demo-cn (v1).\n");
  expect(imported.stderr).toMatch(/"elsewhere" in .* is no server that dfxterm knows; left out/);
  const kept = readFileSync(join(configDir, "tokens.json"), "utf8");
  for (const token of ["dev-1", "user-a", "user-d", "dev-2", "dev-3", "user-x"]) expect(kept).toContain(token);
  for (const secret of ["licence-one", "licence-two", "old and clear", "dev-4"]) expect(kept).not.toContain(secret);
  expect(kept).toContain("v1 https://api.deepaffex.cn:9443".replace("api.", "demo.api."));
});

test("what is here already is newer and stays", async () => {
  const { run, configDir } = accountPlace({});
  await run([
    "login",
    "--import",
    fileWith({ prod: { L: { device_token: "new-dev", "a@b.c": { user_token: "new" } } } }),
  ]);
  const again = await run([
    "login",
    "--import",
    fileWith({
      prod: { L: { device_token: "old-dev", "A@B.C": { user_token: "old" }, "x@y.z": { user_token: "more" } } },
    }),
  ]);
  expect(again.stdout).toContain("A@B.C at prod (v1) was here already.\nImported x@y.z");
  const kept = readFileSync(join(configDir, "tokens.json"), "utf8");
  expect(kept).toContain("new-dev");
  expect(kept).toContain('"more"');
  expect(kept).not.toContain("old");
});

test("an address takes the place of the only server that the original's file names", async () => {
  const { run } = accountPlace({});
  const one = fileWith({ prod: { L: { device_token: "dev", "a@b.c": { user_token: "user" } } } });
  const at = ["--rest-url", "http://127.0.0.1:1", "--ws-url", "ws://127.0.0.1:2"];
  const imported = await run(["login", "--import", one, ...at]);
  expect(imported.stdout).toContain("Imported a@b.c at 127.0.0.1:1 (v1).\nUse it with --rest-url http://127.0.0.1:1.");
  const several = fileWith({ prod: { L: { device_token: "dev" } }, demo: { L: { device_token: "dev" } } });
  expect(await run(["login", "--import", several, ...at])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/logins of 2 servers: import it without an address/),
  });
});

test("the version 2 demo's file brings its login, its server and its study, ready for use", async () => {
  const stub = await V2Stub.start();
  open.push(stub);
  const seed = accountPlace({ DFXTERM_REST_URL: stub.restUrl, DFXTERM_API: "v2" });
  const env = { DFXTERM_LICENSE_KEY: LICENCE, DFXTERM_EMAIL: EMAIL, DFXTERM_PASSWORD: "correct horse" };
  await seed.run(["login"], env);
  const file = fileWith({
    device_id: "some-device",
    device_token: "device-token-1",
    device_refresh_token: "device-refresh-1",
    role_id: "",
    user_id: "user-uuid",
    user_token: "user-token-2",
    user_refresh_token: "user-refresh-2",
    selected_study: STUDY,
    last_measurement: "",
    study_cfg_hash: "",
    study_cfg_data: "",
    rest_url: stub.restUrl,
    ws_url: stub.restUrl.replace("http", "ws"),
  });
  const { run } = accountPlace({});
  expect((await run(["login", "--import", file])).stdout).toContain("Imported user-uuid at 127.0.0.1");
  // No server is named: the imported one is remembered. The e-mail address comes from the server.
  const status = await run(["status"]);
  expect(status).toMatchObject({ status: 0, stderr: "" });
  expect(status.stdout).toMatch(new RegExp(`^User +${EMAIL}$`, "m"));
  expect(status.stdout).toMatch(new RegExp(`^Study +${STUDY}$`, "m"));
  expect((await run(["studies", "list"])).status).toBe(0);

  // With the licence, a measurement that is given the same one finds the tokens.
  const named = accountPlace({ DFXTERM_LICENSE_KEY: LICENCE });
  await named.run(["login", "--import", file, "--email", EMAIL]);
  expect((await named.run(["status"])).stdout).toContain("valid");
  expect(stub.devices.size).toBe(1);
});

test("a file that others can read is pointed out", async () => {
  const file = fileWith(ORIGINAL);
  chmodSync(file, 0o644);
  expect((await accountPlace({}).run(["login", "--import", file])).stderr).toMatch(/others can read it: delete it/);
});

test("what is no such file is refused with one sentence", async () => {
  const { run } = accountPlace({});
  const wrong: unknown[] = [
    "",
    "not JSON",
    "[]",
    "null",
    "{}",
    { prod: {} },
    { prod: "x" },
    { prod: { L: { a: 1 } } },
    { device_token: "" },
  ];
  for (const content of [...wrong, `{"__proto__": {"device_token": 1}}`]) {
    const refused = await run(["login", "--import", fileWith(content)]);
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toMatch(/^dfxterm: [^\n]+(?:neither the original's example\.config|is no server)[^\n]+\n$/);
  }
  expect((await run(["login", "--import", "/no/such/file"])).stderr).toMatch(/cannot be read \(not found\)/);
  const elsewhere = fileWith({ user_token: "t", rest_url: "http://192.0.2.1" });
  expect(await run(["login", "--import", elsewhere])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/unencrypted/),
  });
});

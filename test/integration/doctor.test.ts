import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { Check } from "../../src/app/doctor/check.js";
import { cleanEnv, type Finished, freshFolder, program, projectRoot, run } from "../helpers/program.js";
import { openPty } from "../helpers/terminal.js";

interface Report {
  readonly v: number;
  readonly type: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

function reportOf({ stdout }: Finished): Report & { check: (id: string) => Check | undefined } {
  const report = JSON.parse(stdout) as Report;
  return { ...report, check: (id) => report.checks.find((entry) => entry.id === id) };
}

test("everything that a measurement needs is looked at; nothing is made by it, and nothing secret is in it", async () => {
  const secrets = { DFXTERM_PASSWORD: "s3cret-1", DFXTERM_LICENSE_KEY: "s3cret-2", HTTPS_PROXY: "http://u:s3cret-3@p" };
  const env = cleanEnv(secrets);
  const [finished, human] = await Promise.all([run(["doctor", "--json"], env), run(["doctor"], env)]);
  expect(finished.status).toBe(0);
  // On a busy computer it says that it is looking.
  expect(finished.stderr).toMatch(/^(dfxterm: looking at [^\n]+ \.\.\.[^\n]*\n)*$/);
  const report = reportOf(finished);
  expect(report).toMatchObject({ v: 1, type: "doctor", ok: true });
  expect(report.checks.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      "node",
      "ffmpeg",
      "engine",
      "models",
      "camera",
      "terminal",
      "server",
      "state",
      "config",
      "clock",
    ]),
  );
  expect(report.check("engine")?.details).toMatchObject({ instructionSet: expect.stringMatching(/avx|baseline/) });
  expect(report.check("server")?.details).toEqual({ name: "local" });
  expect(report.check("state")?.details).toMatchObject({ exists: false });
  expect(human.status).toBe(0);
  expect(finished.stdout + human.stdout).not.toContain("s3cret");
  expect(readdirSync(env["HOME"] ?? "")).toEqual([]);
  expect(human.stdout).toMatch(/^ok +node/);
  expect(human.stdout).toMatch(/(Everything that is needed is there|Nothing is broken; see .*)\.\n$/);
});

test("the exit status is that of what is broken, and each is told", async () => {
  const [gone, away, wrong] = await Promise.all([
    run(["doctor", "--json", "--ffmpeg", "/nowhere/ffmpeg"]),
    run(["doctor", "--rest-url", "http://127.0.0.1:9", "--ws-url", "ws://127.0.0.1:9"]),
    run(["doctor", "--server", "prdo"]),
  ]);
  expect(gone.status).toBe(6);
  expect(reportOf(gone)).toMatchObject({ ok: false });
  expect(away.status).toBe(5);
  expect(away.stdout).toMatch(/broken +server/);
  expect(away.stdout).toMatch(/Broken: server\.\n$/);
  expect(wrong).toMatchObject({ status: 2, stdout: "" });
  expect(wrong.stderr).toMatch(/Did you mean prod\?/);
});

test("an empty HOME is none: nothing goes into whatever folder the program is started in", async () => {
  const { check } = reportOf(await run(["doctor", "--json"], cleanEnv({ HOME: "" })));
  expect(check("state")?.found).toMatch(new RegExp(`^${userInfo().homedir}/`));
});

test("a damaged engine is found, and doctor survives it", async () => {
  // A copy of the program with another engine: the checks run there as they would here.
  const place = freshFolder("doctor");
  for (const name of ["bin", "dist", "package.json"])
    cpSync(join(projectRoot, name), join(place, name), { recursive: true });
  mkdirSync(join(place, "native", "build"), { recursive: true });
  symlinkSync(join(projectRoot, "node_modules"), join(place, "node_modules"));
  const doctor = (): Finished => {
    const args = [join(place, "bin", "dfxterm.js"), "doctor", "--json"];
    return spawnSync(process.execPath, args, { env: cleanEnv(), encoding: "utf8" });
  };
  writeFileSync(join(place, "native", "build", "dfxterm.node"), Buffer.alloc(4096, 0x7f));
  const damaged = doctor();
  expect(damaged.status).toBe(1);
  expect(reportOf(damaged).check("engine")?.status).toBe("broken");
  expect(reportOf(damaged).check("models")?.status).toBe("ok");
});

test("on a terminal it tells its size, and fits", async () => {
  const env = { ...cleanEnv(), TERM: "xterm-256color", COLORTERM: "truecolor" };
  const command = `"${process.execPath}" "${program}" doctor; echo "status $?"; read wait`;
  const pty = openPty("sh", ["-c", command], 100, 60, env);
  await pty.see("status 0");
  expect(pty.rows().join("\n")).toContain("100 x 60, 16 million colours, UTF-8, TERM xterm-256color");
  expect(pty.output()).toContain("\u001b[32mok");
  pty.kill();
});

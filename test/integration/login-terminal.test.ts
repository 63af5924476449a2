import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { cleanEnv, type Finished, freshFolder, program, withoutWaits } from "../helpers/program.js";
import { openPty, type Pty } from "../helpers/terminal.js";
import { EMAIL, LICENCE, PASSWORD, V2Stub } from "../helpers/v2-stub.js";

// Logging in as a person at a terminal and as a script with a pipe: the built program.

const open: V2Stub[] = [];
afterEach(async () => {
  for (const stub of open.splice(0)) await stub.close();
});

async function place(): Promise<{ stub: V2Stub; configDir: string; env: NodeJS.ProcessEnv }> {
  const stub = await V2Stub.start();
  open.push(stub);
  const configDir = join(freshFolder("config"), "dfxterm");
  const env = { DFXTERM_CONFIG_DIR: configDir, DFXTERM_REST_URL: stub.restUrl, DFXTERM_API: "v2", TERM: "xterm" };
  return { stub, configDir, env: cleanEnv(env) };
}

/** dfxterm in a shell at a terminal, which tells what became of both afterwards. */
function atTerminal(args: string, env: NodeJS.ProcessEnv): Pty {
  const script = `"${process.execPath}" "${program}" ${args}; echo "status $?"; stty -a | grep -o -E -- '-?(echo|icanon|isig)\\b' | tr '\\n' ' '; echo done`;
  return openPty("/bin/sh", ["-c", script], 100, 30, env);
}

async function piped(args: readonly string[], input: string | undefined, env: NodeJS.ProcessEnv): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: "pipe" });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (data: Buffer) => {
      said[name] += data.toString();
    });
  }
  // An open pipe that never ends, unless there is nothing to say.
  if (input === undefined) child.stdin.end();
  else child.stdin.write(input);
  return await new Promise((resolve) => {
    child.on("close", (status) => resolve(withoutWaits({ status, ...said })));
  });
}

test("a person is asked; licence and password are not shown, and the terminal is as it was", async () => {
  const { stub, configDir, env } = await place();
  const pty = atTerminal("login", env);
  await pty.see("Licence key:");
  pty.press(`${LICENCE}\r`);
  await pty.see("E-mail:");
  pty.press("adda\u007f\u007f\u007fda@example.orgx\u001b[D\u007f\r");
  await pty.see("Password:");
  // A pasted word with a mistake, taken back.
  pty.press("wrong\u0015correct hoarse\u007f\u007f\u007f\u007frse\r");
  await pty.see("done");
  expect(pty.rows().join("\n")).toContain(`E-mail: ${EMAIL}`);
  expect(pty.rows().join("\n")).toContain(`as ${EMAIL}.`);
  expect(pty.output()).toContain("status 0");
  expect(pty.output()).toMatch(/(?<!-)isig icanon echo/);
  for (const secret of [LICENCE, "correct", "horse", "hoarse", "wrong"]) expect(pty.output()).not.toContain(secret);
  expect(readFileSync(join(configDir, "tokens.json"), "utf8")).toContain("user-token-2");
  expect(stub.users.get(EMAIL)).toBe(PASSWORD);
});

test("after a stop and fg the terminal does not echo either, and the question is there again", async () => {
  const { configDir, env } = await place();
  const pidFile = `${configDir}-pid`;
  const pty = openPty("bash", ["--norc", "-i"], 100, 30, env);
  pty.press(`sh -c 'echo $$ > ${pidFile}; exec ${process.execPath} ${program} login'\r`);
  await pty.see("Licence key:");
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTSTP");
  await pty.see("Stopped");
  // The shell has its own modes by now.
  pty.press("fg; stty -a | grep -o -E -- '-?echo\\b'; echo end\"of shell\"\r");
  await expect.poll(() => pty.output().split("Licence key: ").length, { timeout: 10_000 }).toBe(3);
  pty.press("half of a lic\u0003");
  await pty.see("endof shell");
  expect(pty.output()).not.toContain("half of a lic");
  pty.kill();
});

test("Ctrl-C ends the question with status 130, and the terminal is as it was", async () => {
  const { stub, env } = await place();
  // The question is seen even when both outputs go elsewhere.
  const pty = atTerminal(`login --email ${EMAIL} >/dev/null 2>&1`, env);
  await pty.see("Licence key:");
  pty.press("half of a lic\u0003");
  await pty.see("done");
  expect(pty.output()).toContain("status 130");
  expect(pty.output()).toMatch(/(?<!-)isig icanon echo/);
  expect(pty.output()).not.toContain("half of a lic");
  expect(stub.requests).toEqual([]);
});

test("a script gives licence and password over a pipe that stays open", async () => {
  const { env } = await place();
  const args = ["login", "--email", EMAIL, "--license-stdin", "--password-stdin"];
  expect(await piped(args, `${LICENCE}\r\n${PASSWORD}\n`, env)).toMatchObject({ status: 0, stderr: "" });
  const missing = await piped(["login", "--email", EMAIL, "--password-stdin"], undefined, env);
  expect(missing).toMatchObject({ status: 2, stderr: "dfxterm: the standard input has no password in line 1\n" });
});

test("what is missing without a terminal is named, with the way to give it", async () => {
  const { env, stub } = await place();
  expect(await piped(["login"], undefined, env)).toEqual({
    status: 2,
    stdout: "",
    stderr: "dfxterm: there is no terminal to ask for the licence key: use --license-stdin or DFXTERM_LICENSE_KEY\n",
  });
  expect(stub.requests).toEqual([]);
});

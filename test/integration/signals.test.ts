import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { cleanEnv, clip, freshFolder, program } from "../helpers/program.js";
import { openPty, type Pty } from "../helpers/terminal.js";

// What becomes of the terminal and of the exit status when the program is told to end, or loses its terminal.

let pty: Pty | undefined;
afterEach(() => {
  pty?.kill();
  pty = undefined;
});

interface Running {
  readonly screen: Pty;
  readonly state: string;
  /** Sends a signal to the program alone. */
  signal(name: NodeJS.Signals): void;
}

/** What a shell has written into a file, as soon as it is there. */
async function written(path: string): Promise<string> {
  for (const endMs = Date.now() + 15_000; Date.now() < endMs; ) {
    const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
    if (text !== "") return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing was written into ${path}`);
}

async function open(args: readonly string[]): Promise<Running> {
  const state = freshFolder("signal");
  const pidFile = join(state, "pid");
  const words = [process.execPath, program, "measure", clip, "--chunklength", "5", "--state-dir", state, ...args];
  // The program takes the place of a shell that has noted its id. The outer shell notes the status; it ignores
  // the hang-up, and it is not the leader of the session, whose end is what a hang-up is.
  const start = `sh -c 'echo $$ > "$0"; exec "$@"' "${pidFile}" ${words.map((word) => `"${word}"`).join(" ")}`;
  const script = `(trap "" HUP; ${start}; echo $? > "${state}/status"; stty -a; echo end of shell; sleep 1) </dev/tty & wait`;
  const screen = openPty("/bin/sh", ["-c", script], 80, 24, cleanEnv({ TERM: "xterm-256color" }));
  pty = screen;
  const pid = Number(await written(pidFile));
  return { screen, state, signal: (name) => process.kill(pid, name) };
}

/** The status that a shell saw. */
async function statusOf({ state }: Running): Promise<number> {
  return Number(await written(join(state, "status")));
}

async function expectTerminalBack({ screen }: Running): Promise<void> {
  await screen.see("end of shell");
  expect(screen.terminal.buffer.active.type).toBe("normal");
  expect(screen.output().lastIndexOf("\u001B[?25h")).toBeGreaterThan(screen.output().lastIndexOf("\u001B[?25l"));
  expect(screen.rows().join("\n")).toMatch(/[^-]icanon/);
}

function savedSummary({ state }: Running): { status: string } {
  const folders = readdirSync(join(state, "measurements"));
  return JSON.parse(readFileSync(join(state, "measurements", folders[0] ?? "", "summary.json"), "utf8"));
}

for (const [name, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGQUIT", 131],
] as const) {
  test(`a ${name} on the final screen ends the program with the summary and status ${status}`, async () => {
    const running = await open(["--videolength", "5"]);
    await running.screen.see("Measurement complete");
    running.signal(name);
    expect(await statusOf(running)).toBe(status);
    await expectTerminalBack(running);
    expect(running.screen.output()).toContain("Measurement complete: face-72bpm.mp4");
  });
}

test("a signal that comes while the screen is being loaded is not forgotten", async () => {
  const running = await open(["--live"]);
  await handlesSignals(running);
  running.signal("SIGTERM");
  expect(await statusOf(running)).toBe(143);
  await expectTerminalBack(running);
});

test("closing the terminal ends the measurement by SIGHUP, not by a core file, and keeps what there is", async () => {
  const running = await open(["--live"]);
  await running.screen.see("extracting");
  running.screen.kill();
  expect(await statusOf(running)).toBe(129);
  expect(savedSummary(running).status).toBe("cancelled");
});

test("closing the terminal on the final screen ends the program", async () => {
  const running = await open(["--videolength", "5"]);
  await running.screen.see("Measurement complete");
  running.screen.kill();
  expect(await statusOf(running)).toBe(129);
  expect(savedSummary(running).status).toBe("completed");
});

/** Waits until the program handles signals itself; where the system does not tell, for a moment. */
async function handlesSignals({ state }: Running): Promise<void> {
  const status = `/proc/${readFileSync(join(state, "pid"), "utf8").trim()}/status`;
  if (!existsSync(status)) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    return;
  }
  for (const endMs = Date.now() + 10_000; Date.now() < endMs; ) {
    const caught = /SigCgt:\s*(\w+)/.exec(readFileSync(status, "utf8"))?.[1] ?? "0";
    // SIGHUP is number 1. Node catches SIGINT and SIGTERM from its start, this one only when it is asked to.
    if ((BigInt(`0x${caught}`) & 1n) === 1n) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error("the program handles no signals");
}

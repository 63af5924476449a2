import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { cleanEnv, freshFolder, program, run } from "../helpers/program.js";
import { openPty, type Pty } from "../helpers/terminal.js";

// Started without arguments: the form, the measurement, the history, all with keys.

let pty: Pty | undefined;
afterEach(() => {
  pty?.kill();
  pty = undefined;
});

function open(state: string, columns = 80, rows = 24): Pty {
  const script = `"${process.execPath}" "${program}"; echo "status $?"; stty -a; echo end of shell; sleep 1`;
  const env = cleanEnv({ TERM: "xterm-256color", COLORTERM: "truecolor", DFXTERM_STATE_DIR: state });
  pty = openPty("/bin/sh", ["-c", script], columns, rows, env);
  return pty;
}

test("the bundled clip is measured with the keys that the screen names, and found again", async () => {
  const state = freshFolder("start");
  const screen = open(state);
  await screen.see("Press s to measure what stands here.");
  await screen.see("a clip to try");
  // The pace is the last line: as fast as it goes instead of real time.
  screen.press(`${"\u001B[B".repeat(9)}\u001B[C`);
  await screen.see("as fast as it goes");
  screen.press("s");
  await screen.see("Measurement complete");
  expect(screen.rows().join("\n")).toMatch(/Heart rate\s+7[0-3]\.\d\d bpm/);
  await screen.see("n new");
  screen.press("n");
  await screen.see("New measurement");
  screen.press("h");
  await screen.see("1 of 1");
  await screen.see("completed");
  screen.press("\r");
  await screen.see("confidence");
  screen.press("q");
  await screen.see("status 0");
  await screen.see("end of shell");
  expect(screen.terminal.buffer.active.type).toBe("normal");
  expect(screen.rows().join("\n")).toMatch(/[^-]icanon/);
  expect(screen.output()).toContain("Measurement complete: face-72bpm.mp4");
  const [folder = ""] = readdirSync(join(state, "measurements"));
  expect(readFileSync(join(state, "measurements", folder, "summary.json"), "utf8")).toContain("completed");
  expect(JSON.parse(readFileSync(join(state, "setup.json"), "utf8"))).toMatchObject({ choice: { pace: "fast" } });
});

test("a source that is not there is told in the form, which stays as it was filled", async () => {
  const screen = open(freshFolder("start"));
  await screen.see("New measurement");
  screen.press("\r");
  await screen.see("type a path or an address");
  // Further than the last line there is nothing.
  screen.press(`${"\u001B[B".repeat(20)}\r`);
  await screen.see("Enter takes it");
  screen.press("/no/such/clip.mp4\r");
  screen.press("s");
  await screen.see("There is no file /no/such/clip.mp4");
  screen.press("\u0003");
  await screen.see("status 0");
});

test("a server that needs an account says how to get one", async () => {
  const screen = open(freshFolder("start"));
  await screen.see("New measurement");
  screen.press("\u001B[B\u001B[C");
  await screen.see("Server     prod");
  screen.press("s");
  await screen.see("needs an account");
  await screen.see("(dfxterm help measure)");
  screen.press("q");
  await screen.see("status 0");
});

test("without a terminal the help is printed instead", async () => {
  const { stdout, status } = await run([]);
  expect(stdout).toContain("Usage: dfxterm");
  expect(status).toBe(0);
});

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { openPty, type Pty } from "../helpers/terminal.js";

// The dashboard as it is built, in a pseudo-terminal of the operating system.

const DEMO = fileURLToPath(new URL("../helpers/dashboard-demo.mjs", import.meta.url));
const ENV = { PATH: process.env["PATH"], TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8" };

let pty: Pty | undefined;

afterEach(() => {
  pty?.kill();
  pty = undefined;
});

/** Shows the exit status, the settings of the terminal, and what the next program would read from it. */
const AFTERWARDS =
  'echo "status $?"; stty -a; sleep 0.3; stty -icanon min 0 time 2; dd bs=99 count=1 2>/dev/null | od -An -c; echo end of shell';

/** Starts the demo in a shell; the terminal answers queries after `replyMs`. */
async function startDemo(words: readonly string[] = [], replyMs = 0): Promise<Pty> {
  const script = `"${process.execPath}" "${DEMO}" ${words.join(" ")}; ${AFTERWARDS}`;
  const opened = openPty("/bin/sh", ["-c", script], 80, 24, ENV, replyMs);
  pty = opened;
  await opened.see("Press s to start");
  return opened;
}

/** The shell has its terminal back as it was. */
async function expectRestored(demo: Pty, status: number): Promise<void> {
  await demo.see(`status ${status}`);
  await demo.see("end of shell");
  expect(demo.terminal.buffer.active.type).toBe("normal");
  expect(demo.terminal.modes).toMatchObject({ bracketedPasteMode: false, wraparoundMode: true });
  expect(demo.output().lastIndexOf("\u001B[?25h")).toBeGreaterThan(demo.output().lastIndexOf("\u001B[?25l"));
  const text = demo.rows().join("\n");
  expect(text).toMatch(/[^-]icanon/);
  expect(text).toMatch(/[^-]echo /);
  // An answer of the terminal that came too late would stand here, echoed or read.
  expect(text).not.toMatch(/033|\[0n/);
}

function bytesOf(demo: Pty): number {
  return Buffer.byteLength(demo.output());
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("a whole session", () => {
  test("is led by keys and leaves the terminal as it was", async () => {
    const demo = await startDemo(["moving"]);
    demo.press("s");
    await demo.see("Hold still");
    demo.press("q");
    await demo.see("Cancel the measurement?");
    demo.press("n");
    await demo.see("Hold still");
    demo.resize(100, 30);
    await demo.see("Pulse wave");
    expect(demo.terminal.buffer.active.type).toBe("alternate");
    demo.press("qy");
    await demo.see("Measurement cancelled");
    demo.press("\r");
    await demo.see("summary");
    await expectRestored(demo, 0);
  });

  test("ends at the second Ctrl-C", async () => {
    const demo = await startDemo();
    demo.press("\u001B");
    await demo.see("Leave without measuring?");
    demo.press("\u0003");
    await demo.see("Measurement cancelled");
    demo.press("\u0003");
    await expectRestored(demo, 0);
  });
});

test("a SIGTERM in the middle of the pictures leaves a clean terminal", async () => {
  // Some answers are always under way then.
  const demo = await startDemo(["moving"], 80);
  demo.press("s");
  await demo.see("kB/s");
  const [, pid] = /demo (\d+)/.exec(demo.rows()[0] ?? "") ?? [];
  process.kill(Number(pid), "SIGTERM");
  await expectRestored(demo, 143);
});

describe("the bytes", () => {
  test("are none while nothing happens", async () => {
    const demo = await startDemo();
    await sleep(500);
    const before = bytesOf(demo);
    await sleep(2_000);
    expect(bytesOf(demo) - before).toBe(0);
  });

  test("stay below 5 kB a second without a preview", async () => {
    const demo = await startDemo();
    demo.press("s");
    await demo.see("Hold still");
    const before = bytesOf(demo);
    await sleep(4_000);
    expect((bytesOf(demo) - before) / 4).toBeLessThan(5_000);
  });

  test("stay within the budget with the worst of pictures", async () => {
    const demo = await startDemo(["moving"]);
    demo.press("s");
    await demo.see("kB/s");
    const before = bytesOf(demo);
    await sleep(4_000);
    const perSecond = (bytesOf(demo) - before) / 4;
    expect(perSecond).toBeGreaterThan(20_000);
    expect(perSecond).toBeLessThan(80_000 * 1.1 + 5_000);
    expect(demo.output().split("\u001B[2J")).toHaveLength(2);
  });
});

test("a terminal that stalls does not stop the program", async () => {
  const demo = await startDemo(["moving", "loop"]);
  demo.press("s");
  await demo.see("kB/s");
  demo.pause();
  await sleep(3_000);
  demo.resume();
  demo.press("qy");
  await demo.see("Measurement cancelled");
  demo.press("q");
  await demo.see("longest pause");
  const [, longestMs] = /longest pause (\d+) ms/.exec(demo.rows().join("\n")) ?? [];
  expect(Number(longestMs)).toBeLessThan(1_000);
  await expectRestored(demo, 0);
});

test.skipIf(!existsSync("/bin/bash"))(
  "Ctrl-Z gives the shell its terminal, fg the screen in its new size (bash is there)",
  async () => {
    const shell = openPty("/bin/bash", ["--norc", "--noprofile", "-i"], 80, 24, { ...ENV, PS1: "shell> " });
    pty = shell;
    await shell.see("shell>");
    shell.press(`"${process.execPath}" "${DEMO}"\r`);
    await shell.see("Press s to start");
    shell.press("\u001A");
    await shell.see("Stopped");
    expect(shell.terminal.buffer.active.type).toBe("normal");
    // The shell says so with its prompt, which comes after that word.
    await expect
      .poll(() => shell.terminal.modes)
      .toMatchObject({ bracketedPasteMode: true, mouseTrackingMode: "none" });
    shell.press("stty -a | grep -o ' icanon'\r");
    await shell.see("\n icanon");
    shell.resize(120, 40);
    shell.press("fg\r");
    await shell.see("Press s to start");
    await shell.see("5 Spectrum");
    expect(shell.terminal.buffer.active.type).toBe("alternate");
    shell.press("s");
    await shell.see("Hold still");
    shell.press("\u001A");
    await shell.see("not suspended");
    shell.press("qy");
    await shell.see("Measurement cancelled");
    shell.press("q");
    await shell.see("summary");
    expect(shell.terminal.buffer.active.type).toBe("normal");
  },
);

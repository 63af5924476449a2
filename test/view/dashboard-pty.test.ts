import { existsSync, readFileSync } from "node:fs";
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

interface Place {
  readonly columns?: number;
  readonly rows?: number;
  readonly replyMs?: number;
  readonly bytesPerS?: number;
}

/** Starts the demo in a shell. */
async function startDemo(words: readonly string[] = [], place: Place = {}): Promise<Pty> {
  const { columns = 80, rows = 24, replyMs = 0, bytesPerS } = place;
  const script = `"${process.execPath}" "${DEMO}" ${words.join(" ")}; ${AFTERWARDS}`;
  const opened = openPty("/bin/sh", ["-c", script], columns, rows, ENV, replyMs, bytesPerS);
  pty = opened;
  await opened.see("Press s to start");
  return opened;
}

/** CPU time that the demo has used so far; undefined where the system does not tell. */
function cpuMsOf(demo: Pty): number | undefined {
  const [, pid] = /demo (\d+)/.exec(demo.rows()[0] ?? "") ?? [];
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  // Fields 14 and 15: user and system time in hundredths of a second.
  const fields = readFileSync(path, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
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
  const demo = await startDemo(["moving"], { replyMs: 80 });
  demo.press("s");
  await demo.see("kB/s");
  const [, pid] = /demo (\d+)/.exec(demo.rows()[0] ?? "") ?? [];
  process.kill(Number(pid), "SIGTERM");
  await expectRestored(demo, 143);
});

describe("the cost", () => {
  test("is nothing while nothing happens", async () => {
    const demo = await startDemo();
    await sleep(400);
    const before = bytesOf(demo);
    await sleep(1_200);
    expect(bytesOf(demo) - before).toBe(0);
  });

  test("without a preview is below 5 kB and 5 % of a core each second", async () => {
    const demo = await startDemo([], { columns: 120, rows: 40 });
    demo.press("s");
    await demo.see("Hold still");
    // Until the code is compiled that draws wave and spectrum.
    await sleep(3_000);
    const [bytes, cpuMs] = [bytesOf(demo), cpuMsOf(demo)];
    await sleep(3_000);
    expect((bytesOf(demo) - bytes) / 3).toBeLessThan(5_000);
    // 50 ms a second are the budget; a busy machine with cold caches gets some more.
    if (cpuMs !== undefined) expect(((cpuMsOf(demo) ?? 0) - cpuMs) / 3).toBeLessThan(80);
  });

  test("stays within the budget with the worst of pictures", async () => {
    const demo = await startDemo(["moving"]);
    demo.press("s");
    await demo.see("kB/s");
    const before = bytesOf(demo);
    await sleep(2_500);
    const perSecond = (bytesOf(demo) - before) / 2.5;
    expect(perSecond).toBeGreaterThan(20_000);
    expect(perSecond).toBeLessThan(80_000 * 1.1 + 5_000);
    expect(demo.output().split("\u001B[2J")).toHaveLength(2);
  });
});

test("a link of 32 kB a second shows what is half a second old at most", async () => {
  const demo = await startDemo(["moving"], { replyMs: 50, bytesPerS: 32_000 });
  demo.press("s");
  await demo.see("kB/s");
  await sleep(1_500);
  let worst = 0;
  for (let sample = 0; sample < 20; sample += 1) {
    await sleep(100);
    worst = Math.max(worst, demo.backlog());
  }
  expect(worst / 32_000).toBeLessThan(0.5);
});

test("a terminal that stalls does not stop the program", async () => {
  const demo = await startDemo(["moving", "loop"]);
  demo.press("s");
  await demo.see("kB/s");
  demo.pause();
  await sleep(2_500);
  demo.resume();
  demo.press("qy");
  await demo.see("Measurement cancelled");
  demo.press("q");
  await demo.see("longest pause");
  const [, longestMs, measures] = /longest pause (\d+) ms.* (\d+) records/.exec(demo.rows().join("\n")) ?? [];
  expect(Number(longestMs)).toBeLessThan(1_000);
  // React in development mode would keep a record of every render.
  expect(Number(measures)).toBe(0);
  await expectRestored(demo, 0);
});

test("keys in one piece, sequences in several and a storm of sizes leave one right screen", async () => {
  const demo = await startDemo();
  demo.press("s??/x\u007F\r");
  await demo.see("Hold still");
  // A laggy link cuts an arrow into an Esc and the rest.
  demo.press("\u001B");
  await sleep(25);
  demo.press("[A");
  for (let step = 0; step < 40; step += 1) {
    demo.resize(40 + ((step * 37) % 120), 10 + ((step * 13) % 40));
    await sleep(5);
  }
  demo.resize(100, 30);
  demo.press("\u000C");
  await demo.see("7 Log");
  await sleep(600);
  const rows = demo.rows();
  expect(rows).toHaveLength(30);
  expect(rows.filter((row) => row.includes("6 Chunks"))).toHaveLength(1);
  expect(rows.join("\n")).not.toContain("Cancel the measurement?");
  expect(rows[29]).toContain("q quit");
  expect(demo.terminal.buffer.active.baseY).toBe(0);
  demo.press("qnqy");
  await demo.see("Measurement cancelled");
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

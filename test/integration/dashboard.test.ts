import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import sharp from "sharp";
import { afterEach, expect, test } from "vitest";

import type { Summary } from "../../src/results/summary.js";
import { cleanEnv, clip, freshFolder, program, run } from "../helpers/program.js";
import { openPty, type Pty, screenToSvg } from "../helpers/terminal.js";

// The whole program in a real pseudo-terminal: decoding, tracking, server and screen.

let pty: Pty | undefined;
afterEach(() => {
  pty?.kill();
  pty = undefined;
});

/** Where the newest program has written its process id. */
let pidFile = "";

/** Starts the program under a shell that shows the terminal's settings after it. */
function open(args: readonly string[], columns: number, rows: number): Pty {
  const state = freshFolder("state");
  pidFile = join(state, "pid");
  const words = [process.execPath, program, "measure", clip, "--chunklength", "5", "--state-dir", state, ...args];
  const command = `echo $$ > "${pidFile}"; exec ${words.map((word) => `"${word}"`).join(" ")}`;
  const script = `sh -c '${command}'; echo "status $?"; stty -a; echo end of shell; sleep 1`;
  const env = cleanEnv({ TERM: "xterm-256color", COLORTERM: "truecolor" });
  pty = openPty("/bin/sh", ["-c", script], columns, rows, env);
  return pty;
}

async function expectCleanTerminal(screen: Pty, status: number): Promise<void> {
  await screen.see(`status ${status}`);
  await screen.see("end of shell");
  expect(screen.terminal.buffer.active.type).toBe("normal");
  expect(screen.output().lastIndexOf("\u001B[?25h")).toBeGreaterThan(screen.output().lastIndexOf("\u001B[?25l"));
  const text = screen.rows().join("\n");
  expect(text).toMatch(/[^-]icanon/);
  expect(text).toMatch(/[^-]echo /);
}

/** No row is longer than the screen and nothing has scrolled. */
function expectWhole(screen: Pty, columns: number, rows: number): void {
  expect(screen.terminal.buffer.active.type).toBe("alternate");
  expect(screen.terminal.buffer.active.baseY).toBe(0);
  expect(screen.rows()).toHaveLength(rows);
  for (const row of screen.rows()) expect(row.length).toBeLessThanOrEqual(columns);
}

test("from the first frame to the summary: the clip's heart rate is on the screen", async () => {
  const startedMs = performance.now();
  const screen = open(["--live"], 120, 40);
  await screen.see("dfxterm");
  expect(performance.now() - startedMs).toBeLessThan(6000);
  await screen.see("extracting");
  expectWhole(screen, 120, 40);
  await screen.see("3 of 4 with results");
  const { DFXTERM_PICTURE: picture } = process.env;
  if (picture) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    writeFileSync(
      picture,
      await sharp(Buffer.from(screenToSvg(screen.terminal)))
        .png({ palette: true })
        .toBuffer(),
    );
  }
  await screen.see("Measurement complete");
  expect(screen.rows().join("\n")).toMatch(/Heart rate\s+7[0-3]\.\d\d bpm/);
  screen.press("e");
  await screen.see("Report in ");
  const measurements = join(dirname(pidFile), "measurements");
  const report = readFileSync(join(measurements, readdirSync(measurements)[0] ?? "", "report.html"), "utf8");
  expect(report).toMatch(/<\/html>\s*$/);
  screen.press("q");
  await expectCleanTerminal(screen, 0);
  expect(screen.output()).toMatch(/Heart rate\s+7[0-3]\.\d\d bpm\s+confidence/);
});

test("the preview shows the face in colour, and w saves it with the values", async () => {
  const screen = open(["--live"], 100, 30);
  await screen.see("face tracked");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { active } = screen.terminal.buffer;
  let skin = 0;
  for (let row = 0; row < 30; row += 1) {
    for (let column = 0; column < 50; column += 1) {
      const cell = active.getLine(row)?.getCell(column);
      if (!cell?.isFgRGB()) continue;
      const colour = cell.getFgColor();
      const [red, green, blue] = [colour >> 16, (colour >> 8) & 255, colour & 255];
      if (red > 120 && red > green + 15 && green > blue) skin += 1;
    }
  }
  expect(skin).toBeGreaterThan(20);
  screen.press("w");
  await screen.see("snapshot saved as");
  const measurements = join(dirname(pidFile), "measurements");
  const names = readdirSync(measurements, { recursive: true, encoding: "utf8" });
  const name = names.find((path) => /snapshot-20.*\.png$/.test(path)) ?? "";
  expect(await sharp(join(measurements, name)).metadata()).toMatchObject({ width: 1200, height: 480 });
  expectWhole(screen, 100, 30);
});

test("with --wait the operator starts with s, asks for help, and cancels with q and y", async () => {
  const screen = open(["--wait", "--live"], 80, 24);
  await screen.see("s start");
  screen.press("?");
  await screen.see("zoom");
  screen.press("?");
  screen.press("s");
  await screen.see("extracting");
  expectWhole(screen, 80, 24);
  screen.press("q");
  await screen.see("Cancel the measurement?");
  screen.press("n");
  screen.press("q");
  await screen.see("Cancel the measurement?");
  const pressedMs = performance.now();
  screen.press("y");
  await screen.see("Measurement cancelled");
  expect(performance.now() - pressedMs).toBeLessThan(1000);
  screen.press("q");
  await expectCleanTerminal(screen, 130);
});

test("one that was cut short goes on with g, from what is kept", async () => {
  const screen = open(["--live", "--videolength", "10"], 100, 30);
  await screen.see("result of chunk 1");
  screen.press("c");
  await screen.see("Cancel the measurement?");
  screen.press("y");
  await screen.see("g resume");
  screen.press("g");
  // As `dfxterm resume` would: what is left of a file needs no clock. At its own pace it would take the ten seconds again.
  const resumedMs = performance.now();
  await screen.see("Measurement complete");
  expect(performance.now() - resumedMs).toBeLessThan(8_000);
  expect(screen.rows().join("\n")).toMatch(/Heart rate\s+7[0-3]\.\d\d bpm/);
  screen.press("q");
  await expectCleanTerminal(screen, 0);
  // Nothing is left to go on with.
  expect(screen.rows().join("\n")).toMatch(/Measurement complete/);
  expect(screen.rows().join("\n")).not.toMatch(/cancelled|go on with/);
  // The same measurement, not another one; it was begun when it was begun.
  const measurements = join(dirname(pidFile), "measurements");
  const [name = "", ...others] = readdirSync(measurements);
  expect(others).toEqual([]);
  const { made } = JSON.parse(readFileSync(join(measurements, name, "summary.json"), "utf8")) as Summary;
  expect(made?.startedAt.replaceAll(":", "-")).toContain(name.slice(0, 19));
  expect(Date.parse(made?.resumedAt ?? "")).toBeGreaterThan(Date.parse(made?.startedAt ?? ""));
  expect(made?.options).toMatchObject({ live: true });
});

test("after resume, n asks what to measure, and g tries again", async () => {
  const state = freshFolder("state");
  // Nobody listens at the discard port.
  const server = ["--rest-url", "http://127.0.0.1:9", "--ws-url", "ws://127.0.0.1:9"];
  const account = { DFXTERM_LICENSE_KEY: "k", DFXTERM_STUDY_ID: "s", DFXTERM_EMAIL: "e", DFXTERM_PASSWORD: "p" };
  const env = cleanEnv({ TERM: "xterm-256color", ...account });
  const own = join(state, "clip.mp4");
  copyFileSync(clip, own);
  const failed = await run(["measure", own, "--json", "--state-dir", state, ...server], env);
  expect(failed.status).toBe(5);
  const words = [program, "resume", "--last", "--state-dir", state, "--preview=off", "--color=never"];
  pty = openPty("/bin/sh", ["-c", `"${process.execPath}" ${words.join(" ")}; echo "status $?"; sleep 1`], 80, 24, env);
  await pty.see("g resume");
  // It was asked in vain.
  expect(pty.rows()[0]).toMatch(/REST +fail /);
  pty.press("g");
  await pty.see("Connecting");
  await pty.see("g resume");
  // What cannot go on is told, and nothing is lost.
  rmSync(own);
  pty.press("gg");
  await pty.see("(not found)");
  await pty.see("g resume");
  pty.press("n");
  await pty.see("New measurement");
  pty.press("q");
  await pty.see("status 5");
});

test("resizing does not break the screen", async () => {
  const screen = open(["--live"], 80, 24);
  await screen.see("extracting");
  for (const [columns, rows] of [
    [120, 40],
    [60, 20],
    [40, 10],
    [200, 60],
    [100, 30],
  ] as const) {
    screen.resize(columns, rows);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expectWhole(screen, columns, rows);
  }
  await screen.see("Vitals");
  screen.press("\u0003");
  await screen.see("Measurement cancelled");
  screen.press("\r");
  await expectCleanTerminal(screen, 130);
});

test("a SIGTERM gives the terminal back at once, with the summary", async () => {
  const screen = open(["--live"], 80, 24);
  await screen.see("extracting");
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTERM");
  await expectCleanTerminal(screen, 143);
  expect(screen.output()).toContain("Measurement cancelled");
});

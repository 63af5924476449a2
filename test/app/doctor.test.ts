import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";

import { afterEach, expect, test } from "vitest";

import { broken, ok, unknown, warning } from "../../src/app/doctor/check.js";
import { clockCheck } from "../../src/app/doctor/clock-check.js";
import { doctorLines } from "../../src/app/doctor/doctor-text.js";
import { ffmpegCheck } from "../../src/app/doctor/ffmpeg-check.js";
import { configCheck, stateCheck } from "../../src/app/doctor/folder-check.js";
import { serverCheck } from "../../src/app/doctor/server-check.js";
import { showsColors, type TerminalFacts, terminalCheck } from "../../src/app/doctor/terminal-check.js";
import { freshFolder } from "../helpers/program.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const terminal: TerminalFacts = {
  stdinIsTty: true,
  stdoutIsTty: true,
  columns: 120,
  rows: 36,
  env: { TERM: "xterm-256color", LANG: "C.UTF-8", COLORTERM: "truecolor" },
  answers: {},
  tmux: undefined,
};

function terminalWith(change: Partial<TerminalFacts>) {
  return terminalCheck({ ...terminal, ...change });
}

test("its lines are coloured where the dashboard is", () => {
  const env = { TERM: "xterm-256color", LANG: "C.UTF-8" };
  expect(showsColors(env)).toBe(true);
  for (const other of [{ NO_COLOR: "1" }, { FORCE_COLOR: "0" }, { TERM: "vt100" }, { TERM: "dumb" }]) {
    expect(showsColors({ ...env, ...other })).toBe(false);
  }
});

test("a terminal is told by its size, colours and letters, and what would be better", () => {
  expect(terminalWith({})).toMatchObject({
    status: "ok",
    found: "120 x 36, 16 million colours, UTF-8, TERM xterm-256color",
  });
  expect(terminalWith({ stdoutIsTty: false }).status).toBe("unknown");
  expect(terminalWith({ columns: 40 })).toMatchObject({
    status: "warning",
    advice: expect.stringMatching(/too small/),
  });
  expect(terminalWith({ rows: 20 }).advice).toMatch(/80 x 24/);
  expect(terminalWith({ env: { TERM: "xterm", LANG: "C" } })).toMatchObject({
    found: expect.stringMatching(/ASCII only/),
    advice: expect.stringMatching(/LANG/),
  });
  expect(terminalWith({ env: { ...terminal.env, NO_COLOR: "1" } }).found).toMatch(/no colours,/);
  const answers = { truecolor: true, unicode: true, name: "WezTerm 2026", kitty: true };
  expect(terminalWith({ env: { TERM: "xterm-256color", LANG: "C.UTF-8" }, answers })).toMatchObject({
    found: expect.stringMatching(/16 million colours, .*, WezTerm 2026$/),
    details: { kitty: true, sixel: null },
  });
  expect(terminalWith({ answers: { unicode: false } }).found).toMatch(/ASCII only/);
  expect(terminalWith({ env: { TERM: "dumb" } }).advice).toMatch(/TERM is dumb/);
  const inTmux = { ...terminal.env, TERM: "tmux-256color", TMUX: "/tmp/x,1,0" };
  const plain = { version: "3.3a", features: ["256", "title"] };
  expect(terminalWith({ env: inTmux, tmux: plain })).toMatchObject({
    status: "warning",
    found: expect.stringMatching(/256 colours, UTF-8, TERM tmux-256color, tmux 3\.3a$/),
    advice: expect.stringMatching(/terminal-features ",\*:RGB:sync"/),
  });
  expect(terminalWith({ env: inTmux, tmux: plain, answers: { name: "tmux 3.3a" } }).found).toMatch(
    /color, tmux 3\.3a$/,
  );
  expect(terminalWith({ env: inTmux, tmux: { ...plain, features: ["256", "RGB"] } }).status).toBe("ok");
});

test("the ffmpeg that would be taken is told with the reason, and one that was asked for is not replaced", async () => {
  const folder = freshFolder("doctor");
  const fake = join(folder, "ffmpeg");
  await writeFile(fake, "#!/bin/sh\necho 'ffmpeg version 9.9 Copyright'; echo 'libavutil      60. 1.100'\n");
  await chmod(fake, 0o755);
  const onPath = await ffmpegCheck(undefined, { PATH: `${folder}:/usr/bin:/bin` });
  // Where the package ffmpeg-static is installed, it goes first.
  expect(onPath.check).toMatchObject({ status: "ok", details: { chosen: { version: expect.any(String) } } });
  const asked = await ffmpegCheck(fake, { PATH: "/usr/bin:/bin" });
  expect(asked.check).toMatchObject({
    status: "ok",
    found: `9.9, ${fake}, from --ffmpeg (the first place that is looked at)`,
  });
  expect(asked.binary).toMatchObject({ path: fake, version: "9.9" });
  const wrong = await ffmpegCheck(undefined, { PATH: folder, FFMPEG_BIN: join(folder, "none") });
  expect(wrong.check).toMatchObject({
    status: "broken",
    code: "FFMPEG_MISSING",
    found: expect.stringMatching(/FFMPEG_BIN cannot be used: there is no file/),
  });
  expect(wrong.binary).toBeUndefined();
});

test("the state folder: made when needed, room, rights of others", async () => {
  const folder = freshFolder("doctor");
  const state = join(folder, "not", "yet");
  expect(await stateCheck(state)).toMatchObject({
    status: "ok",
    found: expect.stringMatching(/MB free, made when it is needed$/),
    details: { exists: false, freeBytes: expect.any(Number) },
  });
  await mkdir(join(state, "measurements"), { recursive: true });
  await chmod(state, 0o755);
  await chmod(join(state, "measurements"), 0o755);
  expect(await stateCheck(state)).toMatchObject({
    status: "warning",
    found: `others may look into measurements in ${state}`,
    advice: `chmod go-rwx ${join(state, "measurements")}`,
  });
  await chmod(state, 0o700);
  expect((await stateCheck(state)).status).toBe("ok");
  expect(await stateCheck("/proc/nothing")).toMatchObject({ status: "broken" });
  const file = join(folder, "file");
  await writeFile(file, "");
  const found = `${file} is not a folder`;
  expect(await stateCheck(join(file, "state"))).toMatchObject({ status: "broken", code: "FILE", found });
});

test.skipIf(process.getuid?.() === 0)("a folder that may not be written is broken (not as root, who may)", async () => {
  const folder = freshFolder("doctor");
  await chmod(folder, 0o500);
  expect(await stateCheck(join(folder, "state"))).toMatchObject({
    status: "broken",
    found: expect.stringMatching(/permission denied/),
  });
  await chmod(folder, 0o700);
});

test("the config folder: files that others may read are named, and never opened", async () => {
  const folder = join(freshFolder("doctor"), "config");
  expect(await configCheck(folder)).toMatchObject({ status: "ok", details: { exists: false } });
  await mkdir(folder);
  await chmod(folder, 0o755);
  await writeFile(join(folder, "tokens.json"), "s3cret");
  await chmod(join(folder, "tokens.json"), 0o644);
  await symlink("/nowhere", join(folder, "dangling"));
  const check = await configCheck(folder);
  expect(check).toMatchObject({ status: "warning", found: `others may look into tokens.json in ${folder}` });
  expect(JSON.stringify(check)).not.toContain("s3cret");
  await chmod(folder, 0o700);
  expect((await configCheck(folder)).status).toBe("ok");
  await rm(folder, { recursive: true });
  await writeFile(folder, "");
  expect(await configCheck(folder)).toMatchObject({ status: "broken", code: "FILE" });
});

test("a clock that stands before the installation, or far from the server's, is told", async () => {
  const nowMs = Date.now();
  expect((await clockCheck(nowMs, undefined)).status).toBe("ok");
  expect((await clockCheck(nowMs, 5000)).status).toBe("ok");
  expect((await clockCheck(nowMs, 3_600_000)).found).toMatch(/3600 s behind that of the server/);
  expect((await clockCheck(nowMs, -90_000)).found).toMatch(/90 s ahead of that of the server/);
  expect(await clockCheck(0, undefined)).toMatchObject({
    status: "warning",
    found: expect.stringMatching(/^1970-01-01 .*before the day/),
  });
});

function listening(server: Server): Promise<number> {
  closing.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function urls(port: number) {
  return { kind: "urls", restUrl: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}` } as const;
}

test("a server that answers is there, also when it refuses; what it says of itself is told", async () => {
  let reply = { status: 200, body: '{"StatusID":"ACTIVE","Version":"1"}' };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const status = request.url === "/status" ? reply.status : 401;
    response.writeHead(status, { date: new Date(Date.now() + 7_200_000).toUTCString() }).end(reply.body);
  });
  const port = await listening(server);
  const found = await serverCheck(urls(port), "v1", Date.now);
  expect(found.check).toMatchObject({
    status: "ok",
    found: expect.stringMatching(/127\.0\.0\.1:\d+ answers in \d+ ms/),
  });
  expect(Math.round((found.aheadMs ?? 0) / 60_000)).toBe(120);
  expect(asked.toSorted()).toEqual(["GET /", "GET /status"]);
  reply = { status: 200, body: '{"StatusID":"MAINTENANCE"}' };
  expect((await serverCheck(urls(port), "v1", Date.now)).check).toMatchObject({
    status: "warning",
    found: expect.stringMatching(/MAINTENANCE/),
  });
  reply = { status: 200, body: "<html>" };
  expect((await serverCheck(urls(port), "v1", Date.now)).check).toMatchObject({
    status: "warning",
    found: expect.stringMatching(/answers, but not as a DFX server does \(HTTP 200\)/),
  });
  reply = { status: 503, body: '{"Code":"SERVICE_UNAVAILABLE"}' };
  expect((await serverCheck(urls(port), "v1", Date.now)).check).toMatchObject({ status: "broken", code: "SERVER" });
});

test("a web server without a WebSocket is told; version 2 can do without one", async () => {
  const server = createServer((_, response) => void response.end('{"StatusID":"ACTIVE"}'));
  const port = await listening(server);
  const found = expect.stringMatching(/ws:\S+ is no WebSocket \(HTTP 200\)/);
  expect((await serverCheck(urls(port), "v1", Date.now)).check).toMatchObject({ status: "broken", found });
  expect((await serverCheck(urls(port), "v2", Date.now)).check).toMatchObject({ status: "warning", found });
});

test("a server that is silent, drips or never ends does not hold anybody up", async () => {
  const limitMs = 300;
  const silent = await listening(createTcpServer());
  const dripping = await listening(
    createTcpServer((socket) => {
      const timer = setInterval(() => socket.write("H"), 50);
      socket.on("error", () => undefined).on("close", () => clearInterval(timer));
    }),
  );
  const endless = await listening(
    createServer((_, response) => {
      const timer = setInterval(() => response.write("x".repeat(20_000)), 10);
      response.on("close", () => clearInterval(timer));
    }),
  );
  for (const port of [silent, dripping, endless]) {
    const startedMs = performance.now();
    const { check } = await serverCheck(urls(port), "v1", Date.now, limitMs);
    expect(performance.now() - startedMs).toBeLessThan(5 * limitMs);
    expect(check.status).toBe("broken");
  }
});

test("a server that does not answer as one is broken, with the reason in words", async () => {
  const silent = createTcpServer();
  const closed = await listening(silent);
  closing.splice(0).forEach((close) => close());
  const rude = await listening(createTcpServer((socket) => socket.destroy()));
  const other = await listening(createTcpServer((socket) => void socket.end("220 mail.example ESMTP\r\n")));
  const tls = { kind: "urls", restUrl: `https://127.0.0.1:${other}`, wsUrl: `wss://127.0.0.1:${other}` } as const;
  const cases = [
    [urls(closed), /refuses the connection: nothing listens there/],
    [urls(rude), /breaks the connection off/],
    [urls(other), /does not answer as a server does/],
    [tls, /does not speak TLS there/],
  ] as const;
  for (const [choice, words] of cases) {
    const { check } = await serverCheck(choice, "v1", Date.now);
    expect(check).toMatchObject({ status: "broken", code: "NETWORK", found: expect.stringMatching(words) });
  }
});

test("an address with a password is refused before anybody is asked", async () => {
  const choice = { kind: "urls", restUrl: "http://u:s3cret@127.0.0.1:1", wsUrl: "ws://127.0.0.1:1" } as const;
  await expect(serverCheck(choice, "v1", Date.now)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.not.stringContaining("s3cret"),
  });
});

test("the lines fit the terminal, and the last one says what it comes to", () => {
  const long = "word ".repeat(40).trim();
  const checks = [ok("a", "fine"), warning("b", long, long), unknown("c", "no\u001b[2Jterminal")];
  for (const columns of [40, 80]) {
    for (const line of doctorLines(checks, columns, false)) {
      expect(line.length).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  }
  expect(doctorLines(checks, 80, false).at(-1)).toBe("Nothing is broken; see b.");
  expect(doctorLines([ok("a", "fine")], 80, false).at(-1)).toBe("Everything that is needed is there.");
  const bad = [...checks, broken("d", "ENGINE", "gone", "build it"), broken("e", "FILE", "full", "free it")];
  expect(doctorLines(bad, 80, false).at(-1)).toBe("Broken: d, e.");
  expect(doctorLines(bad, 80, true).join("\n")).toContain("\u001b[");
});

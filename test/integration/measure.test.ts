import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

import { expect, test } from "vitest";

import {
  cleanEnv,
  clip,
  clipWithoutPulse,
  freshFolder,
  jsonLines,
  program,
  projectRoot,
  run,
  start,
  summaryOf,
} from "../helpers/program.js";
import { openPty } from "../helpers/terminal.js";

const truth = JSON.parse(readFileSync(clip.replace(/\.mp4$/, ".json"), "utf8")) as { hr_bpm: number };

/** Ids of ffmpeg processes whose parent is `parent` or which were orphaned while reading `file`. */
function ffmpegReading(file: string): string[] {
  const list = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" });
  return list.split("\n").filter((line) => line.includes("ffmpeg") && line.includes(file));
}

for (const method of ["REST", "websocket"]) {
  test(`measures the fixture's heart rate over ${method}`, async () => {
    const finished = await run(["measure", clip, "--json", "--chunklength", "5", "--send_method", method]);
    const summary = summaryOf(finished);
    expect(finished.stderr).toBe("");
    expect(finished.status).toBe(0);
    expect(summary).toMatchObject({
      v: 1,
      status: "completed",
      frames: { read: 600, tracked: 600, dropped: 0 },
      chunks: { planned: 4, extracted: 4, acknowledged: 4, results: 4 },
      error: null,
    });
    expect(Math.abs((summary.metrics["HR_BPM"]?.mean ?? 0) - truth.hr_bpm)).toBeLessThanOrEqual(1);
    expect(summary.metrics["HR_BPM"]?.confidence).toBeGreaterThan(0.5);
    expect(summary.metrics["SNR"]?.mean).toBeGreaterThan(0);
  });
}

test("every line of --json has a type and a version, and chunks pass all their steps in order", async () => {
  const lines = jsonLines((await run(["measure", clip, "--json"])).stdout);
  for (const line of lines) {
    expect(line["v"]).toBe(1);
    expect(line["type"]).toBeTypeOf("string");
  }
  const steps = lines.filter((line) => line["type"] === "chunk" && line["number"] === 0).map((line) => line["step"]);
  expect(steps).toEqual(["extracted", "sent", "acknowledged"]);
  expect(lines.filter((line) => line["type"] === "result" && line["number"] !== null)).toHaveLength(2);
});

test("the twin without a pulse gets no heart rate, and is told why", async () => {
  const summary = summaryOf(await run(["measure", clipWithoutPulse, "--json", "--chunklength", "5"]));
  expect(summary.status).toBe("completed");
  expect(summary.metrics["HR_BPM"]?.mean).toBeNull();
  expect(summary.metrics["HR_BPM"]?.notes.length).toBeGreaterThan(0);
});

test("plain lines tell what happens and end with the summary", async () => {
  const { stdout, status } = await run(["measure", clip]);
  expect(status).toBe(0);
  expect(stdout).toContain("opened face-72bpm.mp4: 640x480");
  expect(stdout).toMatch(/chunk 1 acknowledged in \d+ ms/);
  expect(stdout).toMatch(/Heart rate\s+7\d\.\d\d bpm\s+confidence/);
  expect(stdout).toContain("Wellness information, not a diagnosis.");
  expect(stdout).not.toContain("\u001b");
});

test("with --screen-reader a terminal gets lines and, at the end, the bell and the message that were asked for", async () => {
  const args = ["measure", "/nowhere.mp4", "--screen-reader", "--bell", "--notify"];
  const env = cleanEnv({ TERM: "xterm-256color" });
  const pty = openPty(process.execPath, [program, ...args], 80, 24, env);
  expect(await pty.exited).toBe(6);
  expect(pty.output().endsWith("\u0007\u001b]9;dfxterm: Measurement failed\u0007")).toBe(true);
  expect(
    pty
      .output()
      .match(/\p{Cc}/gu)
      ?.filter((letter) => letter !== "\r" && letter !== "\n"),
  ).toHaveLength(3);
});

test("chunks, results, summary and still are saved where it says", async () => {
  const state = freshFolder("state");
  const chunks = join(freshFolder("saved"), "chunks");
  const results = join(freshFolder("saved"), "results");
  const { paths } = summaryOf(
    await run([
      "measure",
      clip,
      "--json",
      "--state-dir",
      state,
      "--save_chunks_folder",
      chunks,
      "--save_results_folder",
      results,
    ]),
  );
  expect(readdirSync(chunks).sort()).toEqual([
    "metadata0.bin",
    "metadata1.bin",
    "payload0.bin",
    "payload1.bin",
    "properties0.json",
    "properties1.json",
  ]);
  expect(readdirSync(results).sort()).toEqual(["result_0.bin", "result_1.bin"]);
  expect(paths.folder?.startsWith(state)).toBe(true);
  expect(existsSync(join(paths.folder ?? "", "summary.json"))).toBe(true);
  expect(
    readFileSync(paths.snapshot ?? "")
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
  const shown = await run(["show", paths.folder ?? ""]);
  expect(shown.status).toBe(0);
  expect(shown.stdout).toMatch(/Measurement complete: face-72bpm\.mp4/);
});

test("saved face points can be measured with again, with the same result", async () => {
  const folder = freshFolder("faces");
  const copy = join(folder, "clip.mp4");
  copyFileSync(clip, copy);
  const first = summaryOf(await run(["measure", copy, "--json", "--save_facepoints", "--face_detect", "brute"]));
  expect(first.paths.faces).toBe(join(folder, "clip-faces.json"));
  const again = summaryOf(await run(["measure", copy, "--json", "--faces", join(folder, "clip-faces.json")]));
  expect(again.frames.tracked).toBe(600);
  expect(Math.abs((again.metrics["HR_BPM"]?.mean ?? 0) - (first.metrics["HR_BPM"]?.mean ?? 1000))).toBeLessThan(0.2);
});

test("the same input gives the same output to the last digit", async () => {
  const [first, second] = await Promise.all([run(["measure", clip, "--json"]), run(["measure", clip, "--json"])]);
  expect(summaryOf(first).metrics).toEqual(summaryOf(second).metrics);
});

test("every instruction set measures the same rate", async () => {
  const rates: number[] = [];
  for (const name of ["baseline", "avx2", "avx512"]) {
    const finished = await run(["measure", clip, "--json"], cleanEnv({ DFXTERM_ISA: name }));
    rates.push(summaryOf(finished).metrics["HR_BPM"]?.mean ?? 0);
  }
  expect(Math.max(...rates) - Math.min(...rates)).toBeLessThanOrEqual(0.01);
});

test("a terminated measurement ends within a second, with status 143 and without ffmpeg left behind", async () => {
  const folder = freshFolder("term");
  const copy = join(folder, "terminated.mp4");
  copyFileSync(clip, copy);
  const { child, finished } = start(["measure", copy, "--live", "--json"]);
  await new Promise<void>((resolve) => {
    child.stdout?.on("data", (data: Buffer) => {
      if (data.includes('"progress"')) resolve();
    });
  });
  expect(ffmpegReading(copy)).not.toEqual([]);
  const killedAtMs = performance.now();
  // Twice, as `timeout` sends it.
  child.kill("SIGTERM");
  child.kill("SIGTERM");
  const end = await finished;
  expect(performance.now() - killedAtMs).toBeLessThan(1500);
  expect(end.status).toBe(143);
  expect(summaryOf(end).status).toBe("cancelled");
  expect(ffmpegReading(copy)).toEqual([]);
});

test("two people's measurements do not get into each other's way", async () => {
  const runs = await Promise.all([1, 2].map(() => run(["measure", clip, "--json", "--chunklength", "10"])));
  for (const finished of runs) expect(summaryOf(finished).status).toBe("completed");
});

/** Bad input: one sentence, the documented exit status, no stack trace. */
async function checkRefused(args: string[], status: number, sentence: RegExp, env?: NodeJS.ProcessEnv): Promise<void> {
  const end = await run(args, env);
  const said = end.stdout + end.stderr;
  expect(said).toMatch(sentence);
  expect(said).not.toMatch(/^\s+at /m);
  expect(end.status).toBe(status);
}

test("bad input is refused with a sentence and its exit status", async () => {
  const folder = freshFolder("bad");
  const textFile = join(folder, "letter.mp4");
  writeFileSync(textFile, "Dear video,\n".repeat(100));
  const cut = join(folder, "cut.mp4");
  writeFileSync(cut, readFileSync(clip).subarray(0, 100_000));
  await checkRefused(["measure", join(folder, "none.mp4")], 6, /none\.mp4/);
  await checkRefused(["measure", textFile], 6, /letter\.mp4/);
  await checkRefused(["measure", cut], 6, /cut\.mp4/);
  await checkRefused(["measure", folder], 6, /folder|directory/i);
  await checkRefused(["measure", clip, "--chunklength", "3"], 2, /from 5 to 30/);
  await checkRefused(["measure", clip, "--server", "mars"], 2, /local, qa/);
  await checkRefused(["measure", clip, "--faces", join(folder, "none.json")], 2, /none\.json/);
  await checkRefused(["measure", textFile, clip], 2, /letter\.mp4|study/i);
  await checkRefused(["measure", clip, "--ffmpeg", "/nowhere/ffmpeg"], 6, /\/nowhere\/ffmpeg/);
  await checkRefused(["meassure"], 2, /measure/);
});

test("a reader that leaves after the first line gets no stack trace", async () => {
  const { PATH } = process.env;
  const env = { PATH, HOME: freshFolder("home") };
  const first = (words: string): string => {
    const script = `"${process.execPath}" "${program}" ${words} 2>&1 >&3 3>&- | cat`;
    // Descriptor 3 is a pipe whose reader is gone.
    return execFileSync("bash", ["-c", `exec 3> >(:); sleep 0.2; ${script}`], { env, encoding: "utf8" });
  };
  expect(first("--help")).toBe("");
  expect(first("show /nowhere")).toMatch(/^dfxterm: .*nowhere/);
  expect(first(`measure "${clip}" --json`)).toBe("");
});

test.skipIf(!existsSync("/dev/full"))("output that cannot be written (/dev/full) is told, with status 9", async () => {
  for (const words of [`measure "${clip}" --json`, "--help", "man"]) {
    const script = `"${process.execPath}" "${program}" ${words} > /dev/full; echo "status $?" >&2`;
    const { stderr } = spawnSync("/bin/sh", ["-c", script], { env: cleanEnv(), encoding: "utf8" });
    expect(stderr).toBe(
      "dfxterm: the output cannot be written (no space left): free space or write it elsewhere\nstatus 9\n",
    );
  }
});

test("a Node that is too old is told to be", () => {
  const { engines } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    engines: { node: string };
  };
  const oldest = engines.node.replace(">=", "");
  const versions = { "18.20.8": false, "20.18.3": false, [`${oldest}.0`]: true };
  for (const [version, isGood] of Object.entries(versions)) {
    const pretend = `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
    const { status, stderr } = spawnSync(process.execPath, ["--import", pretend, program, "--version"], {
      encoding: "utf8",
    });
    expect(status).toBe(isGood ? 0 : 1);
    expect(stderr).toBe(isGood ? "" : `dfxterm: Node ${version} is too old: install Node ${oldest} or newer.\n`);
  }
});

test("a place that cannot be written to is told before anything is measured", async () => {
  const folder = freshFolder("readonly");
  writeFileSync(join(folder, "state"), "not a folder");
  await checkRefused(["measure", clip, "--state-dir", join(folder, "state")], 2, /cannot be made/);
});

test("a server that is not there is told at once", async () => {
  const account = ["KEY", "STUDY", "a@b.c", "secret"];
  await checkRefused(
    ["measure", "default", clip, ...account, "--rest-url", "http://127.0.0.1:9", "--ws-url", "ws://127.0.0.1:9"],
    5,
    /127\.0\.0\.1/,
  );
});

test("a port in use is told with the way out", async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  const address = blocker.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await checkRefused(["serve", "--rest-port", String(port), "--ws-port", "0"], 5, /in use.*--rest-port/);
  await new Promise((resolve) => blocker.close(resolve));
});

/** Runs `dfxterm serve` while `use` runs, with what it printed. */
async function withServer(use: (value: (label: string) => string) => Promise<void>): Promise<void> {
  const { child, finished } = start(["serve", "--rest-port", "0", "--ws-port", "0", "--license-key", "a-licence"]);
  const printed = await new Promise<string>((resolve) => {
    let text = "";
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
      if (text.includes("Ctrl-C")) resolve(text);
    });
  });
  await use((label) => new RegExp(`${label}\\s+(\\S+)`).exec(printed)?.[1] ?? "");
  child.kill("SIGTERM");
  expect((await finished).status).toBe(0);
}

test("a server of one's own takes measurements of other programs, and refuses strangers", async () => {
  await withServer(async (value) => {
    const addresses = ["--rest-url", value("REST"), "--ws-url", value("WebSocket")];
    const account = ["a-licence", value("study"), "someone@example.org", "a password"];
    const finished = await run(["measure", "default", clip, ...account, ...addresses, "--json", "--send-method", "ws"]);
    const summary = summaryOf(finished);
    expect(summary.status).toBe("completed");
    expect(Math.abs((summary.metrics["HR_BPM"]?.mean ?? 0) - truth.hr_bpm)).toBeLessThanOrEqual(1);

    const [licence, study, email] = account;
    const stranger = ["measure", "default", clip];
    await checkRefused([...stranger, "no-licence", study ?? "", "a@b.c", "pw", ...addresses], 4, /licence/i);
    await checkRefused([...stranger, licence ?? "", study ?? "", email ?? "", "wrong", ...addresses], 4, /password/i);
    await checkRefused([...stranger, licence ?? "", "no-study", "a@b.c", "pw", ...addresses], 8, /study/i);
  });
});

test("help comes fast and names every option of the original", async () => {
  const { stdout, status } = await run(["measure", "--help"]);
  expect(status).toBe(0);
  for (const option of [
    "--send-method",
    "--measurement-mode",
    "--server",
    "--chunklength",
    "--videolength",
    "--user-demographics",

    "--resolution",
    "--face-detect",
    "--faces",
    "--save-chunks-folder",
    "--save-results-folder",
    "--save-facepoints",
  ]) {
    expect(stdout).toContain(option);
  }
});

test("secrets leave the process list as soon as the program runs", async () => {
  // Takes connections and never answers, so that there is time to look.
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const urls = ["--rest-url", `http://127.0.0.1:${port}`, "--ws-url", `ws://127.0.0.1:${port}`];
  const connected = new Promise((resolve) => silent.once("connection", resolve));
  const account = ["LICENCE-KEY-123", "S", "a@b.c", "my secret"];
  const { child, finished } = start(["measure", "default", clip, ...account, ...urls]);
  await connected;
  const listed = execFileSync("ps", ["-o", "args=", "-p", String(child.pid)], { encoding: "utf8" });
  child.kill("SIGTERM");
  const { stderr } = await finished;
  silent.close();
  expect(listed.trim()).toBe("dfxterm");
  expect(stderr).toMatch(/^dfxterm: warning: licence key and password were given as arguments: .*"dfxterm login"/);
});

test("secrets are not in anything that is said or saved", async () => {
  const state = freshFolder("secrets");
  const secret = "correct-horse-battery";
  const { child, finished } = start(
    [
      "measure",
      "default",
      clip,
      "LICENCE-KEY-123",
      "STUDY",
      "a@b.c",
      secret,
      "--rest-url",
      "http://127.0.0.1:9",
      "--ws-url",
      "ws://127.0.0.1:9",
      "--state-dir",
      state,
    ],
    cleanEnv(),
  );
  const end = await finished;
  expect(child.exitCode).toBe(5);
  expect(end.stdout + end.stderr).not.toContain(secret);
  const saved = readdirSync(state, { recursive: true, encoding: "utf8" }).map((name) => join(state, name));
  expect(saved.some((path) => path.endsWith("summary.json"))).toBe(true);
  for (const path of saved.filter((name) => statSync(name).isFile())) {
    expect(readFileSync(path, "latin1")).not.toContain(secret);
    expect(readFileSync(path, "latin1")).not.toContain("LICENCE-KEY-123");
  }
});

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { cleanEnv, clip, type Finished, freshFolder, program, run, summaryOf } from "../helpers/program.js";
import { openPty } from "../helpers/terminal.js";

const state = freshFolder("state");
const place = freshFolder("out");
let id = "";
let folder = "";

beforeAll(async () => {
  const measured = await run([
    "measure",
    clip,
    "--chunklength",
    "5",
    "--videolength",
    "10",
    "--json",
    "--state-dir",
    state,
  ]);
  const { measurementId, paths } = summaryOf(measured);
  id = measurementId ?? "";
  folder = paths.folder ?? "";
});

async function show(...args: string[]): Promise<Finished> {
  return run(["show", "--state-dir", state, ...args]);
}

test("a measurement is shown by --last, by its folder and by the beginning of its ID: the same in all three", async () => {
  const [last, byFolder, byId] = await Promise.all([show("--last"), show(folder), show(id.slice(0, 8))]);
  expect(last).toMatchObject({ status: 0, stderr: "" });
  expect(byFolder.stdout).toBe(last.stdout);
  expect(byId.stdout).toBe(last.stdout);
  expect(last.stdout).toMatch(/Heart rate +\d\d\.\d\d bpm +confidence/);
  expect(last.stdout).toMatch(/[\u2800-\u28FF]{10}/);
  expect(last.stdout).toMatch(/2 +5-10 s +5 of 5/);
  expect(last.stdout).toMatch(/program +dfxterm \d/);
  expect(last.stdout).toMatch(/decoder +ffmpeg /);
  expect(last.stdout).toMatch(/options +study default, server local, api v1, send-method/);
  expect(last.stdout).toContain("not a medical device");
  expect(last.stdout).not.toContain("\u001b");
});

test("of a measurement that failed, show says why and where it lies", async () => {
  const failed = freshFolder("failed");
  await run(["measure", "nowhere.mp4", "--plain", "--state-dir", failed]);
  const { stdout } = await run(["show", "--last", "--state-dir", failed]);
  expect(stdout).toContain("nowhere.mp4 was not found");
  expect(stdout).toContain(`saved in ${failed}`);
});

test("every form of report is written, for the owner only, and holds the same heart rate", async () => {
  const files = Object.fromEntries(["html", "png", "csv", "json"].map((form) => [form, join(place, `report.${form}`)]));
  const args = Object.entries(files).flatMap(([form, file]) => [`--${form}`, file]);
  expect(await show("--last", ...args)).toMatchObject({ status: 0, stdout: "", stderr: "" });
  for (const file of Object.values(files)) expect(statSync(file).mode & 0o777).toBe(0o600);
  const read = (form: string): string => readFileSync(files[form] ?? "", "utf8");
  const json = JSON.parse(read("json")) as { summary: { metrics: { HR_BPM: { mean: number } } }; wave: object };
  const rate = json.summary.metrics.HR_BPM.mean;
  expect(read("html")).toContain(`>${rate.toFixed(2)}<`);
  expect(read("html")).toContain("data:image/png;base64,iVBOR");
  expect(read("csv")).toContain(`metric,HR_BPM,,,${rate},bpm,`);
  expect((await sharp(files["png"]).metadata()).width).toBe(1120);
});

test("- is standard output, whole also into a pipe, and a reader that leaves is no failure", async () => {
  const whole = await show("--last", "--html", "-");
  expect(whole.status).toBe(0);
  expect(whole.stdout.trimEnd().endsWith("</html>")).toBe(true);
  const shell = `"${process.execPath}" "${program}" show --last --state-dir "${state}" --csv - | head -1`;
  expect(execFileSync("sh", ["-c", shell], { encoding: "utf8", env: cleanEnv() })).toMatch(/^kind,id,chunk/);
  const twice = await show("--last", "--html", "-", "--csv", "-");
  expect(twice).toMatchObject({ status: 2, stdout: "" });
});

test("what cannot be shown is refused in one line with status 2", async () => {
  const cases: [string[], RegExp][] = [
    [[], /--last/],
    [["--last", folder], /not both/],
    [["nothing-like-this"], /no measurement "nothing-like-this": the newest are 20/],
    [["--last", "--csv", place], /is a folder: give the name of a file in it/],
    [["--last", "--hmtl", "x"], /Did you mean --html/],
  ];
  const all = await Promise.all(cases.map(async ([args, words]) => ({ refused: await show(...args), words })));
  for (const { refused, words } of all) {
    expect(refused.status).toBe(2);
    expect(refused.stdout).toBe("");
    expect(refused.stderr).toMatch(words);
    expect(refused.stderr).not.toMatch(/\n\s+at /);
  }
});

/** In a shell that waits afterwards: what a program writes last may be lost when its terminal goes with it. */
async function onTerminal(columns: number, env: NodeJS.ProcessEnv): Promise<{ output: string; rows: string[] }> {
  const command = `"${process.execPath}" "${program}" show --last --state-dir "${state}"; echo "status $?"; read wait`;
  const pty = openPty("sh", ["-c", command], columns, 100, { ...cleanEnv(), TERM: "xterm-256color", ...env });
  await pty.see("status 0");
  const seen = { output: pty.output(), rows: pty.rows() };
  pty.kill();
  return seen;
}

describe("on a terminal", () => {
  test("the still stands above the report, in half blocks and colour, and nothing is wider than the screen", async () => {
    const { output, rows } = await onTerminal(70, { COLORTERM: "truecolor" });
    expect(output).toMatch(/\[(38|48);[25];/);
    expect(rows.slice(0, 20).join("")).toMatch(/[▀▄]{20}/);
    const widest = Math.max(...output.split("\n").map((line) => stripVTControlCharacters(line).trimEnd().length));
    expect(widest).toBeLessThanOrEqual(70);
  });

  test("an xterm that says no more than its name gets 256 colours", async () => {
    const { output } = await onTerminal(70, { TERM: "xterm" });
    expect(output).toMatch(/\[48;5;\d+m/);
    expect(output).not.toMatch(/\[4[0-7]m/);
  });

  test("without colour or without UTF-8 there is text only", async () => {
    const dull = await onTerminal(80, { NO_COLOR: "1" });
    expect(dull.output).not.toContain("\u001b[");
    const ascii = await onTerminal(80, { LANG: "C", LC_ALL: "C" });
    expect(ascii.output).not.toMatch(/[▀▄\u2800-\u28FF]/);
  });
});

test.skipIf(process.getuid?.() === 0)(
  "a folder that may not be read is told (not as root, who may read all)",
  async () => {
    chmodSync(folder, 0);
    try {
      const refused = await show("--last");
      expect(refused.stderr).toMatch(/permission denied/);
      expect(existsSync(folder)).toBe(true);
    } finally {
      chmodSync(folder, 0o700);
    }
  },
);

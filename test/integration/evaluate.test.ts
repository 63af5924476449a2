import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";

import { cleanEnv, clip, clipWithoutPulse, type Finished, freshFolder, projectRoot } from "../helpers/program.js";
import { makeTrace } from "../helpers/pulse.js";

// The evaluation from the command line to its tables, on the committed clips and some files made here.

function evaluate(args: readonly string[]): Promise<Finished> {
  const program = join(projectRoot, "dist", "evaluate", "main.js");
  const child = spawn(process.execPath, [program, ...args], { env: cleanEnv(), stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** Rows of a CSV file without quoted cells, by the names in its heading. */
function table(path: string): Record<string, string>[] {
  const [heading = [], ...rows] = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  return rows.map((row) => Object.fromEntries(heading.map((name, i) => [name, row[i] ?? ""])));
}

test("a folder of clips, a trace and unusable files is evaluated in one run", async () => {
  const folder = freshFolder("evaluate");
  const out = join(folder, "results");
  mkdirSync(join(folder, "clips"));
  for (const path of [clip, clipWithoutPulse]) {
    const name = path.split("/").at(-1)!;
    copyFileSync(path, join(folder, "clips", name));
    copyFileSync(path.replace(/mp4$/, "json"), join(folder, "clips", name.replace(/mp4$/, "json")));
  }
  copyFileSync(clip, join(folder, "misread.mp4"));
  writeFileSync(join(folder, "misread.json"), '{ "hr_bpm": "seventy" }');
  writeFileSync(join(folder, "torn.mp4"), "no video");
  writeFileSync(join(folder, "other.csv"), "a,b\n1,2\n");
  const { payload, meanBeatBpm } = makeTrace({ seconds: 30 });
  const { red, green, blue } = payload.regions.at(0)!;
  const lines = Array.from(red, (value, i) => `${payload.timestampMs[i]},${value},${green[i]},${blue[i]}`);
  writeFileSync(join(folder, "made.csv"), `time,R,G,B\n${lines.join("\n")}\n`);
  writeFileSync(join(folder, "made.json"), JSON.stringify({ hr_bpm: meanBeatBpm, kind: "made" }));

  const { status, stdout, stderr } = await evaluate([folder, "--out", out, "--jobs", "2"]);
  expect(stderr).not.toContain("error");
  expect(stderr).toMatch(/^measuring \d+ recordings, 2 at a time \.\.\.\n1 of /);
  expect(status).toBe(0);
  expect(stdout).toContain("the reference misread.json cannot be used");
  expect(stdout).toMatch(/torn\.mp4: .*torn\.mp4/);
  expect(stdout).toContain("other.csv has none of the known layouts");
  expect(stdout).toMatch(/face-no-pulse\.mp4 .*no pulse.*refused: \w/);

  const rows = new Map(table(join(out, "clips.csv")).map((row) => [row["name"], row]));
  expect([...rows.keys()]).toEqual(["clips/face-72bpm.mp4", "clips/face-no-pulse.mp4", "made.csv"]);
  const good = rows.get("clips/face-72bpm.mp4")!;
  expect(Math.abs(Number(good["error_bpm"]))).toBeLessThan(1);
  expect(Math.abs(Number(good["plain_bpm"]) - Number(good["truth_bpm"]))).toBeLessThan(5);
  expect(good["tracked_share"]).toBe("1");
  expect(rows.get("clips/face-no-pulse.mp4")).toMatchObject({ truth_bpm: "none", bpm: "", wrong: "0" });
  expect(Number(rows.get("clips/face-no-pulse.mp4")!["plain_bpm"])).toBeGreaterThan(40);
  expect(rows.get("made.csv")).toMatchObject({ kind: "made", wrong: "0" });
  expect(table(join(out, "totals.csv"))[0]).toMatchObject({
    with_pulse: "2",
    without_pulse: "1",
    refused: "0",
    false_confident: "0",
  });
  for (const name of ["bland-altman", "waves/clips-face-72bpm.mp4", "waves/clips-face-no-pulse.mp4"]) {
    expect(existsSync(join(out, `${name}.svg`))).toBe(true);
    expect((await sharp(join(out, `${name}.png`)).metadata()).width).toBe(960);
  }
});

/** The fixtures in windows of 10 s, by POS alone. */
function windowed(out: string): string[] {
  return [join(projectRoot, "fixtures"), "--out", out, "--window", "10", "--method", "POS"];
}

/** What must not change from run to run. */
function figures(folder: string): Record<string, string>[] {
  return table(join(folder, "clips.csv")).map((row) => ({ ...row, seconds: "" }));
}

test("the same clips give the same figures, one at a time or two, and in windows by one method", async () => {
  const [one, two] = [freshFolder("evaluate"), freshFolder("evaluate")];
  const [first, second] = [
    await evaluate([...windowed(one), "--jobs", "1"]),
    await evaluate([...windowed(two), "--jobs", "2", "--chunklength", "7"]),
  ];
  expect([first.status, second.status]).toEqual([0, 0]);
  expect(figures(one)).toEqual(figures(two));
  expect(figures(one).map(({ name, from_s }) => `${name} ${from_s}`)).toEqual([
    "face-72bpm.mp4 0",
    "face-72bpm.mp4 10",
    "face-no-pulse.mp4 0",
    "face-no-pulse.mp4 10",
  ]);
});

test("wrong arguments are refused with a sentence", async () => {
  for (const [args, sentence] of [
    [["/nowhere/at/all"], "does not exist"],
    [["fixtures", "--method", "ica"], "must be one of: pos, chrom, green, combined"],
    [["fixtures", "--window", "0"], "must be a number from 4 to 1200"],
    [[], "missing required argument"],
    [["fixtures", "--bogus"], "unknown option"],
    [["fixtures", "--out", join(clip, "results")], "cannot be made"],
    ...(process.platform === "linux" ? ([[["fixtures", "--out", "/proc/results"], "cannot be made"]] as const) : []),
  ] as const) {
    const { status, stderr, stdout } = await evaluate(args);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(status).toBe(2);
  }
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { type PruneRules, prune } from "../../src/app/prune.js";
import { encodeLine, type JournalLine } from "../../src/journal/lines.js";
import { processMark } from "../../src/journal/process-mark.js";
import { run } from "../helpers/program.js";
import { line, wholeJournal } from "../journal/made.js";

const DAY_MS = 24 * 3_600_000;
const NOW = Date.parse("2026-01-31T00:00:00Z");

let stateDir = "";
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "dfxterm-prune-"));
});
afterEach(async () => {
  await rm(stateDir, { recursive: true, force: true });
});

/** A measurement of that day of January, with a chunk of 100 kB. */
function leave(day: number, lines: readonly JournalLine[] = wholeJournal(3, [])): string {
  const name = `2026-01-${String(day).padStart(2, "0")}T10-00-00-abcdef`;
  const folder = join(stateDir, "measurements", name);
  mkdirSync(join(folder, "chunks"), { recursive: true });
  const startedAt = `2026-01-${String(day).padStart(2, "0")}T10:00:00.000Z`;
  const file = { path: "/clip.mp4", sizeBytes: 1, sha256: "" };
  const none = { study: null, faces: null, demographics: null, constraints: null, videoLengthS: null };
  const manifest = {
    v: 1,
    startedAt,
    source: { kind: "file", label: "clip.mp4", file },
    server: { kind: "own" },
    sendMethod: "REST",
    mode: "DISCRETE",
    chunkLengthS: 5,
    faceDetect: "smart",
    ...none,
    saveChunksFolder: null,
    saveResultsFolder: null,
    saveFacepoints: false,
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "journal.ndjson"), lines.map(encodeLine).join(""));
  writeFileSync(join(folder, "chunks", "payload0.bin"), Buffer.alloc(100_000));
  return folder;
}

const unfinished = wholeJournal(3, []).slice(0, 5);

async function pruned(rules: Partial<PruneRules>): Promise<{ lines: string[]; left: string[] }> {
  const lines: string[] = [];
  await prune(stateDir, { unfinished: false, dryRun: false, ...rules }, NOW, (text) => lines.push(text));
  const names = await readdir(join(stateDir, "measurements")).catch(() => []);
  return { lines, left: names.map((name) => name.slice(8, 10)).sort() };
}

test("measurements go by age", async () => {
  for (const day of [1, 10, 20, 30]) leave(day);
  const { lines, left } = await pruned({ olderThanMs: 15 * DAY_MS });
  expect(left).toEqual(["20", "30"]);
  expect(lines[0]).toMatch(/^deleted 2026-01-01T10-00-00-abcdef \(10\d\.\d kB\)$/);
  expect(lines.at(-1)).toMatch(/^2\d\d\.\d kB freed: 2 measurements deleted, 2 left \(2\d\d\.\d kB\)$/);
});

test("the oldest go beyond a count, and beyond a size", async () => {
  for (const day of [1, 2, 3, 4]) leave(day);
  expect((await pruned({ keep: 3 })).left).toEqual(["02", "03", "04"]);
  expect((await pruned({ bytesMax: 250_000 })).left).toEqual(["03", "04"]);
  expect((await pruned({ bytesMax: 0 })).left).toEqual([]);
});

test("a dry run deletes nothing", async () => {
  leave(1);
  const { lines, left } = await pruned({ keep: 0, dryRun: true });
  expect(left).toEqual(["01"]);
  expect(lines).toEqual([
    expect.stringMatching(/^would delete 2026-01-01T10/),
    expect.stringMatching(/^10\d\.\d kB would be freed: 1 measurement would go, 0 left \(0 bytes\)$/),
  ]);
});

test("what could go on, and what no server has, stays unless it is asked for", async () => {
  leave(1, unfinished);
  leave(2, [...unfinished, line({ type: "gone", measurementId: "m1" })]);
  leave(3);
  const { lines, left } = await pruned({ keep: 0 });
  expect(left).toEqual(["01", "02"]);
  expect(lines.at(-1)).toMatch(/; spared though the rules speak against them: 2 unfinished: --unfinished deletes them/);
  expect((await pruned({ keep: 0, unfinished: true })).left).toEqual([]);
});

test("what is being measured stays even then", async () => {
  const folder = leave(1, unfinished);
  const other = spawn("sleep", ["60"]);
  writeFileSync(join(folder, `lock-${other.pid}`), processMark(other.pid ?? 0) ?? "");
  const { lines, left } = await pruned({ keep: 0, unfinished: true });
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(left).toEqual(["01"]);
  expect(lines.at(-1)).toMatch(/1 being measured$/);
});

test("nothing outside the measurements is touched", async () => {
  const folder = leave(1);
  const elsewhere = join(stateDir, "elsewhere");
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "precious"), "mine");
  symlinkSync(elsewhere, join(folder, "chunks", "link"));
  mkdirSync(join(stateDir, "measurements", "my own folder"));
  await pruned({ keep: 0 });
  expect(await readFile(join(elsewhere, "precious"), "utf8")).toBe("mine");
  expect(await readdir(join(stateDir, "measurements"))).toEqual(["my own folder"]);
});

test("without measurements there is nothing to delete", async () => {
  expect((await pruned({ keep: 0 })).lines).toEqual(["0 bytes freed: 0 measurements deleted, 0 left (0 bytes)"]);
});

test("both spellings of the command delete the same", async () => {
  leave(1);
  leave(2);
  const options = ["--keep", "1", "--dry-run", "--state-dir", stateDir];
  const short = await run(["prune", ...options]);
  const long = await run(["measurements", "prune", ...options]);
  expect(long).toEqual(short);
  expect(long.stdout).toContain("would delete 2026-01-01T10-00-00-abcdef");
});

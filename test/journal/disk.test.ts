import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { blameOf, makeFolder, writeWhole } from "../../src/journal/disk.js";
import { JournalFile, readJournal } from "../../src/journal/journal-file.js";
import { FolderLock, lockHolder } from "../../src/journal/lock.js";
import { processMark } from "../../src/journal/process-mark.js";
import { EMPTY_JOURNAL } from "../../src/journal/state.js";
import { chunkEntry } from "./made.js";

let place = "";
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "dfxterm-journal-"));
});
afterEach(async () => {
  await rm(place, { recursive: true, force: true });
});

describe("a file that is written whole", () => {
  test("is for its owner only, and leaves nothing else behind", async () => {
    await writeWhole(join(place, "a"), "one");
    await writeWhole(join(place, "a"), "two");
    expect(await readFile(join(place, "a"), "utf8")).toBe("two");
    expect(await readdir(place)).toEqual(["a"]);
    expect((await stat(join(place, "a"))).mode & 0o777).toBe(0o600);
  });

  test("is told by its name when it cannot be written, and leaves no half behind", async () => {
    await mkdir(join(place, "taken"));
    await expect(writeWhole(join(place, "taken"), "text")).rejects.toMatchObject({
      code: "DISK",
      message: expect.stringMatching(/taken cannot be written/),
    });
    expect(await readdir(place)).toEqual(["taken"]);
  });
});

test("a folder in a place that cannot have one is the fault of whoever named it", async () => {
  await writeFile(join(place, "file"), "");
  await expect(makeFolder(join(place, "file", "folder"))).rejects.toMatchObject({ code: "FILE" });
  // There mkdir says "not found" although the folder above is there: asking for that one again and again would never end.
  if (existsSync("/proc/self")) await expect(makeFolder("/proc/x/y")).rejects.toMatchObject({ code: "FILE" });
});

describe("a journal", () => {
  test("that is not there says nothing", async () => {
    expect(await readJournal(join(place, "none"))).toEqual(EMPTY_JOURNAL);
  });

  test("goes on behind a torn line", async () => {
    const path = join(place, "journal");
    const first = await JournalFile.open(path, 0);
    await first.append(chunkEntry(0), { durable: true });
    await first.close();
    await appendFile(path, '{"type":"chunk","numb');
    const second = await JournalFile.open(path, 1);
    await second.append({ type: "created", measurementId: "m" }, { durable: false });
    await second.append(chunkEntry(1), { durable: true });
    await second.close();
    const state = await readJournal(path);
    expect([...state.chunks.keys()]).toEqual([0, 1]);
    expect(state.measurementIds).toEqual(["m"]);
    expect(state.run).toBe(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe("the lock of a folder", () => {
  test("keeps other processes out while its process lives, and nobody once it was killed", async () => {
    const other = spawn("sleep", ["60"]);
    try {
      await writeFile(join(place, `lock-${other.pid}`), processMark(other.pid ?? 0) ?? "");
      expect(lockHolder(place)).toBe(other.pid);
      await expect(FolderLock.take(place)).rejects.toMatchObject({
        code: "FILE",
        message: `process ${other.pid} is measuring into ${place}: wait until it ends, or end it`,
      });
      expect(await readdir(place)).toEqual([`lock-${other.pid}`]);
    } finally {
      other.kill("SIGKILL");
      await once(other, "exit");
    }
    expect(lockHolder(place)).toBeUndefined();
    const lock = await FolderLock.take(place);
    expect(await readdir(place)).toEqual([`lock-${process.pid}`]);
    await lock.release();
    expect(await readdir(place)).toEqual([]);
  });

  test("of a process that was killed is not taken for that of a new one with the same number", async () => {
    await writeFile(join(place, `lock-${process.ppid}`), "another start");
    expect(processMark(process.ppid)).toBeTypeOf("string");
    expect(lockHolder(place)).toBeUndefined();
  });
});

test.skipIf(process.platform !== "linux")(
  "a process that was killed and not buried yet does not count as living",
  async () => {
    // The shell's child ends at once; the shell, replaced by sleep, never asks for its status.
    const parent = spawn("sh", ["-c", "sleep 0 & exec sleep 60"]);
    try {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const list = spawnSync("ps", ["-eo", "pid,ppid,stat"], { encoding: "utf8" }).stdout;
      const zombie = list
        .split("\n")
        .map((row) => row.trim().split(/\s+/))
        .find(([, ppid, state]) => Number(ppid) === parent.pid && state?.startsWith("Z"));
      expect(zombie).toBeDefined();
      expect(processMark(Number(zombie?.[0]))).toBeUndefined();
    } finally {
      parent.kill("SIGKILL");
    }
  },
);

test("a place that takes nothing is the disk's fault, one that cannot be is that of who named it", () => {
  const causes = { DISK: ["ENOSPC", "EROFS", "EACCES", "EPERM"], FILE: ["ENOENT", "ENOTDIR", "ENAMETOOLONG"] };
  for (const [blame, codes] of Object.entries(causes)) {
    for (const code of codes) expect(blameOf(Object.assign(new Error(code), { code }))).toBe(blame);
  }
});

import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, test } from "vitest";
import { z } from "zod";

import { ConfigFile } from "../../src/app/config-file.js";
import { takeLock } from "../../src/app/config-lock.js";
import { freshFolder, projectRoot } from "../helpers/program.js";

const never = new AbortController().signal;
const List = z.object({ v: z.literal(1), items: z.array(z.string()) });

function freshFile(): { folder: string; path: string; file: ConfigFile<z.infer<typeof List>> } {
  const folder = join(freshFolder("files"), "deep", "dfxterm");
  return { folder, path: join(folder, "list.json"), file: listFile(folder) };
}

function listFile(folder: string): ConfigFile<z.infer<typeof List>> {
  return new ConfigFile(folder, "list.json", List, { v: 1, items: [] });
}

async function add(file: ConfigFile<z.infer<typeof List>>, item: string): Promise<void> {
  await file.exclusively(never, async (editor) => {
    await editor.save({ v: 1, items: [...editor.value.items, item] });
  });
}

test("a file is for its owner only, whatever the umask, and leaves nothing beside it", async () => {
  const { folder, path, file } = freshFile();
  expect(await file.read()).toEqual({ v: 1, items: [] });
  const umask = process.umask(0);
  try {
    await add(file, "a");
  } finally {
    process.umask(umask);
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(["list.json"]);
});

test("files and folders that are open to others are refused, with the way to mend it", async () => {
  const { folder, path, file } = freshFile();
  await add(file, "a");
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(path, mode);
    await expect(file.read()).rejects.toMatchObject({
      code: "FILE",
      message: expect.stringContaining(`chmod 600 '${path}'`),
    });
    await expect(add(file, "b")).rejects.toMatchObject({ code: "FILE" });
  }
  chmodSync(path, 0o600);
  chmodSync(folder, 0o750);
  await expect(file.read()).rejects.toMatchObject({
    code: "FILE",
    message: expect.stringContaining(`chmod 700 '${folder}'`),
  });
  await expect(add(file, "b")).rejects.toMatchObject({ code: "FILE" });
  chmodSync(folder, 0o700);
  expect(await file.read()).toEqual({ v: 1, items: ["a"] });
});

test("what is damaged, of another version or no file is told, not overwritten", async () => {
  const { path, file } = freshFile();
  await add(file, "a");
  for (const text of ["", "{", "null", '{"v":2,"items":[]}', '{"v":1}', "\u0000".repeat(100)]) {
    writeFileSync(path, text);
    await expect(add(file, "b")).rejects.toMatchObject({ code: "FILE", message: expect.stringMatching(/damaged/) });
    expect(readFileSync(path, "utf8")).toBe(text);
  }
  writeFileSync(path, "x".repeat(5 * 1024 * 1024));
  await expect(file.read()).rejects.toMatchObject({ code: "FILE", message: expect.stringMatching(/too large/) });
});

test("a folder that cannot be written is told", async () => {
  const { folder } = freshFile();
  mkdirSync(join(folder, ".."), { recursive: true });
  writeFileSync(folder, "a file stands in the way");
  await expect(add(listFile(folder), "a")).rejects.toMatchObject({
    code: "FILE",
    message: expect.stringContaining(folder),
  });
});

test("a link that somebody put in the way of a draft is not followed", async () => {
  const { folder, path, file } = freshFile();
  await add(file, "a");
  const victim = join(folder, "victim");
  writeFileSync(victim, "untouched");
  symlinkSync(victim, `${path}.part`);
  await add(file, "b");
  expect(readFileSync(victim, "utf8")).toBe("untouched");
  expect(await file.read()).toEqual({ v: 1, items: ["a", "b"] });
});

test("processes that write at the same time lose nothing of each other", async () => {
  const { folder, file } = freshFile();
  const module = JSON.stringify(pathToFileURL(join(projectRoot, "dist", "app", "config.js")).href);
  const script = `
    const { configFile, withStudy } = await import(${module});
    const file = configFile(process.argv[1]);
    for (let n = 0; n < 12; n += 1) {
      await file.exclusively(new AbortController().signal, async (editor) => {
        await editor.save(withStudy(editor.value, { server: process.argv[2] + n, id: "x" }));
      });
    }
  `;
  const ends = ["a", "b", "c"].map(
    (name) =>
      new Promise((resolve) => {
        const args = ["--input-type=module", "-e", script, folder, name];
        spawn(process.execPath, args, { stdio: "inherit" }).on("close", resolve);
      }),
  );
  // And this process, in another file of the folder meanwhile.
  await Promise.all(Array.from({ length: 10 }, async (_none, index) => await add(file, String(index))));
  expect(await Promise.all(ends)).toEqual([0, 0, 0]);
  const { studies } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as { studies: unknown[] };
  expect(studies).toHaveLength(36);
  expect((await file.read()).items).toHaveLength(10);
  expect(readdirSync(folder).toSorted()).toEqual(["config.json", "list.json"]);
});

test("the lock of a process that was killed locks nobody out", async () => {
  const { folder, path, file } = freshFile();
  await add(file, "a");
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("close", resolve));
  const { hostname } = await import("node:os");
  writeFileSync(`${path}.lock`, `${child.pid} 0123 ${hostname()}`);
  await Promise.all([add(file, "b"), add(listFile(folder), "c"), add(listFile(folder), "d")]);
  expect((await file.read()).items.toSorted()).toEqual(["a", "b", "c", "d"]);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test("a lock that is held is waited for, but not for ever, and given up when cancelled", async () => {
  const path = join(freshFolder("lock"), "list.json.lock");
  const waits: string[] = [];
  const onWait = (): number => waits.push("waiting");
  const held = await takeLock(path, never, { onWait });
  // Told when there is something to wait for, and once.
  expect(waits).toEqual([]);
  await expect(takeLock(path, never, { waitMsMax: 60, onWait })).rejects.toMatchObject({
    code: "FILE",
    message: expect.stringMatching(/another dfxterm is using/),
  });
  expect(waits).toEqual(["waiting"]);
  await expect(takeLock(path, AbortSignal.timeout(30))).rejects.toMatchObject({ code: "CANCELLED" });
  const next = takeLock(path, never, { onWait });
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(waits).toHaveLength(2);
  await held.release();
  await (await next).release();
  // Nobody holds it now, so nobody is waited for.
  await (await takeLock(path, never, { onWait })).release();
  expect(waits).toHaveLength(2);
  expect(existsSync(path)).toBe(false);
});

test("who was stopped for longer than anything takes has lost the lock and writes nothing", async () => {
  const path = join(freshFolder("lock"), "list.json.lock");
  const slow = await takeLock(path, never);
  const longAgo = new Date(Date.now() - 600_000);
  utimesSync(path, longAgo, longAgo);
  const quick = await takeLock(path, never);
  await expect(slow.confirm()).rejects.toMatchObject({ code: "FILE", message: expect.stringMatching(/taken over/) });
  await slow.release();
  await quick.confirm();
  await quick.release();
});

import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listCandidates, resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dfxterm-binary-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that answers `-version` as ffmpeg does. */
async function fake(name: string, version: string, libavutil = "56. 24.101", mode = 0o755): Promise<string> {
  const path = join(folder, name);
  const lines = [`ffmpeg version ${version} Copyright (c) someone`, `libavutil      ${libavutil} / ${libavutil}`];
  await writeFile(path, `#!/bin/sh\n${lines.map((line) => `echo '${line}'`).join("\n")}\n`);
  await chmod(path, mode);
  return path;
}

function packages(found: Record<string, unknown>): (name: string) => unknown {
  return (name) => {
    if (!(name in found)) throw new Error(`Cannot find module '${name}'`);
    return found[name];
  };
}

const none = packages({});

test("the one named with --ffmpeg is used before all others", async () => {
  const flag = await fake("asked", "7.1");
  const env = { FFMPEG_BIN: await fake("other", "6.0"), PATH: folder };
  expect(await resolveFfmpeg({ flag, env, load: none })).toMatchObject({ path: flag, origin: "flag", version: "7.1" });
});

test("the one in FFMPEG_BIN is used before packages and PATH", async () => {
  const path = await fake("in-env", "6.0");
  const load = packages({ "ffmpeg-static": await fake("static", "6.1.1") });
  expect(await resolveFfmpeg({ env: { FFMPEG_BIN: path }, load })).toMatchObject({ path, origin: "environment" });
});

test("one that was asked for and cannot be used is an error that names it, not replaced by another", async () => {
  await fake("ffmpeg", "5.1");
  for (const search of [
    { flag: "/nowhere/ffmpeg", env: { PATH: folder } },
    { env: { FFMPEG_BIN: "/nowhere/ffmpeg", PATH: folder } },
  ]) {
    await expect(resolveFfmpeg({ ...search, load: none })).rejects.toMatchObject({
      code: "FFMPEG_MISSING",
      message: expect.stringContaining("/nowhere/ffmpeg"),
    });
  }
});

test("a program that is no ffmpeg is refused", async () => {
  await expect(resolveFfmpeg({ flag: "/bin/true", env: {}, load: none })).rejects.toMatchObject({
    code: "FFMPEG_MISSING",
    message: expect.stringContaining("does not run as ffmpeg"),
  });
});

test("ffmpeg-static whose download never came is passed over", async () => {
  const load = packages({ "ffmpeg-static": join(folder, "never-downloaded") });
  const path = await fake("ffmpeg", "5.1.9-0+deb12u1");
  expect(await resolveFfmpeg({ env: { PATH: `/nowhere:${folder}` }, load })).toMatchObject({ path, origin: "path" });
});

test("the installer's program comes last and gets the executable bit that npm lost", async () => {
  const path = await fake("lost-its-bit", "N-47683", "56. 24.101", 0o644);
  const load = packages({ "@ffmpeg-installer/ffmpeg": { path } });
  const found = await resolveFfmpeg({ env: { PATH: "" }, load });
  expect(found).toEqual({ path, origin: "ffmpeg-installer", version: "N-47683", hasFpsMode: false });
  expect((await stat(path)).mode & 0o100).toBe(0o100);
});

test("without any there is one sentence that says how to get one", async () => {
  await expect(resolveFfmpeg({ env: { PATH: "" }, load: none })).rejects.toMatchObject({
    code: "FFMPEG_MISSING",
    message: expect.stringMatching(/^No usable ffmpeg.*apt-get install ffmpeg.*--ffmpeg or FFMPEG_BIN\.$/),
  });
});

test("the option that keeps every frame is chosen by the library's number, not by the program's name", async () => {
  const modern = await fake("modern", "N-999-gabc", "59.  8.100");
  expect(await resolveFfmpeg({ flag: modern, env: {}, load: none })).toMatchObject({ hasFpsMode: true });
});

test("all places are listed in order with what is wrong with each", async () => {
  const path = await fake("ffmpeg", "5.1");
  const load = packages({ "ffmpeg-static": join(folder, "never-downloaded") });
  const listed = await listCandidates({ env: { PATH: folder }, load });
  expect(listed.map(({ origin }) => origin)).toEqual(["ffmpeg-static", "path", "ffmpeg-installer"]);
  expect(listed[0]?.problem).toBe(`there is no file ${join(folder, "never-downloaded")}`);
  expect(listed[1]).toMatchObject({ path, binary: { version: "5.1" }, problem: undefined });
  expect(listed[2]).toMatchObject({ path: undefined, problem: "the package is not installed" });
});

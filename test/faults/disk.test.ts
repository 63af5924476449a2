import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { clip, freshFolder, program, start } from "../helpers/program.js";
import { faultEnv, isLong, longTest, Scene, undisturbed } from "./scene.js";

const CHUNKS = 4;
const expected = undisturbed((scene) => ["--from-chunks", scene.savedChunks(CHUNKS)]);

/** What the system says, and how much it takes before: the manifest and one chunk and a half. */
const FAULTS = [
  ["ENOSPC", "no space left", 30_000],
  ["EROFS", "read-only file system", 0],
  ["EACCES", "permission denied", 55_000],
  ["EDQUOT", "quota used up", 30_100],
  ["EIO", "the disk failed", 1_500],
] as const;

describe("a disk that takes no more in the middle of a measurement", () => {
  for (const [code, words, afterBytes] of isLong ? FAULTS : FAULTS.slice(0, 1)) {
    test(`ends it in one sentence with status 9, keeps what there is, and it goes on later (${code})`, async () => {
      const scene = await Scene.set();
      const under = join(scene.stateDir, "measurements");
      const env = faultEnv({ kind: "disk", code, afterBytes, under });
      const { finished } = scene.measure(["--from-chunks", scene.savedChunks(CHUNKS)], env);
      const failed = await finished;
      expect(failed.status, failed.stderr).toBe(9);
      expect(failed.stderr).toMatch(new RegExp(`^dfxterm: .* cannot be written \\(${words}\\): [^\\n]+\\n$`));
      scene.expectSound(failed);
      // Without the manifest, nothing had begun.
      if (afterBytes > 0) await scene.expectRecovery(await expected());
      await scene.close();
    });
  }
});

longTest("copies that cannot be written do not end the measurement", async () => {
  const scene = await Scene.set();
  const copies = freshFolder("copies");
  const env = faultEnv({ kind: "disk", code: "ENOSPC", afterBytes: 1000, under: copies });
  const places = ["--save_chunks_folder", join(copies, "c"), "--save_results_folder", join(copies, "r")];
  const { finished } = scene.measure(["--from-chunks", scene.savedChunks(CHUNKS), ...places], env);
  const { status, stdout } = await finished;
  expect(status).toBe(0);
  expect(stdout).toMatch(/cannot be written \(no space left\): .*; everything is kept in /);
  expect(scene.kept).toEqual([0, 1, 2, 3]);
  await scene.close();
});

/** Runs a script of the shell with mounts that nobody else sees and that end with it. */
function privately(script: string, args: readonly string[] = []) {
  return spawnSync("sh", ["-c", 'exec unshare -m sh -c "$@"', "sh", script, ...args], { encoding: "utf8" });
}

const canMount = privately("mount -t tmpfs tmpfs /mnt").status === 0;

/** Runs a measurement with its state on a small file system, which is gone afterwards; what was there is copied. */
async function onSmallDisk(sizeKb: number, options: string, args: readonly string[]) {
  const mounted = freshFolder("mounted");
  const copy = freshFolder("copied");
  const script = `mount -t tmpfs -o size=${sizeKb}k,${options} tmpfs "$0" && out=$1 && shift && "$@"; status=$?; cp -a "$0/." "$out"; exit $status`;
  const words = [process.execPath, program, "measure", ...args, "--state-dir", mounted, "--json"];
  const { status, stderr } = privately(script, [mounted, copy, ...words]);
  return { status, stderr, mounted, copy };
}

describe.skipIf(!isLong || !canMount)("a file system of its own (npm run faults, needs unshare and mount)", () => {
  for (const sizeKb of [8, 60, 120, 250, 400]) {
    test(`of ${sizeKb} kB, with the local server's store on it too, fills up in one sentence`, async () => {
      const { status, stderr, copy } = await onSmallDisk(sizeKb, "mode=700", [clip, "--chunklength", "5"]);
      expect([5, 8, 9], stderr).toContain(status);
      expect(stderr).toMatch(/^dfxterm: [^\n]{20,}\n$/);
      for (const folder of readdirSync(join(copy, "measurements"))) {
        const names = readdirSync(join(copy, "measurements", folder, "chunks"));
        expect(names.filter((name) => name.includes(".part"))).toEqual([]);
      }
    });
  }

  test("that is read-only is told before anything is measured, with status 9", async () => {
    const { status, stderr } = await onSmallDisk(100, "ro", [clip]);
    expect(status).toBe(9);
    expect(stderr).toMatch(/^dfxterm: the folder \S+ cannot be made \(read-only file system\): [^\n]+\n$/);
  });
});

const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot)("a state folder without rights (not as root) is told before anything is measured", async () => {
  const folder = freshFolder("rights");
  mkdirSync(join(folder, "state"));
  chmodSync(join(folder, "state"), 0o500);
  writeFileSync(join(folder, "note"), "");
  const { status, stderr } = await start(["measure", clip, "--json", "--state-dir", join(folder, "state")]).finished;
  expect(status).toBe(9);
  expect(stderr).toMatch(/^dfxterm: the folder \S+ cannot be made \(permission denied\): [^\n]+\n$/);
});

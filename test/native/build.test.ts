import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../helpers/program.js";

// None of these builds gets as far as to change what is built.

function build(compiler: string): { status: number | null; stderr: string } {
  const env = { PATH: process.env["PATH"], CXX: compiler };
  return spawnSync(process.execPath, [join(projectRoot, "native", "build.mjs")], { env, encoding: "utf8" });
}

test("a compiler that CXX names and that does not run is refused with the way out", () => {
  const { status, stderr } = build("/nowhere/c++ -m64");
  expect(status).toBe(1);
  expect(stderr).toBe(
    "dfxterm: the C++ compiler that CXX names (/nowhere/c++ -m64) does not run: correct CXX or unset it, then run npm ci again.\n",
  );
});

test("CXX may hold arguments, and a compile that fails ends with one sentence that says why", () => {
  const script = join(mkdtempSync(join(tmpdir(), "dfxterm-cxx-")), "compiler");
  const failure = "x.cc:1:10: fatal error: span: No such file or directory";
  writeFileSync(script, `case "$*" in --version) echo old 3.0;; *) echo "${failure}" >&2; exit 1;; esac\n`);
  const { status, stderr } = build(`sh ${script}`);
  expect(status).toBe(1);
  expect(stderr.trim().split("\n").at(-1)).toMatch(
    /^dfxterm: the native engine could not be compiled with sh \S+ \(old 3\.0\): span: No such file or directory\. It needs/,
  );
});

import { spawnSync } from "node:child_process";

import { expect, test } from "vitest";

const GUARDS = new URL("../../dist/cli/exit-guards.js", import.meta.url).href;

test("what nobody foresaw is one line and status 1, never a stack trace", () => {
  for (const failing of [
    "setTimeout(() => { throw new Error('first\\n    at second'); })",
    "Promise.reject(new TypeError('first'))",
  ]) {
    const script = `const { guardExit } = await import("${GUARDS}"); guardExit(); ${failing};`;
    const ended = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(ended).toMatchObject({ status: 1, stdout: "", stderr: "dfxterm: internal failure: first\n" });
  }
});

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { projectRoot } from "../helpers/program.js";

test("threads that are stopped in the middle of a call do not take the process with them", async () => {
  const script = fileURLToPath(new URL("terminated.mjs", import.meta.url));
  const addon = join(projectRoot, "native/build/dfxterm.node");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, addon, "15"]);
  expect(stderr).toBe("");
  expect(stdout).toBe("survived");
}, 30_000);

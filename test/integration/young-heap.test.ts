import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { cleanEnv, clip, freshFolder, projectRoot, run } from "../helpers/program.js";

/** Two halves of 1 MB; V8 would take 32 MB. */
const MB_MAX = 4;

test("the main thread's room for new objects stays small, also after other threads were started", async () => {
  const folder = freshFolder("young");
  const file = join(folder, "mb");
  const preload = join(projectRoot, "test", "helpers", "young-heap.mjs");
  const env = cleanEnv({ NODE_OPTIONS: `--import ${preload}`, YOUNG_HEAP: file });
  const { status, stderr } = await run(["measure", clip, "--chunklength", "5", "--json", "--state-dir", folder], env);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(Number(readFileSync(file, "utf8"))).toBeLessThanOrEqual(MB_MAX);
}, 60_000);

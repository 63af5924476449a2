import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { freshFolder, projectRoot } from "../helpers/program.js";

test("a clone that was not built yet says how, in one sentence", () => {
  const folder = freshFolder("not-built");
  cpSync(join(projectRoot, "bin"), join(folder, "bin"), { recursive: true });
  cpSync(join(projectRoot, "package.json"), join(folder, "package.json"));
  const started = (): string =>
    execFileSync(process.execPath, [join(folder, "bin", "dfxterm.js"), "--version"], { stdio: "pipe" }).toString();
  expect(started).toThrow(/failed: .*\ndfxterm: not built yet[^\n]*npm ci && npm run build[^\n]*\n$/s);
});

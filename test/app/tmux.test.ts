import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { askTmux } from "../../src/app/tmux.js";
import { freshFolder } from "../helpers/program.js";

const LIMIT_MS = 10_000;

test("tmux is asked only from inside, and sees nothing of what is secret in the environment", async () => {
  const folder = freshFolder("tmux");
  const script = `#!/bin/sh\nenv > "${folder}/env"\nprintf '3.4\\t256,RGB\\n'\n`;
  writeFileSync(join(folder, "tmux"), script);
  chmodSync(join(folder, "tmux"), 0o755);
  const env = { PATH: `${folder}:${process.env["PATH"]}`, DFXTERM_PASSWORD: "hunter2" };
  expect(await askTmux(env, LIMIT_MS)).toBeUndefined();
  expect(await askTmux({ ...env, TMUX: "/tmp/tmux,1,0" }, LIMIT_MS)).toEqual({
    version: "3.4",
    features: ["256", "RGB"],
  });
  const seen = readFileSync(join(folder, "env"), "utf8");
  expect(seen).toContain("TMUX=/tmp/tmux,1,0");
  expect(seen).not.toContain("hunter2");
});

import { join } from "node:path";

import { expect, test } from "vitest";

import { cleanEnv, freshFolder, run } from "../helpers/program.js";
import { saveChunks } from "../helpers/saved-chunks.js";

// What was measured without an account, asked for after its server has ended.

test("the records of this computer's own measurements are there without a server and without a login", async () => {
  const stateDir = freshFolder("own-records");
  const chunks = saveChunks(join(stateDir, "saved"), 1);
  const env = cleanEnv({ DFXTERM_STATE_DIR: stateDir, DFXTERM_SERVER: "local" });

  const before = await run(["measurements", "list"], env);
  expect(before).toMatchObject({ status: 5, stderr: expect.stringMatching(/nothing answers there.*"dfxterm serve"/) });

  expect(await run(["measure", "--from-chunks", chunks, "--plain"], env)).toMatchObject({ status: 0 });
  const listed = await run(["measurements", "list", "--json"], env);
  expect(listed).toMatchObject({ status: 0, stderr: "" });
  const rows = JSON.parse(listed.stdout) as { ID: string }[];
  expect(rows).toEqual([expect.objectContaining({ StatusID: "COMPLETE" })]);
  const shown = await run(["measurements", "get", rows[0]?.ID ?? "", "--csv"], env);
  expect(shown).toMatchObject({ status: 0, stdout: expect.stringMatching(/,HR_BPM,Heart rate,7[0-9.]+,bpm/) });
});

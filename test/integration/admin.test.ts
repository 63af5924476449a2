import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { expect, test } from "vitest";

import { cleanEnv, freshFolder, program, run } from "../helpers/program.js";

test("keys and passwords come over the standard input, and never out again", async () => {
  const db = join(freshFolder("admin"), "server.db");
  const piped = (input: string, ...args: string[]): string =>
    execFileSync(process.execPath, [program, "serve", ...args, "--db", db], {
      input,
      env: cleanEnv(),
      encoding: "utf8",
    });
  const said = [
    piped("a key of my own\n", "licence", "add", "--name", "Lab", "--key-stdin"),
    piped("a good password\n", "user", "add", "someone@example.org", "--password-stdin"),
  ];
  expect(said.join("")).toMatch(/^Licence \S{36} was added\.\nUser someone@example\.org was added \(\S{36}\)\.\n$/);

  const listed = await run(["serve", "--db", db, "user", "list", "--json"]);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ email: "someone@example.org", licenceName: "Lab" }]);
  const refused = await run(["serve", "user", "add", "other@example.org", "--db", db]);
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringMatching(/no terminal to ask for the password/) });
});

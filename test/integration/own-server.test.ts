import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { startOwnServer as Start } from "../../src/app/own-server.js";
import { Database } from "../../src/server/store/database.js";
import { clip, freshFolder, run, summaryOf } from "../helpers/program.js";

// A thread cannot be started from TypeScript, so this runs what `npm run build` has made.
const BUILT = new URL("../../dist/app/own-server.js", import.meta.url).href;
const { startOwnServer } = (await import(BUILT)) as { startOwnServer: typeof Start };

// What the server of `measure` keeps in the state folder.

const SHORT = ["--videolength", "6", "--chunklength", "5", "--json"];

test("two measurements at the same time are both kept in one store, for their owner only", async () => {
  const state = join(freshFolder("own"), "state");
  const both = await Promise.all([1, 2].map(() => run(["measure", clip, ...SHORT, "--state-dir", state])));
  expect(both.map((finished) => summaryOf(finished).status)).toEqual(["completed", "completed"]);
  const path = join(state, "server.db");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  const database = Database.open(path);
  const count = (table: string): unknown =>
    database.query<[], { count: number }>(`SELECT count(*) AS count FROM ${table}`).get()?.count;
  expect(database.query<[], { status: string }>("SELECT status FROM measurements").all()).toEqual([
    { status: "COMPLETE" },
    { status: "COMPLETE" },
  ]);
  expect(["chunks", "results", "users", "licences", "studies"].map(count)).toEqual([4, 4, 1, 1, 1]);
  database.close();
});

test("a store that cannot be used is told, and does not stop the measurement", async () => {
  const state = freshFolder("own");
  writeFileSync(join(state, "server.db"), "this is no database\n".repeat(1000));
  const said: string[] = [];
  const { server, account } = await startOwnServer(state, (text) => said.push(text));
  const answer = await fetch(`${server.restUrl}/organizations/licenses`, {
    method: "POST",
    body: JSON.stringify({ Key: account.licenseKey }),
  });
  await server.close();
  expect(answer.status).toBe(200);
  expect(said.join()).toMatch(/^the local server keeps nothing: .*server\.db is no database or is damaged/);
});

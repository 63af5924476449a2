import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { type ServeOptions, serve } from "../../src/app/serve.js";
import { AppError } from "../../src/domain/errors.js";
import { Database, IN_MEMORY } from "../../src/server/store/database.js";
import { MIGRATIONS, migrate } from "../../src/server/store/migrations.js";
import { freshFolder } from "../helpers/program.js";

interface Said {
  readonly out: string[];
  readonly err: string[];
}

/** Starts a server and, unless `use` is given, ends it at once; what it said. */
async function served(
  options: Partial<ServeOptions>,
  use: (said: Said) => Promise<void> = () => Promise.resolve(),
): Promise<Said> {
  const said: Said = { out: [], err: [] };
  const stop = new AbortController();
  const started = new AbortController();
  const ready = once(started.signal, "abort");
  const output = {
    out: (line: string) => {
      said.out.push(line);
      if (/Ctrl-C|"listening"/.test(line)) started.abort();
    },
    err: (line: string) => void said.err.push(line),
  };
  const where = { host: "127.0.0.1", restPort: 0, wsPort: 0, db: IN_MEMORY, jsonLogs: false, version: "1.2.3" };
  // Threads need the compiled program.
  const ended = serve({ ...where, analysisThreads: 0, ...options }, output, stop.signal);
  await Promise.race([ready, ended]);
  await use(said);
  stop.abort();
  await ended;
  return said;
}

async function refused(options: Partial<ServeOptions>, words: RegExp): Promise<void> {
  const error: unknown = await served(options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).message).toMatch(words);
  expect((error as AppError).message).not.toContain("\n");
}

describe("what is said", () => {
  test("a new store gets a study and a licence, whose key is shown once", async () => {
    const db = join(freshFolder("serve"), "server.db");
    const first = await served({ db });
    expect(first.out.join("\n")).toMatch(
      /^REST {7}http:.*\nWebSocket {2}ws:.*\nstore .*server\.db\nstudy {6}\S{36} {2}default\nlicence {4}[0-9a-f]{32} .*once/,
    );
    const second = await served({ db });
    expect(second.out.join("\n")).toMatch(/licences {3}1 {2}/);
    expect(second.out.join("\n")).not.toMatch(/[0-9a-f]{32}/);
  });

  test("with JSON logs no licence is made, because its key would be in the logs", async () => {
    const { out } = await served({ jsonLogs: true });
    expect(out.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: "listening" },
      { event: "no-licence", level: "warning" },
      { event: "closed" },
    ]);
  });

  test("other computers without TLS are warned of", async () => {
    expect((await served({ host: "0.0.0.0" })).err.join("\n")).toMatch(/warning: .* unencrypted: give --tls-cert/);
    expect((await served({})).err).toEqual([]);
  });

  test("refusals go to stderr, and nothing of what works", async () => {
    const { err } = await served({ licenseKey: "k" }, async ({ out }) => {
      const url = /http:\S+/.exec(out.join(" "))?.[0] ?? "";
      await fetch(`${url}/status`);
      await fetch(`${url}/measurements/x`);
    });
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^\d\d:\d\d:\d\d UTC warning: GET \/measurements\/x: 401 INVALID_TOKEN$/);
  });
});

describe("what a server does not start with", () => {
  test("a store that another one serves, that is newer, locked or none", async () => {
    const folder = freshFolder("serve");
    const db = join(folder, "server.db");
    await served({ db }, () =>
      refused({ db }, /server\.db is served by another dfxterm: end that or choose another file with --db/),
    );
    const newer = Database.open(join(folder, "newer.db"));
    migrate(newer, [...MIGRATIONS, "CREATE TABLE future (x)"]);
    newer.close();
    await refused({ db: join(folder, "newer.db") }, /written by a newer dfxterm/);
    const locked = Database.open(join(folder, "locked.db"));
    migrate(locked);
    locked.execute("BEGIN EXCLUSIVE");
    await refused({ db: join(folder, "locked.db") }, /locked by another program/);
    locked.close();
    writeFileSync(join(folder, "text"), "no database".repeat(1000));
    await refused({ db: join(folder, "text") }, /text is no database/);
    await refused({ db: "/proc/none/server.db" }, /choose another file/);
  });

  test("half of TLS, or files that are not there", async () => {
    await refused({ tlsCert: "x.pem" }, /needs both/);
    await refused({ tlsCert: "/no/x.pem", tlsKey: "/no/y.pem" }, /\/no\/x\.pem cannot be read \(not found\)/);
  });
});

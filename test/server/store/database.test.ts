import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AppError } from "../../../src/domain/errors.js";
import { Database, IN_MEMORY, type SqlValue } from "../../../src/server/store/database.js";
import { freshFolder } from "../../helpers/program.js";

function withTable(): Database {
  const database = Database.open(IN_MEMORY);
  database.execute("CREATE TABLE things (a INTEGER PRIMARY KEY, b TEXT UNIQUE, c BLOB, d REAL)");
  return database;
}

const plain = (one: SqlValue | undefined): unknown => (one instanceof Uint8Array ? [...one] : one);

function failure(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error("nothing was thrown");
}

/** How many things another process finds in the file. */
function countElsewhere(path: string): string {
  const script = `
    import { Database } from ${JSON.stringify(new URL("../../../dist/server/store/database.js", import.meta.url).href)};
    const database = Database.open(process.argv[1]);
    process.stdout.write(String(database.query("SELECT a FROM things").all().length));
    database.close();`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", script, path], { encoding: "utf8" });
}

describe("values", () => {
  test("come back as they went in, whatever the parameters are", () => {
    const database = Database.open(IN_MEMORY);
    const query = database.query<SqlValue[], Record<string, SqlValue>>("SELECT ? AS a, ? AS b");
    const value = fc.oneof(
      fc.double({ noNaN: true }).map((number) => number + 0),
      fc.maxSafeInteger(),
      fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "")),
      fc.uint8Array(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(value, value, (a, b) => {
        const row = query.get(a, b);
        expect([plain(row?.["a"]), plain(row?.["b"])]).toEqual([plain(a), plain(b)]);
        expect(Object.keys(row ?? {})).toEqual(["a", "b"]);
      }),
      { seed: 20_240_505, numRuns: 500 },
    );
  });

  test("of a kind that would end the process are refused", () => {
    const insert = withTable().command<SqlValue[]>("INSERT INTO things (b) VALUES (?)");
    for (const wrong of [true, {}, [], undefined, Symbol("s"), new Date()]) {
      expect(failure(() => insert.run(wrong as unknown as SqlValue)).message).toMatch(/cannot be stored/);
    }
    expect(failure(() => insert.run("a\0b")).message).toMatch(/NUL/);
  });

  test("a part of a larger buffer is stored alone", () => {
    const database = withTable();
    database.command<[Uint8Array]>("INSERT INTO things (c) VALUES (?)").run(Buffer.from("abcdef").subarray(2, 4));
    expect(database.query<[], { c: Uint8Array }>("SELECT c FROM things").all()).toEqual([
      { c: Uint8Array.from(Buffer.from("cd")) },
    ]);
  });
});

describe("transactions", () => {
  test("are all or nothing", () => {
    const database = withTable();
    const insert = database.command<[string]>("INSERT INTO things (b) VALUES (?)");
    const error = failure(() =>
      database.transaction(() => {
        insert.run("x");
        insert.run("x");
      }),
    );
    expect(error).toMatchObject({ code: "INTERNAL" });
    expect(error.message).toMatch(/UNIQUE/);
    expect(database.query<[], { b: string }>("SELECT b FROM things").all()).toEqual([]);
    database.transaction(() => insert.run("y"));
    expect(database.query<[], { b: string }>("SELECT b FROM things").all()).toEqual([{ b: "y" }]);
  });
});

describe("files", () => {
  test("are made for their owner only, with the folders above", () => {
    const folder = freshFolder("store");
    const path = join(folder, "state", "deep", "server.db");
    const database = Database.open(path);
    database.execute("CREATE TABLE things (a)");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
    database.close();
  });

  test("that several threads use keep their log when another process has looked at them", () => {
    const path = join(freshFolder("store"), "server.db");
    const writer = Database.open(path);
    writer.execute("CREATE TABLE things (a)");
    // As a thread for analyses does.
    Database.open(path).close();
    expect(countElsewhere(path)).toBe("0");
    expect(existsSync(`${path}-wal`)).toBe(true);
    writer.execute("INSERT INTO things VALUES (1)");
    expect(countElsewhere(path)).toBe("1");
    writer.close();
  });

  test("that are not ours to use are told with the way out", () => {
    const folder = freshFolder("store");
    const check = (path: string, words: RegExp): void => {
      const error = failure(() => Database.open(path));
      expect(error.code).toBe("FILE");
      expect(error.message).toMatch(words);
      expect(error.message).toMatch(/: .*choose another/);
    };
    const text = join(folder, "text");
    writeFileSync(text, "this is no database\n".repeat(1000));
    check(text, /no database/);
    check(folder, /is a folder/);
    check(join(text, "server.db"), /no folder/);
    const locked = join(folder, "locked.db");
    const holder = Database.open(locked);
    holder.execute("CREATE TABLE things (a)");
    holder.execute("BEGIN EXCLUSIVE");
    const other = Database.open(locked);
    expect(failure(() => other.execute("INSERT INTO things VALUES (1)")).message).toMatch(/locked by another program/);
    other.close();
    holder.close();
  });

  test.skipIf(process.getuid?.() === 0)("that may not be written are told (not as root, who may)", () => {
    const folder = freshFolder("store");
    const closed = join(folder, "closed");
    mkdirSync(closed);
    writeFileSync(join(closed, "server.db"), "");
    chmodSync(join(closed, "server.db"), 0o400);
    expect(failure(() => Database.open(join(closed, "server.db"))).message).toMatch(/permission|read-only/);
  });
});

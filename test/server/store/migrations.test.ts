import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { Database, IN_MEMORY } from "../../../src/server/store/database.js";
import { MIGRATIONS, migrate } from "../../../src/server/store/migrations.js";
import { Store } from "../../../src/server/store/store.js";
import { freshFolder } from "../../helpers/program.js";

const versionOf = (database: Database): unknown =>
  database.query<[], { user_version: number }>("PRAGMA user_version").get()?.user_version;

function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("migrations", () => {
  test("bring a new file to the newest version, and leave one that is there already alone", () => {
    const database = Database.open(IN_MEMORY);
    migrate(database);
    expect(versionOf(database)).toBe(MIGRATIONS.length);
    migrate(database);
    expect(versionOf(database)).toBe(MIGRATIONS.length);
  });

  test("go on from an older version and keep what is in it", () => {
    const database = Database.open(IN_MEMORY);
    const steps = ["CREATE TABLE a (x TEXT) STRICT", "ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'new'"];
    migrate(database, steps.slice(0, 1));
    database.execute("INSERT INTO a VALUES ('kept')");
    migrate(database, steps);
    expect(database.query<[], { x: string; y: string }>("SELECT x, y FROM a").all()).toEqual([{ x: "kept", y: "new" }]);
    expect(versionOf(database)).toBe(2);
  });

  test("a step that fails leaves the version before it", () => {
    const database = Database.open(IN_MEMORY);
    expect(message(() => migrate(database, ["CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"]))).toMatch(
      /already exists/,
    );
    expect(versionOf(database)).toBe(1);
    expect(database.query<[], { name: string }>("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "a" }]);
  });

  test("a file of a newer dfxterm, and one of another program, are refused with a sentence and not changed", () => {
    const folder = freshFolder("migrations");
    const newer = Database.open(join(folder, "newer.db"));
    migrate(newer, [...MIGRATIONS, "CREATE TABLE future (x)"]);
    newer.close();
    expect(message(() => Store.open(join(folder, "newer.db")))).toMatch(
      /newer\.db was written by a newer dfxterm \(tables \d+, known here up to \d+\): update dfxterm/,
    );
    const foreign = Database.open(join(folder, "foreign.db"));
    foreign.execute("CREATE TABLE things (a)");
    expect(message(() => Store.open(join(folder, "foreign.db")))).toMatch(/database of another program/);
    expect(foreign.query<[], { name: string }>("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "things" }]);
    foreign.close();
  });

  test("two that open a new file at the same time both get it", () => {
    const path = join(freshFolder("migrations"), "both.db");
    const first = Store.open(path);
    const second = Store.open(path);
    first.studies.add({ id: "s", name: "S" }, 0);
    expect(second.studies.byId("s")).toEqual({ id: "s", name: "S" });
    first.close();
    second.close();
  });
});

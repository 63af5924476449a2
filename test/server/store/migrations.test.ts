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

  test("a store of every older version is brought up to date with what was in it", () => {
    for (let version = 1; version < MIGRATIONS.length; version += 1) {
      const path = join(freshFolder("migrations"), "old.db");
      const old = Database.open(path);
      migrate(old, MIGRATIONS.slice(0, version));
      old.execute(`
        INSERT INTO licences VALUES ('l', 'key', 'Lab', 3, NULL, 1);
        INSERT INTO devices VALUES ('d', 'l', 'LINUX', 'Desk', 1);
        INSERT INTO users (id, licence_id, email, password_salt, password_key, created_at_ms)
          VALUES ('u', 'l', 'a@b.c', x'00', x'00', 1);
        INSERT INTO tokens (hash, device_id, user_id, used_order) VALUES ('hash', 'd', 'u', 1);
        INSERT INTO studies (id, name, created_at_ms) VALUES ('s', 'S', 1);
        INSERT INTO measurements (id, owner_id, study_id, user_profile_id, mode, resolution, status, generation, next_order,
          chunk_count, seconds, bytes, bytes_received, created_at_ms, updated_at_ms)
          VALUES ('m', 'u', 's', '', 'DISCRETE', 0, 'CAPTURING', 0, 1, 1, 5, 3, 3, 1, 1);
        INSERT INTO chunks (measurement_id, generation, chunk_order, data_id, process, payload)
          VALUES ('m', 0, 0, 'data', 1, x'010203')`);
      old.close();
      const store = Store.open(path);
      expect(store.tokens.use("hash")).toMatchObject({ userId: "u", licenceId: "l", api: 1, expiresAtMs: null });
      expect(store.users.byId("u")).toMatchObject({ email: "a@b.c", details: "{}" });
      expect(store.studies.byId("s")).toMatchObject({ name: "S", description: "" });
      expect(store.measurements.byId("m")).toMatchObject({ ownerId: "u", deviceId: "", partnerId: "", nextOrder: 1 });
      expect(store.measurements.unanalysed("m", 0, -1)).toEqual([{ order: 0, dataId: "data", process: true }]);
      store.close();
    }
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
    expect(second.studies.byId("s")).toMatchObject({ id: "s", name: "S" });
    first.close();
    second.close();
  });
});

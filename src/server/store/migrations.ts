import { AppError } from "../../domain/errors.js";
import type { Database } from "./database.js";

/** Marks a file as ours: "DXTS". */
const APPLICATION_ID = 0x44585453;

/**
 * The tables, as steps from one version to the next. A step that was released is never changed: files exist that took it.
 * Times are in milliseconds since 1970, lengths in seconds.
 */
export const MIGRATIONS: readonly string[] = [
  // 1: what version 1 of the protocol needs.
  `
  CREATE TABLE licences (
    id TEXT PRIMARY KEY,
    key_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    device_slots INTEGER,
    expires_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licences ON DELETE CASCADE,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX devices_by_licence ON devices (licence_id);
  CREATE TABLE users (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licences ON DELETE CASCADE,
    email TEXT NOT NULL,
    password_salt BLOB NOT NULL,
    password_key BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (licence_id, email)
  ) STRICT;
  CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,
    device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
    user_id TEXT REFERENCES users ON DELETE CASCADE,
    used_order INTEGER NOT NULL,
    expires_at_ms INTEGER
  ) STRICT;
  CREATE INDEX tokens_by_use ON tokens (used_order);
  CREATE INDEX tokens_by_device ON tokens (device_id);
  CREATE INDEX tokens_by_user ON tokens (user_id);
  CREATE TABLE studies (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE measurements (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    user_profile_id TEXT NOT NULL,
    mode TEXT NOT NULL,
    resolution INTEGER NOT NULL,
    status TEXT NOT NULL,
    generation INTEGER NOT NULL,
    next_order INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    seconds REAL NOT NULL,
    bytes INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL,
    refused_order INTEGER,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX measurements_by_owner ON measurements (owner_id, number);
  CREATE INDEX measurements_by_status ON measurements (status, number);
  CREATE TABLE chunks (
    measurement_id TEXT NOT NULL REFERENCES measurements (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    chunk_order INTEGER NOT NULL,
    data_id TEXT NOT NULL,
    process INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (measurement_id, generation, chunk_order)
  ) STRICT;
  CREATE TABLE results (
    measurement_id TEXT NOT NULL REFERENCES measurements (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    chunk_order INTEGER NOT NULL,
    told INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    message BLOB NOT NULL,
    PRIMARY KEY (measurement_id, generation, chunk_order)
  ) STRICT;
  `,
  // 2: what version 2 of the protocol adds.
  `
  ALTER TABLE tokens ADD COLUMN api INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE tokens ADD COLUMN issued_at_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tokens ADD COLUMN subject TEXT NOT NULL DEFAULT '';
  ALTER TABLE tokens ADD COLUMN refresh_hash TEXT;
  ALTER TABLE tokens ADD COLUMN refresh_expires_at_ms INTEGER;
  ALTER TABLE users ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE studies ADD COLUMN description TEXT NOT NULL DEFAULT '';
  ALTER TABLE studies ADD COLUMN config BLOB;
  ALTER TABLE measurements ADD COLUMN device_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE measurements ADD COLUMN licence_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE measurements ADD COLUMN partner_id TEXT NOT NULL DEFAULT '';
  CREATE TABLE profiles (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    UNIQUE (user_id, name)
  ) STRICT;
  CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT;
  `,
];

/**
 * Brings the tables of a file to the newest version, step by step; each step is whole or not at all, also when two
 * processes open the file at the same time.
 * @throws AppError FILE when the file belongs to another program or to a newer dfxterm.
 */
export function migrate(database: Database, steps: readonly string[] = MIGRATIONS): void {
  checkOurs(database, steps.length);
  for (let version = versionOf(database); version < steps.length; version = versionOf(database)) {
    database.transaction(() => {
      const current = versionOf(database);
      if (current !== version) return;
      database.execute(steps[version] ?? "");
      database.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.execute(`PRAGMA user_version = ${version + 1}`);
    });
  }
}

function checkOurs(database: Database, newest: number): void {
  const id = numberOf(database, "application_id");
  const tables = database.query<[], { count: number }>("SELECT count(*) AS count FROM sqlite_schema").get();
  if (id !== APPLICATION_ID && (tables?.count ?? 0) > 0) {
    throw new AppError("FILE", `${database.path} is a database of another program: choose another file`);
  }
  const version = versionOf(database);
  if (version <= newest) return;
  throw new AppError(
    "FILE",
    `${database.path} was written by a newer dfxterm (tables ${version}, known here up to ${newest}): ` +
      "update dfxterm or choose another file",
  );
}

function versionOf(database: Database): number {
  return numberOf(database, "user_version");
}

function numberOf(database: Database, pragma: "user_version" | "application_id"): number {
  return database.query<[], Record<string, number>>(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0;
}

import { randomUUID } from "node:crypto";

import type { Command, Database, Query } from "./database.js";
import { GUEST_LICENCE_ID } from "./licence-table.js";

export interface StoredPassword {
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

interface StoredUser {
  readonly id: string;
  readonly password: StoredPassword;
}

export interface UserRecord {
  readonly id: string;
  readonly licenceId: string;
  readonly email: string;
  /** JSON: what the client said of the person, under the protocol's names. */
  readonly details: string;
  readonly createdAtMs: number;
}

export interface ListedUser {
  readonly id: string;
  readonly email: string;
  readonly licenceId: string;
  readonly licenceName: string;
  readonly measurements: number;
  readonly createdAtMs: number;
}

interface NewUser {
  readonly licenceId: string;
  readonly email: string;
  readonly password: StoredPassword;
  readonly details: string;
}

/** Users belong to a licence: the same e-mail address may be a user of several. */
export class UserTable {
  readonly #byEmail: Query<[string, string], { id: string; salt: Uint8Array; key: Uint8Array }>;
  readonly #byId: Query<[string], UserRecord>;
  readonly #insert: Command<[string, string, string, Uint8Array, Uint8Array, string, number]>;
  readonly #list: Query<[string], ListedUser>;
  readonly #delete: Command<[string]>;
  readonly #updateDetails: Command<[string, string]>;
  readonly #updatePassword: Command<[Uint8Array, Uint8Array, string]>;
  readonly #count: Query<[], { count: number }>;

  constructor(database: Database) {
    this.#byEmail = database.query(
      "SELECT id, password_salt AS salt, password_key AS key FROM users WHERE licence_id = ? AND email = ?",
    );
    this.#byId = database.query(
      "SELECT id, licence_id AS licenceId, email, details, created_at_ms AS createdAtMs FROM users WHERE id = ?",
    );
    this.#insert = database.command(
      `INSERT OR IGNORE INTO users (id, licence_id, email, password_salt, password_key, details, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#list = database.query(
      `SELECT u.id, u.email, u.licence_id AS licenceId, l.name AS licenceName, u.created_at_ms AS createdAtMs,
         (SELECT count(*) FROM measurements WHERE owner_id = u.id) AS measurements
       FROM users u JOIN licences l ON l.id = u.licence_id WHERE l.id <> ? ORDER BY u.created_at_ms, u.rowid`,
    );
    this.#delete = database.command("DELETE FROM users WHERE id = ?");
    this.#updateDetails = database.command("UPDATE users SET details = ? WHERE id = ?");
    this.#updatePassword = database.command("UPDATE users SET password_salt = ?, password_key = ? WHERE id = ?");
    this.#count = database.query("SELECT count(*) AS count FROM users");
  }

  byEmail(licenceId: string, email: string): StoredUser | undefined {
    const row = this.#byEmail.get(licenceId, normalised(email));
    return row && { id: row.id, password: { salt: row.salt, key: row.key } };
  }

  byId(id: string): UserRecord | undefined {
    return this.#byId.get(id);
  }

  /** Oldest first, the guest apart. */
  all(): ListedUser[] {
    return this.#list.all(GUEST_LICENCE_ID);
  }

  /** @returns the ID of the new user, or undefined when the licence has one with this e-mail address. */
  add({ licenceId, email, password, details }: NewUser, nowMs: number): string | undefined {
    const id = randomUUID();
    const added = this.#insert.run(id, licenceId, normalised(email), password.salt, password.key, details, nowMs);
    return added > 0 ? id : undefined;
  }

  updateDetails(id: string, details: string): void {
    this.#updateDetails.run(details, id);
  }

  updatePassword(id: string, { salt, key }: StoredPassword): void {
    this.#updatePassword.run(salt, key, id);
  }

  /** Tokens and profiles go with the user; measurements are the caller's to delete. */
  delete(id: string): void {
    this.#delete.run(id);
  }

  get count(): number {
    return this.#count.get()?.count ?? 0;
  }
}

function normalised(email: string): string {
  return email.trim().toLowerCase();
}

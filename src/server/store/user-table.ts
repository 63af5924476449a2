import { randomUUID } from "node:crypto";

import type { Command, Database, Query } from "./database.js";

export interface StoredPassword {
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

export interface StoredUser {
  readonly id: string;
  readonly password: StoredPassword;
}

/** Users belong to a licence: the same e-mail address may be a user of several. */
export class UserTable {
  readonly #byEmail: Query<[string, string], { id: string; salt: Uint8Array; key: Uint8Array }>;
  readonly #insert: Command<[string, string, string, Uint8Array, Uint8Array, number]>;
  readonly #count: Query<[], { count: number }>;

  constructor(database: Database) {
    this.#byEmail = database.query(
      "SELECT id, password_salt AS salt, password_key AS key FROM users WHERE licence_id = ? AND email = ?",
    );
    this.#insert = database.command(
      "INSERT OR IGNORE INTO users (id, licence_id, email, password_salt, password_key, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#count = database.query("SELECT count(*) AS count FROM users");
  }

  byEmail(licenceId: string, email: string): StoredUser | undefined {
    const row = this.#byEmail.get(licenceId, normalised(email));
    return row && { id: row.id, password: { salt: row.salt, key: row.key } };
  }

  /** @returns the ID of the new user, or undefined when the licence has one with this e-mail address. */
  add(licenceId: string, email: string, password: StoredPassword, nowMs: number): string | undefined {
    const id = randomUUID();
    const added = this.#insert.run(id, licenceId, normalised(email), password.salt, password.key, nowMs);
    return added > 0 ? id : undefined;
  }

  get count(): number {
    return this.#count.get()?.count ?? 0;
  }
}

function normalised(email: string): string {
  return email.trim().toLowerCase();
}

import { randomUUID } from "node:crypto";

import type { Command, Database, Query } from "./database.js";
import { type Page, pageOf } from "./page.js";

/** A person whom a user measures. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly status: string;
  readonly measurements: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

interface ProfileFilter extends Page {
  /** Part of the name; "" stands for all. */
  readonly name: string;
  readonly status: string;
}

const COLUMNS = `p.id, p.name, p.email, p.status, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
  (SELECT count(*) FROM measurements m WHERE m.owner_id = p.user_id AND m.user_profile_id = p.id) AS measurements`;

const FILTER = "p.user_id = ?1 AND (?2 = '' OR instr(lower(p.name), lower(?2)) > 0) AND (?3 = '' OR p.status = ?3)";

/** Every look is through the user whose profiles they are. */
export class ProfileTable {
  readonly #byId: Query<[string, string], Profile>;
  readonly #page: Query<[string, string, string, number, number], Profile>;
  readonly #count: Query<[string, string, string], { count: number }>;
  readonly #insert: Command<[string, string, string, string, string, number, number]>;
  readonly #update: Command<[string, string, string, number, string, string]>;
  readonly #delete: Command<[string, string]>;

  constructor(database: Database) {
    this.#byId = database.query(`SELECT ${COLUMNS} FROM profiles p WHERE p.user_id = ? AND p.id = ?`);
    this.#page = database.query(
      `SELECT ${COLUMNS} FROM profiles p WHERE ${FILTER} ORDER BY p.number DESC LIMIT ?4 OFFSET ?5`,
    );
    this.#count = database.query(`SELECT count(*) AS count FROM profiles p WHERE ${FILTER}`);
    this.#insert = database.command(
      `INSERT OR IGNORE INTO profiles (id, user_id, name, email, status, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = database.command(
      "UPDATE OR IGNORE profiles SET name = ?, email = ?, status = ?, updated_at_ms = ? WHERE user_id = ? AND id = ?",
    );
    this.#delete = database.command("DELETE FROM profiles WHERE user_id = ? AND id = ?");
  }

  byId(userId: string, id: string): Profile | undefined {
    return this.#byId.get(userId, id);
  }

  /** Newest first, and how many there are in all. */
  list(userId: string, { name, status, ...page }: ProfileFilter): { profiles: Profile[]; count: number } {
    const profiles = this.#page.all(userId, name, status, ...pageOf(page));
    return { profiles, count: this.#count.get(userId, name, status)?.count ?? 0 };
  }

  /** @returns its ID, or undefined when the user has one of this name. */
  add(userId: string, name: string, email: string, nowMs: number): string | undefined {
    const id = randomUUID();
    return this.#insert.run(id, userId, name, email, "ACTIVE", nowMs, nowMs) > 0 ? id : undefined;
  }

  /** @returns false when another one of the user has this name. */
  update(userId: string, id: string, to: Pick<Profile, "name" | "email" | "status">, nowMs: number): boolean {
    return this.#update.run(to.name, to.email, to.status, nowMs, userId, id) > 0;
  }

  /** @returns false when there is none. */
  delete(userId: string, id: string): boolean {
    return this.#delete.run(userId, id) > 0;
  }
}

import type { Command, Database, Query } from "./database.js";

export interface StoredToken {
  readonly hash: string;
  readonly deviceId: string;
  readonly licenceId: string;
  readonly licenceExpiresAtMs: number | null;
  /** Null: the token stands for the device alone. */
  readonly userId: string | null;
  /** Version of the protocol that it was asked for with. */
  readonly api: 1 | 2;
  readonly issuedAtMs: number;
  /** Null: never. */
  readonly expiresAtMs: number | null;
  /** The host that may use it; "" stands for any. */
  readonly subject: string;
  /** SHA-256 of the refresh token that belongs to it; null: none. */
  readonly refreshHash: string | null;
  readonly refreshExpiresAtMs: number | null;
}

export type NewToken = Omit<StoredToken, "licenceId" | "licenceExpiresAtMs">;

/** Uses that are remembered before they are written: a write for every request would be too much. */
const USES_KEPT = 1_000;

/** Tokens by the SHA-256 of their text, with the order in which they were last used. */
export class TokenTable {
  readonly #database: Database;
  readonly #find: Query<[string], StoredToken>;
  readonly #insert: Command<
    [string, string, string | null, number, number, number | null, string, string | null, number | null, number]
  >;
  readonly #use: Command<[number, string]>;
  readonly #delete: Command<[string]>;
  readonly #deleteEnded: Command<[number]>;
  readonly #lastUser: Query<[string, number], { userId: string }>;
  readonly #count: Query<[], { count: number }>;
  readonly #prune: Command<[number]>;
  /** By hash. */
  readonly #uses = new Map<string, number>();
  #lastUse: number;

  constructor(database: Database) {
    this.#database = database;
    this.#find = database.query(
      `SELECT t.hash, t.device_id AS deviceId, d.licence_id AS licenceId, l.expires_at_ms AS licenceExpiresAtMs,
         t.user_id AS userId, t.api, t.issued_at_ms AS issuedAtMs, t.expires_at_ms AS expiresAtMs, t.subject,
         t.refresh_hash AS refreshHash, t.refresh_expires_at_ms AS refreshExpiresAtMs
       FROM tokens t JOIN devices d ON d.id = t.device_id JOIN licences l ON l.id = d.licence_id WHERE t.hash = ?`,
    );
    this.#insert = database.command(
      `INSERT INTO tokens (hash, device_id, user_id, api, issued_at_ms, expires_at_ms, subject, refresh_hash,
         refresh_expires_at_ms, used_order) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#use = database.command("UPDATE tokens SET used_order = ? WHERE hash = ?");
    this.#delete = database.command("DELETE FROM tokens WHERE hash = ?");
    this.#deleteEnded = database.command(
      "DELETE FROM tokens WHERE max(expires_at_ms, coalesce(refresh_expires_at_ms, 0)) < ?",
    );
    this.#lastUser = database.query(
      `SELECT user_id AS userId FROM tokens WHERE device_id = ? AND user_id IS NOT NULL
         AND coalesce(expires_at_ms > ?, 1) ORDER BY issued_at_ms DESC, used_order DESC LIMIT 1`,
    );
    this.#count = database.query("SELECT count(*) AS count FROM tokens");
    this.#prune = database.command(
      "DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens ORDER BY used_order LIMIT ?)",
    );
    const last = database.query<[], { used: number | null }>("SELECT max(used_order) AS used FROM tokens").get();
    this.#lastUse = last?.used ?? 0;
  }

  /** Beyond `max` the tokens end that were not used for the longest time. */
  add(token: NewToken, max: number): void {
    this.#insertOne(token);
    const excess = (this.#count.get()?.count ?? 0) - max;
    if (excess <= 0) return;
    this.flush();
    this.#prune.run(excess);
  }

  /** Puts a token in the place of another. @returns false when that one is gone. */
  replace(hash: string, token: NewToken): boolean {
    return this.#database.transaction(() => {
      if (this.#delete.run(hash) === 0) return false;
      this.#insertOne(token);
      return true;
    });
  }

  #insertOne(token: NewToken): void {
    this.#lastUse += 1;
    const { hash, deviceId, userId, api, issuedAtMs, expiresAtMs, subject, refreshHash, refreshExpiresAtMs } = token;
    const refresh = [refreshHash, refreshExpiresAtMs] as const;
    this.#insert.run(hash, deviceId, userId, api, issuedAtMs, expiresAtMs, subject, ...refresh, this.#lastUse);
  }

  /** Finds a token and notes that it was used. */
  use(hash: string): StoredToken | undefined {
    const token = this.#find.get(hash);
    if (!token) return undefined;
    this.#lastUse += 1;
    this.#uses.set(hash, this.#lastUse);
    if (this.#uses.size > USES_KEPT) this.flush();
    return token;
  }

  /** The user who logged in last at a device, of those whose tokens have not ended. */
  lastUserAt(deviceId: string, nowMs: number): string | undefined {
    return this.#lastUser.get(deviceId, nowMs)?.userId;
  }

  delete(hash: string): void {
    this.#delete.run(hash);
  }

  /** Forgets what could not even be renewed since then. */
  deleteEnded(beforeMs: number): void {
    this.#deleteEnded.run(beforeMs);
  }

  /** Writes the uses that were noted. */
  flush(): void {
    if (this.#uses.size === 0) return;
    this.#database.transaction(() => {
      for (const [hash, order] of this.#uses) this.#use.run(order, hash);
    });
    this.#uses.clear();
  }
}

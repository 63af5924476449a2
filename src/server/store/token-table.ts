import type { Command, Database, Query } from "./database.js";

export interface StoredToken {
  readonly deviceId: string;
  readonly licenceId: string;
  readonly licenceExpiresAtMs: number | null;
  /** Null: the token stands for the device alone. */
  readonly userId: string | null;
  /** Null: never. */
  readonly expiresAtMs: number | null;
}

interface NewToken {
  readonly hash: string;
  readonly deviceId: string;
  readonly userId: string | null;
  readonly expiresAtMs: number | null;
}

/** Uses that are remembered before they are written: a write for every request would be too much. */
const USES_KEPT = 1_000;

/** Tokens by the SHA-256 of their text, with the order in which they were last used. */
export class TokenTable {
  readonly #database: Database;
  readonly #find: Query<[string], StoredToken>;
  readonly #insert: Command<[string, string, string | null, number, number | null]>;
  readonly #use: Command<[number, string]>;
  readonly #count: Query<[], { count: number }>;
  readonly #prune: Command<[number]>;
  /** By hash. */
  readonly #uses = new Map<string, number>();
  #lastUse: number;

  constructor(database: Database) {
    this.#database = database;
    this.#find = database.query(
      `SELECT t.device_id AS deviceId, d.licence_id AS licenceId, l.expires_at_ms AS licenceExpiresAtMs,
         t.user_id AS userId, t.expires_at_ms AS expiresAtMs
       FROM tokens t JOIN devices d ON d.id = t.device_id JOIN licences l ON l.id = d.licence_id WHERE t.hash = ?`,
    );
    this.#insert = database.command(
      "INSERT INTO tokens (hash, device_id, user_id, used_order, expires_at_ms) VALUES (?, ?, ?, ?, ?)",
    );
    this.#use = database.command("UPDATE tokens SET used_order = ? WHERE hash = ?");
    this.#count = database.query("SELECT count(*) AS count FROM tokens");
    this.#prune = database.command(
      "DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens ORDER BY used_order LIMIT ?)",
    );
    const last = database.query<[], { used: number | null }>("SELECT max(used_order) AS used FROM tokens").get();
    this.#lastUse = last?.used ?? 0;
  }

  /** Beyond `max` the tokens end that were not used for the longest time. */
  add({ hash, deviceId, userId, expiresAtMs }: NewToken, max: number): void {
    this.#lastUse += 1;
    this.#insert.run(hash, deviceId, userId, this.#lastUse, expiresAtMs);
    const excess = (this.#count.get()?.count ?? 0) - max;
    if (excess <= 0) return;
    this.flush();
    this.#prune.run(excess);
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

  /** Writes the uses that were noted. */
  flush(): void {
    if (this.#uses.size === 0) return;
    this.#database.transaction(() => {
      for (const [hash, order] of this.#uses) this.#use.run(order, hash);
    });
    this.#uses.clear();
  }
}

import type { Command, Database, Query } from "./database.js";

export interface Study {
  readonly id: string;
  readonly name: string;
}

export class StudyTable {
  readonly #byId: Query<[string], Study>;
  readonly #all: Query<[], Study>;
  readonly #insert: Command<[string, string, number]>;

  constructor(database: Database) {
    this.#byId = database.query("SELECT id, name FROM studies WHERE id = ?");
    this.#all = database.query("SELECT id, name FROM studies ORDER BY created_at_ms, rowid");
    this.#insert = database.command("INSERT OR IGNORE INTO studies (id, name, created_at_ms) VALUES (?, ?, ?)");
  }

  byId(id: string): Study | undefined {
    return this.#byId.get(id);
  }

  /** Oldest first. */
  all(): Study[] {
    return this.#all.all();
  }

  /** @returns false when there is one with this ID. */
  add({ id, name }: Study, nowMs: number): boolean {
    return this.#insert.run(id, name, nowMs) > 0;
  }
}

import { createHash } from "node:crypto";

import type { Command, Database, Query } from "./database.js";

export interface Study {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
}

export interface NewStudy {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** The file that the extraction engine takes. */
  readonly config?: Uint8Array;
}

export interface StudyConfig {
  readonly file: Uint8Array;
  /** MD5 in hexadecimal: the protocol's way to tell versions apart, no protection. */
  readonly md5: string;
}

const COLUMNS = "id, name, description, created_at_ms AS createdAtMs";

export class StudyTable {
  readonly #byId: Query<[string], Study>;
  readonly #all: Query<[], Study>;
  readonly #config: Query<[string], { config: Uint8Array | null }>;
  readonly #insert: Command<[string, string, string, Uint8Array | null, number]>;
  readonly #delete: Command<[string]>;
  readonly #complete: Command<[Uint8Array, string]>;

  constructor(database: Database) {
    this.#byId = database.query(`SELECT ${COLUMNS} FROM studies WHERE id = ?`);
    this.#all = database.query(`SELECT ${COLUMNS} FROM studies ORDER BY created_at_ms, rowid`);
    this.#config = database.query("SELECT config FROM studies WHERE id = ?");
    this.#insert = database.command(
      "INSERT OR IGNORE INTO studies (id, name, description, config, created_at_ms) VALUES (?, ?, ?, ?, ?)",
    );
    this.#delete = database.command("DELETE FROM studies WHERE id = ?");
    this.#complete = database.command("UPDATE studies SET config = ? WHERE id = ? AND config IS NULL");
  }

  byId(id: string): Study | undefined {
    return this.#byId.get(id);
  }

  /** Oldest first. */
  all(): Study[] {
    return this.#all.all();
  }

  /** Measurements of the study stay. @returns false when there is none. */
  delete(id: string): boolean {
    return this.#delete.run(id) > 0;
  }

  configOf(id: string): StudyConfig | undefined {
    const file = this.#config.get(id)?.config;
    return file ? { file, md5: createHash("md5").update(file).digest("hex") } : undefined;
  }

  /** One that is there gets the configuration if it has none. @returns false when there is one with this ID. */
  add({ id, name, description = "", config }: NewStudy, nowMs: number): boolean {
    const added = this.#insert.run(id, name, description, config ?? null, nowMs) > 0;
    if (!added && config) this.#complete.run(config, id);
    return added;
  }
}

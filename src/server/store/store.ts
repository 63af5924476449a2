import { randomBytes } from "node:crypto";

import { AppError } from "../../domain/errors.js";
import { Database, holdLock, IN_MEMORY } from "./database.js";
import { LicenceTable } from "./licence-table.js";
import { MeasurementTable } from "./measurement-table.js";
import { migrate } from "./migrations.js";
import { ProfileTable } from "./profile-table.js";
import { StudyTable } from "./study-table.js";
import { TokenTable } from "./token-table.js";
import { UserTable } from "./user-table.js";

/** Everything that the server keeps, in one file. Several processes may have it open at the same time. */
export class Store {
  readonly path: string;
  readonly licences: LicenceTable;
  readonly users: UserTable;
  readonly tokens: TokenTable;
  readonly studies: StudyTable;
  readonly measurements: MeasurementTable;
  readonly profiles: ProfileTable;
  readonly #database: Database;
  #letGo: () => void = () => undefined;

  private constructor(database: Database) {
    this.#database = database;
    this.path = database.path;
    this.licences = new LicenceTable(database);
    this.users = new UserTable(database);
    this.tokens = new TokenTable(database);
    this.studies = new StudyTable(database);
    this.measurements = new MeasurementTable(database);
    this.profiles = new ProfileTable(database);
  }

  /**
   * @param path a file, made when it is not there, or IN_MEMORY.
   * @throws AppError FILE
   */
  static open(path: string): Store {
    const database = Database.open(path);
    try {
      migrate(database);
      return new Store(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /**
   * Opens a file that no other server may serve at the same time: two would not know of each other's measurements. Whoever
   * adds licences, users and studies, and `measure` with its own measurements, may have it open too.
   * @throws AppError FILE
   */
  static openAlone(path: string): Store {
    const store = Store.open(path);
    if (path === IN_MEMORY) return store;
    try {
      const letGo = holdLock(path);
      if (!letGo) {
        throw new AppError("FILE", `${path} is served by another dfxterm: end that or choose another file with --db`);
      }
      store.#letGo = letGo;
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** 32 random bytes that belong to this store, made when they are asked for first. */
  secret(name: string): Uint8Array {
    this.#database
      .command<[string, Uint8Array]>("INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)")
      .run(name, randomBytes(32));
    const row = this.#database
      .query<[string], { value: Uint8Array }>("SELECT value FROM secrets WHERE name = ?")
      .get(name);
    return row?.value ?? randomBytes(32);
  }

  close(): void {
    this.tokens.flush();
    this.#database.close();
    this.#letGo();
  }
}

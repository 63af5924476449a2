import { Database } from "./database.js";
import { LicenceTable } from "./licence-table.js";
import { MeasurementTable } from "./measurement-table.js";
import { migrate } from "./migrations.js";
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
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
    this.path = database.path;
    this.licences = new LicenceTable(database);
    this.users = new UserTable(database);
    this.tokens = new TokenTable(database);
    this.studies = new StudyTable(database);
    this.measurements = new MeasurementTable(database);
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

  close(): void {
    this.tokens.flush();
    this.#database.close();
  }
}

import type { MeasurementMode } from "../../domain/measurement-terms.js";
import type { Command, Database, Query, SqlValue } from "./database.js";
import { GUEST_LICENCE_ID } from "./licence-table.js";
import { type Page, pageOf } from "./page.js";

export type StatusId = "CAPTURING" | "PROCESSING" | "COMPLETE" | "ERROR";

export interface MeasurementSetup {
  readonly ownerId: string;
  /** The device that it was begun with, and the licence of that. */
  readonly deviceId: string;
  readonly licenceId: string;
  readonly partnerId: string;
  readonly studyId: string;
  readonly userProfileId: string;
  readonly mode: MeasurementMode;
  /** 0: one mean value per signal and result. Anything above: all values. */
  readonly resolution: number;
}

/** What changes while a measurement goes on. */
export interface Progress {
  readonly status: StatusId;
  /** Counts how often `FIRST` began anew: chunks and results of older generations are discarded. */
  readonly generation: number;
  /** The chunk that is expected next. */
  readonly nextOrder: number;
  /** Chunks of this generation, how long they are together, and their payloads' bytes. */
  readonly chunkCount: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Of all generations. */
  readonly bytesReceived: number;
  /** The chunk that was refused because the measurement was closed; the client sends it again to a new one. */
  readonly refusedOrder: number | null;
  readonly updatedAtMs: number;
}

export interface StoredMeasurement extends MeasurementSetup, Progress {
  readonly id: string;
  readonly createdAtMs: number;
}

/** A chunk without its payload. */
export interface ChunkHead {
  readonly order: number;
  /** The ID that the acknowledgement and the result carry. */
  readonly dataId: string;
  /** Whether a result is told for it. */
  readonly process: boolean;
}

export interface StoredResult {
  readonly order: number;
  /** False: made for the final result only. */
  readonly told: boolean;
  /** "OK" or a code of the protocol. */
  readonly errorCode: string;
  /** A result message in protobuf. */
  readonly message: Uint8Array;
}

/** Which measurements of an owner are meant; "" and undefined stand for all. */
export interface MeasurementFilter extends Page {
  readonly studyId: string;
  readonly statusId: string;
  readonly mode: string;
  readonly userProfileId: string;
  readonly userProfileName: string;
  readonly partnerId: string;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

export interface ListedMeasurement extends StoredMeasurement {
  readonly userProfileName: string | null;
}

const PROFILE_NAME = "(SELECT p.name FROM profiles p WHERE p.id = user_profile_id AND p.user_id = owner_id)";

const FILTER = `owner_id = ?1 AND (?2 = '' OR study_id = ?2) AND (?3 = '' OR status = ?3) AND (?4 = '' OR mode = ?4)
  AND (?5 = '' OR user_profile_id = ?5) AND (?6 = '' OR instr(lower(coalesce(${PROFILE_NAME}, '')), lower(?6)) > 0)
  AND (?7 = '' OR partner_id = ?7) AND created_at_ms >= ?8 AND created_at_ms < ?9`;

type FilterValues = [string, string, string, string, string, string, string, number, number];

const COLUMNS = `id, owner_id AS ownerId, device_id AS deviceId, licence_id AS licenceId, partner_id AS partnerId, study_id AS studyId, user_profile_id AS userProfileId, mode, resolution, status,
  generation, next_order AS nextOrder, chunk_count AS chunkCount, seconds, bytes, bytes_received AS bytesReceived,
  refused_order AS refusedOrder, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs`;

const UNFINISHED = "status IN ('CAPTURING', 'PROCESSING')";

/** Guests keep their measurements beside those of a server on the same file: neither counts or forgets the other's. */
export type Whose = "guests" | "others";

const WHOSE = `(licence_id = '${GUEST_LICENCE_ID}') = ?`;

/** Measurements with their chunks and results. */
export class MeasurementTable {
  readonly #database: Database;
  readonly #byId: Query<[string], StoredMeasurement>;
  readonly #insert: Command<SqlValue[]>;
  readonly #update: Command<SqlValue[]>;
  readonly #insertChunk: Command<[string, number, number, string, number, Uint8Array]>;
  readonly #payloads: Query<[string, number, number, number], { order: number; payload: Uint8Array }>;
  readonly #unanalysed: Query<[string, number, number], { order: number; dataId: string; process: number }>;
  readonly #insertResult: Command<[string, number, number, number, string, Uint8Array]>;
  readonly #settle: Command<[string, number, string, number, number]>;
  readonly #told: Query<[string, number], { message: Uint8Array }>;
  readonly #latest: Query<[string, number], { message: Uint8Array }>;
  readonly #newestErrorCode: Query<[string, number], { errorCode: string }>;
  readonly #isRefused: Query<[string, number], { found: number }>;
  readonly #sizes: Query<[number], { count: number; bytes: number; openBytes: number }>;
  readonly #oldestFinished: Query<[number], { id: string }>;
  readonly #oldestAbandoned: Query<[number, number], { id: string }>;
  readonly #unfinished: Query<[number], { id: string }>;
  readonly #deleteDiscarded: Command<[string, number]>[];
  readonly #delete: Command<[string]>;
  readonly #page: Query<[...FilterValues, number, number], ListedMeasurement>;
  readonly #pageCount: Query<FilterValues, { count: number }>;
  readonly #resultOf: Query<[string, number, number], { message: Uint8Array }>;
  readonly #ofStudy: Query<[string], { measurements: number; participants: number }>;
  readonly #deleteOfLicence: Command<[string]>;
  readonly #idsOfOwner: Query<[string], { id: string }>;

  constructor(database: Database) {
    this.#database = database;
    this.#byId = database.query(`SELECT ${COLUMNS} FROM measurements WHERE id = ?`);
    this.#insert = database.command(
      `INSERT INTO measurements (id, owner_id, device_id, licence_id, partner_id, study_id, user_profile_id, mode, resolution, created_at_ms, status, generation,
         next_order, chunk_count, seconds, bytes, bytes_received, refused_order, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = database.command(
      `UPDATE measurements SET status = ?, generation = ?, next_order = ?, chunk_count = ?, seconds = ?, bytes = ?,
         bytes_received = ?, refused_order = ?, updated_at_ms = ? WHERE id = ?`,
    );
    this.#insertChunk = database.command(
      "INSERT INTO chunks (measurement_id, generation, chunk_order, data_id, process, payload) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#payloads = database.query(
      `SELECT chunk_order AS "order", payload FROM chunks
       WHERE measurement_id = ? AND generation = ? AND chunk_order BETWEEN ? AND ? ORDER BY chunk_order`,
    );
    this.#unanalysed = database.query(
      `SELECT chunk_order AS "order", data_id AS dataId, process FROM chunks c
       WHERE measurement_id = ? AND generation = ? AND (process = 1 OR chunk_order = ?) AND NOT EXISTS (
         SELECT 1 FROM results r WHERE r.measurement_id = c.measurement_id AND r.generation = c.generation
           AND r.chunk_order = c.chunk_order)
       ORDER BY chunk_order`,
    );
    this.#insertResult = database.command(
      `INSERT OR REPLACE INTO results (measurement_id, generation, chunk_order, told, error_code, message)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#settle = database.command(
      "UPDATE measurements SET status = ?, updated_at_ms = ? WHERE id = ? AND generation = ? AND next_order = ?",
    );
    this.#told = database.query(
      "SELECT message FROM results WHERE measurement_id = ? AND generation = ? AND told = 1 ORDER BY chunk_order",
    );
    this.#latest = database.query(
      `SELECT message FROM results WHERE measurement_id = ? AND generation = ? AND error_code = 'OK'
       ORDER BY chunk_order DESC LIMIT 1`,
    );
    this.#newestErrorCode = database.query(
      `SELECT error_code AS errorCode FROM results WHERE measurement_id = ? AND generation = ?
       ORDER BY chunk_order DESC LIMIT 1`,
    );
    this.#isRefused = database.query(
      "SELECT 1 AS found FROM measurements WHERE owner_id = ? AND refused_order = ? LIMIT 1",
    );
    this.#sizes = database.query(
      `SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes,
         coalesce(sum(CASE WHEN ${UNFINISHED} THEN bytes ELSE 0 END), 0) AS openBytes FROM measurements WHERE ${WHOSE}`,
    );
    this.#oldestFinished = database.query(
      `SELECT id FROM measurements WHERE NOT ${UNFINISHED} AND ${WHOSE} ORDER BY number LIMIT 1`,
    );
    this.#oldestAbandoned = database.query(
      `SELECT id FROM measurements WHERE ${UNFINISHED} AND ${WHOSE} AND updated_at_ms < ? ORDER BY number LIMIT 1`,
    );
    this.#unfinished = database.query(`SELECT id FROM measurements WHERE ${UNFINISHED} AND ${WHOSE} ORDER BY number`);
    this.#deleteDiscarded = ["chunks", "results"].map((table) =>
      database.command(`DELETE FROM ${table} WHERE measurement_id = ? AND generation < ?`),
    );
    this.#delete = database.command("DELETE FROM measurements WHERE id = ?");
    this.#page = database.query(
      `SELECT ${COLUMNS}, ${PROFILE_NAME} AS userProfileName FROM measurements WHERE ${FILTER}
       ORDER BY number DESC LIMIT ?10 OFFSET ?11`,
    );
    this.#pageCount = database.query(`SELECT count(*) AS count FROM measurements WHERE ${FILTER}`);
    this.#resultOf = database.query(
      "SELECT message FROM results WHERE measurement_id = ? AND generation = ? AND chunk_order = ? AND told = 1",
    );
    this.#ofStudy = database.query(
      `SELECT count(*) AS measurements, count(DISTINCT owner_id || ' ' || user_profile_id) AS participants
       FROM measurements WHERE study_id = ?`,
    );
    this.#deleteOfLicence = database.command(
      "DELETE FROM measurements WHERE licence_id = ?1 OR owner_id IN (SELECT id FROM users WHERE licence_id = ?1)",
    );
    this.#idsOfOwner = database.query("SELECT id FROM measurements WHERE owner_id = ?");
  }

  byId(id: string): StoredMeasurement | undefined {
    return this.#byId.get(id);
  }

  create(measurement: StoredMeasurement): void {
    const { id, ownerId, deviceId, licenceId, partnerId, createdAtMs } = measurement;
    const { studyId, userProfileId, mode, resolution } = measurement;
    const setup = [id, ownerId, deviceId, licenceId, partnerId, studyId, userProfileId, mode, resolution, createdAtMs];
    this.#insert.run(...setup, ...progressValues(measurement));
  }

  update(id: string, progress: Progress): void {
    this.#update.run(...progressValues(progress), id);
  }

  /** Both or neither: a chunk that is stored is counted. */
  addChunk(id: string, progress: Progress, { order, dataId, process }: ChunkHead, payload: Uint8Array): void {
    this.#database.transaction(() => {
      this.#insertChunk.run(id, progress.generation, order, dataId, process ? 1 : 0, payload);
      this.update(id, progress);
    });
  }

  /** Payloads of the chunks from one number to another, both included, in order. */
  payloads(
    id: string,
    generation: number,
    fromOrder: number,
    toOrder: number,
  ): { order: number; payload: Uint8Array }[] {
    return this.#payloads.all(id, generation, fromOrder, toOrder);
  }

  /**
   * Chunks for which a result is to be told and is not made.
   * @param finalOrder this chunk's result is made in any case; -1 stands for none.
   */
  unanalysed(id: string, generation: number, finalOrder: number): ChunkHead[] {
    return this.#unanalysed
      .all(id, generation, finalOrder)
      .map(({ order, dataId, process }) => ({ order, dataId, process: process === 1 }));
  }

  /** Keeps results, which can be made again, and what they change of the measurement; nothing when the measurement is gone meanwhile. */
  addResults(id: string, generation: number, results: readonly StoredResult[], progress: Progress): void {
    this.#database.relaxed(() => {
      if (!this.#byId.get(id)) return;
      for (const { order, told, errorCode, message } of results) {
        this.#insertResult.run(id, generation, order, told ? 1 : 0, errorCode, message);
      }
      // Whoever is not up to date, as a second process may be, changes nothing of the measurement itself.
      this.#settle.run(progress.status, progress.updatedAtMs, id, progress.generation, progress.nextOrder);
    });
  }

  /** Messages of the results that were told, oldest first. */
  toldResults(id: string, generation: number): Uint8Array[] {
    return this.#told.all(id, generation).map(({ message }) => message);
  }

  /** The newest result that is none of a failure. */
  latestResult(id: string, generation: number): Uint8Array | undefined {
    return this.#latest.get(id, generation)?.message;
  }

  newestErrorCode(id: string, generation: number): string | undefined {
    return this.#newestErrorCode.get(id, generation)?.errorCode;
  }

  /** The result that was told for a chunk. */
  resultOf(id: string, generation: number, order: number): Uint8Array | undefined {
    return this.#resultOf.get(id, generation, order)?.message;
  }

  /** Newest first, and how many there are in all. */
  list(ownerId: string, filter: MeasurementFilter): { measurements: ListedMeasurement[]; count: number } {
    const { studyId, statusId, mode, userProfileId, userProfileName, partnerId, fromMs = 0 } = filter;
    const toMs = filter.toMs ?? Number.MAX_SAFE_INTEGER;
    const ids = [ownerId, studyId, statusId, mode, userProfileId, userProfileName, partnerId] as const;
    const measurements = this.#page.all(...ids, fromMs, toMs, ...pageOf(filter));
    return { measurements, count: this.#pageCount.get(...ids, fromMs, toMs)?.count ?? 0 };
  }

  /** How many measurements a study has, of how many persons. */
  ofStudy(studyId: string): { measurements: number; participants: number } {
    return this.#ofStudy.get(studyId) ?? { measurements: 0, participants: 0 };
  }

  /** Forgets what the users and the devices of a licence measured. */
  deleteOfLicence(licenceId: string): void {
    this.#deleteOfLicence.run(licenceId);
  }

  idsOfOwner(ownerId: string): string[] {
    return this.#idsOfOwner.all(ownerId).map(({ id }) => id);
  }

  /** Whether a closed measurement of this owner refused that chunk. */
  isRefusedOrder(ownerId: string, order: number): boolean {
    return this.#isRefused.get(ownerId, order) !== undefined;
  }

  /** Forgets chunks and results of older generations. */
  deleteDiscarded(id: string, generation: number): void {
    for (const command of this.#deleteDiscarded) command.run(id, generation);
  }

  /** How many there are, the bytes of their payloads, and of those that are not finished. */
  sizes(whose: Whose): { count: number; bytes: number; openBytes: number } {
    return this.#sizes.get(flagOf(whose)) ?? { count: 0, bytes: 0, openBytes: 0 };
  }

  /** IDs of those that are open or wait for results, oldest first. */
  unfinished(whose: Whose): string[] {
    return this.#unfinished.all(flagOf(whose)).map(({ id }) => id);
  }

  /** The one to be forgotten first: the oldest finished one, else the oldest that nobody touched since then. */
  mostForgettable(whose: Whose, untouchedSinceMs: number): StoredMeasurement | undefined {
    const flag = flagOf(whose);
    const id = this.#oldestFinished.get(flag)?.id ?? this.#oldestAbandoned.get(flag, untouchedSinceMs)?.id;
    return id === undefined ? undefined : this.byId(id);
  }

  /** Forgets a measurement with everything that belongs to it. */
  delete(id: string): void {
    this.#delete.run(id);
  }
}

function flagOf(whose: Whose): number {
  return whose === "guests" ? 1 : 0;
}

function progressValues(progress: Progress): SqlValue[] {
  return [
    progress.status,
    progress.generation,
    progress.nextOrder,
    progress.chunkCount,
    progress.seconds,
    progress.bytes,
    progress.bytesReceived,
    progress.refusedOrder,
    progress.updatedAtMs,
  ];
}

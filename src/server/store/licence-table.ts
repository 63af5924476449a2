import { randomUUID } from "node:crypto";

import type { Command, Database, Query } from "./database.js";

export interface Licence {
  readonly id: string;
  readonly name: string;
  /** Devices that may be registered with it; null: any number. */
  readonly deviceSlots: number | null;
  /** Milliseconds since 1970; null: never. */
  readonly expiresAtMs: number | null;
}

export interface ListedLicence extends Licence {
  readonly devices: number;
  readonly users: number;
  readonly measurements: number;
  readonly createdAtMs: number;
}

interface NewDevice {
  readonly licenceId: string;
  readonly type: string;
  readonly name: string;
}

/** The licence that the guests of all runs share. */
export const GUEST_LICENCE_ID = "00000000-0000-4000-8000-646678746572";

const COLUMNS = "id, name, device_slots AS deviceSlots, expires_at_ms AS expiresAtMs";

/** Licences, of whose keys only the SHA-256 is kept, and the devices that are registered with them. */
export class LicenceTable {
  readonly #database: Database;
  readonly #byHash: Query<[string], Licence>;
  readonly #byId: Query<[string], Licence>;
  readonly #count: Query<[string], { count: number }>;
  readonly #list: Query<[string], ListedLicence>;
  readonly #delete: Command<[string]>;
  readonly #insert: Command<[string, string, string, number | null, number | null, number]>;
  readonly #countDevices: Query<[string], { count: number }>;
  readonly #insertDevice: Command<[string, string, string, string, number]>;
  readonly #deleteDevice: Command<[string]>;
  readonly #forgetDevices: Command<[string, number]>;

  constructor(database: Database) {
    this.#database = database;
    this.#byHash = database.query(`SELECT ${COLUMNS} FROM licences WHERE key_hash = ?`);
    this.#byId = database.query(`SELECT ${COLUMNS} FROM licences WHERE id = ?`);
    this.#list = database.query(
      `SELECT ${COLUMNS}, created_at_ms AS createdAtMs,
         (SELECT count(*) FROM devices WHERE licence_id = l.id) AS devices,
         (SELECT count(*) FROM users WHERE licence_id = l.id) AS users,
         (SELECT count(*) FROM measurements WHERE licence_id = l.id) AS measurements
       FROM licences l WHERE id <> ? ORDER BY created_at_ms, rowid`,
    );
    this.#delete = database.command("DELETE FROM licences WHERE id = ?");
    this.#count = database.query("SELECT count(*) AS count FROM licences WHERE id <> ?");
    this.#insert = database.command(
      "INSERT OR IGNORE INTO licences (id, key_hash, name, device_slots, expires_at_ms, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#countDevices = database.query("SELECT count(*) AS count FROM devices WHERE licence_id = ?");
    this.#insertDevice = database.command(
      "INSERT INTO devices (id, licence_id, type, name, created_at_ms) VALUES (?, ?, ?, ?, ?)",
    );
    this.#deleteDevice = database.command("DELETE FROM devices WHERE id = ?");
    this.#forgetDevices = database.command("DELETE FROM devices WHERE licence_id = ? AND created_at_ms < ?");
  }

  /** @returns false when there is a licence with this key. */
  add(keyHash: string, licence: Omit<Licence, "id">, nowMs: number, id: string = randomUUID()): boolean {
    return this.#insert.run(id, keyHash, licence.name, licence.deviceSlots, licence.expiresAtMs, nowMs) > 0;
  }

  byKeyHash(keyHash: string): Licence | undefined {
    return this.#byHash.get(keyHash);
  }

  byId(id: string): Licence | undefined {
    return this.#byId.get(id);
  }

  /** How many there are, that of the guests apart. */
  get count(): number {
    return this.#count.get(GUEST_LICENCE_ID)?.count ?? 0;
  }

  /** Oldest first, that of the guests apart. */
  all(): ListedLicence[] {
    return this.#list.all(GUEST_LICENCE_ID);
  }

  /** Devices, users and tokens go with it; measurements are the caller's to delete. */
  delete(id: string): void {
    this.#delete.run(id);
  }

  /** @returns the ID of the device, or undefined when all slots are taken. */
  registerDevice({ licenceId, type, name }: NewDevice, deviceSlots: number | null, nowMs: number): string | undefined {
    return this.#database.transaction(() => {
      const taken = this.#countDevices.get(licenceId)?.count ?? 0;
      if (deviceSlots !== null && taken >= deviceSlots) return undefined;
      const id = randomUUID();
      this.#insertDevice.run(id, licenceId, type, name, nowMs);
      return id;
    });
  }

  removeDevice(deviceId: string): void {
    this.#deleteDevice.run(deviceId);
  }

  /** Forgets the devices of a licence that were registered before that time, and their tokens. */
  forgetDevices(licenceId: string, beforeMs: number): void {
    this.#forgetDevices.run(licenceId, beforeMs);
  }
}

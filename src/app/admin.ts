import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

import { AppError } from "../domain/errors.js";
import { parseStudy } from "../native/study.js";
import { DEFAULT_LIMITS } from "../server/limits.js";
import { PasswordHasher } from "../server/passwords.js";
import type { ListedLicence } from "../server/store/licence-table.js";
import { Store } from "../server/store/store.js";
import type { Study } from "../server/store/study-table.js";
import type { ListedUser } from "../server/store/user-table.js";
import { sha256 } from "../server/tokens.js";
import { reasonOf } from "./measurement-folder.js";

export type { ListedLicence, ListedUser, Study };

export interface LicenceWish {
  /** Undefined: a new one is made. */
  readonly key: string | undefined;
  readonly name: string;
  /** Devices that may be registered with it; undefined: any number. */
  readonly deviceSlots: number | undefined;
  /** The last day, "2026-11-22", in UTC; undefined: none. */
  readonly lastDay: string | undefined;
}

export interface AddedLicence {
  readonly id: string;
  readonly name: string;
  /** Only when it was made here: nobody else knows it. */
  readonly key?: string;
}

/** Short keys can be guessed. */
const KEY_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MIN = 8;
const STUDY_BYTES_MAX = 256 * 1024;
const DAY_MS = 86_400_000;

/** Looks after the accounts and studies of a local server, whether it runs or not: both work on the same file. */
export class Admin {
  readonly #store: Store;

  private constructor(store: Store) {
    this.#store = store;
  }

  /**
   * @param mayMake false when there is nothing to look after in a new store.
   * @throws AppError FILE
   */
  static open(db: string, mayMake: boolean): Admin {
    if (!mayMake && !existsSync(db)) throw new AppError("FILE", `there is no store ${db}: give its file with --db`);
    return new Admin(Store.open(db));
  }

  close(): void {
    this.#store.close();
  }

  /** @throws AppError USAGE when the key is short or taken. */
  addLicence({ key, name, deviceSlots, lastDay }: LicenceWish): AddedLicence {
    if (key !== undefined && key.length < KEY_LENGTH_MIN) {
      throw new AppError(
        "USAGE",
        `the licence key is too short to be safe: take at least ${KEY_LENGTH_MIN} characters`,
      );
    }
    const id = randomUUID();
    const made = key ?? randomBytes(16).toString("hex");
    const expiresAtMs = lastDay === undefined ? null : Date.parse(`${lastDay}T00:00:00Z`) + DAY_MS;
    const licence = { name: oneLine(name, "name"), deviceSlots: deviceSlots ?? null, expiresAtMs };
    if (!this.#store.licences.add(sha256(made), licence, Date.now(), id)) {
      throw new AppError("USAGE", "a licence with this key is there already: take another key");
    }
    return { id, name, ...(key === undefined ? { key: made } : {}) };
  }

  licences(): ListedLicence[] {
    return this.#store.licences.all();
  }

  /**
   * Removes a licence with its devices, users and tokens.
   * @param withMeasurements what they measured may go too.
   * @throws AppError USAGE when there is no such licence, or when there are measurements that may not go.
   */
  removeLicence(id: string, withMeasurements: boolean): void {
    const licence = this.licences().find((one) => one.id === id);
    if (!licence) throw unknown("licence", id);
    refuseLosing(licence.measurements, withMeasurements);
    this.#store.measurements.deleteOfLicence(id);
    this.#store.licences.delete(id);
  }

  /**
   * @param licenceId may be undefined when there is only one licence.
   * @returns the ID of the user.
   * @throws AppError USAGE
   */
  async addUser(licenceId: string | undefined, email: string, password: string): Promise<string> {
    const licence = this.#licenceFor(licenceId);
    if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
      throw new AppError("USAGE", "this is no e-mail address: it must look like a@b.c");
    }
    if (password.length < PASSWORD_LENGTH_MIN) {
      throw new AppError("USAGE", `the password is too short: take at least ${PASSWORD_LENGTH_MIN} characters`);
    }
    const hash = await new PasswordHasher(1, DEFAULT_LIMITS.passwordCost).hash(password);
    const user = { licenceId: licence.id, email, password: hash, details: "{}" };
    const id = this.#store.users.add(user, Date.now());
    if (id === undefined) throw new AppError("USAGE", `${email} is a user of this licence already`);
    return id;
  }

  users(): ListedUser[] {
    return this.#store.users.all();
  }

  /**
   * @param idOrEmail an e-mail address must belong to one user only.
   * @throws AppError USAGE as `removeLicence`.
   */
  removeUser(idOrEmail: string, withMeasurements: boolean): void {
    const wanted = idOrEmail.trim().toLowerCase();
    const [user, ...others] = this.users().filter(({ id, email }) => id === wanted || email === wanted);
    if (!user) throw unknown("user", idOrEmail);
    if (others.length > 0) {
      throw new AppError("USAGE", `${wanted} is a user of several licences: give the ID (serve user list)`);
    }
    refuseLosing(user.measurements, withMeasurements);
    for (const id of this.#store.measurements.idsOfOwner(user.id)) this.#store.measurements.delete(id);
    this.#store.users.delete(user.id);
  }

  /**
   * Adds the study in a file of dfxterm's engine (docs/study.md).
   * @param name undefined: what the file calls it.
   * @throws AppError FILE, STUDY, USAGE
   */
  addStudy(path: string, { id, name, description }: { id?: string; name?: string; description?: string }): Study {
    const config = fileOf(path);
    const study = {
      id: id === undefined ? randomUUID() : checkedId(id),
      name: oneLine(name ?? parseStudy(config).id, "name"),
      description: oneLine(description ?? "", "description"),
      createdAtMs: Date.now(),
    };
    parseStudy(config);
    if (!this.#store.studies.add({ ...study, config }, study.createdAtMs)) {
      throw new AppError("USAGE", `a study with the ID ${study.id} is there already: remove it or take another ID`);
    }
    return study;
  }

  studies(): (Study & { readonly measurements: number })[] {
    return this.#store.studies
      .all()
      .map((study) => ({ ...study, measurements: this.#store.measurements.ofStudy(study.id).measurements }));
  }

  /**
   * What was measured in it stays.
   * @throws AppError USAGE
   */
  removeStudy(id: string): void {
    if (!this.#store.studies.delete(id)) throw unknown("study", id);
  }

  #licenceFor(id: string | undefined): ListedLicence {
    const all = this.licences();
    const [only, ...others] = all;
    if (id !== undefined) {
      const licence = all.find((one) => one.id === id);
      if (!licence) throw unknown("licence", id);
      return licence;
    }
    if (!only) throw new AppError("USAGE", "there is no licence yet: dfxterm serve licence add");
    if (others.length > 0) throw new AppError("USAGE", "there are several licences: say which with --licence");
    return only;
  }
}

function unknown(what: "licence" | "user" | "study", given: string): AppError {
  return new AppError("USAGE", `there is no ${what} ${given}: dfxterm serve ${what} list`);
}

function refuseLosing(measurements: number, allowed: boolean): void {
  if (measurements === 0 || allowed) return;
  const what = measurements === 1 ? "1 measurement" : `${measurements} measurements`;
  throw new AppError("USAGE", `${what} would be deleted too: say so with --with-measurements`);
}

function oneLine(text: string, what: string): string {
  if (text.length <= 100 && !/\p{Cc}/u.test(text)) return text;
  throw new AppError("USAGE", `the ${what} must be one line of at most 100 characters`);
}

function checkedId(id: string): string {
  if (/^[\w-]{1,64}$/.test(id)) return id;
  throw new AppError("USAGE", "an ID has up to 64 letters, digits, - and _");
}

function fileOf(path: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new AppError("FILE", `${basename(path)} cannot be read (${reasonOf(error)}): give another`, { cause: error });
  }
  if (bytes.length <= STUDY_BYTES_MAX) return bytes;
  throw new AppError("STUDY", `${basename(path)} is too large for a study: give another`);
}

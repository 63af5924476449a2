import { createHash } from "node:crypto";

import { z } from "zod";

import { AppError } from "../domain/errors.js";
import {
  CreatedReply,
  MeasurementRecord,
  MeasurementRow,
  ProfileRecord,
  StudyConfigReply,
  StudyRecord,
  Total,
} from "../wire/v2-rest.js";
import { refusalError } from "./failures.js";
import { isSuccess, type RepeatPolicy, type RestAnswer, type RestClient, type RestRequest } from "./rest-client.js";
import type { Bearer } from "./token-source.js";

/** A part of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Undefined when the server does not say, as it cannot with no row. */
  readonly total: number | undefined;
}

export interface PageWish {
  readonly limit: number;
  readonly offset: number;
}

export interface StudyFilter {
  readonly name?: string | undefined;
  readonly status?: string | undefined;
}

export interface ProfileFilter {
  readonly name?: string | undefined;
  readonly status?: string | undefined;
}

/** Filters of 501; dates as YYYY-MM-DD. */
export interface MeasurementFilter {
  readonly date?: string | undefined;
  readonly endDate?: string | undefined;
  readonly profileId?: string | undefined;
  readonly profileName?: string | undefined;
  readonly studyId?: string | undefined;
  readonly status?: string | undefined;
  readonly partnerId?: string | undefined;
  readonly mode?: string | undefined;
}

export interface StudyConfig {
  readonly bytes: Uint8Array;
  readonly md5: string;
}

/** Configurations of vendor studies are some hundred kilobytes to a few megabytes, longer in base64. */
const CONFIG_ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export interface AccountClientOptions {
  readonly rest: RestClient;
  readonly bearer: Bearer;
  readonly serverName: string;
  readonly signal: AbortSignal;
}

/**
 * Studies, profiles and past measurements of a user.
 *
 * Every method throws AppError AUTH, NETWORK, SERVER, WIRE or CANCELLED.
 */
export class AccountClient {
  readonly #options: AccountClientOptions;

  constructor(options: AccountClientOptions) {
    this.#options = options;
  }

  /** 805. */
  async studies({ name, status }: StudyFilter, page: PageWish): Promise<Page<StudyRecord>> {
    const query = { Name: name, StatusID: status?.toUpperCase() };
    return await this.#list("/studies", query, page, StudyRecord, "to list the studies");
  }

  /** 804. */
  async study(id: string): Promise<StudyRecord> {
    return await this.#get(`/studies/${encodeURIComponent(id)}`, StudyRecord, `to show study ${id}`);
  }

  /**
   * The configuration of a study for the vendor's SDK (809).
   * @param knownMd5 of the configuration at hand; "" when there is none.
   * @returns undefined when that one is current.
   */
  async studyConfig(id: string, sdkId: string, knownMd5: string): Promise<StudyConfig | undefined> {
    const { serverName } = this.#options;
    const what = `the configuration of study ${id}`;
    const body = { StudyID: id, SDKID: sdkId, MD5Hash: knownMd5 };
    const request: RestRequest = { method: "POST", path: "/studies/sdkconfig", body };
    const answer = await this.#send({ ...request, answerBytesMax: CONFIG_ANSWER_BYTES_MAX }, "again");
    if (answer.status === 304 && knownMd5 !== "") return undefined;
    const { ConfigFile, MD5Hash } = this.#parsed(answer, StudyConfigReply, what);
    const bytes = typeof ConfigFile === "string" ? Buffer.from(ConfigFile, "base64") : Uint8Array.from(ConfigFile.data);
    const md5 = createHash("md5").update(bytes).digest("hex");
    if (md5 === MD5Hash.toLowerCase()) return { bytes, md5 };
    throw new AppError("WIRE", `Server ${serverName} sent ${what} with another MD5 hash than it has. Try again.`);
  }

  /** 402. */
  async profiles({ name, status }: ProfileFilter, page: PageWish): Promise<Page<ProfileRecord>> {
    const query = { UserProfileName: name, Status: status?.toUpperCase() };
    return await this.#list("/users/profiles", query, page, ProfileRecord, "to list the profiles");
  }

  /** 401. */
  async profile(id: string): Promise<ProfileRecord> {
    return await this.#get(profilePath(id), ProfileRecord, `to show profile ${id}`);
  }

  /** 400; twice would be two profiles. @returns the ID. */
  async createProfile(name: string, email: string): Promise<string> {
    const body = { Name: name, Email: email };
    const answer = await this.#send({ method: "POST", path: "/users/profiles", body }, "once");
    const reply = this.#parsed(answer, CreatedReply, "to create the profile");
    return typeof reply === "string" ? reply : reply.ID;
  }

  /** 405. */
  async updateProfile(
    id: string,
    { name, email, status }: { name: string; email: string; status: string },
  ): Promise<void> {
    const body = { Name: name, Email: email, Status: status };
    const answer = await this.#send({ method: "PATCH", path: profilePath(id), body }, "again");
    this.#accepted(answer, `to change profile ${id}`);
  }

  /** 404. */
  async removeProfile(id: string): Promise<void> {
    const answer = await this.#send({ method: "DELETE", path: profilePath(id) }, "once");
    this.#accepted(answer, `to remove profile ${id}`);
  }

  /** 501. */
  async measurements(filter: MeasurementFilter, page: PageWish): Promise<Page<MeasurementRow>> {
    const query = {
      Date: filter.date,
      EndDate: filter.endDate,
      UserProfileID: filter.profileId,
      UserProfileName: filter.profileName,
      StudyID: filter.studyId,
      StatusID: filter.status?.toUpperCase(),
      PartnerID: filter.partnerId,
      Mode: filter.mode?.toUpperCase(),
    };
    return await this.#list("/measurements", query, page, MeasurementRow, "to list the measurements");
  }

  /** 500; the only one of these that version 1 has. */
  async measurement(id: string, expand: boolean): Promise<MeasurementRecord> {
    const path = `/measurements/${encodeURIComponent(id)}${expand ? "?ExpandResults=true" : ""}`;
    return await this.#get(path, MeasurementRecord, `to show measurement ${id}`);
  }

  async #list<Schema extends z.ZodType>(
    path: string,
    filter: Readonly<Record<string, string | undefined>>,
    { limit, offset }: PageWish,
    row: Schema,
    what: string,
  ): Promise<Page<z.output<Schema>>> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(filter)) {
      if (value !== undefined) query.set(key, value);
    }
    query.set("Limit", String(limit));
    query.set("Offset", String(offset));
    const rows = await this.#get(`${path}?${query.toString()}`, z.array(row), what);
    return { rows, total: Total.safeParse(rows[0]).data?.TotalCount };
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema, what: string): Promise<z.output<Schema>> {
    return this.#parsed(await this.#send({ method: "GET", path }, "read"), schema, what);
  }

  async #send(request: RestRequest, policy: RepeatPolicy): Promise<RestAnswer> {
    const { rest, bearer, signal } = this.#options;
    return await rest.call({ ...request, bearer }, policy, signal);
  }

  #parsed<Schema extends z.ZodType>(answer: RestAnswer, schema: Schema, what: string): z.output<Schema> {
    const { serverName } = this.#options;
    if (!isSuccess(answer)) throw refusalError(serverName, what, answer.refusal);
    const { success, data } = schema.safeParse(answer.json);
    if (success) return data;
    throw new AppError("WIRE", `Server ${serverName} sent an unreadable answer when asked ${what}.`);
  }

  /** Answers that say nothing but yes; their bodies are not defined. */
  #accepted(answer: RestAnswer, what: string): void {
    if (answer.status < 300 && answer.refusal.code === "") return;
    throw refusalError(this.#options.serverName, what, answer.refusal);
  }
}

function profilePath(id: string): string {
  return `/users/profiles/${encodeURIComponent(id)}`;
}

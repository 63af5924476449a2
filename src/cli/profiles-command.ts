import type { ProfileRecord } from "../app/account-desk.js";
import { AppError } from "../domain/errors.js";
import type { AccountOptions } from "./account-options.js";
import {
  atRecords,
  checkedId,
  type PageOptions,
  print,
  printPage,
  printRecord,
  type RecordOptions,
  tell,
} from "./account-run.js";
import { type Column, isoTime, jsonOf, utcTime } from "./records.js";

const COLUMNS: readonly Column<ProfileRecord>[] = [
  { name: "ID", title: "ID", value: ({ ID }) => ID },
  { name: "Name", title: "Name", value: ({ Name }) => Name, flexible: true },
  { name: "Email", title: "E-mail", value: ({ Email }) => Email, flexible: true },
  { name: "Status", title: "Status", value: ({ Status }) => Status },
  { name: "MeasurementCount", value: ({ MeasurementCount }) => MeasurementCount },
  { name: "Created", value: ({ Created }) => isoTime(Created), shown: ({ Created }) => utcTime(Created) },
  { name: "Updated", value: ({ Updated }) => isoTime(Updated), shown: ({ Updated }) => utcTime(Updated) },
];

export interface ProfileListOptions extends RecordOptions, PageOptions {
  readonly name?: string;
  readonly status?: string;
}

export interface ProfileCreateOptions extends AccountOptions {
  readonly json?: boolean;
}

/** What a profile can be changed to; what is absent stays. `--email` is the user's, so it has another name here. */
export interface ProfileUpdateOptions extends AccountOptions {
  readonly name?: string;
  readonly profileEmail?: string;
  readonly status?: string;
}

export async function listProfiles(options: ProfileListOptions): Promise<number> {
  const { name, status, limit, offset } = options;
  return await atRecords(options, async (desk) => {
    desk.requireV2("list profiles");
    const client = await desk.client();
    printPage(options, COLUMNS, await client.profiles({ name, status }, { limit, offset }), "No profiles.");
  });
}

export async function getProfile(id: string, options: RecordOptions): Promise<number> {
  const profile = checkedId(id, "profile");
  return await atRecords(options, async (desk) => {
    desk.requireV2("show a profile");
    const client = await desk.client();
    printRecord(options, COLUMNS, { ...(await client.profile(profile)), ID: profile });
  });
}

export async function createProfile(name: string, email: string, options: ProfileCreateOptions): Promise<number> {
  if (name.trim() === "") throw new AppError("USAGE", "a profile needs a name");
  return await atRecords(options, async (desk) => {
    desk.requireV2("create a profile");
    const id = await (await desk.client()).createProfile(name.trim(), email.trim());
    if (options.json) print(jsonOf({ ID: id }));
    else tell(`Created profile ${id}.`);
  });
}

export async function updateProfile(id: string, options: ProfileUpdateOptions): Promise<number> {
  const profile = checkedId(id, "profile");
  const { name, profileEmail, status } = options;
  if (name === undefined && profileEmail === undefined && status === undefined) {
    throw new AppError("USAGE", "say what is to change: --name, --profile-email or --status");
  }
  return await atRecords(options, async (desk) => {
    desk.requireV2("change a profile");
    const client = await desk.client();
    // The service takes all three or nothing, so those that stay are asked for first.
    const before = await client.profile(profile);
    await client.updateProfile(profile, {
      name: name ?? before.Name ?? "",
      email: profileEmail ?? before.Email ?? "",
      status: (status ?? before.Status ?? "ACTIVE").toUpperCase(),
    });
    tell(`Changed profile ${profile}.`);
  });
}

export async function removeProfile(id: string, options: AccountOptions): Promise<number> {
  const profile = checkedId(id, "profile");
  return await atRecords(options, async (desk) => {
    desk.requireV2("remove a profile");
    await (await desk.client()).removeProfile(profile);
    tell(`Removed profile ${profile}.`);
  });
}

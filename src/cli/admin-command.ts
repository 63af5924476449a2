import { Admin, type ListedLicence, type ListedUser, type Study } from "../app/admin.js";
import { storePath } from "../app/server-defaults.js";
import { AppError } from "../domain/errors.js";
import { type OutputOptions, outputWidth, print, tell } from "./account-run.js";
import { interruptible } from "./interruptible.js";
import { askAll } from "./prompt.js";
import { type Column, csvOf, isoTime, jsonOf, tableOf, utcMinute } from "./records.js";
import { linesOf } from "./secret-input.js";
import { defaultStateDir } from "./state-dir.js";

export interface AdminOptions extends OutputOptions {
  readonly db?: string;
}

export interface LicenceOptions extends AdminOptions {
  readonly name?: string;
  readonly deviceSlots?: number;
  readonly expires?: string;
  readonly keyStdin?: boolean;
}

export interface UserOptions extends AdminOptions {
  readonly licence?: string;
  readonly passwordStdin?: boolean;
}

export interface StudyOptions extends AdminOptions {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
}

export interface RemoveOptions extends AdminOptions {
  readonly withMeasurements?: boolean;
}

const LICENCES: readonly Column<ListedLicence>[] = [
  { name: "ID", title: "ID", value: ({ id }) => id },
  { name: "Name", title: "Name", value: ({ name }) => name, flexible: true },
  {
    name: "Devices",
    title: "Devices",
    value: ({ devices }) => devices,
    shown: ({ devices, deviceSlots }) => (deviceSlots === null ? String(devices) : `${devices} of ${deviceSlots}`),
    right: true,
  },
  { name: "DeviceSlots", value: ({ deviceSlots }) => deviceSlots },
  { name: "Users", title: "Users", value: ({ users }) => users, right: true },
  { name: "Measurements", title: "Measured", value: ({ measurements }) => measurements, right: true },
  {
    name: "Expires",
    title: "Until",
    value: ({ expiresAtMs }) => (expiresAtMs === null ? undefined : isoTime(expiresAtMs / 1000)),
    shown: ({ expiresAtMs }) => (expiresAtMs === null ? "-" : lastDayOf(expiresAtMs)),
  },
  created(),
];

const USERS: readonly Column<ListedUser>[] = [
  { name: "ID", title: "ID", value: ({ id }) => id },
  { name: "Email", title: "E-mail", value: ({ email }) => email, flexible: true },
  { name: "LicenceID", value: ({ licenceId }) => licenceId },
  { name: "Licence", title: "Licence", value: ({ licenceName }) => licenceName, flexible: true },
  { name: "Measurements", title: "Measured", value: ({ measurements }) => measurements, right: true },
  created(),
];

const STUDIES: readonly Column<Study & { readonly measurements: number }>[] = [
  { name: "ID", title: "ID", value: ({ id }) => id },
  { name: "Name", title: "Name", value: ({ name }) => name, flexible: true },
  { name: "Description", value: ({ description }) => description },
  { name: "Measurements", title: "Measured", value: ({ measurements }) => measurements, right: true },
  created(),
];

function created<Row extends { readonly createdAtMs: number }>(): Column<Row> {
  return {
    name: "Created",
    title: "Created (UTC)",
    value: ({ createdAtMs }) => isoTime(createdAtMs / 1000),
    shown: ({ createdAtMs }) => utcMinute(createdAtMs / 1000),
  };
}

/** Each takes its argument, "" when it has none, and gives the exit status. */
export const ADMIN_COMMANDS = {
  addLicence: (_argument: string, options: LicenceOptions) =>
    withAdmin(
      options,
      async (admin, signal) => {
        const key = options.keyStdin === true ? await secretOf("Licence key", signal) : undefined;
        const { name = "licence", deviceSlots, expires: lastDay } = options;
        const added = admin.addLicence({ key: key?.trim(), name, deviceSlots, lastDay });
        if (options.json) {
          print(jsonOf(added));
          return;
        }
        tell(`Licence ${added.id} was added.`);
        if (added.key !== undefined) tell(`Its key, shown this once: ${added.key}`);
      },
      true,
    ),

  listLicences: (_argument: string, options: AdminOptions) =>
    withAdmin(options, (admin) => list(options, LICENCES, admin.licences(), "No licences.")),

  removeLicence: (id: string, options: RemoveOptions) =>
    withAdmin(options, (admin) => {
      admin.removeLicence(id, options.withMeasurements ?? false);
      tell(`Licence ${id} was removed.`);
    }),

  addUser: (email: string, options: UserOptions) =>
    withAdmin(
      options,
      async (admin, signal) => {
        if (options.passwordStdin !== true && !process.stdin.isTTY) {
          throw new AppError("USAGE", "there is no terminal to ask for the password: give it with --password-stdin");
        }
        const id = await admin.addUser(options.licence, email.trim(), await secretOf("Password", signal));
        if (options.json) print(jsonOf({ id, email: email.trim() }));
        else tell(`User ${email.trim()} was added (${id}).`);
      },
      true,
    ),

  listUsers: (_argument: string, options: AdminOptions) =>
    withAdmin(options, (admin) => list(options, USERS, admin.users(), "No users.")),

  removeUser: (idOrEmail: string, options: RemoveOptions) =>
    withAdmin(options, (admin) => {
      admin.removeUser(idOrEmail, options.withMeasurements ?? false);
      tell(`User ${idOrEmail} was removed.`);
    }),

  addStudy: (path: string, options: StudyOptions) =>
    withAdmin(
      options,
      (admin) => {
        const { id, name, description } = options;
        const wish = { ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) };
        const study = admin.addStudy(path, { ...wish, ...(description === undefined ? {} : { description }) });
        if (options.json) print(jsonOf({ id: study.id, name: study.name }));
        else tell(`Study ${study.name} was added (${study.id}).`);
      },
      true,
    ),

  listStudies: (_argument: string, options: AdminOptions) =>
    withAdmin(options, (admin) => list(options, STUDIES, admin.studies(), "No studies.")),

  removeStudy: (id: string, options: AdminOptions) =>
    withAdmin(options, (admin) => {
      admin.removeStudy(id);
      tell(`Study ${id} was removed.`);
    }),
} as const;

async function withAdmin(
  { db }: AdminOptions,
  work: (admin: Admin, signal: AbortSignal) => Promise<void> | void,
  mayMake = false,
): Promise<number> {
  return await interruptible(async (signal) => {
    const admin = Admin.open(db ?? storePath(defaultStateDir(process.env, process.platform)), mayMake);
    try {
      await work(admin, signal);
      return 0;
    } finally {
      admin.close();
    }
  });
}

/** From a pipe its first line; at a terminal it is asked for without echo. */
async function secretOf(label: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return (await linesOf(stdin, [label.toLowerCase()]))[0] ?? "";
  const [answer = ""] = await askAll([{ label, secret: true }], stdin, (text) => void stderr.write(text), signal);
  return answer;
}

function list<Row>(options: OutputOptions, columns: readonly Column<Row>[], rows: readonly Row[], none: string): void {
  if (options.json) print(jsonOf(rows));
  else if (options.csv) print(csvOf(columns, rows));
  else print(rows.length === 0 ? `${none}\n` : tableOf(columns, rows, outputWidth()));
}

/** The store has the first moment at which it is over. */
function lastDayOf(expiresAtMs: number): string {
  return new Date(expiresAtMs - 1).toISOString().slice(0, 10);
}

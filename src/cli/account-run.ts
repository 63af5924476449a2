import { AccountDesk } from "../app/account-desk.js";
import type { Identity } from "../app/account-identity.js";
import { AppError } from "../domain/errors.js";
import { printable } from "../domain/printable.js";
import { type AccountOptions, given, serverWish } from "./account-options.js";
import { configDir } from "./config-dir.js";
import { interruptible } from "./interruptible.js";
import { patiently } from "./patience.js";
import { type Column, cleaned, csvOf, detailsOf, jsonOf, tableOf } from "./records.js";
import { defaultStateDir } from "./state-dir.js";

/** How records are written. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/**
 * Runs an account command: opens the desk, gives it to `work`, closes it, and gives the exit status. Says when the server
 * keeps it waiting; with `asks`, when people may do so instead, that is left to `work`.
 */
export async function atDesk(
  options: AccountOptions,
  identity: Identity,
  work: (desk: AccountDesk, signal: AbortSignal) => Promise<number | void>,
  more: { readonly deviceName?: string | undefined; readonly ownStateDir?: string; readonly asks?: boolean } = {},
): Promise<number> {
  return await interruptible(async (signal) => {
    const desk = await AccountDesk.open({
      configDir: configDir(options, process.env),
      server: serverWish(options, process.env),
      identity,
      deviceName: more.deviceName,
      ownStateDir: more.ownStateDir,
      signal,
      onNotice: say,
    });
    try {
      const run = async (): Promise<number> => (await work(desk, signal)) ?? 0;
      return more.asks === true ? await run() : await askingServer(desk, run);
    } finally {
      await desk.close();
    }
  });
}

/**
 * Runs a command that reads or changes records. At the server `local`, without a login there, they are those of this
 * computer's own measurements.
 */
export async function atRecords(options: RecordOptions, work: (desk: AccountDesk) => Promise<void>): Promise<number> {
  const ownStateDir = options.stateDir ?? defaultStateDir(process.env, process.platform);
  return await atDesk(options, identityOf(options, process.env), work, { ownStateDir });
}

/** Waits for a server, and says so. */
export async function askingServer<Result>(desk: AccountDesk, work: () => Promise<Result>): Promise<Result> {
  return await patiently(`waiting for server ${cleaned(desk.server.address.name)}`, work);
}

/** Who the options and the environment say. */
export function identityOf(options: AccountOptions, env: NodeJS.ProcessEnv): Identity {
  return {
    licenseKey: given(env["DFXTERM_LICENSE_KEY"])?.trim(),
    email: (options.email ?? given(env["DFXTERM_EMAIL"]))?.trim(),
    password: given(env["DFXTERM_PASSWORD"]),
  };
}

/** One line for people, beside the output. */
export function say(text: string): void {
  process.stderr.write(`dfxterm: ${cleaned(text)}\n`);
}

/** A sentence of the output; names in it may be a server's. */
export function tell(sentence: string): void {
  print(`${cleaned(sentence)}\n`);
}

/** Output that is fit for a terminal already. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Width of the terminal; 80 where there is none. */
export function outputWidth(): number {
  return process.stdout.isTTY ? Math.max(40, process.stdout.columns) : 80;
}

export interface RecordOptions extends AccountOptions, OutputOptions {
  readonly stateDir?: string;
}

/** Which rows of a list. */
export interface PageOptions {
  readonly limit: number;
  readonly offset: number;
}

/** A part of a list in the form that was asked for. */
export function printPage<Row>(
  { json, csv, limit, offset }: OutputOptions & PageOptions,
  columns: readonly Column<Row>[],
  { rows, total }: { readonly rows: readonly Row[]; readonly total: number | undefined },
  nothing: string,
): void {
  if (json) print(jsonOf(rows));
  else if (csv) print(csvOf(columns, rows));
  else if (rows.length === 0) print(`${nothing}\n`);
  else print(tableOf(columns, rows, outputWidth()) + pageLine(rows.length, offset, limit, total));
}

/** One record in the form that was asked for; people see every key that has a plain value. */
export function printRecord<Row extends object>(
  { json, csv }: OutputOptions,
  columns: readonly Column<Row>[],
  row: Row,
): void {
  if (json) print(jsonOf(row));
  else if (csv) print(csvOf(columns, [row]));
  else print(detailsOf(pairsOf(columns, row), outputWidth()));
}

function pairsOf<Row extends object>(columns: readonly Column<Row>[], row: Row): [string, string | number][] {
  const known = new Map(columns.map((column) => [column.name, column]));
  return Object.entries(row).flatMap(([key, value]): [string, string | number][] => {
    const shown = known.get(key)?.shown?.(row);
    if (shown !== undefined) return [[key, shown]];
    if (typeof value === "string" || typeof value === "number") return [[key, value]];
    if (typeof value === "boolean") return [[key, String(value)]];
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? [[key, value.join(", ")]] : [];
  });
}

/** Where in a list the rows are; nothing when they are all there is. */
function pageLine(count: number, offset: number, limit: number, total: number | undefined): string {
  const isMore = total === undefined ? count >= limit : offset + count < total;
  if (offset === 0 && !isMore) return "";
  const of = total === undefined ? "" : ` of ${total}`;
  return `\n${offset + 1}-${offset + count}${of}${isMore ? `; more with --offset ${offset + count}` : ""}\n`;
}

/**
 * IDs become parts of addresses. Those of the service are UUIDs; whatever could lead elsewhere is none.
 * @throws AppError USAGE
 */
export function checkedId(text: string, what: string): string {
  const id = text.trim();
  if (/^[\w-][\w.:-]{0,127}$/.test(id)) return id;
  throw new AppError("USAGE", `"${printable(text).slice(0, 80)}" is not the ID of a ${what}`);
}

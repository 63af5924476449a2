import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";

import { z } from "zod";

import { SERVER_NAMES } from "../api/servers.js";
import { AppError } from "../domain/errors.js";
import { Token } from "../wire/v2-rest.js";
import { type AccountServer, accountServer, type ServerWish } from "./account-server.js";
import { reasonOf } from "./measurement-folder.js";
import {
  type CachedDevice,
  type CachedUser,
  licenceAt,
  licenceHash,
  type Tokens,
  userOf,
  withAnonymous,
  withDevice,
  withUser,
} from "./token-cache.js";

/** The original's file is a few kilobytes; the demo's holds a study configuration, too. */
const BYTES_MAX = 32 * 1024 * 1024;

/** The account of one licence at one server, as another program kept it. */
export interface ImportedAccount {
  readonly server: AccountServer;
  readonly licenseKey: string | undefined;
  readonly device: CachedDevice | undefined;
  readonly users: readonly CachedUser[];
  readonly studyId: string | undefined;
}

export interface ImportedFile {
  readonly accounts: readonly ImportedAccount[];
  /** Names of servers that are not known, and so were left out. */
  readonly unknownServers: readonly string[];
  /** True when others on this computer can read the tokens in it. */
  readonly isOpen: boolean;
}

/** What the demo's file does not say. */
export interface ImportHints {
  readonly server: ServerWish;
  readonly licenseKey: string | undefined;
  readonly email: string | undefined;
}

const Text = z.string().catch("");
const DemoConfig = z.object({
  device_id: Text,
  device_token: Text,
  device_refresh_token: Text,
  user_id: Text,
  user_token: Text,
  user_refresh_token: Text,
  selected_study: Text,
  rest_url: Text,
  ws_url: Text,
});

/**
 * Reads the token file of SimpleClient (`example.config`: server, licence, e-mail) or of the version 2 demo
 * (`config.json`: flat).
 * @throws AppError FILE when it is neither or holds no token; USAGE for an address that cannot be used, or that cannot
 *   stand for several servers.
 */
export async function readImport(path: string, hints: ImportHints): Promise<ImportedFile> {
  const { text, isOpen } = await textOf(path);
  const root = recordIn(jsonOf(text));
  if (root === undefined) throw notTokens(path, "it is no JSON object");
  const isFlat = ["device_token", "user_token"].some((key) => typeof root.get(key) === "string");
  const { accounts, unknownServers } = isFlat ? flat(root, hints) : nested(root, hints.server);
  if (accounts.length === 0 && unknownServers.length === 0) throw notTokens(path, "it holds no token");
  return { accounts, unknownServers, isOpen };
}

/** Adds an account; what the cache already has is newer, for it was renewed, and stays. */
export function withImported(tokens: Tokens, account: ImportedAccount): { tokens: Tokens; added: CachedUser[] } {
  const place = { serverKey: account.server.key, licenceHash: hashOf(tokens, account) };
  const before = licenceAt(tokens, place);
  let next = tokens;
  if (before?.device === undefined && account.device !== undefined && !before?.users.length) {
    next = withDevice(next, place, account.device);
  }
  const added = account.users.filter(({ email }) => userOf(before, email) === undefined);
  for (const user of added) next = withUser(next, place, user);
  if (account.users.length === 0 && before === undefined) next = withAnonymous(next, place, true);
  return { tokens: next, added };
}

function hashOf(tokens: Tokens, { licenseKey, device, users }: ImportedAccount): string {
  if (licenseKey !== undefined) return licenceHash(tokens, licenseKey);
  const token = device?.token ?? users[0]?.token ?? "";
  return `imported-${createHash("sha256").update(token).digest("hex").slice(0, 16)}`;
}

/**
 * `{"prod": {"<licence>": {"device_token": "...", "<e-mail>": {"user_token": "..."}}}}`
 * @param wish an address takes the place of the only server in the file: its name may have stood for another one.
 */
function nested(
  root: ReadonlyMap<string, unknown>,
  wish: ServerWish,
): Pick<ImportedFile, "accounts" | "unknownServers"> {
  const accounts: ImportedAccount[] = [];
  const unknownServers: string[] = [];
  const found = [...root].flatMap(([name, licences]) => {
    const entries = [...(recordIn(licences) ?? [])];
    return entries.length === 0 ? [] : [{ name, entries }];
  });
  if (wish.restUrl !== undefined && found.length > 1) {
    throw new AppError("USAGE", `the file has logins of ${found.length} servers: import it without an address`);
  }
  for (const { name, entries } of found) {
    if (wish.restUrl === undefined && !SERVER_NAMES.includes(name.toLowerCase())) {
      unknownServers.push(name);
      continue;
    }
    const server = accountServer(wish.restUrl === undefined ? { server: name, api: "v1" } : { ...wish, api: "v1" });
    for (const [licenseKey, value] of entries) {
      const fields = recordIn(value) ?? new Map<string, unknown>();
      const users = [...fields].flatMap(([email, user]) => {
        const token = recordIn(user)?.get("user_token");
        return isToken(token) ? [{ email, token }] : [];
      });
      const deviceToken = fields.get("device_token");
      const device = isToken(deviceToken) ? { token: deviceToken } : undefined;
      if (device || users.length > 0) accounts.push({ server, licenseKey, device, users, studyId: undefined });
    }
  }
  return { accounts, unknownServers };
}

function flat(
  root: ReadonlyMap<string, unknown>,
  hints: ImportHints,
): Pick<ImportedFile, "accounts" | "unknownServers"> {
  const fields = DemoConfig.parse(Object.fromEntries(root));
  const hasAddress = fields.rest_url !== "" && hints.server.server === undefined && hints.server.restUrl === undefined;
  const wish = hasAddress
    ? { restUrl: fields.rest_url, wsUrl: fields.ws_url === "" ? undefined : fields.ws_url }
    : hints.server;
  const server = accountServer({ ...wish, plainAllowed: hints.server.plainAllowed, api: "v2" });
  const device = isToken(fields.device_token) ? pairOf(fields.device_token, fields.device_refresh_token) : undefined;
  const user = isToken(fields.user_token) ? pairOf(fields.user_token, fields.user_refresh_token) : undefined;
  if (!device && !user) return { accounts: [], unknownServers: [] };
  const email = hints.email ?? (fields.user_id === "" ? "imported user" : fields.user_id);
  const account: ImportedAccount = {
    server,
    licenseKey: hints.licenseKey,
    device: device && { ...device, ...(fields.device_id !== "" && { id: fields.device_id }) },
    users: user ? [{ ...user, email }] : [],
    studyId: fields.selected_study.trim() === "" ? undefined : fields.selected_study.trim(),
  };
  return { accounts: [account], unknownServers: [] };
}

function pairOf(token: string, refreshToken: string): { token: string; refreshToken?: string } {
  return refreshToken === "" ? { token } : { token, refreshToken };
}

function isToken(value: unknown): value is string {
  return Token.safeParse(value).success;
}

/** Own keys only; a Map, because a file may well have a key called "__proto__". */
function recordIn(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

async function textOf(path: string): Promise<{ text: string; isOpen: boolean }> {
  try {
    const { size, mode } = await stat(path);
    if (size > BYTES_MAX) throw notTokens(path, "it is too large");
    return { text: await readFile(path, "utf8"), isOpen: (mode & 0o077) !== 0 };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("FILE", `${path} cannot be read (${reasonOf(error)})`);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notTokens(path: string, reason: string): AppError {
  return new AppError(
    "FILE",
    `${path} is neither the original's example.config nor the version 2 demo's config.json: ${reason}`,
  );
}

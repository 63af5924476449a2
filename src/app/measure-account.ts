import type { SessionOptions } from "../api/connection.js";
import { type ServerAddress, serverAddress } from "../api/servers.js";
import { AppError } from "../domain/errors.js";
import type { ApiVersion } from "../domain/measurement-terms.js";
import { Account } from "./account.js";
import { type Identity, sessionFor } from "./account-identity.js";
import { type AccountServer, accountServer, serverOptions } from "./account-server.js";
import { configFile, selectedStudy } from "./config.js";
import type { OwnServer } from "./own-server.js";
import type { MeasureSettings } from "./settings.js";
import { memoryOfTokens, tokenFile } from "./token-cache.js";

/** Where and as whom a measurement is made, and in which study. */
export interface MeasuringParty {
  readonly address: ServerAddress;
  readonly access: SessionOptions["access"];
  readonly studyId: string;
  close(): void;
}

export interface PartyEvents {
  step(text: string): void;
  notice(text: string): void;
}

/** The only user of a server of our own. */
export function ownParty({ server, account }: OwnServer): MeasuringParty {
  const { restUrl, wsUrl } = server;
  const address = serverAddress({ restUrl, wsUrl, name: "local" });
  return { address, access: account, studyId: account.studyId, close: () => undefined };
}

/**
 * Signs in to the chosen server: with the tokens of the cache where they are good, else with the account that was given.
 * @throws AppError AUTH, NETWORK, SERVER, WIRE, FILE, USAGE, CANCELLED.
 */
export async function signedInParty(
  settings: MeasureSettings,
  events: PartyEvents,
  signal: AbortSignal,
): Promise<MeasuringParty> {
  const server = serverOf(settings);
  const studyId = await studyOf(settings, server);
  const account = accountOf(settings, server, events, signal);
  try {
    await account.signIn();
  } catch (error) {
    account.close();
    throw error;
  }
  return { address: server.address, access: account, studyId, close: () => account.close() };
}

/**
 * Whether the cache has a login for this identity at the server `local`, a `dfxterm serve` on this computer; without one
 * it is a server of our own.
 * @throws AppError FILE
 */
export async function hasLocalLogin(configDir: string, identity: Identity, api?: ApiVersion): Promise<boolean> {
  const tokens = await tokenFile(configDir).read();
  return sessionFor(identity, tokens, accountServer({ server: "local", api })) !== undefined;
}

/**
 * Refuses what cannot work before anything is opened: a server without an account or without a study.
 * @throws AppError USAGE, FILE.
 */
export async function checkParty(settings: MeasureSettings): Promise<void> {
  if (settings.server.kind === "own") return;
  const server = serverOf(settings);
  const { licenseKey, email, password } = settings.account ?? {};
  if (licenseKey === undefined || email === undefined || password === undefined) {
    const events = { step: () => undefined, notice: () => undefined };
    const account = accountOf(settings, server, events, new AbortController().signal);
    const isKnown = await account.isKnown();
    account.close();
    if (!isKnown) {
      throw new AppError(
        "USAGE",
        `this server needs an account: run "dfxterm login ${serverOptions(server)}", or give one (dfxterm help measure)`,
      );
    }
  }
  await studyOf(settings, server);
}

async function studyOf({ account, tokens }: MeasureSettings, server: AccountServer): Promise<string> {
  if (account?.studyId !== undefined) return account.studyId;
  const selected = selectedStudy(await configFile(tokens.configDir).read(), server.key);
  if (selected !== undefined) return selected.id;
  throw new AppError(
    "USAGE",
    `no study is chosen: give --study-id, set DFXTERM_STUDY_ID or run "dfxterm studies select <id> ${serverOptions(server)}"`,
  );
}

function accountOf(
  { account, tokens }: MeasureSettings,
  server: AccountServer,
  events: PartyEvents,
  signal: AbortSignal,
): Account {
  const identity: Identity = { ...account, mayCreate: true };
  return new Account(server, identity, {
    file: tokens.isCached ? tokenFile(tokens.configDir) : memoryOfTokens(),
    signal,
    onStep: (text) => events.step(text),
    onNotice: (text) => events.notice(text),
  });
}

function serverOf({ server, api }: MeasureSettings): AccountServer {
  switch (server.kind) {
    case "named":
      return accountServer({ server: server.name, api });
    case "urls":
      return accountServer({ ...server, api });
    case "own":
      throw new Error("the own server has its own account");
  }
}

import { existsSync } from "node:fs";

import { serverAddress } from "../api/servers.js";
import { type Identity, sessionFor } from "./account-identity.js";
import { type AccountServer, accountServer, type ServerWish } from "./account-server.js";
import { storePath } from "./server-defaults.js";
import { memoryOfTokens, type TokenFile, tokenFile } from "./token-cache.js";

/** The records of what this computer measured without an account. */
export interface OwnAccount {
  readonly server: AccountServer;
  readonly identity: Identity;
  readonly file: TokenFile;
  close(): Promise<void>;
}

interface Asked {
  readonly wish: ServerWish;
  readonly identity: Identity;
  readonly configDir: string;
  readonly stateDir: string;
  readonly onNotice: (text: string) => void;
}

/**
 * Opens the store of the state folder for whoever asks for the server `local` and has no login there: `measure` without
 * an account has put its measurements there, and its server ended with it.
 * @returns undefined when another server is meant, somebody is logged in there, or nothing was measured yet.
 * @throws AppError FILE
 */
export async function openOwnAccount({
  wish,
  identity,
  configDir,
  stateDir,
  onNotice,
}: Asked): Promise<OwnAccount | undefined> {
  const { licenseKey, email, password } = identity;
  if (wish.server !== "local" || !existsSync(storePath(stateDir))) return undefined;
  if (licenseKey !== undefined || email !== undefined || password !== undefined) return undefined;
  const named = accountServer(wish);
  if (sessionFor(identity, await tokenFile(configDir).read(), named) !== undefined) return undefined;
  // Loading the server takes a while; most commands talk to another one.
  const { startOwnServer } = await import("./own-server.js");
  const { server, account } = await startOwnServer(stateDir, onNotice);
  const { restUrl, wsUrl } = server;
  return {
    server: { ...named, address: serverAddress({ restUrl, wsUrl, name: "local" }, named.api) },
    identity: { licenseKey: account.licenseKey, email: account.email, password: account.password },
    file: memoryOfTokens(),
    close: async () => await server.close(),
  };
}

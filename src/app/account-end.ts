import { endTokens, renewTokens, tokenState } from "../api/v2-account.js";
import { AppError, type Failure, failureOf } from "../domain/errors.js";
import { Account, type AccountHost } from "./account.js";
import { notLoggedIn } from "./account-identity.js";
import type { AccountServer } from "./account-server.js";
import {
  type CachedLicence,
  licencesOf,
  type TokenPair,
  userOf,
  withAnonymous,
  withoutLicence,
  withoutUser,
} from "./token-cache.js";

/** What a log-out came to. */
export interface LoggedOut {
  readonly email: string | undefined;
  readonly device: boolean;
  /** Why the server could not be told; undefined when it was, or need not be. */
  readonly untold: Failure | undefined;
}

/**
 * Logs a user out: at the server where that is possible (version 2), and in the cache always.
 * @param device true to free the device's place in the licence, too; its users are logged out by that.
 * @throws AppError AUTH when nobody is logged in, USAGE for a device at version 1, FILE, CANCELLED.
 */
export async function logOut(
  server: AccountServer,
  { email, device }: { readonly email: string | undefined; readonly device: boolean },
  host: AccountHost,
): Promise<LoggedOut> {
  if (device && server.api === "v1") {
    throw new AppError("USAGE", "version 1 of the API cannot free a device: do it where the licence is managed");
  }
  return await host.file.exclusively(host.signal, async (editor) => {
    const licence = licenceOfUser(licencesOf(editor.value, server.key), email);
    if (licence === undefined) throw notLoggedIn(server, email);
    const user = userOf(licence, email ?? licence.current ?? "");
    const place = { serverKey: server.key, licenceHash: licence.hash };
    if (user === undefined && !device) {
      if (licence.anonymous !== true) throw notLoggedIn(server, email);
      await editor.save(withAnonymous(editor.value, place, false));
      return { email: undefined, device, untold: undefined };
    }
    const tokens = device ? licence.device : user;
    const untold =
      server.api === "v1" || !tokens ? undefined : await told(server, device ? "device" : "user", tokens, host);
    await editor.save(
      device ? withoutLicence(editor.value, place) : withoutUser(editor.value, place, user?.email ?? ""),
    );
    return { email: user?.email, device, untold };
  });
}

function licenceOfUser(licences: readonly CachedLicence[], email: string | undefined): CachedLicence | undefined {
  return email === undefined ? licences[0] : licences.find((licence) => userOf(licence, email) !== undefined);
}

async function told(
  server: AccountServer,
  what: "user" | "device",
  tokens: TokenPair,
  host: AccountHost,
): Promise<Failure | undefined> {
  const account = new Account(server, {}, host);
  account.onSecret(tokens.token);
  try {
    await endTokens(what, await usable(what, tokens, account), account.context);
    return undefined;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === "CANCELLED") throw error;
    return failure;
  } finally {
    account.close();
  }
}

/** An expired user token needs no log-out; a device can only be freed with a token that is good. */
async function usable(what: "user" | "device", tokens: TokenPair, account: Account): Promise<string> {
  if (what === "user" || tokens.refreshToken === undefined) return tokens.token;
  const state = await tokenState(tokens.token, "v2", account.context);
  if (state.kind !== "expired") return tokens.token;
  const renewal = await renewTokens({ token: tokens.token, refreshToken: tokens.refreshToken }, account.context);
  return renewal.kind === "renewed" ? renewal.grant.token : tokens.token;
}

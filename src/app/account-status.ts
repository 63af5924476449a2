import { emailOf } from "../api/v2-account.js";
import { type Failure, failureOf } from "../domain/errors.js";
import type { Account, AccountHost } from "./account.js";
import type { Identity } from "./account-identity.js";
import { type Config, selectedStudy } from "./config.js";
import { licencesOf, type TokenPair, userOf } from "./token-cache.js";

/** What `dfxterm status` tells, for people and for programs. */
export interface AccountStatus {
  readonly server: { readonly name: string; readonly url: string; readonly api: string };
  /** What the server says of itself; null when it cannot be reached or, as in version 1, says nothing. */
  readonly service: { readonly status: string; readonly version: string | null; readonly region: string | null } | null;
  readonly user: string | null;
  readonly device: { readonly registered: boolean; readonly id: string | null };
  readonly token: {
    /** Unknown: the server could not be asked. */
    readonly state: "valid" | "refused" | "unknown" | "none";
    /** ISO time; null when the token does not end, or nobody knows. */
    readonly expires: string | null;
    readonly renewable: boolean;
  };
  readonly study: { readonly id: string; readonly name: string | null } | null;
}

/** A status, and what stood in the way of a complete one. */
export interface StatusReport {
  readonly status: AccountStatus;
  readonly failure: Failure | undefined;
}

/**
 * Who is logged in at a server and whether the login is good; an expired one is renewed, as by every other command.
 * What is known here is told even when the server cannot be reached.
 * @throws AppError FILE, CANCELLED.
 */
export async function accountStatus(
  account: Account,
  identity: Identity,
  host: AccountHost,
  config: Config,
): Promise<StatusReport> {
  let failure: Failure | undefined;
  try {
    await account.signIn();
  } catch (error) {
    failure = failureOf(error);
    if (failure.code === "CANCELLED" || failure.code === "FILE") throw error;
  }
  const { server, status: service } = account;
  const licences = licencesOf(await host.file.read(), server.key);
  const licence = licences.find(({ hash }) => hash === account.place?.licenceHash) ?? licences[0];
  const email = account.email ?? identity.email ?? licence?.current;
  const pair = (email === undefined ? undefined : userOf(licence, email)) ?? anonymousPair(licence);
  const study = selectedStudy(config, server.key);
  const status: AccountStatus = {
    server: { name: server.address.name, url: server.address.restUrl, api: server.api },
    service: service
      ? { status: service.StatusID, version: service.Version ?? null, region: service.Region ?? null }
      : null,
    user: pair && email !== undefined ? await emailShown(email, account, failure) : null,
    device: { registered: licence?.device !== undefined, id: licence?.device?.id ?? null },
    token: {
      state: pair === undefined ? "none" : stateAfter(failure),
      expires: pair === undefined ? null : expiryOf(pair, account),
      renewable: pair?.refreshToken !== undefined,
    },
    study: study ? { id: study.id, name: study.name ?? null } : null,
  };
  return { status, failure };
}

function stateAfter(failure: Failure | undefined): "valid" | "refused" | "unknown" {
  if (failure === undefined) return "valid";
  return failure.code === "AUTH" ? "refused" : "unknown";
}

function anonymousPair(licence: ReturnType<typeof licencesOf>[number] | undefined): TokenPair | undefined {
  return licence?.anonymous === true ? licence.device : undefined;
}

/** Imported tokens may come without an address; the server knows it. */
async function emailShown(email: string, account: Account, failure: Failure | undefined): Promise<string> {
  if (email.includes("@") || failure !== undefined) return email;
  return (await emailOf(account.token, account.context).catch(() => undefined)) ?? email;
}

function expiryOf({ token }: TokenPair, account: Account): string | null {
  const atS = account.facts?.exp ?? claimedExpiryS(token);
  return typeof atS === "number" && Math.abs(atS) <= 8.64e12 ? new Date(atS * 1000).toISOString() : null;
}

/** The end that a JSON Web Token (RFC 7519, 4.1.4) carries; nothing is decided by it. */
function claimedExpiryS(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return claims !== null && typeof claims === "object" && "exp" in claims && typeof claims.exp === "number"
      ? claims.exp
      : undefined;
  } catch {
    return undefined;
  }
}

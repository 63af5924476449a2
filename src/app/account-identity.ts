import { AppError } from "../domain/errors.js";
import type { Session } from "./account-enrolment.js";
import { type AccountServer, serverOptions } from "./account-server.js";
import {
  type CachedLicence,
  licenceAt,
  licenceHash,
  licencesOf,
  type TokenPair,
  type Tokens,
  userOf,
  withoutLicence,
  withoutUser,
} from "./token-cache.js";

/** Who somebody wants to be. What is absent comes from the cache. */
export interface Identity {
  readonly licenseKey?: string | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  /** An unknown e-mail address becomes a new user, as in the original. */
  readonly mayCreate?: boolean;
  /** The device without a user: version 2 measures anonymously with it. */
  readonly deviceOnly?: boolean;
}

/** The licence that the cache has for an identity: its own, else that of its user, else the one used last. */
export function licenceFor(
  { licenseKey, email }: Identity,
  tokens: Tokens,
  { key }: AccountServer,
): CachedLicence | undefined {
  const licences = licencesOf(tokens, key);
  if (licenseKey !== undefined) return licences.find(({ hash }) => hash === licenceHash(tokens, licenseKey));
  const withUserOfThatName = licences.find((licence) => email !== undefined && userOf(licence, email) !== undefined);
  return withUserOfThatName ?? licences[0];
}

/** The tokens that the cache has for an identity; undefined when it has none. */
export function sessionFor(identity: Identity, tokens: Tokens, server: AccountServer): Session | undefined {
  const licence = licenceFor(identity, tokens, server);
  if (licence === undefined) return undefined;
  const place = { serverKey: server.key, licenceHash: licence.hash };
  const { email = licence.current, deviceOnly = false } = identity;
  if (!deviceOnly && email !== undefined) {
    const user = userOf(licence, email);
    return user && { place, email: user.email, pair: user };
  }
  const { device, anonymous = false } = licence;
  return device && (deviceOnly || anonymous) ? { place, email: undefined, pair: device } : undefined;
}

/** The tokens of a session as they are in the cache now. */
export function pairAt(tokens: Tokens, { place, email }: Session): TokenPair | undefined {
  const licence = licenceAt(tokens, place);
  return email === undefined ? licence?.device : userOf(licence, email);
}

/** The cache without the tokens of a session; those of a device go together with its users'. */
export function withoutSession(tokens: Tokens, { place, email }: Session): Tokens {
  return email === undefined ? withoutLicence(tokens, place) : withoutUser(tokens, place, email);
}

/** For whoever needs a login and has none. */
export function notLoggedIn(server: AccountServer, email: string | undefined): AppError {
  const who = email === undefined ? "" : ` as ${email}`;
  return new AppError(
    "AUTH",
    `You are not logged in to server ${server.address.name}${who}. Run "dfxterm login ${serverOptions(server)}".`,
  );
}

/** For whoever has a login that is over. */
export function loginExpired(server: AccountServer): AppError {
  return new AppError(
    "AUTH",
    `The login at server ${server.address.name} has expired and cannot be renewed. ` +
      `Run "dfxterm login ${serverOptions(server)}".`,
  );
}

import { createHmac, randomBytes } from "node:crypto";

import { z } from "zod";

import { ConfigFile, type Editor } from "./config-file.js";

const Pair = z.object({ token: z.string().min(1), refreshToken: z.string().min(1).optional() });
const User = Pair.extend({ email: z.string() });
const Device = Pair.extend({ id: z.string().optional() });
const Licence = z.object({
  /** Keyed hash of the licence key; "" for tokens that came without one. */
  hash: z.string(),
  device: Device.optional(),
  users: z.array(User),
  /** E-mail address of who logged in last. */
  current: z.string().optional(),
  /** True when the device itself is to be used where no user is logged in. */
  anonymous: z.boolean().optional(),
});
const Server = z.object({
  /** API version and REST address: tokens of one are of no use at another. */
  key: z.string(),
  licences: z.array(Licence),
});
const Tokens = z.object({
  v: z.literal(1),
  /** Key of the licence hashes. It never leaves this file. */
  hashKey: z.string().min(32),
  /** The licence that was used last comes first. */
  servers: z.array(Server),
});

export type TokenPair = z.infer<typeof Pair>;
export type CachedUser = z.infer<typeof User>;
export type CachedDevice = z.infer<typeof Device>;
export type CachedLicence = z.infer<typeof Licence>;
export type Tokens = z.infer<typeof Tokens>;
export type TokenEditor = Editor<Tokens>;
export type TokenFile = Pick<ConfigFile<Tokens>, "read" | "exclusively">;

/** Where an account is in the cache. */
export interface LicencePlace {
  readonly serverKey: string;
  readonly licenceHash: string;
}

export function tokenFile(configDir: string): ConfigFile<Tokens> {
  return new ConfigFile(configDir, "tokens.json", Tokens, noTokens());
}

/** Tokens that end with the process, for `--no-token-cache`. */
export function memoryOfTokens(): TokenFile {
  let value = noTokens();
  return {
    read: () => Promise.resolve(value),
    exclusively: async (_signal, work) =>
      await work({
        get value() {
          return value;
        },
        save: (next) => {
          value = next;
          return Promise.resolve();
        },
      }),
  };
}

function noTokens(): Tokens {
  return { v: 1, hashKey: randomBytes(32).toString("hex"), servers: [] };
}

/** The licence key is needed to register only, so the cache knows it by this hash and never holds it. */
export function licenceHash({ hashKey }: Tokens, licenseKey: string): string {
  return createHmac("sha256", hashKey).update(licenseKey.trim(), "utf8").digest("hex");
}

/** E-mail addresses are the same whatever their case, as the servers see them. */
function sameEmail(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** The licences of a server, the one that was used last first. */
export function licencesOf({ servers }: Tokens, serverKey: string): readonly CachedLicence[] {
  return servers.find(({ key }) => key === serverKey)?.licences ?? [];
}

export function licenceAt(tokens: Tokens, place: LicencePlace): CachedLicence | undefined {
  return licencesOf(tokens, place.serverKey).find(({ hash }) => hash === place.licenceHash);
}

export function userOf(licence: CachedLicence | undefined, email: string): CachedUser | undefined {
  return licence?.users.find((user) => sameEmail(user.email, email));
}

/** A new device: the users that were logged in on the old one are logged out by that. */
export function withDevice(tokens: Tokens, place: LicencePlace, device: CachedDevice): Tokens {
  return withLicence(tokens, place.serverKey, { hash: place.licenceHash, device, users: [] });
}

/** A user who has just logged in. */
export function withUser(tokens: Tokens, place: LicencePlace, user: CachedUser): Tokens {
  const before = licenceAt(tokens, place) ?? { hash: place.licenceHash, users: [] };
  const others = before.users.filter(({ email }) => !sameEmail(email, user.email));
  const { anonymous: _before, ...rest } = before;
  return withLicence(tokens, place.serverKey, { ...rest, users: [user, ...others], current: user.email });
}

/** New tokens for the device or a user; who was there before stays, in the same order. */
export function withRenewed(tokens: Tokens, place: LicencePlace, email: string | undefined, pair: TokenPair): Tokens {
  const renewed = (licence: CachedLicence): CachedLicence => {
    const { device } = licence;
    if (email === undefined) return { ...licence, ...(device && { device: { ...device, ...pair } }) };
    return {
      ...licence,
      users: licence.users.map((user) => (sameEmail(user.email, email) ? { ...user, ...pair } : user)),
    };
  };
  const servers = tokens.servers.map((server) =>
    server.key === place.serverKey
      ? { ...server, licences: server.licences.map((one) => (one.hash === place.licenceHash ? renewed(one) : one)) }
      : server,
  );
  return { ...tokens, servers };
}

/** The device is used itself, or no longer. */
export function withAnonymous(tokens: Tokens, place: LicencePlace, isAnonymous: boolean): Tokens {
  const before = licenceAt(tokens, place);
  if (!before) return tokens;
  const { anonymous: _before, current: _user, ...rest } = before;
  const kept = isAnonymous ? { ...rest, anonymous: true } : rest;
  return withLicence(tokens, place.serverKey, kept);
}

export function withoutUser(tokens: Tokens, place: LicencePlace, email: string): Tokens {
  const before = licenceAt(tokens, place);
  if (!before) return tokens;
  const { current, ...rest } = before;
  const users = before.users.filter((user) => !sameEmail(user.email, email));
  const next = current !== undefined && sameEmail(current, email) ? users[0]?.email : current;
  return withLicence(tokens, place.serverKey, { ...rest, users, ...(next === undefined ? {} : { current: next }) });
}

/** Without the device, and so without its users. */
export function withoutLicence(tokens: Tokens, place: LicencePlace): Tokens {
  const servers = tokens.servers.map((server) =>
    server.key === place.serverKey
      ? { ...server, licences: server.licences.filter(({ hash }) => hash !== place.licenceHash) }
      : server,
  );
  return { ...tokens, servers: servers.filter(({ licences }) => licences.length > 0) };
}

function withLicence(tokens: Tokens, serverKey: string, licence: CachedLicence): Tokens {
  const others = licencesOf(tokens, serverKey).filter(({ hash }) => hash !== licence.hash);
  const server = { key: serverKey, licences: [licence, ...others] };
  return { ...tokens, servers: [server, ...tokens.servers.filter(({ key }) => key !== serverKey)] };
}

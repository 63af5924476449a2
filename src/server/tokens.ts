import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import { invalidToken, licenceExpired, restricted, tokenExpired } from "./refusal.js";
import type { NewToken, StoredToken, TokenTable } from "./store/token-table.js";

/** Whom a token stands for. A device may register users and log them in; a user may measure. */
export interface Holder {
  readonly deviceId: string;
  readonly licenceId: string;
  /** Null: the device alone. */
  readonly userId: string | null;
  readonly api: 1 | 2;
}

/** What a request shows. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** The page or the origin that a browser names; tokens may be tied to one. */
  readonly referer?: string | undefined;
}

/** What a client of version 2 asks for; version 1 asks for nothing. */
export interface TokenWishes {
  readonly tokenSeconds: number | undefined;
  readonly refreshSeconds: number | undefined;
  readonly subject: string;
}

export interface TokenPair {
  readonly token: string;
  readonly refreshToken: string;
}

interface TokenOptions {
  readonly tokensMax: number;
  /** Signs the tokens of version 2. */
  readonly secret: Uint8Array;
  readonly nowMs: () => number;
}

/** 32 random bytes, so that a token cannot be guessed and its hash needs no salt. */
const TOKEN_BYTES = 32;

/** The longest, and what is given when a client of version 2 does not say: what its Python client asks for. */
const TOKEN_SECONDS_MAX = 86_400;
const REFRESH_SECONDS_MAX = 2_592_000;

/** A child token is for handing on; nobody documents how long one lives. */
const CHILD_SECONDS = 300;

/** An ended token is remembered for so long, to say that it ended instead of that it never was. */
const REMEMBERED_MS = 7 * 86_400_000;

/**
 * Tokens of both versions. Of version 1: random, without an end. Of version 2: JWTs that end, with a refresh token that works
 * once. Only their SHA-256 is kept, and looked up by it, so neither a copy of the store nor the time of a look-up tells a
 * token, and every token can be taken back. Beyond `tokensMax` the one that was not used for the longest time ends.
 */
export class TokenStore {
  readonly #table: TokenTable;
  readonly #options: TokenOptions;

  constructor(table: TokenTable, options: TokenOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** @param wishes undefined for version 1. */
  issue(holder: Omit<Holder, "api">, licenceExpiresAtMs: number | null, wishes: TokenWishes | undefined): TokenPair {
    const { row, pair } = wishes ? this.#jwtPair(holder, licenceExpiresAtMs, wishes) : this.#plain(holder);
    this.#table.add(row, this.#options.tokensMax);
    this.#table.deleteEnded(this.#options.nowMs() - REMEMBERED_MS);
    return pair;
  }

  /** @throws Refusal INVALID_TOKEN, TOKEN_EXPIRED, LICENSE_EXPIRED, RESTRICTED */
  holderOf(credentials: Credentials): Holder {
    return this.#checked(credentials);
  }

  /**
   * What a token says of itself, as the answer to GET /auth has it.
   * @throws Refusal as `holderOf`.
   */
  facts(credentials: Credentials): Record<string, unknown> {
    return claimsOf(this.#checked(credentials));
  }

  /**
   * Exchanges a pair for a new one; the old one ends.
   * @throws Refusal INVALID_TOKEN, TOKEN_EXPIRED, LICENSE_EXPIRED
   */
  renew(pair: TokenPair, refreshSeconds: number | undefined): TokenPair {
    const old = this.#pairOf(pair);
    const tokenSeconds = old.expiresAtMs === null ? undefined : (old.expiresAtMs - old.issuedAtMs) / 1000;
    const wishes = { tokenSeconds, refreshSeconds, subject: old.subject };
    const { row, pair: fresh } = this.#jwtPair(old, old.licenceExpiresAtMs, wishes);
    if (!this.#table.replace(old.hash, row)) throw invalidToken();
    return fresh;
  }

  /**
   * A token for the same holder that ends soon and cannot be renewed.
   * @throws Refusal INVALID_TOKEN, TOKEN_EXPIRED, LICENSE_EXPIRED
   */
  child(pair: TokenPair, seconds: number | undefined): string {
    const parent = this.#pairOf(pair);
    const nowMs = this.#options.nowMs();
    if (parent.expiresAtMs !== null && parent.expiresAtMs <= nowMs) throw tokenExpired();
    const asked = { tokenSeconds: seconds ?? CHILD_SECONDS, refreshSeconds: undefined, subject: parent.subject };
    const { row, pair: child } = this.#jwtPair(parent, parent.expiresAtMs, asked);
    this.#table.add({ ...row, refreshHash: null, refreshExpiresAtMs: null }, this.#options.tokensMax);
    return child.token;
  }

  /** Ends a token and the refresh token with it. */
  end(credentials: Credentials): void {
    this.#table.delete(this.#checked(credentials).hash);
  }

  #checked({ authorization, referer }: Credentials): StoredToken {
    const text = bearerToken(authorization);
    const token = text === undefined ? undefined : this.#table.use(sha256(text));
    if (!token) throw invalidToken();
    const nowMs = this.#options.nowMs();
    if (token.expiresAtMs !== null && token.expiresAtMs <= nowMs) throw tokenExpired();
    this.#refuseEndedLicence(token);
    if (token.subject !== "" && hostOf(referer) !== token.subject) throw restricted();
    return token;
  }

  /** The token of a pair that belongs together and can still be renewed, whether the token itself ended or not. */
  #pairOf({ token: text, refreshToken }: TokenPair): StoredToken {
    const token = this.#table.use(sha256(text));
    if (!token?.refreshHash || !sameHash(token.refreshHash, sha256(refreshToken))) throw invalidToken();
    if ((token.refreshExpiresAtMs ?? 0) <= this.#options.nowMs()) throw tokenExpired();
    this.#refuseEndedLicence(token);
    return token;
  }

  #refuseEndedLicence({ licenceExpiresAtMs }: StoredToken): void {
    if (licenceExpiresAtMs !== null && licenceExpiresAtMs <= this.#options.nowMs()) throw licenceExpired();
  }

  /** With a refresh token too, for clients of version 2 that do not say that they are; version 1 ignores it. */
  #plain({ deviceId, userId }: Omit<Holder, "api">): { row: NewToken; pair: TokenPair } {
    const [token, refreshToken] = [randomText(), randomText()];
    const issuedAtMs = this.#options.nowMs();
    const refreshExpiresAtMs = issuedAtMs + REFRESH_SECONDS_MAX * 1000;
    const hashes = { hash: sha256(token), refreshHash: sha256(refreshToken) };
    const ends = { issuedAtMs, expiresAtMs: null, refreshExpiresAtMs };
    return { row: { ...hashes, ...ends, deviceId, userId, api: 1, subject: "" }, pair: { token, refreshToken } };
  }

  #jwtPair(
    { deviceId, licenceId, userId }: Omit<Holder, "api">,
    endsAtMs: number | null,
    wishes: TokenWishes,
  ): { row: NewToken; pair: TokenPair } {
    const issuedAtMs = this.#options.nowMs();
    const until = (seconds: number | undefined, max: number): number =>
      Math.min(issuedAtMs + Math.min(seconds ?? max, max) * 1000, endsAtMs ?? Number.POSITIVE_INFINITY);
    const expiresAtMs = until(wishes.tokenSeconds, TOKEN_SECONDS_MAX);
    const claims = claimsOf({ deviceId, licenceId, userId, issuedAtMs, expiresAtMs });
    const token = signed({ ...claims, jti: randomText() }, this.#options.secret);
    const refreshToken = randomText();
    const row: NewToken = {
      hash: sha256(token),
      deviceId,
      userId,
      api: 2,
      issuedAtMs,
      expiresAtMs,
      subject: wishes.subject,
      refreshHash: sha256(refreshToken),
      refreshExpiresAtMs: until(wishes.refreshSeconds, REFRESH_SECONDS_MAX),
    };
    return { row, pair: { token, refreshToken } };
  }
}

type Claims = Pick<StoredToken, "deviceId" | "licenceId" | "userId" | "issuedAtMs" | "expiresAtMs">;

/** Times in seconds since 1970, as JWTs have them (RFC 7519); the other names are the protocol's. */
function claimsOf({ deviceId, licenceId, userId, issuedAtMs, expiresAtMs }: Claims): Record<string, unknown> {
  return {
    ID: userId ?? deviceId,
    OrganizationID: licenceId,
    DeviceID: deviceId,
    Type: userId === null ? "Device" : "User",
    RoleID: userId === null ? "DEVICE" : "USER",
    SessionGen: 0,
    Region: "local",
    iss: "dfxterm",
    iat: Math.floor(issuedAtMs / 1000),
    ...(expiresAtMs === null ? {} : { exp: Math.floor(expiresAtMs / 1000) }),
  };
}

/** A JWT with HS256 (RFC 7515). */
function signed(claims: Record<string, unknown>, secret: Uint8Array): string {
  const content = `${jwtPart({ alg: "HS256", typ: "JWT" })}.${jwtPart(claims)}`;
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

function jwtPart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** The token in an Authorization header. Published clients send it with and without "Bearer ". */
function bearerToken(header: string | undefined): string | undefined {
  const token = header?.replace(/^Bearer +/i, "").trim();
  return token === "" ? undefined : token;
}

function hostOf(referer: string | undefined): string {
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).host : "";
}

function randomText(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

function sameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

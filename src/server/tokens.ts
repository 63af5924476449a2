import { createHash, randomBytes } from "node:crypto";

import type { StoredToken, TokenTable } from "./store/token-table.js";

/** Whom a token stands for. A device may register users and log them in; a user may measure. */
export type Holder =
  | { readonly kind: "device"; readonly deviceId: string; readonly licenceId: string }
  | { readonly kind: "user"; readonly userId: string; readonly deviceId: string; readonly licenceId: string };

/** 32 random bytes, so that a token cannot be guessed and its hash needs no salt. */
const TOKEN_BYTES = 32;

/**
 * Tokens of version 1: without an end. Only their SHA-256 is kept, and looked up by it, so neither a copy
 * of the store nor the time of a look-up tells a token. Beyond `tokensMax` the one that was not used for
 * the longest time ends.
 */
export class TokenStore {
  readonly #table: TokenTable;
  readonly #tokensMax: number;

  constructor(table: TokenTable, tokensMax: number) {
    this.#table = table;
    this.#tokensMax = tokensMax;
  }

  issue(holder: Holder): string {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const userId = holder.kind === "user" ? holder.userId : null;
    this.#table.add({ hash: sha256(token), deviceId: holder.deviceId, userId, expiresAtMs: null }, this.#tokensMax);
    return token;
  }

  find(token: string): StoredToken | undefined {
    return this.#table.use(sha256(token));
  }
}

export function holderOf({ deviceId, licenceId, userId }: StoredToken): Holder {
  return userId === null ? { kind: "device", deviceId, licenceId } : { kind: "user", userId, deviceId, licenceId };
}

/** The token in an Authorization header. Published clients send it with and without "Bearer ". */
export function bearerToken(header: string | undefined): string | undefined {
  const token = header?.replace(/^Bearer +/i, "").trim();
  return token === "" ? undefined : token;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

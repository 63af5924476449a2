import { createHash, randomBytes } from "node:crypto";

/** Whom a token stands for. A device may register users and log them in; a user may measure. */
export type Holder =
  | { readonly kind: "device"; readonly deviceId: string; readonly licenseId: string }
  | { readonly kind: "user"; readonly userId: string };

/** 32 random bytes, so that a token cannot be guessed and its hash needs no salt. */
const TOKEN_BYTES = 32;

/**
 * Tokens of version 1: without an end. Only their SHA-256 is kept, and looked up by it, so neither a copy
 * of the memory nor the time of a look-up tells a token. Beyond `tokensMax` the one that was not used for
 * the longest time ends.
 */
export class TokenStore {
  readonly #tokensMax: number;
  /** By hash, in the order of last use. */
  readonly #holders = new Map<string, Holder>();

  constructor(tokensMax: number) {
    this.#tokensMax = tokensMax;
  }

  issue(holder: Holder): string {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    this.#holders.set(sha256(token), holder);
    for (const hash of this.#holders.keys()) {
      if (this.#holders.size <= this.#tokensMax) break;
      this.#holders.delete(hash);
    }
    return token;
  }

  holderOf(token: string): Holder | undefined {
    const hash = sha256(token);
    const holder = this.#holders.get(hash);
    if (!holder) return undefined;
    this.#holders.delete(hash);
    this.#holders.set(hash, holder);
    return holder;
  }
}

/** The token in an Authorization header. Published clients send it with and without "Bearer ". */
export function bearerToken(header: string | undefined): string | undefined {
  const token = header?.replace(/^Bearer +/i, "").trim();
  return token === "" ? undefined : token;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

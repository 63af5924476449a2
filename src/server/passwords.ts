import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

import { tooMany } from "./refusal.js";
import type { StoredPassword } from "./store/user-table.js";

// RFC 7914. With N = 16 384, Node's default, a password takes 16 MiB and some 50 ms in a thread of libuv's pool.
const BLOCKS = { r: 8, p: 1 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Hashes and checks passwords off the main thread; refuses instead of queueing without end. */
export class PasswordHasher {
  readonly #atOnceMax: number;
  readonly #cost: number;
  #running = 0;

  /** @param cost scrypt's N, the same for every server on a store. */
  constructor(atOnceMax: number, cost: number) {
    this.#atOnceMax = atOnceMax;
    this.#cost = cost;
  }

  /** @throws Refusal TOO_MANY_REQUESTS */
  async hash(password: string): Promise<StoredPassword> {
    const salt = randomBytes(SALT_BYTES);
    return { salt, key: await this.#derive(password, salt) };
  }

  /** @throws Refusal TOO_MANY_REQUESTS */
  async matches(password: string, hash: StoredPassword): Promise<boolean> {
    return timingSafeEqual(await this.#derive(password, hash.salt), hash.key);
  }

  async #derive(password: string, salt: Uint8Array): Promise<Buffer> {
    if (this.#running >= this.#atOnceMax) throw tooMany("Too many log-ins at once: try again soon.");
    this.#running += 1;
    try {
      return await new Promise((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, KEY_BYTES, { N: this.#cost, ...BLOCKS }, (error, key) => {
          if (error) reject(error);
          else resolve(key);
        });
      });
    } finally {
      this.#running -= 1;
    }
  }
}

import { randomUUID, timingSafeEqual } from "node:crypto";

import type { Limits } from "./limits.js";
import { type PasswordHash, PasswordHasher } from "./passwords.js";
import {
  invalidLicense,
  invalidPassword,
  invalidRequest,
  invalidToken,
  invalidUser,
  restricted,
  tooMany,
  userExists,
} from "./refusal.js";
import { bearerToken, type Holder, sha256, TokenStore } from "./tokens.js";

export type Device = Extract<Holder, { kind: "device" }>;
export type User = Extract<Holder, { kind: "user" }>;

export interface DeviceGrant {
  readonly deviceId: string;
  readonly token: string;
  /** The licence's own user; only its place in the reply matters to clients. */
  readonly userId: string;
}

interface Account {
  readonly userId: string;
  readonly password: PasswordHash;
  wrongPasswords: number;
  countedSinceMs: number;
}

const MINUTE_MS = 60_000;
const EMAIL_LENGTH_MAX = 254;
const PASSWORD_LENGTH_MAX = 1024;

/** Licences, devices, users and their tokens, in memory. */
export class Accounts {
  readonly #limits: Limits;
  readonly #nowMs: () => number;
  readonly #licenses: readonly { readonly id: string; readonly keyHash: Buffer }[];
  /** By licence and e-mail address: users belong to the organisation of a licence. */
  readonly #accounts = new Map<string, Account>();
  readonly #tokens: TokenStore;
  readonly #hasher: PasswordHasher;

  constructor(licenseKeys: readonly string[], limits: Limits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#licenses = licenseKeys.map((key) => ({ id: randomUUID(), keyHash: Buffer.from(sha256(key), "hex") }));
    this.#tokens = new TokenStore(limits.tokensMax);
    this.#hasher = new PasswordHasher(limits.passwordsAtOnceMax);
  }

  /** @throws Refusal INVALID_LICENSE */
  registerDevice(licenseKey: string): DeviceGrant {
    const hash = Buffer.from(sha256(licenseKey), "hex");
    const license = this.#licenses.find((known) => timingSafeEqual(known.keyHash, hash));
    if (!license) throw invalidLicense();
    const deviceId = randomUUID();
    const token = this.#tokens.issue({ kind: "device", deviceId, licenseId: license.id });
    return { deviceId, token, userId: license.id };
  }

  /**
   * @returns the ID of the new user.
   * @throws Refusal USER_ALREADY_EXISTS, VALIDATION_ERROR, TOO_MANY_REQUESTS
   */
  async createUser(device: Device, email: string, password: string): Promise<string> {
    if (email.length > EMAIL_LENGTH_MAX) throw invalidRequest("The e-mail address is too long.");
    if (password.length > PASSWORD_LENGTH_MAX) throw invalidRequest("The password is too long.");
    const key = accountKey(device, email);
    if (this.#accounts.has(key)) throw userExists();
    const hash = await this.#hasher.hash(password);
    // The same request may have come twice while the hash was made.
    if (this.#accounts.has(key)) throw userExists();
    if (this.#accounts.size >= this.#limits.usersMax) throw tooMany("This server has no room for another user.");
    const userId = randomUUID();
    this.#accounts.set(key, { userId, password: hash, wrongPasswords: 0, countedSinceMs: 0 });
    return userId;
  }

  /**
   * @returns a user token.
   * @throws Refusal INVALID_USER, INVALID_PASSWORD, TOO_MANY_REQUESTS
   */
  async login(device: Device, email: string, password: string): Promise<string> {
    const account = this.#accounts.get(accountKey(device, email));
    if (!account) throw invalidUser();
    if (password.length > PASSWORD_LENGTH_MAX) throw invalidPassword();
    this.#refuseGuessing(account);
    if (!(await this.#hasher.matches(password, account.password))) {
      account.wrongPasswords += 1;
      throw invalidPassword();
    }
    return this.#tokens.issue({ kind: "user", userId: account.userId });
  }

  /** @throws Refusal INVALID_TOKEN, RESTRICTED */
  deviceOf(authorization: string | undefined): Device {
    const holder = this.#holderOf(authorization);
    if (holder.kind !== "device") throw restricted();
    return holder;
  }

  /** @throws Refusal INVALID_TOKEN, RESTRICTED */
  userOf(authorization: string | undefined): User {
    const holder = this.#holderOf(authorization);
    if (holder.kind !== "user") throw restricted();
    return holder;
  }

  #holderOf(authorization: string | undefined): Holder {
    const token = bearerToken(authorization);
    const holder = token === undefined ? undefined : this.#tokens.holderOf(token);
    if (!holder) throw invalidToken();
    return holder;
  }

  /** Log-ins that run at the same time are not counted yet; the hasher bounds how many those are. */
  #refuseGuessing(account: Account): void {
    const nowMs = this.#nowMs();
    if (nowMs - account.countedSinceMs > MINUTE_MS) {
      account.countedSinceMs = nowMs;
      account.wrongPasswords = 0;
    }
    if (account.wrongPasswords >= this.#limits.wrongPasswordsPerMinuteMax) {
      throw tooMany("Too many wrong passwords: try again in a minute.");
    }
  }
}

function accountKey(device: Device, email: string): string {
  return `${device.licenseId} ${email.trim().toLowerCase()}`;
}

import { type Guest, GuestAccount } from "./guest.js";
import type { Limits } from "./limits.js";
import { PasswordHasher } from "./passwords.js";
import {
  invalidLicense,
  invalidPassword,
  invalidRequest,
  invalidToken,
  invalidUser,
  licenceExpired,
  noDeviceSlot,
  restricted,
  tokenExpired,
  tooMany,
  userExists,
} from "./refusal.js";
import type { Store } from "./store/store.js";
import { bearerToken, type Holder, holderOf, sha256, TokenStore } from "./tokens.js";

type Device = Extract<Holder, { kind: "device" }>;
export type User = Extract<Holder, { kind: "user" }>;

interface NewDevice {
  readonly type: string;
  readonly name: string;
}

interface DeviceGrant {
  readonly deviceId: string;
  readonly token: string;
  /** The licence's own user; only its place in the reply matters to clients. */
  readonly userId: string;
}

interface Guesses {
  wrong: number;
  countedSinceMs: number;
}

const MINUTE_MS = 60_000;
const EMAIL_LENGTH_MAX = 254;
const PASSWORD_LENGTH_MAX = 1024;
const NAME_LENGTH_MAX = 100;

/** Licences, devices, users and their tokens. */
export class Accounts {
  readonly #store: Store;
  readonly #guest: GuestAccount | undefined;
  readonly #limits: Limits;
  readonly #nowMs: () => number;
  readonly #tokens: TokenStore;
  readonly #hasher: PasswordHasher;
  /** Wrong passwords by user; only those of the last minute. */
  readonly #guesses = new Map<string, Guesses>();

  constructor(store: Store, limits: Limits, nowMs: () => number, guest?: Guest) {
    this.#store = store;
    this.#guest = guest && new GuestAccount(guest, store, nowMs());
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#tokens = new TokenStore(store.tokens, limits.tokensMax);
    this.#hasher = new PasswordHasher(limits.passwordsAtOnceMax);
  }

  /** @throws Refusal INVALID_LICENSE, LICENSE_EXPIRED */
  registerDevice(licenceKey: string, { type, name }: NewDevice): DeviceGrant {
    const { licences } = this.#store;
    const guest = this.#guest?.hasKey(licenceKey) ? this.#guest : undefined;
    const licence = guest ? licences.byId(guest.licenceId) : licences.byKeyHash(sha256(licenceKey));
    if (!licence) throw invalidLicense();
    this.#refuseExpired(licence.expiresAtMs);
    const device = { licenceId: licence.id, type: shortened(type), name: shortened(name) };
    const deviceId = licences.registerDevice(device, licence.deviceSlots, this.#nowMs());
    if (deviceId === undefined) throw noDeviceSlot();
    const token = this.#tokens.issue({ kind: "device", deviceId, licenceId: licence.id });
    return { deviceId, token, userId: licence.id };
  }

  /**
   * @returns the ID of the new user.
   * @throws Refusal USER_ALREADY_EXISTS, VALIDATION_ERROR, TOO_MANY_REQUESTS
   */
  async createUser({ licenceId }: Device, email: string, password: string): Promise<string> {
    if (email.length > EMAIL_LENGTH_MAX) throw invalidRequest("The e-mail address is too long.");
    if (password.length > PASSWORD_LENGTH_MAX) throw invalidRequest("The password is too long.");
    if (!isOneLine(email)) throw invalidRequest("The e-mail address has characters that none has.");
    const { users } = this.#store;
    if (users.byEmail(licenceId, email)) throw userExists();
    if (users.count >= this.#limits.usersMax) throw tooMany("This server has no room for another user.");
    const userId = users.add(licenceId, email, await this.#hasher.hash(password), this.#nowMs());
    // The same request may have come twice while the hash was made.
    if (userId === undefined) throw userExists();
    return userId;
  }

  /**
   * @returns a user token.
   * @throws Refusal INVALID_USER, INVALID_PASSWORD, TOO_MANY_REQUESTS
   */
  async login(device: Device, email: string, password: string): Promise<string> {
    const user = isOneLine(email) ? this.#store.users.byEmail(device.licenceId, email) : undefined;
    if (!user) throw invalidUser();
    if (password.length > PASSWORD_LENGTH_MAX) throw invalidPassword();
    const guesses = this.#guessesOf(user.id);
    if (guesses.wrong >= this.#limits.wrongPasswordsPerMinuteMax) {
      throw tooMany("Too many wrong passwords: try again in a minute.", this.#minuteLeft(guesses.countedSinceMs));
    }
    const isGuest = this.#guest?.matches(device.licenceId, email, password);
    if (!(isGuest ?? (await this.#hasher.matches(password, user.password)))) {
      guesses.wrong += 1;
      throw invalidPassword();
    }
    return this.#tokens.issue({ ...device, kind: "user", userId: user.id });
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
    const text = bearerToken(authorization);
    const token = text === undefined ? undefined : this.#tokens.find(text);
    if (!token) throw invalidToken();
    if (token.expiresAtMs !== null && token.expiresAtMs <= this.#nowMs()) throw tokenExpired();
    this.#refuseExpired(token.licenceExpiresAtMs);
    return holderOf(token);
  }

  #refuseExpired(expiresAtMs: number | null): void {
    if (expiresAtMs !== null && expiresAtMs <= this.#nowMs()) throw licenceExpired();
  }

  #minuteLeft(sinceMs: number): number {
    return (sinceMs + MINUTE_MS - this.#nowMs()) / 1000;
  }

  /** Log-ins that run at the same time are not counted yet; the hasher bounds how many those are. */
  #guessesOf(userId: string): Guesses {
    const nowMs = this.#nowMs();
    for (const [id, { countedSinceMs }] of this.#guesses) {
      // They are in the order of their beginning.
      if (nowMs - countedSinceMs <= MINUTE_MS) break;
      this.#guesses.delete(id);
    }
    const guesses = this.#guesses.get(userId) ?? { wrong: 0, countedSinceMs: nowMs };
    this.#guesses.set(userId, guesses);
    return guesses;
  }
}

/** Nothing that would cut a text short in the store or break a line of a log. */
function isOneLine(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

function shortened(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ").slice(0, NAME_LENGTH_MAX);
}

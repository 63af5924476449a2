import { type Guest, GuestAccount } from "./guest.js";
import type { Limits } from "./limits.js";
import { PasswordHasher } from "./passwords.js";
import {
  invalidLicense,
  invalidPassword,
  invalidRequest,
  invalidUser,
  licenceExpired,
  noDeviceSlot,
  type Refusal,
  restricted,
  tooMany,
  userExists,
} from "./refusal.js";
import type { Store } from "./store/store.js";
import { type Credentials, type Holder, sha256, type TokenPair, TokenStore, type TokenWishes } from "./tokens.js";

export interface User extends Holder {
  readonly userId: string;
}

/** Who may measure: a user, or with version 2 a device on its own. */
export interface Owner extends Holder {
  /** Stands with the measurements; nobody else sees them. */
  readonly ownerId: string;
}

interface NewDevice {
  readonly licenceKey: string;
  readonly type: string;
  readonly name: string;
}

interface DeviceGrant extends TokenPair {
  readonly deviceId: string;
  /** The licence's own user; only its place in the reply matters to clients. */
  readonly userId: string;
}

interface Login {
  readonly email: string;
  readonly password: string;
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
  readonly tokens: TokenStore;
  readonly #guest: GuestAccount | undefined;
  readonly #limits: Limits;
  readonly #nowMs: () => number;
  readonly #hasher: PasswordHasher;
  /** Wrong passwords by user; only those of the last minute. */
  readonly #guesses = new Map<string, Guesses>();

  constructor(store: Store, limits: Limits, nowMs: () => number, guest?: Guest) {
    this.#store = store;
    this.#guest = guest && new GuestAccount(guest, store, nowMs());
    this.#limits = limits;
    this.#nowMs = nowMs;
    const secret = store.secret("tokens");
    this.tokens = new TokenStore(store.tokens, { tokensMax: limits.tokensMax, secret, nowMs });
    this.#hasher = new PasswordHasher(limits.passwordsAtOnceMax, limits.passwordCost);
  }

  /** @throws Refusal INVALID_LICENSE, LICENSE_EXPIRED */
  registerDevice({ licenceKey, type, name }: NewDevice, wishes?: TokenWishes): DeviceGrant {
    const { licences } = this.#store;
    const guest = this.#guest?.hasKey(licenceKey) ? this.#guest : undefined;
    const licence = guest ? licences.byId(guest.licenceId) : licences.byKeyHash(sha256(licenceKey));
    if (!licence) throw invalidLicense();
    const { id: licenceId, deviceSlots, expiresAtMs } = licence;
    if (expiresAtMs !== null && expiresAtMs <= this.#nowMs()) throw licenceExpired();
    const device = { licenceId, type: shortened(type), name: shortened(name) };
    const deviceId = licences.registerDevice(device, deviceSlots, this.#nowMs());
    if (deviceId === undefined) throw noDeviceSlot();
    const pair = this.tokens.issue({ deviceId, licenceId, userId: null }, expiresAtMs, wishes);
    return { deviceId, ...pair, userId: licenceId };
  }

  /** Frees the slot of a token's device; every token of the device ends. */
  removeDevice(credentials: Credentials): void {
    this.#store.licences.removeDevice(this.tokens.holderOf(credentials).deviceId);
  }

  /**
   * @returns the ID of the new user.
   * @throws Refusal USER_ALREADY_EXISTS, VALIDATION_ERROR, TOO_MANY_REQUESTS
   */
  async createUser({ licenceId }: Holder, { email, password }: Login, details: object): Promise<string> {
    if (email.length > EMAIL_LENGTH_MAX) throw invalidRequest("The e-mail address is too long.");
    if (password.length > PASSWORD_LENGTH_MAX) throw invalidRequest("The password is too long.");
    if (!isOneLine(email)) throw invalidRequest("The e-mail address has characters that none has.");
    const { users } = this.#store;
    if (users.byEmail(licenceId, email)) throw userExists();
    if (users.count >= this.#limits.usersMax) throw tooMany("This server has no room for another user.");
    const hash = await this.#hasher.hash(password);
    const userId = users.add({ licenceId, email, password: hash, details: JSON.stringify(details) }, this.#nowMs());
    // The same request may have come twice while the hash was made.
    if (userId === undefined) throw userExists();
    return userId;
  }

  /** @throws Refusal VALIDATION_ERROR, TOO_MANY_REQUESTS */
  async changePassword(userId: string, password: string): Promise<void> {
    if (password.length > PASSWORD_LENGTH_MAX) throw invalidRequest("The password is too long.");
    this.#store.users.updatePassword(userId, await this.#hasher.hash(password));
  }

  /**
   * @returns a user token, with a refresh token when it ends.
   * @throws Refusal INVALID_USER, INVALID_PASSWORD, TOO_MANY_REQUESTS
   */
  async login(device: Holder, { email, password }: Login, wishes?: TokenWishes): Promise<TokenPair> {
    const user = isOneLine(email) ? this.#store.users.byEmail(device.licenceId, email) : undefined;
    if (!user) throw invalidUser();
    if (password.length > PASSWORD_LENGTH_MAX) throw invalidPassword();
    const guesses = this.#guessesOf(user.id);
    if (guesses.wrong >= this.#limits.wrongPasswordsPerMinuteMax) throw this.#tooManyGuesses(guesses);
    const isGuest = this.#guest?.matches(device.licenceId, email, password);
    const isRight = isGuest ?? (await this.#hasher.matches(password, user.password));
    // Guesses that came at the same time: what the last ones were is not told, right or wrong.
    if (guesses.wrong >= this.#limits.wrongPasswordsPerMinuteMax) throw this.#tooManyGuesses(guesses);
    if (!isRight) {
      guesses.wrong += 1;
      throw invalidPassword();
    }
    const { deviceId, licenceId } = device;
    const expiresAtMs = this.#store.licences.byId(licenceId)?.expiresAtMs ?? null;
    return this.tokens.issue({ deviceId, licenceId, userId: user.id }, expiresAtMs, wishes);
  }

  /** @throws Refusal INVALID_TOKEN, TOKEN_EXPIRED, LICENSE_EXPIRED, RESTRICTED */
  deviceOf(credentials: Credentials): Holder {
    const holder = this.tokens.holderOf(credentials);
    if (holder.userId !== null) throw restricted();
    return holder;
  }

  /** @throws Refusal as `deviceOf`. */
  userOf(credentials: Credentials): User {
    const holder = this.tokens.holderOf(credentials);
    const { userId } = holder;
    if (userId === null) throw restricted();
    return { ...holder, userId };
  }

  /**
   * The user of a token; for that of a device, the user who logged in there last.
   * @throws Refusal as `deviceOf`; RESTRICTED where nobody is logged in.
   */
  userAt(credentials: Credentials): User {
    const holder = this.tokens.holderOf(credentials);
    const userId = holder.userId ?? this.#store.tokens.lastUserAt(holder.deviceId, this.#nowMs());
    if (userId === undefined) throw restricted();
    return { ...holder, userId };
  }

  /**
   * Who a measurement is or shall be of. Devices of version 1 do not measure on their own.
   * @param isV2 the request itself is one of version 2, whatever the token was made with.
   * @throws Refusal as `deviceOf`.
   */
  ownerOf(credentials: Credentials, isV2 = true): Owner {
    const holder = this.tokens.holderOf(credentials);
    if (holder.userId === null && holder.api === 1 && !isV2) throw restricted();
    return { ...holder, ownerId: holder.userId ?? `device ${holder.deviceId}` };
  }

  #tooManyGuesses({ countedSinceMs }: Guesses): Refusal {
    const leftS = (countedSinceMs + MINUTE_MS - this.#nowMs()) / 1000;
    return tooMany("Too many wrong passwords: try again in a minute.", leftS);
  }

  #guessesOf(userId: string): Guesses {
    const nowMs = this.#nowMs();
    for (const [id, { countedSinceMs }] of this.#guesses) {
      const agoMs = nowMs - countedSinceMs;
      // They are in the order of their beginning. One that is still to come was counted before the clock was set back.
      if (agoMs >= 0 && agoMs <= MINUTE_MS) break;
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

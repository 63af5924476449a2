import { randomBytes, timingSafeEqual } from "node:crypto";

import { GUEST_LICENCE_ID } from "./store/licence-table.js";
import type { Store } from "./store/store.js";
import { sha256 } from "./tokens.js";

/** The account of one run: its key and password are never written down, what it measured stays its user's. */
export interface Guest {
  readonly licenceKey: string;
  readonly email: string;
  readonly password: string;
}

/** Longer than any measurement and the wait before it. */
const WEEK_MS = 7 * 24 * 60 * 60_000;

/** Knows the guest of this run beside the accounts of the store. */
export class GuestAccount {
  readonly licenceId = GUEST_LICENCE_ID;
  readonly #guest: Guest;

  constructor(guest: Guest, store: Store, nowMs: number) {
    this.#guest = guest;
    // Nobody has the key to this hash, nor the password to that one: they are for the rows alone.
    const licence = { name: "this computer", deviceSlots: null, expiresAtMs: null };
    store.licences.add(randomBytes(32).toString("hex"), licence, nowMs, GUEST_LICENCE_ID);
    store.licences.forgetDevices(GUEST_LICENCE_ID, nowMs - WEEK_MS);
    const password = { salt: randomBytes(16), key: randomBytes(32) };
    store.users.add({ licenceId: GUEST_LICENCE_ID, email: guest.email, password, details: "{}" }, nowMs);
  }

  hasKey(licenceKey: string): boolean {
    return same(licenceKey, this.#guest.licenceKey);
  }

  /** Whether that is the password; undefined when the user is none of the guest's. */
  matches(licenceId: string, email: string, password: string): boolean | undefined {
    if (licenceId !== GUEST_LICENCE_ID || email !== this.#guest.email) return undefined;
    return same(password, this.#guest.password);
  }
}

function same(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)));
}

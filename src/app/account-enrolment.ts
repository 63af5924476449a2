import { DfxError } from "../api/failures.js";
import {
  DEFAULT_DEVICE_NAME,
  type LoginContext,
  logInUser,
  registerDevice,
  type TokenGrant,
  type UserCredentials,
} from "../api/login.js";
import { renewTokens } from "../api/v2-account.js";
import type { AppError } from "../domain/errors.js";
import {
  type CachedDevice,
  type CachedLicence,
  type LicencePlace,
  licenceHash,
  type TokenEditor,
  type TokenPair,
  withAnonymous,
  withDevice,
  withoutLicence,
  withRenewed,
  withUser,
} from "./token-cache.js";

/** Tokens in use, and where the cache has them. */
export interface Session {
  readonly place: LicencePlace;
  /** Undefined for the device's own token. */
  readonly email: string | undefined;
  readonly pair: TokenPair;
}

export interface EnrolmentOptions {
  readonly serverKey: string;
  /** What the cache has of the licence. */
  readonly licence: CachedLicence | undefined;
  /** Undefined: only a device that is registered already can be used. */
  readonly licenseKey: string | undefined;
  readonly deviceName: string | undefined;
  /** For a device that is not registered and cannot be. */
  readonly noLicence: () => AppError;
  readonly editor: TokenEditor;
  readonly context: LoginContext;
}

interface Registered {
  readonly place: LicencePlace;
  readonly device: CachedDevice;
}

/** Codes after which only a new registration helps. */
const DEVICE_IS_OUT: ReadonlySet<string> = new Set([
  "INVALID_TOKEN",
  "LICENSE_EXPIRED",
  "INACTIVE_LICENSE",
  "INACTIVE_DEVICE",
]);

/**
 * Registering and logging in, while nobody else changes the cache. Everything is kept as soon as it is known: a place of
 * the licence that was taken is not lost with a wrong password.
 */
export class Enrolment {
  readonly #options: EnrolmentOptions;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  /** The device itself, registered if it is not. */
  async device(): Promise<Session> {
    const { editor } = this.#options;
    const { place, device } = await this.#registered();
    await editor.save(withAnonymous(editor.value, place, true));
    return { place, email: undefined, pair: device };
  }

  /** A user on the device. */
  async user(credentials: UserCredentials, mayCreate: boolean): Promise<Session> {
    const { editor, context } = this.#options;
    const first = await this.#registered();
    context.onSecret(first.device.token);
    let at = first;
    let grant: TokenGrant;
    try {
      grant = await logInUser(credentials, first.device.token, mayCreate, context);
    } catch (error) {
      at = await this.#deviceAfter(error, first);
      grant = await logInUser(credentials, at.device.token, mayCreate, context);
    }
    const pair = { ...grant, email: credentials.email };
    await editor.save(withUser(editor.value, at.place, pair));
    return { place: at.place, email: credentials.email, pair };
  }

  async #registered(): Promise<Registered> {
    const { licence, serverKey } = this.#options;
    if (licence?.device === undefined) return await this.#register();
    return { place: { serverKey, licenceHash: licence.hash }, device: licence.device };
  }

  async #register(): Promise<Registered> {
    const { editor, context, licenseKey, deviceName = DEFAULT_DEVICE_NAME, serverKey, noLicence } = this.#options;
    if (licenseKey === undefined) throw noLicence();
    const device = await registerDevice(licenseKey, deviceName, context);
    const place = { serverKey, licenceHash: licenceHash(editor.value, licenseKey) };
    await editor.save(withDevice(editor.value, place, device));
    return { place, device };
  }

  /** A device that the server takes in place of one that it refused; throws the refusal when there can be none. */
  async #deviceAfter(error: unknown, { place, device }: Registered): Promise<Registered> {
    const { editor, context, licenseKey } = this.#options;
    if (!(error instanceof DfxError)) throw error;
    if (error.dfxCode === "TOKEN_EXPIRED") {
      const renewal = await renewTokens(grantOf(device), context);
      if (renewal.kind === "renewed") {
        await editor.save(withRenewed(editor.value, place, undefined, renewal.grant));
        return { place, device: { ...device, ...renewal.grant } };
      }
      if (renewal.kind === "expired") await editor.save(withoutLicence(editor.value, place));
    } else if (!DEVICE_IS_OUT.has(error.dfxCode)) throw error;
    if (licenseKey === undefined) throw error;
    return await this.#register();
  }
}

export function grantOf({ token, refreshToken }: TokenPair): TokenGrant {
  return refreshToken === undefined ? { token } : { token, refreshToken };
}

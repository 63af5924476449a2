import { refusalError } from "../api/failures.js";
import type { LoginContext } from "../api/login.js";
import { RestClient } from "../api/rest-client.js";
import { DEFAULT_TIMING, type Timing, within } from "../api/timing.js";
import type { TokenSource } from "../api/token-source.js";
import { renewTokens, serverStatus, tokenState } from "../api/v2-account.js";
import { AppError } from "../domain/errors.js";
import type { ServerStatus, TokenFacts } from "../wire/v2-rest.js";
import { Enrolment, grantOf, type Session } from "./account-enrolment.js";
import {
  type Identity,
  licenceFor,
  loginExpired,
  notLoggedIn,
  pairAt,
  sessionFor,
  withoutSession,
} from "./account-identity.js";
import type { AccountServer } from "./account-server.js";
import { type LicencePlace, type TokenEditor, type TokenFile, type TokenPair, withRenewed } from "./token-cache.js";

/** Logging in, with all that belongs to it; the original demo gives it the same. */
const SIGN_IN_MS = 20_000;

export interface AccountHost {
  readonly file: TokenFile;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
  readonly onNotice: (text: string) => void;
  readonly deviceName?: string;
  readonly timing?: Partial<Timing>;
}

/**
 * Somebody at one server: the token source of everything that talks to it. Tokens are taken from the cache, renewed
 * there, and put there as soon as they are known, so that no registration is repeated and no place of the licence lost.
 */
export class Account implements TokenSource {
  readonly server: AccountServer;
  readonly rest: RestClient;
  readonly signal: AbortSignal;
  readonly context: LoginContext;
  readonly #host: AccountHost;
  readonly #identity: Identity;
  readonly #secrets: string[];
  #session: Session | undefined;
  #step = "connecting";
  #status: ServerStatus | undefined;
  #facts: TokenFacts | undefined;

  constructor(server: AccountServer, identity: Identity, host: AccountHost) {
    const { address, api } = server;
    this.server = server;
    this.signal = host.signal;
    this.#identity = identity;
    this.#host = host;
    this.#secrets = [identity.licenseKey, identity.password].filter((text) => text !== undefined);
    this.rest = new RestClient({
      serverName: address.name,
      restUrl: address.restUrl,
      timing: { ...DEFAULT_TIMING, ...host.timing },
      random: Math.random,
      secrets: this.#secrets,
      onNotice: host.onNotice,
    });
    this.context = this.#contextWith(host.signal, api);
  }

  get token(): string {
    return this.#session?.pair.token ?? "";
  }

  /** Who is logged in; undefined for the device alone. */
  get email(): string | undefined {
    return this.#session?.email;
  }

  get place(): LicencePlace | undefined {
    return this.#session?.place;
  }

  /** What the server said of itself; version 1 says nothing. */
  get status(): ServerStatus | undefined {
    return this.#status;
  }

  /** What the server said of the token, where it did. */
  get facts(): TokenFacts | undefined {
    return this.#facts;
  }

  readonly onSecret = (secret: string): void => {
    if (!this.#secrets.includes(secret)) this.#secrets.push(secret);
  };

  /** True when the cache has a device for this identity. */
  async hasDevice(): Promise<boolean> {
    return licenceFor(this.#identity, await this.#host.file.read(), this.server)?.device !== undefined;
  }

  /** True when the cache has tokens for this identity, good or not. */
  async isKnown(): Promise<boolean> {
    return sessionFor(this.#identity, await this.#host.file.read(), this.server) !== undefined;
  }

  /** Closes the connections. */
  close(): void {
    this.rest.close();
  }

  /**
   * Uses the tokens of the cache, renewed if need be, or logs in with what the identity has.
   * @throws AppError AUTH when a person has to log in; NETWORK, SERVER, WIRE, FILE, CANCELLED.
   */
  async signIn(): Promise<void> {
    await this.#inTime(async (context) => {
      await this.#checkService(context);
      const session = sessionFor(this.#identity, await this.#host.file.read(), this.server);
      if (session !== undefined && (await this.#isGood(session, context))) return;
      await this.#enrol(session?.pair, context);
    });
  }

  /**
   * Logs in with the identity, whatever the cache has: a registered device is used again.
   * @throws AppError as `signIn`.
   */
  async logIn(): Promise<void> {
    await this.#inTime(async (context) => {
      await this.#checkService(context);
      await this.#enrol("any", context);
    });
  }

  async renew(): Promise<boolean> {
    const session = this.#session;
    if (session === undefined) return false;
    return await this.#inTime(async (context) => {
      if ((await this.#renewed(session, context)) === "renewed") return true;
      if (!this.#canLogIn()) return false;
      await this.#enrol(session.pair, context);
      return true;
    });
  }

  async #checkService(context: LoginContext): Promise<void> {
    if (this.server.api === "v1") return;
    this.#toldStep("asking for the state of the server");
    this.#status = await serverStatus(context);
    const { name } = this.server.address;
    const { StatusID: state } = this.#status;
    if (state === "ACTIVE") return;
    if (state !== "LATENCY") {
      throw new AppError(
        "SERVER",
        `Server ${name} says that it is not active (${state.slice(0, 40)}). Try again later.`,
      );
    }
    this.#host.onNotice(`Server ${name} says that it is slow now.`);
  }

  /** True when the server takes the tokens, or took the renewal of expired ones. */
  async #isGood(session: Session, context: LoginContext): Promise<boolean> {
    this.#toldStep("checking the login");
    this.#use(session);
    const state = await tokenState(session.pair.token, this.server.api, context);
    switch (state.kind) {
      case "valid":
        this.#facts = state.facts;
        return true;
      case "expired": {
        if ((await this.#renewed(session, context)) !== "renewed") return this.#refuse(loginExpired(this.server));
        this.#facts = undefined;
        return true;
      }
      case "dead":
        return this.#refuse(refusalError(this.server.address.name, "the login", state.refusal));
      case "unclear":
        throw refusalError(this.server.address.name, "the check of the login", state.refusal);
    }
  }

  /** False when logging in again may help. */
  #refuse(error: AppError): false {
    if (this.#canLogIn()) return false;
    throw error;
  }

  #canLogIn(): boolean {
    const { password, email, licenseKey, deviceOnly } = this.#identity;
    return deviceOnly ? licenseKey !== undefined : password !== undefined && (email ?? this.email) !== undefined;
  }

  /**
   * Renews tokens, once among all processes: a refresh token works only once. Tokens that cannot be renewed any more are
   * erased, those of a device together with its users'; after any other refusal they stay.
   */
  async #renewed(session: Session, context: LoginContext): Promise<"renewed" | "erased" | "kept"> {
    const { place, email, pair } = session;
    return await this.#exclusively(context.signal, async (editor) => {
      const now = pairAt(editor.value, session);
      if (now === undefined) return "erased";
      if (now.token !== pair.token) {
        this.#use({ ...session, pair: now });
        return "renewed";
      }
      this.#toldStep("renewing the login");
      const renewal = await renewTokens(grantOf(now), context);
      switch (renewal.kind) {
        case "renewed":
          await editor.save(withRenewed(editor.value, place, email, renewal.grant));
          this.#use({ ...session, pair: renewal.grant });
          return "renewed";
        case "expired":
          await editor.save(withoutSession(editor.value, session));
          return "erased";
        case "dead":
        case "unclear":
          return "kept";
      }
    });
  }

  /** Registers and logs in, unless somebody else has done so since the tokens in `refused` were read. */
  async #enrol(refused: TokenPair | "any" | undefined, context: LoginContext): Promise<void> {
    await this.#exclusively(context.signal, async (editor) => {
      const session = refused === "any" ? undefined : sessionFor(this.#identity, editor.value, this.server);
      if (session !== undefined && session.pair.token !== (refused === "any" ? undefined : refused?.token)) {
        this.#use(session);
        return;
      }
      const { deviceOnly = false, email = this.email, password } = this.#identity;
      const user = email !== undefined && password !== undefined ? { email, password } : undefined;
      const noLogin = (): AppError => notLoggedIn(this.server, this.#identity.email);
      // A place of the licence is taken only when nothing else is missing.
      if (!deviceOnly && user === undefined) throw noLogin();
      const enrolment = new Enrolment({
        serverKey: this.server.key,
        licence: licenceFor(this.#identity, editor.value, this.server),
        licenseKey: this.#identity.licenseKey,
        deviceName: this.#host.deviceName,
        noLicence: noLogin,
        editor,
        context,
      });
      const mayCreate = this.#identity.mayCreate ?? false;
      this.#use(user === undefined || deviceOnly ? await enrolment.device() : await enrolment.user(user, mayCreate));
    });
  }

  /** Nobody else changes the tokens meanwhile. */
  async #exclusively<Result>(signal: AbortSignal, work: (editor: TokenEditor) => Promise<Result>): Promise<Result> {
    return await this.#host.file.exclusively(signal, work, () => this.#toldStep("waiting for another dfxterm"));
  }

  #use(session: Session): void {
    this.#session = session;
    this.onSecret(session.pair.token);
    if (session.pair.refreshToken !== undefined) this.onSecret(session.pair.refreshToken);
  }

  #toldStep(step: string): void {
    this.#step = step;
    this.#host.onStep(step);
  }

  #contextWith(signal: AbortSignal, api: AccountServer["api"]): LoginContext {
    return {
      rest: this.rest,
      serverName: this.server.address.name,
      api,
      signal,
      onStep: (step) => this.#toldStep(step),
      onSecret: this.onSecret,
    };
  }

  async #inTime<Value>(work: (context: LoginContext) => Promise<Value>): Promise<Value> {
    const { address, api } = this.server;
    const late = (): AppError =>
      new AppError(
        "NETWORK",
        `Cannot connect to API server ${address.name} (${address.restUrl}): ` +
          `no answer within ${SIGN_IN_MS / 1000} s while ${this.#step}. Try again later.`,
      );
    return await within(SIGN_IN_MS, this.signal, late, async (inner) => await work(this.#contextWith(inner, api)));
  }
}

import { AppError } from "../domain/errors.js";
import { DfxError, isExpired, loginExpired } from "./failures.js";
import { NetworkError, networkError } from "./network-failures.js";
import type { Link } from "./socket-link.js";
import { openLink } from "./socket-upgrade.js";
import { awaited, cancelled, jittered, pause, type Timing } from "./timing.js";
import type { Bearer } from "./token-source.js";

// Keeps one WebSocket connection alive: opens it when it is first needed, opens it again when it ends.
//
//   idle --ready()--> connecting --> open --connection ends--> connecting --> open
//                         \                                        \-- attempts used up --> lost
//                          \-- the first attempt fails --> idle          (ready() starts again)

export interface LinkKeeperOptions {
  readonly serverName: string;
  readonly wsUrl: string;
  /** What is asked for in the upgrade; undefined in version 1. */
  readonly subprotocol: string | undefined;
  readonly bearer: Bearer;
  readonly timing: Timing;
  readonly random: () => number;
  readonly onNotice: (text: string) => void;
  readonly onMessage: (bytes: Uint8Array) => void;
  /** A connection is open for the second time or later: the reason when it cannot be used, undefined when it can. */
  readonly onReopened: () => Promise<AppError | undefined>;
  /** The connection has ended: requests get no answers any more. */
  readonly onEnded: () => void;
  /** The connection is gone and all attempts to renew it have failed. */
  readonly onLost: () => void;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

type State = "idle" | "connecting" | "open" | "lost" | "closed";

export class LinkKeeper {
  readonly #options: LinkKeeperOptions;
  #state: State = "idle";
  /** Work of the state "connecting". */
  #connecting: Promise<void> = Promise.resolve();
  /** Present in the state "open", and in "connecting" while what the connection is for is being renewed. */
  #link: Link | undefined;
  /** The token that the present connection was opened with. */
  #token = "";
  #openedAtMs = 0;
  #attemptsUsed = 0;
  readonly #cut = (): void => this.#end()?.cut();

  constructor(options: LinkKeeperOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#cut, { once: true });
  }

  get isLost(): boolean {
    return this.#state === "lost";
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /**
   * Resolves as soon as there is a connection that can be used. The very first time a wrong address is told at once,
   * and what may pass is tried as often as a REST request; later on all waits of the timing are gone through.
   * @throws AppError AUTH, NETWORK, SERVER or CANCELLED.
   */
  async ready(): Promise<void> {
    if (this.#state === "closed") throw cancelled();
    if (this.#state === "idle") this.#begin(this.#connectFirst);
    if (this.#state === "lost") {
      this.#attemptsUsed = 0;
      this.#begin(this.#reconnect);
    }
    if (this.#state === "connecting") await this.#connecting;
  }

  /** Ends a connection that seems dead, as if the server had done so. */
  drop(why: string): void {
    const link = this.#link;
    if (link === undefined) return;
    link.cut();
    this.#down(link, why);
  }

  /**
   * After the service said that the token has expired: the connection is replaced by one with a new token.
   * @throws AppError AUTH when there is none.
   */
  async renewLogin(): Promise<void> {
    const token = this.#token;
    await this.#replaceToken(token);
    if (this.#token === token) this.drop("it wants a new token");
  }

  /** The connection was good for something: all attempts to connect again are given back. */
  noteProgress(): void {
    this.#attemptsUsed = 0;
  }

  /** Says goodbye to the server. */
  async close(): Promise<void> {
    await this.#end()?.close();
  }

  #end(): Link | undefined {
    const link = this.#link;
    this.#state = "closed";
    this.#options.signal.removeEventListener("abort", this.#cut);
    this.#forgetLink();
    return link;
  }

  #begin(work: () => Promise<void>): void {
    this.#state = "connecting";
    this.#connecting = work();
    // A failure reaches whoever waits in ready(); when nobody does, onLost and a notice have told it.
    this.#connecting.catch(() => undefined);
  }

  readonly #connectFirst = async (): Promise<void> => {
    const { timing, random, signal, serverName, onNotice } = this.#options;
    try {
      for (let attempt = 0; ; attempt += 1) {
        const failure = await errorOf(this.#open());
        if (failure === undefined) break;
        const waitMs = timing.retryMs[attempt];
        if (waitMs === undefined || !mayPass(failure)) throw failure;
        onNotice(`Server ${serverName} did not open the connection for results; trying again.`);
        await pause(jittered(waitMs, random), signal);
      }
    } catch (error) {
      if (this.#is("connecting")) this.#state = "idle";
      throw error;
    }
    if (this.#is("connecting")) this.#state = this.#link === undefined ? "idle" : "open";
  };

  readonly #reconnect = async (): Promise<void> => {
    const { timing, random, signal, serverName, onNotice, onLost } = this.#options;
    let failure: AppError | undefined;
    while (this.#attemptsUsed < timing.reconnectMs.length && failure?.code !== "AUTH") {
      const waitMs = timing.reconnectMs[this.#attemptsUsed] ?? 0;
      this.#attemptsUsed += 1;
      await pause(jittered(waitMs, random), signal);
      if (this.#is("closed")) throw cancelled();
      failure = await this.#reopen();
      if (this.#is("closed")) throw cancelled();
      if (failure === undefined) {
        this.#state = "open";
        onNotice(`Connected to server ${serverName} again.`);
        return;
      }
    }
    this.#state = "lost";
    onNotice(`The connection to server ${serverName} is lost.`);
    onLost();
    throw failure ?? new AppError("NETWORK", `The connection to server ${serverName} is lost. Try again later.`);
  };

  /** The reason when there is no connection that can be used afterwards. */
  async #reopen(): Promise<AppError | undefined> {
    let failure = await this.#openAndUse();
    if (isExpiredError(failure)) {
      failure = (await errorOf(this.#replaceToken(this.#token))) ?? (await this.#openAndUse());
    }
    if (failure !== undefined) return failure;
    // The connection may have ended behind the last answer.
    return this.#link === undefined ? this.#endedEarly() : undefined;
  }

  async #openAndUse(): Promise<AppError | undefined> {
    const failure = (await errorOf(this.#open())) ?? (await this.#options.onReopened());
    if (failure === undefined) return undefined;
    this.#link?.cut();
    this.#forgetLink();
    return failure;
  }

  async #open(): Promise<void> {
    const { bearer } = this.#options;
    const { token } = bearer;
    try {
      await this.#openWith(token);
    } catch (error) {
      if (!isExpiredError(error)) throw error;
      await this.#replaceToken(token);
      await this.#openWith(bearer.token);
    }
  }

  async #openWith(token: string): Promise<void> {
    const { serverName, wsUrl, subprotocol, timing, signal, onMessage } = this.#options;
    let link: Link | undefined;
    let endedWhy: string | undefined;
    const onDown = (why: string): void => {
      endedWhy = why;
      if (link !== undefined) this.#down(link, why);
    };
    link = await openLink({ serverName, wsUrl, token, subprotocol, timing, onMessage, onDown }, signal);
    if (this.#is("closed")) {
      link.cut();
      throw cancelled();
    }
    if (endedWhy !== undefined) throw this.#endedEarly(endedWhy);
    this.#link = link;
    this.#token = token;
    this.#openedAtMs = performance.now();
  }

  async #replaceToken(expired: string): Promise<void> {
    const { bearer, serverName, wsUrl, timing, signal } = this.#options;
    const late = (): AppError => networkError(serverName, wsUrl, { code: "ETIMEDOUT", beforeSending: false });
    if (!(await awaited(timing.requestMs, signal, late, bearer.replace(expired)))) throw loginExpired(serverName);
  }

  #endedEarly(why?: string): AppError {
    const reason = why === undefined ? "" : ` (${why})`;
    return new AppError("NETWORK", `Server ${this.#options.serverName} ended the connection for results${reason}.`);
  }

  #down(link: Link, why: string): void {
    if (link !== this.#link) return;
    const { timing, serverName, onNotice } = this.#options;
    if (performance.now() - this.#openedAtMs >= timing.stableMs) this.#attemptsUsed = 0;
    // Before the requests are told: whoever asks again must wait for the new connection.
    if (this.#is("open")) {
      onNotice(`The connection to server ${serverName} was lost (${why}); connecting again.`);
      this.#begin(this.#reconnect);
    }
    this.#forgetLink();
  }

  #forgetLink(): void {
    this.#link = undefined;
    this.#options.onEnded();
  }

  #is(state: State): boolean {
    return this.#state === state;
  }
}

/** What the work ends with when it fails as things may fail. */
async function errorOf(work: Promise<void>): Promise<AppError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** A refused or lost attempt that the next moment may spare; not a wrong address, a wrong token, a wrong version. */
function mayPass(error: AppError): boolean {
  if (error instanceof DfxError) return error.status === 429 || error.status >= 500;
  return error instanceof NetworkError && !error.trouble.beforeSending && error.trouble.code !== "ETIMEDOUT";
}

function isExpiredError(error: unknown): boolean {
  return error instanceof DfxError && isExpired({ code: error.dfxCode });
}

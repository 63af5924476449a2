import { AppError } from "../domain/errors.js";
import type { Bodies } from "../wire/bodies.js";
import { decodeResponse, encodeRequest, type ResponseFrame, SUBSCRIBE_RESULTS } from "../wire/frames.js";
import { isExpired, type Refusal, refusal, refusalError } from "./failures.js";
import { LinkKeeper, type LinkKeeperOptions } from "./link-keeper.js";
import { PendingRequests, type Settle } from "./pending-requests.js";
import { type Subscription, Subscriptions } from "./subscriptions.js";
import { cancelled } from "./timing.js";

type FromKeeper = "onMessage" | "onReopened" | "onEnded";

export interface DfxSocketOptions extends Omit<LinkKeeperOptions, FromKeeper> {
  readonly bodies: Bodies;
  /** Ten printable ASCII characters, new for every request. */
  readonly newRequestId: () => string;
  /** Never part of a sentence, even when the server echoes them. */
  readonly secrets: readonly string[];
}

/** How often a subscription is sent until it is acknowledged. */
const SUBSCRIBE_TRIES = 3;

/**
 * The one WebSocket of a session. It carries chunks, their answers, subscriptions and results; messages are told
 * apart by request ID alone.
 */
export class DfxSocket {
  readonly #options: DfxSocketOptions;
  readonly #keeper: LinkKeeper;
  readonly #pending = new PendingRequests();
  readonly #subscriptions = new Subscriptions();
  #strangeFrames = 0;

  constructor(options: DfxSocketOptions) {
    this.#options = options;
    this.#keeper = new LinkKeeper({
      ...options,
      onMessage: (bytes) => this.#receive(bytes),
      onReopened: async () => await this.#renewSubscriptions(),
      onEnded: () => {
        this.#subscriptions.forgetIds();
        this.#pending.endAll();
      },
    });
  }

  /** Frames that were unreadable or belonged to no request; they were ignored. */
  get strangeFrames(): number {
    return this.#strangeFrames;
  }

  get isLost(): boolean {
    return this.#keeper.isLost;
  }

  /** Milliseconds since anything came from the server; infinite without a connection. */
  silentMs(): number {
    return this.#keeper.link?.silentMs() ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Resolves as soon as the connection is open and every subscription is renewed.
   * @throws AppError AUTH, NETWORK, SERVER or CANCELLED.
   */
  async ready(): Promise<void> {
    await this.#keeper.ready();
  }

  /** Sends a request. `settle` is called once, perhaps before this returns. */
  ask(action: string, body: Uint8Array, settle: Settle): string {
    const requestId = this.#options.newRequestId();
    const { link } = this.#keeper;
    if (link === undefined) {
      settle(undefined);
    } else {
      this.#pending.add(requestId, settle);
      link.send(encodeRequest(action, requestId, body));
    }
    return requestId;
  }

  /** A chunk or a new result has come through. */
  noteProgress(): void {
    this.#keeper.noteProgress();
  }

  /** Ends a connection that seems dead, as if the server had done so. */
  drop(why: string): void {
    this.#keeper.drop(why);
  }

  /**
   * After an answer TOKEN_EXPIRED: connects again with a new token.
   * @throws AppError AUTH when there is none; NETWORK, CANCELLED.
   */
  async renewLogin(): Promise<void> {
    await this.#keeper.renewLogin();
    await this.#keeper.ready();
  }

  /**
   * Resolves on the acknowledgement. The subscription is renewed on every new connection.
   * @throws AppError AUTH, NETWORK, SERVER or CANCELLED.
   */
  async subscribe(subscription: Subscription): Promise<void> {
    const { serverName, signal } = this.#options;
    for (let left = SUBSCRIBE_TRIES; left > 0; left -= 1) {
      await this.ready();
      const answer = await this.#sendSubscription(subscription);
      if (answer !== undefined && answer.status < 300) {
        this.#subscriptions.keep(subscription);
        return;
      }
      if (answer === undefined) continue;
      const said = this.refusalIn(answer);
      if (!isExpired(said) || left === 1) throw refusalError(serverName, "the subscription to results", said);
      await this.renewLogin();
    }
    if (signal.aborted) throw cancelled();
    throw new AppError("NETWORK", `Server ${serverName} did not confirm the subscription to results. Try again later.`);
  }

  /** From now on nobody waits for the results of this measurement; those that come all the same are passed on. */
  unsubscribe(measurementId: string): void {
    this.#subscriptions.drop(measurementId);
  }

  /** What an answer that is no success says. */
  refusalIn({ status, body }: ResponseFrame): Refusal {
    try {
      return refusal(status, this.#options.bodies.decodeError(body), this.#options.secrets);
    } catch {
      return refusal(status, undefined, []);
    }
  }

  /** Counts a message that nobody can use; people hear of the first one. */
  noteStrange(): void {
    this.#strangeFrames += 1;
    if (this.#strangeFrames > 1) return;
    this.#options.onNotice(`Server ${this.#options.serverName} sent a message that cannot be read; it is ignored.`);
  }

  /** Says goodbye to the server; requests that wait get no answer. */
  async close(): Promise<void> {
    this.#subscriptions.clear();
    await this.#keeper.close();
  }

  async #renewSubscriptions(): Promise<AppError | undefined> {
    const { serverName, onNotice } = this.#options;
    return await this.#subscriptions.renew(
      serverName,
      async (subscription) => await this.#sendSubscription(subscription),
      (answer) => {
        const error = refusalError(serverName, "to go on sending results", this.refusalIn(answer));
        if (isExpired({ code: error.dfxCode })) return error;
        onNotice(error.message);
        return undefined;
      },
    );
  }

  async #sendSubscription(subscription: Subscription): Promise<ResponseFrame | undefined> {
    const { bodies, newRequestId, timing } = this.#options;
    return await new Promise((resolve) => {
      const resultsRequestId = newRequestId();
      this.#subscriptions.announce(resultsRequestId, subscription);
      const body = bodies.encodeSubscribe({ measurementId: subscription.measurementId, resultsRequestId });
      let requestId = "";
      const timer = setTimeout(() => {
        this.#pending.forget(requestId);
        this.drop("no answer to the subscription");
        resolve(undefined);
      }, timing.ackMs);
      requestId = this.ask(SUBSCRIBE_RESULTS, body, (answer) => {
        clearTimeout(timer);
        if (answer === undefined || answer.status >= 300) this.#subscriptions.withdraw(resultsRequestId);
        resolve(answer);
      });
    });
  }

  #receive(bytes: Uint8Array): void {
    let frame: ResponseFrame;
    try {
      frame = decodeResponse(bytes);
    } catch {
      this.noteStrange();
      return;
    }
    if (this.#pending.settle(frame) || this.#subscriptions.route(frame) || this.#pending.isOld(frame)) return;
    this.noteStrange();
  }
}

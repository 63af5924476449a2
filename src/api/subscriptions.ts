import { AppError } from "../domain/errors.js";
import type { ResponseFrame } from "../wire/frames.js";

/** One measurement whose results somebody waits for. */
export interface Subscription {
  readonly measurementId: string;
  readonly onResult: (frame: ResponseFrame) => void;
}

/**
 * Who is to get results. The IDs under which they come are new on every connection, because a server may know
 * the old ones for a while.
 */
export class Subscriptions {
  readonly #all = new Set<Subscription>();
  /** On the present connection. */
  readonly #byResultsId = new Map<string, Subscription>();

  /** Before the request is sent: a result may come ahead of the acknowledgement. */
  announce(resultsId: string, subscription: Subscription): void {
    this.#byResultsId.set(resultsId, subscription);
  }

  /** The request was refused or not answered. */
  withdraw(resultsId: string): void {
    this.#byResultsId.delete(resultsId);
  }

  keep(subscription: Subscription): void {
    this.#all.add(subscription);
  }

  drop(measurementId: string): void {
    for (const subscription of this.#all) {
      if (subscription.measurementId === measurementId) this.#all.delete(subscription);
    }
  }

  /** False when the frame is no result of a subscription. */
  route(frame: ResponseFrame): boolean {
    const subscription = this.#byResultsId.get(frame.requestId);
    subscription?.onResult(frame);
    return subscription !== undefined;
  }

  /** The connection has ended. */
  forgetIds(): void {
    this.#byResultsId.clear();
  }

  clear(): void {
    this.#all.clear();
    this.forgetIds();
  }

  /**
   * Sends all of them again over a new connection.
   * @returns the reason when the connection should be given up. A subscription that is refused is dropped, unless
   * `onRefused` gives such a reason.
   */
  async renew(
    serverName: string,
    send: (subscription: Subscription) => Promise<ResponseFrame | undefined>,
    onRefused: (answer: ResponseFrame) => AppError | undefined,
  ): Promise<AppError | undefined> {
    for (const subscription of this.#all) {
      const answer = await send(subscription);
      if (answer === undefined || answer.status === 429 || answer.status >= 500) {
        return new AppError("NETWORK", `Server ${serverName} did not renew the subscription to results.`);
      }
      if (answer.status < 300) continue;
      const reason = onRefused(answer);
      if (reason !== undefined) return reason;
      this.#all.delete(subscription);
    }
    return undefined;
  }
}

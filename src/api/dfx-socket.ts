import { AppError } from "../domain/errors.js";
import { decodeResponse, encodeRequest, type ResponseFrame, SUBSCRIBE_RESULTS } from "../wire/frames.js";
import { decodeErrorMessage } from "../wire/v1-messages.js";
import { type Refusal, refusalError, safeText } from "./failures.js";
import { type Link, openLink } from "./socket-link.js";
import { cancelled, jittered, pause, type Timing } from "./timing.js";
import type { Bearer } from "./token-source.js";

// The one WebSocket of a session. It carries chunks, their answers, subscriptions and results; messages
// are told apart by request ID alone.
//
//   idle --ready()--> connecting --> open --connection ends--> connecting --> open
//                         \                                        \-- attempts used up --> lost
//                          \-- the first attempt fails --> idle          (ready() starts again)

export interface DfxSocketOptions {
  readonly serverName: string;
  readonly wsUrl: string;
  readonly bearer: Bearer;
  readonly timing: Timing;
  readonly random: () => number;
  /** Ten printable ASCII characters, new for every request. */
  readonly newRequestId: () => string;
  /** Never part of a sentence, even when the server echoes them. */
  readonly secrets: readonly string[];
  readonly onNotice: (text: string) => void;
  /** The connection is gone and all attempts to renew it have failed. */
  readonly onLost: () => void;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

export interface Subscription {
  readonly encodeBody: (resultsRequestId: string) => Uint8Array;
  readonly onResult: (frame: ResponseFrame) => void;
}

/** Takes the answer to a request, or undefined when the connection ended before it came. */
export type Settle = (answer: ResponseFrame | undefined) => void;

type State = "idle" | "connecting" | "open" | "lost" | "closed";

/** Answers that come after their request was given up are known by their ID for this many requests. */
const RETIRED_IDS_MAX = 64;

/** How often a subscription is sent until it is acknowledged. */
const SUBSCRIBE_TRIES = 3;

export class DfxSocket {
  readonly #options: DfxSocketOptions;
  #state: State = "idle";
  /** Work of the state "connecting". */
  #connecting: Promise<void> = Promise.resolve();
  /** Present in the state "open", and in "connecting" while subscriptions are being renewed. */
  #link: Link | undefined;
  #openedAtMs = 0;
  #attemptsUsed = 0;
  #strangeFrames = 0;
  readonly #asked = new Map<string, Settle>();
  readonly #retired = new Set<string>();
  readonly #subscriptions = new Set<Subscription>();
  /** Results request ID, on the present connection, of each subscription. */
  readonly #resultIds = new Map<string, Subscription>();
  readonly #cut = (): void => this.#end()?.cut();

  constructor(options: DfxSocketOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#cut, { once: true });
  }

  /** Frames that were unreadable or belonged to no request; they were ignored. */
  get strangeFrames(): number {
    return this.#strangeFrames;
  }

  get isLost(): boolean {
    return this.#state === "lost";
  }

  /** Milliseconds since anything came from the server; infinite without a connection. */
  silentMs(): number {
    return this.#link?.silentMs() ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Resolves as soon as the connection is open and every subscription is renewed. The very first attempt
   * fails at once; later ones go through all waits of the timing.
   * @throws AppError AUTH, NETWORK or CANCELLED.
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

  /** Sends a request. `settle` is called once, perhaps before this returns. */
  ask(action: string, body: Uint8Array, settle: Settle): string {
    const requestId = this.#options.newRequestId();
    if (this.#link === undefined) {
      settle(undefined);
    } else {
      this.#asked.set(requestId, settle);
      this.#link.send(encodeRequest(action, requestId, body));
    }
    return requestId;
  }

  /** Gives a request up: its answer, should it come, is ignored. */
  forget(requestId: string): void {
    if (!this.#asked.delete(requestId)) return;
    this.#retired.add(requestId);
    const [oldest] = this.#retired;
    if (this.#retired.size > RETIRED_IDS_MAX && oldest !== undefined) this.#retired.delete(oldest);
  }

  /** Ends a connection that seems dead, as if the server had done so. */
  drop(why: string): void {
    const link = this.#link;
    if (link === undefined) return;
    link.cut();
    this.#down(link, why);
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
      if (answer?.status === 200) {
        this.#subscriptions.add(subscription);
        return;
      }
      if (answer !== undefined) throw refusalError(serverName, "the subscription to results", this.refusalIn(answer));
    }
    if (signal.aborted) throw cancelled();
    throw new AppError("NETWORK", `Server ${serverName} did not confirm the subscription to results. Try again later.`);
  }

  /** What an answer that is no success says. */
  refusalIn({ status, body }: ResponseFrame): Refusal {
    try {
      const { code, message } = decodeErrorMessage(body);
      const known = /^[A-Z0-9_]{1,64}$/.test(code) ? code : "";
      return { status, code: known, message: safeText(message, this.#options.secrets) };
    } catch {
      return { status, code: "", message: "" };
    }
  }

  /** Says goodbye to the server; requests that wait get no answer. */
  async close(): Promise<void> {
    await this.#end()?.close();
  }

  #end(): Link | undefined {
    const link = this.#link;
    this.#state = "closed";
    this.#options.signal.removeEventListener("abort", this.#cut);
    this.#subscriptions.clear();
    this.#forgetConnection();
    return link;
  }

  #begin(work: () => Promise<void>): void {
    this.#state = "connecting";
    this.#connecting = work();
    // A failure reaches whoever waits in ready(); when nobody does, onLost and a notice have told it.
    this.#connecting.catch(() => undefined);
  }

  readonly #connectFirst = async (): Promise<void> => {
    try {
      await this.#open();
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
      failure = await this.#openAndRenew();
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

  /** The reason when there is no connection with all subscriptions afterwards. */
  async #openAndRenew(): Promise<AppError | undefined> {
    const { serverName } = this.#options;
    try {
      await this.#open();
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
    for (const subscription of this.#subscriptions) {
      const answer = await this.#sendSubscription(subscription);
      if (answer === undefined || answer.status === 429 || answer.status >= 500) {
        this.#link?.cut();
        this.#forgetConnection();
        return new AppError("NETWORK", `Server ${serverName} did not renew the subscription to results.`);
      }
      if (answer.status !== 200) this.#giveUp(subscription, answer);
    }
    // The connection may have ended behind the last answer.
    return this.#link === undefined
      ? new AppError("NETWORK", `Server ${serverName} ended the connection for results.`)
      : undefined;
  }

  #giveUp(subscription: Subscription, answer: ResponseFrame): void {
    this.#subscriptions.delete(subscription);
    const { message } = refusalError(this.#options.serverName, "to go on sending results", this.refusalIn(answer));
    this.#options.onNotice(message);
  }

  async #open(): Promise<void> {
    const { serverName, wsUrl, bearer, timing, signal } = this.#options;
    let link: Link | undefined;
    let endedWhy: string | undefined;
    const onDown = (why: string): void => {
      endedWhy = why;
      if (link !== undefined) this.#down(link, why);
    };
    const onMessage = (bytes: Uint8Array): void => this.#receive(bytes);
    link = await openLink({ serverName, wsUrl, token: bearer.token, timing, onMessage, onDown }, signal);
    if (this.#is("closed")) {
      link.cut();
      throw cancelled();
    }
    if (endedWhy !== undefined) {
      throw new AppError("NETWORK", `Server ${serverName} ended the connection for results (${endedWhy}).`);
    }
    this.#link = link;
    this.#openedAtMs = performance.now();
  }

  async #sendSubscription(subscription: Subscription): Promise<ResponseFrame | undefined> {
    const { newRequestId, timing } = this.#options;
    return await new Promise((resolve) => {
      const resultsId = newRequestId();
      this.#resultIds.set(resultsId, subscription);
      let requestId = "";
      const timer = setTimeout(() => {
        this.forget(requestId);
        this.drop("no answer to the subscription");
        resolve(undefined);
      }, timing.ackMs);
      requestId = this.ask(SUBSCRIBE_RESULTS, subscription.encodeBody(resultsId), (answer) => {
        clearTimeout(timer);
        if (answer?.status !== 200) this.#resultIds.delete(resultsId);
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
    const settle = this.#asked.get(frame.requestId);
    const subscription = this.#resultIds.get(frame.requestId);
    if (settle !== undefined) {
      this.#asked.delete(frame.requestId);
      settle(frame);
    } else if (subscription !== undefined) {
      subscription.onResult(frame);
    } else if (!this.#retired.has(frame.requestId)) {
      this.noteStrange();
    }
  }

  /** Counts a message that nobody can use; people hear of the first one. */
  noteStrange(): void {
    this.#strangeFrames += 1;
    if (this.#strangeFrames > 1) return;
    this.#options.onNotice(`Server ${this.#options.serverName} sent a message that cannot be read; it is ignored.`);
  }

  #down(link: Link, why: string): void {
    if (link !== this.#link) return;
    const { timing, serverName, onNotice } = this.#options;
    if (performance.now() - this.#openedAtMs >= timing.stableMs) this.#attemptsUsed = 0;
    const wasOpen = this.#state === "open";
    // Before the requests are told: whoever asks again must wait for the new connection.
    if (wasOpen) {
      onNotice(`The connection to server ${serverName} was lost (${why}); connecting again.`);
      this.#begin(this.#reconnect);
    }
    this.#forgetConnection();
  }

  #forgetConnection(): void {
    this.#link = undefined;
    this.#resultIds.clear();
    const waiting = [...this.#asked.values()];
    this.#asked.clear();
    for (const settle of waiting) settle(undefined);
  }

  #is(state: State): boolean {
    return this.#state === state;
  }
}

import { AppError } from "../domain/errors.js";
import type { SendMethod } from "../domain/measurement-terms.js";
import type { DfxApi } from "./dfx-api.js";
import type { Credentials } from "./login.js";
import { RestClient } from "./rest-client.js";
import type { ServerAddress } from "./servers.js";
import { DEFAULT_TIMING, type Timing, within } from "./timing.js";
import type { TokenSource } from "./token-source.js";

export interface SessionOptions {
  readonly address: ServerAddress;
  /** Who measures: logged in with the credentials, or already logged in. */
  readonly access: Credentials | TokenSource;
  /** How the service lists this device. */
  readonly deviceName?: string;
  readonly sendMethod: SendMethod;
  /** Version 1 when absent. */
  readonly api?: DfxApi;
  /** True where chunks must not go out faster than they were captured. */
  readonly paced?: boolean;
  /** For the whole of logging in and creating a measurement, in ms; the original demo gives it 20 s. */
  readonly connectTimeoutMs?: number;
  /** "registering the licence", "logging in", "creating the user", "creating the measurement". */
  readonly onStep?: (step: string) => void;
  /** One sentence about something that went wrong and is being dealt with. */
  readonly onNotice?: (text: string) => void;
  /** Other waits than the usual ones. */
  readonly timing?: Partial<Timing>;
  /** In [0, 1), for the spread of waits. */
  readonly random?: () => number;
  /** Ten printable ASCII characters, new for every request. */
  readonly newRequestId?: () => string;
}

const CONNECT_TIMEOUT_MS = 20_000;

/** What logging in and the session share: the REST client, the connect time, the end of everything. */
export class Connection {
  readonly options: SessionOptions;
  readonly timing: Timing;
  readonly rest: RestClient;
  readonly secrets: string[];
  #connectLeftMs: number;
  #step = "connecting";
  readonly #stop = new AbortController();
  readonly #outer: AbortSignal;
  readonly #forward = (): void => this.end();

  constructor(options: SessionOptions, signal: AbortSignal) {
    this.options = options;
    this.timing = { ...DEFAULT_TIMING, ...options.timing };
    const { access } = options;
    this.secrets = "token" in access ? [access.token] : [access.licenseKey, access.password];
    this.#connectLeftMs = this.#connectMs;
    this.rest = new RestClient({
      serverName: this.serverName,
      restUrl: options.address.restUrl,
      timing: this.timing,
      random: this.random,
      secrets: this.secrets,
      onNotice: this.onNotice,
    });
    this.#outer = signal;
    if (signal.aborted) this.end();
    else signal.addEventListener("abort", this.#forward, { once: true });
  }

  get serverName(): string {
    return this.options.address.name;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get random(): () => number {
    return this.options.random ?? Math.random;
  }

  readonly onNotice = (text: string): void => this.options.onNotice?.(text);

  /** Keeps a text out of all sentences. */
  readonly onSecret = (secret: string): void => {
    if (!this.secrets.includes(secret)) this.secrets.push(secret);
  };

  readonly onStep = (step: string): void => {
    this.#step = step;
    this.options.onStep?.(step);
  };

  /** A part of connecting: all parts together have the connect time; time between them is free. */
  async step<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { restUrl } = this.options.address;
    const seconds = this.#connectMs / 1000;
    const late = (): AppError => {
      const trouble = this.rest.lastTrouble === "" ? "no answer" : `no success (${this.rest.lastTrouble})`;
      return new AppError(
        "NETWORK",
        `Cannot connect to API server ${this.serverName} (${restUrl}): ` +
          `${trouble} within ${seconds} s while ${this.#step}. Try again later.`,
      );
    };
    const startedAtMs = performance.now();
    try {
      return await within(this.#connectLeftMs, this.signal, late, work);
    } finally {
      this.#connectLeftMs = Math.max(0, this.#connectLeftMs - (performance.now() - startedAtMs));
    }
  }

  /** Connecting is done; what is to be connected later has the whole time again. */
  connected(): void {
    this.#connectLeftMs = this.#connectMs;
  }

  get #connectMs(): number {
    return this.options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  }

  /** Stops all that runs, at once. */
  end(): void {
    this.#outer.removeEventListener("abort", this.#forward);
    this.#stop.abort();
    this.rest.close();
  }
}

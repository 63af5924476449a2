/** Where the measuring client gets its bearer token: asked at every request and at every connection. */
export interface TokenSource {
  /** The token that is good now, as far as the source knows. */
  readonly token: string;
  /**
   * Called after the service answered TOKEN_EXPIRED. Several callers share one call.
   * @returns false when the token cannot be renewed: somebody has to log in again.
   */
  renew(): Promise<boolean>;
}

/** A token as version 1 gives it: nothing is known of its life, and nothing renews it. */
export function fixedToken(token: string): TokenSource {
  return { token, renew: () => Promise.resolve(false) };
}

/** One token source for all requests of a session, which share its renewal. */
export class Bearer {
  readonly #source: TokenSource;
  readonly #onSecret: (secret: string) => void;
  #renewal: Promise<boolean> | undefined;

  constructor(source: TokenSource, onSecret: (secret: string) => void) {
    this.#source = source;
    this.#onSecret = onSecret;
    onSecret(source.token);
  }

  get token(): string {
    return this.#source.token;
  }

  /** True when there is another token than `expired`, which the service no longer takes. */
  async replace(expired: string): Promise<boolean> {
    if (this.token !== expired) return true;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return await this.#renewal;
  }

  async #renew(): Promise<boolean> {
    const isRenewed = await this.#source.renew();
    this.#onSecret(this.token);
    return isRenewed;
  }
}

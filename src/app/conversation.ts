import type { NewMeasurement } from "../api/dfx-api.js";
import { API_V1 } from "../api/dfx-api-v1.js";
import { apiV2 } from "../api/dfx-api-v2.js";
import { type ChainEvents, type MeasurementChain, startChain } from "../api/measurement-chain.js";
import { isLoopback, serverAddress, serverName } from "../api/servers.js";
import { type DfxSession, openSession } from "../api/session.js";
import { actionFor, type ChunkPayload } from "../domain/chunk.js";
import type { ApiVersion } from "../domain/measurement-terms.js";
import { type OwnServer, startOwnServer } from "./own-server.js";
import type { Account, MeasureSettings, ServerChoice } from "./settings.js";

/** A chunk and whether it is the measurement's last. */
export interface SealedChunk {
  readonly chunk: ChunkPayload;
  readonly last: boolean;
}

export interface ConversationEvents extends ChainEvents {
  readonly step: (text: string) => void;
}

/** The talk with the server over one measurement: from licence to final results. */
export class Conversation {
  readonly #own: OwnServer | undefined;
  readonly #session: DfxSession;
  readonly #chain: MeasurementChain;

  private constructor(own: OwnServer | undefined, session: DfxSession, chain: MeasurementChain) {
    this.#own = own;
    this.#session = session;
    this.#chain = chain;
  }

  /**
   * Starts the own server if there is to be one, registers, logs in, creates the measurement and subscribes.
   * @throws AppError USAGE for lengths that the service does not take, AUTH, NETWORK, SERVER, REFUSED; whatever was
   * opened until then is closed again.
   */
  static async open(settings: MeasureSettings, events: ConversationEvents, signal: AbortSignal): Promise<Conversation> {
    let own: OwnServer | undefined;
    let session: DfxSession | undefined;
    try {
      if (settings.server.kind === "own") {
        events.step("starting the local server");
        own = await startOwnServer(settings.stateDir, (text) => events.notice(text));
      }
      const { account, address } = partiesOf(settings, own);
      session = await openSession(
        {
          address,
          access: account,
          api: settings.api === "v1" ? API_V1 : apiV2(settings.subprotocol),
          sendMethod: settings.sendMethod,
          // The service asks for it; a server on this computer is our own, or one that is being tested.
          paced: ![address.restUrl, address.wsUrl].every((url) => isLoopback(new URL(url).hostname)),
          onStep: (text) => events.step(text),
          onNotice: (text) => events.notice(text),
        },
        signal,
      );
      const chain = await startChain(session, setupOf(settings, account), events, { signal });
      return new Conversation(own, session, chain);
    } catch (error) {
      await session?.close();
      await own?.server.close();
      throw error;
    }
  }

  /** Sends a chunk and waits until the server has it. */
  async send({ chunk, last }: SealedChunk): Promise<{ roundTripMs: number }> {
    return this.#chain.send(chunk, actionFor(chunk.chunkNumber, last));
  }

  /** Waits for the results that are still to come and fetches the final ones. */
  async finish(): Promise<void> {
    await this.#chain.finish();
  }

  async close(): Promise<void> {
    await this.#session.close();
    await this.#own?.server.close();
  }
}

/**
 * Vectors at full rate, which version 1 clients ask for, hold the pulse wave of our own server. Version 2 clients ask
 * the service for means, and means are what is shown of its signals.
 */
function setupOf({ api, server, mode }: MeasureSettings, { studyId }: Account): NewMeasurement {
  return { studyId, mode, resolution: api === "v1" || server.kind === "own" ? 100 : 0 };
}

type Address = ReturnType<typeof serverAddress>;

function partiesOf(settings: MeasureSettings, own: OwnServer | undefined): { account: Account; address: Address } {
  if (own) {
    const { restUrl, wsUrl } = own.server;
    return { account: own.account, address: serverAddress({ restUrl, wsUrl, name: "local" }) };
  }
  if (!settings.account) throw new Error("settings without an account need a server of our own");
  return { account: settings.account, address: addressOf(settings.server, settings.api) };
}

function addressOf(choice: ServerChoice, api: ApiVersion): Address {
  switch (choice.kind) {
    case "named":
      return serverAddress(choice.name, api);
    case "urls":
      return serverAddress({ restUrl: choice.restUrl, wsUrl: choice.wsUrl });
    case "own":
      throw new Error("the own server has no address before it runs");
  }
}

/** Short name of the chosen server for the screen. */
export function serverLabel(choice: ServerChoice): string {
  switch (choice.kind) {
    case "own":
      return "local";
    case "named":
      return serverName(choice.name);
    case "urls":
      return new URL(choice.restUrl).host;
  }
}

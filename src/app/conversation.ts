import type { NewMeasurement } from "../api/dfx-api.js";
import { API_V1 } from "../api/dfx-api-v1.js";
import { apiV2 } from "../api/dfx-api-v2.js";
import {
  type BegunMeasurement,
  type ChainEvents,
  continueChain,
  type MeasurementChain,
  startChain,
} from "../api/measurement-chain.js";
import { isLoopback, serverName } from "../api/servers.js";
import { type DfxSession, openSession } from "../api/session.js";
import { actionFor, type ChunkPayload } from "../domain/chunk.js";
import type { Retrieved } from "../wire/v1-rest.js";
import { type MeasuringParty, ownParty, signedInParty } from "./measure-account.js";
import { type OwnServer, startOwnServer } from "./own-server.js";
import type { MeasureSettings, ServerChoice } from "./settings.js";

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
  readonly #party: MeasuringParty;
  readonly #session: DfxSession;
  readonly #chain: MeasurementChain;
  /** What the server had of a measurement that goes on; undefined: it is a new one. */
  readonly found: Retrieved | undefined;

  private constructor(
    own: OwnServer | undefined,
    party: MeasuringParty,
    session: DfxSession,
    chain: MeasurementChain,
    found: Retrieved | undefined,
  ) {
    this.#own = own;
    this.#party = party;
    this.#session = session;
    this.#chain = chain;
    this.found = found;
  }

  /**
   * Starts the own server if there is to be one, registers, logs in, creates the measurement and subscribes.
   * @param begun a measurement that goes on: the server is asked for it first.
   * @throws AppError USAGE for lengths that the service does not take, AUTH, NETWORK, SERVER, REFUSED; whatever was
   * opened until then is closed again.
   */
  static async open(
    settings: MeasureSettings,
    events: ConversationEvents,
    signal: AbortSignal,
    begun?: BegunMeasurement,
  ): Promise<Conversation> {
    let own: OwnServer | undefined;
    let party: MeasuringParty | undefined;
    let session: DfxSession | undefined;
    try {
      if (settings.server.kind === "own") {
        events.step("starting the local server");
        own = await startOwnServer(settings.stateDir, (text) => events.notice(text));
      }
      party = own ? ownParty(own) : await signedInParty(settings, events, signal);
      session = await openSession(
        {
          address: party.address,
          access: party.access,
          api: settings.api === "v1" ? API_V1 : apiV2(settings.subprotocol),
          sendMethod: settings.sendMethod,
          // The service asks for it; a server on this computer is our own, or one that is being tested.
          paced: ![party.address.restUrl, party.address.wsUrl].every((url) => isLoopback(new URL(url).hostname)),
          onStep: (text) => events.step(text),
          onNotice: (text) => events.notice(text),
        },
        signal,
      );
      const setup = setupOf(settings, party.studyId);
      const { chain, found } = begun
        ? await continueChain(session, setup, events, { signal }, begun)
        : { chain: await startChain(session, setup, events, { signal }), found: undefined };
      return new Conversation(own, party, session, chain, found);
    } catch (error) {
      await session?.close();
      party?.close();
      await own?.server.close();
      throw error;
    }
  }

  /**
   * Sends a chunk and waits until the server has it.
   * @param mayBeStored an earlier process may have sent it, and did not see the answer.
   */
  async send({ chunk, last }: SealedChunk, mayBeStored = false): Promise<{ roundTripMs: number | undefined }> {
    return this.#chain.send(chunk, actionFor(chunk.chunkNumber, last), { mayBeStored });
  }

  /** A chunk of an earlier process is found to be stored. */
  noteStored(chunkNumber: number): void {
    this.#chain.noteStored(chunkNumber);
  }

  /** Waits for the results that are still to come and fetches the final ones. */
  async finish(): Promise<void> {
    await this.#chain.finish();
  }

  async close(): Promise<void> {
    await this.#session.close();
    this.#party.close();
    await this.#own?.server.close();
  }
}

/**
 * Vectors at full rate, which version 1 clients ask for, hold the pulse wave of our own server. Version 2 clients ask
 * the service for means, and means are what is shown of its signals.
 */
function setupOf({ api, server, mode, profileId, partnerId }: MeasureSettings, studyId: string): NewMeasurement {
  return { studyId, mode, profileId, partnerId, resolution: api === "v1" || server.kind === "own" ? 100 : 0 };
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

import { serverAddress } from "../api/servers.js";
import { type DfxSession, openSession } from "../api/session.js";
import { actionFor, type ChunkPayload } from "../domain/chunk.js";
import type { ChunkResult } from "../domain/result.js";
import type { Retrieved } from "../wire/v1-rest.js";
import { type OwnServer, startOwnServer } from "./own-server.js";
import type { Account, MeasureSettings, ServerChoice } from "./settings.js";

/** A chunk and whether it is the measurement's last. */
export interface SealedChunk {
  readonly chunk: ChunkPayload;
  readonly last: boolean;
}

export interface ConversationEvents {
  step(text: string): void;
  notice(text: string): void;
  result(result: ChunkResult): void;
}

/** The talk with the server over one measurement: from licence to final results. */
export class Conversation {
  readonly #own: OwnServer | undefined;
  readonly #session: DfxSession;
  readonly measurementId: string;

  private constructor(own: OwnServer | undefined, session: DfxSession, measurementId: string) {
    this.#own = own;
    this.#session = session;
    this.measurementId = measurementId;
  }

  /**
   * Starts the own server if there is to be one, registers, logs in, creates the measurement and subscribes.
   * @throws AppError AUTH, NETWORK, SERVER; whatever was opened until then is closed again.
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
          sendMethod: settings.sendMethod,
          onStep: (text) => events.step(text),
          onNotice: (text) => events.notice(text),
        },
        signal,
      );
      const measurementId = await session.createMeasurement({
        studyId: account.studyId,
        mode: settings.mode,
        resolution: 100,
      });
      await session.subscribe(measurementId, (result) => events.result(result));
      return new Conversation(own, session, measurementId);
    } catch (error) {
      await session?.close();
      await own?.server.close();
      throw error;
    }
  }

  /** Sends a chunk and waits until the server has it. */
  async send({ chunk, last }: SealedChunk): Promise<{ roundTripMs: number }> {
    return this.#session.addChunk(this.measurementId, chunk, actionFor(chunk.chunkNumber, last));
  }

  /** True when so many chunks have results; false when the time is over or the connection for results is lost. */
  async waitForResults(count: number, timeoutMs: number): Promise<boolean> {
    return this.#session.waitForResults(this.measurementId, count, timeoutMs);
  }

  /** The final results. */
  async retrieve(): Promise<Retrieved> {
    return this.#session.retrieve(this.measurementId);
  }

  async close(): Promise<void> {
    await this.#session.close();
    await this.#own?.server.close();
  }
}

type Address = ReturnType<typeof serverAddress>;

function partiesOf(settings: MeasureSettings, own: OwnServer | undefined): { account: Account; address: Address } {
  if (own) {
    const { restUrl, wsUrl } = own.server;
    return { account: own.account, address: serverAddress({ restUrl, wsUrl, name: "local" }) };
  }
  if (!settings.account) throw new Error("settings without an account need a server of our own");
  return { account: settings.account, address: addressOf(settings.server) };
}

function addressOf(choice: ServerChoice): Address {
  switch (choice.kind) {
    case "named":
      return serverAddress(choice.name);
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
      return choice.name;
    case "urls":
      return new URL(choice.restUrl).host;
  }
}

import { randomUUID } from "node:crypto";

import type { ChunkAction, ChunkPayload } from "../domain/chunk.js";
import { AppError } from "../domain/errors.js";
import type { MeasurementMode } from "../domain/measurement-terms.js";
import type { ChunkResult } from "../domain/result.js";
import type { ResponseFrame } from "../wire/frames.js";
import { chunkResult } from "../wire/results.js";
import { decodeResultMessage, encodeSubscribeRequest } from "../wire/v1-messages.js";
import { CreateMeasurementReply, type Retrieved, RetrieveReply } from "../wire/v1-rest.js";
import { type ChunkSender, type ChunkToSend, restSender, socketSender } from "./chunk-senders.js";
import { Connection, type SessionOptions } from "./connection.js";
import { deliver } from "./delivery.js";
import { DfxSocket } from "./dfx-socket.js";
import { DfxError, isTooFast, refusalError } from "./failures.js";
import { DEFAULT_DEVICE_NAME, logIn } from "./login.js";
import { isSuccess } from "./rest-client.js";
import { ResultInbox } from "./result-inbox.js";
import { cancelled } from "./timing.js";
import { Bearer, fixedToken, type TokenSource } from "./token-source.js";

export interface NewMeasurement {
  readonly studyId: string;
  readonly mode: MeasurementMode;
  /** 100 = vectors at full rate, 0 = one mean value per signal. */
  readonly resolution: 0 | 100;
}

export interface AddChunkOptions {
  /**
   * True when an earlier session may have sent this chunk and did not see the answer: a server that
   * already has it is then content, not in error.
   */
  readonly mayBeStored?: boolean;
}

/**
 * Logs in, unless a token source does. The session that comes back must be closed.
 * @throws AppError AUTH (licence, user or password refused), NETWORK (not reachable, or not within the
 * connect time), SERVER, WIRE or CANCELLED.
 */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<DfxSession> {
  const connection = new Connection(options, signal);
  try {
    return new DfxSession(connection, await tokensOf(connection));
  } catch (error) {
    connection.end();
    throw error;
  }
}

/** Logs in where the caller has not done so. */
async function tokensOf(connection: Connection): Promise<TokenSource> {
  const { access, deviceName = DEFAULT_DEVICE_NAME } = connection.options;
  if ("token" in access) return access;
  const { rest, serverName, onStep, onSecret } = connection;
  const token = await connection.step(
    async (signal) => await logIn(access, deviceName, { rest, serverName, signal, onStep, onSecret }),
  );
  return fixedToken(token);
}

/** One logged-in user at one server. Made by `openSession`. */
export class DfxSession {
  readonly #connection: Connection;
  readonly #bearer: Bearer;
  readonly #socket: DfxSocket;
  readonly #inboxes = new Map<string, ResultInbox>();
  /** The chunk before; the next one waits for it. */
  #previous: Promise<unknown> = Promise.resolve();
  /** Per measurement: a chunk that was not delivered. None behind it may go out. */
  readonly #gaps = new Map<string, { readonly chunkNumber: number; readonly mayBeStored: boolean }>();
  readonly #wakeAll = (): void => {
    for (const inbox of this.#inboxes.values()) inbox.wake();
  };

  constructor(connection: Connection, tokens: TokenSource) {
    const { options, timing, random, onNotice, secrets, signal } = connection;
    this.#connection = connection;
    this.#bearer = new Bearer(tokens, connection.onSecret);
    this.#socket = new DfxSocket({
      serverName: connection.serverName,
      wsUrl: options.address.wsUrl,
      bearer: this.#bearer,
      timing,
      random,
      newRequestId: options.newRequestId ?? (() => randomUUID().replaceAll("-", "").slice(0, 10)),
      secrets,
      onNotice,
      onLost: this.#wakeAll,
      signal,
    });
    signal.addEventListener("abort", this.#wakeAll, { once: true });
  }

  /**
   * Creates a measurement (504).
   * @returns its ID.
   * @throws AppError AUTH, NETWORK, SERVER (for example an unknown study), WIRE or CANCELLED.
   */
  async createMeasurement({ studyId, mode, resolution }: NewMeasurement): Promise<string> {
    const { rest, serverName, onStep } = this.#connection;
    onStep("creating the measurement");
    const body = { StudyID: studyId, Resolution: resolution, UserProfileID: "", Mode: mode };
    const request = { method: "POST", path: "/measurements", bearer: this.#bearer, body } as const;
    const answer = await this.#connection.step(async (signal) => await rest.call(request, "once", signal));
    const reply = CreateMeasurementReply.safeParse(answer.json);
    if (isSuccess(answer) && reply.success) return reply.data.ID;
    if (isSuccess(answer)) throw unreadable(serverName, "the new measurement");
    throw refusalError(serverName, `to create a measurement of study ${studyId}`, answer.refusal);
  }

  /**
   * Asks for the results of a measurement over the WebSocket (510). Resolves when the server has
   * confirmed; a lost connection is renewed together with the subscription. Each result comes once; a
   * failure of the service comes as a result with its code and without channels.
   * @throws AppError AUTH, NETWORK, SERVER or CANCELLED.
   */
  async subscribe(measurementId: string, onResult: (result: ChunkResult) => void): Promise<void> {
    const inbox = new ResultInbox(onResult);
    this.#inboxes.set(measurementId, inbox);
    try {
      await this.#socket.subscribe({
        encodeBody: (resultsRequestId) => encodeSubscribeRequest({ measurementId, resultsRequestId }),
        onResult: (frame) => this.#takeResult(measurementId, frame, inbox),
      });
    } catch (error) {
      this.#inboxes.delete(measurementId);
      throw error;
    }
  }

  /**
   * Sends one chunk (506) and waits for its acknowledgement. Chunks go out in the order of the calls, one
   * at a time. What was acknowledged is never sent again; what may have been lost on the way is (see
   * `delivery.ts`).
   * @returns the time from sending to acknowledgement, in ms.
   * @throws DfxError SERVER or AUTH with the service's code ("MEASUREMENT_CLOSED", ...); AppError NETWORK
   * or CANCELLED. The chunk then counts as not delivered; those before it are. Until it is delivered by
   * another call, chunks behind it are refused.
   */
  async addChunk(
    measurementId: string,
    chunk: ChunkPayload,
    action: ChunkAction,
    options: AddChunkOptions = {},
  ): Promise<{ roundTripMs: number }> {
    const turn = this.#previous.then(async () => await this.#deliver({ measurementId, chunk, action }, options));
    this.#previous = turn.catch(() => undefined);
    return { roundTripMs: await turn };
  }

  /**
   * True when `count` chunks of the measurement have results; false when the time is over or the
   * connection is lost for good, and `retrieve` is what is left.
   * @throws AppError CANCELLED.
   */
  async waitForResults(measurementId: string, count: number, timeoutMs: number): Promise<boolean> {
    const inbox = this.#inboxes.get(measurementId);
    if (inbox === undefined) return false;
    const { signal } = this.#connection;
    const isHopeless = (): boolean => signal.aborted || this.#socket.isLost;
    const reached = await inbox.wait(() => inbox.count >= count, isHopeless, timeoutMs);
    if (!reached && signal.aborted) throw cancelled();
    return reached;
  }

  /**
   * The state and the results of a measurement as the server has them (500).
   * @throws AppError AUTH, NETWORK, SERVER, WIRE or CANCELLED.
   */
  async retrieve(measurementId: string): Promise<Retrieved> {
    const { rest, serverName, signal } = this.#connection;
    const path = `/measurements/${encodeURIComponent(measurementId)}`;
    const answer = await rest.call({ method: "GET", path, bearer: this.#bearer }, "read", signal);
    const reply = RetrieveReply.safeParse(answer.json);
    if (isSuccess(answer) && reply.success) return reply.data;
    if (isSuccess(answer)) throw unreadable(serverName, "the measurement");
    throw refusalError(serverName, `to show measurement ${measurementId}`, answer.refusal);
  }

  /** Messages of the server that could not be used. */
  get strangeFrames(): number {
    return this.#socket.strangeFrames;
  }

  /** Closes all connections; calls that still run fail with CANCELLED. Can be called twice. */
  async close(): Promise<void> {
    await this.#socket.close();
    this.#connection.end();
  }

  async #deliver(item: ChunkToSend, { mayBeStored = false }: AddChunkOptions): Promise<number> {
    const { timing, random, signal, onNotice, serverName } = this.#connection;
    const { measurementId } = item;
    const { chunkNumber, durationS } = item.chunk;
    if (signal.aborted) throw cancelled();
    const gap = this.#gaps.get(measurementId);
    // With a gap, "out of order" would no longer prove that a chunk is stored (see delivery.ts).
    if (gap !== undefined && gap.chunkNumber !== chunkNumber) {
      throw new AppError("NETWORK", `Chunk ${gap.chunkNumber} has not reached server ${serverName}; send it first.`);
    }
    const sender = this.#sender(item);
    const isProven = (): boolean =>
      sender.isAccepted() || (this.#inboxes.get(measurementId)?.hasChunk(chunkNumber) ?? false);
    const delivery = {
      serverName,
      chunkNumber,
      durationS,
      action: item.action,
      mayBeStored: mayBeStored || gap?.mayBeStored === true,
      attempt: sender.attempt,
      isProven,
    };
    try {
      const roundTripMs = await deliver(delivery, { timing, random, signal, onNotice });
      this.#gaps.delete(measurementId);
      return roundTripMs;
    } catch (error) {
      const refused = error instanceof DfxError && !isTooFast({ status: error.status, code: error.dfxCode });
      this.#gaps.set(measurementId, { chunkNumber, mayBeStored: delivery.mayBeStored || !refused });
      throw signal.aborted ? cancelled() : error;
    }
  }

  #sender(item: ChunkToSend): ChunkSender {
    const { options, rest, timing, signal, serverName } = this.#connection;
    if (options.sendMethod === "websocket") {
      return socketSender(item, { socket: this.#socket, serverName, wsUrl: options.address.wsUrl, timing });
    }
    // Chunks by REST go on without results; a connection that was given up gets another chance with each.
    if (this.#socket.isLost) this.#socket.ready().catch(() => undefined);
    return restSender(item, rest, this.#bearer, signal);
  }

  #takeResult(measurementId: string, frame: ResponseFrame, inbox: ResultInbox): void {
    if (frame.status >= 400) {
      const { code } = this.#socket.refusalIn(frame);
      const errorCode = code === "" ? `STATUS_${frame.status}` : code;
      inbox.put({ measurementId, chunkNumber: undefined, errorCode, channels: [], raw: frame.body });
      return;
    }
    let result: ChunkResult;
    try {
      result = chunkResult(decodeResultMessage(frame.body), frame.body);
    } catch {
      this.#socket.noteStrange();
      return;
    }
    inbox.put(result);
  }
}

function unreadable(serverName: string, what: string): AppError {
  return new AppError("WIRE", `Server ${serverName} sent an unreadable answer about ${what}.`);
}

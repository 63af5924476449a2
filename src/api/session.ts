import { randomUUID } from "node:crypto";

import type { ChunkAction, ChunkPayload } from "../domain/chunk.js";
import { AppError } from "../domain/errors.js";
import type { ChunkResult } from "../domain/result.js";
import type { ResponseFrame } from "../wire/frames.js";
import { chunkResult } from "../wire/results.js";
import { CreateMeasurementReply, type Retrieved, RetrieveReply } from "../wire/v1-rest.js";
import { readIntermediate } from "../wire/v2-json.js";
import { ChunkCourier } from "./chunk-courier.js";
import { Connection, type SessionOptions } from "./connection.js";
import type { DfxApi, NewMeasurement } from "./dfx-api.js";
import { API_V1 } from "./dfx-api-v1.js";
import { DfxSocket } from "./dfx-socket.js";
import { refusalError } from "./failures.js";
import { DEFAULT_DEVICE_NAME, logIn } from "./login.js";
import { type EarlierSession, OpenMeasurement } from "./open-measurement.js";
import { isSuccess } from "./rest-client.js";
import { cancelled } from "./timing.js";
import { Bearer, fixedToken, type TokenSource } from "./token-source.js";

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
 * connect time), SERVER, REFUSED, WIRE or CANCELLED.
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
  readonly #api: DfxApi;
  readonly #bearer: Bearer;
  readonly #socket: DfxSocket;
  readonly #courier: ChunkCourier;
  readonly #measurements = new Map<string, OpenMeasurement>();
  readonly #wakeAll = (): void => {
    for (const { inbox } of this.#measurements.values()) inbox.wake();
  };

  constructor(connection: Connection, tokens: TokenSource) {
    const { options, timing, random, onNotice, secrets, signal, serverName } = connection;
    this.#connection = connection;
    this.#api = options.api ?? API_V1;
    this.#bearer = new Bearer(tokens, connection.onSecret);
    this.#socket = new DfxSocket({
      serverName,
      wsUrl: options.address.wsUrl,
      subprotocol: this.#api.subprotocol,
      bodies: this.#api.bodies,
      bearer: this.#bearer,
      timing,
      random,
      newRequestId: options.newRequestId ?? (() => randomUUID().replaceAll("-", "").slice(0, 10)),
      secrets,
      onNotice,
      onLost: this.#wakeAll,
      signal,
    });
    this.#courier = new ChunkCourier({
      connection,
      api: this.#api,
      bearer: this.#bearer,
      socket: this.#socket,
      fetchResult: async (measurementId, chunkNumber) => await this.fetchResult(measurementId, chunkNumber),
    });
    signal.addEventListener("abort", this.#wakeAll, { once: true });
  }

  /**
   * Creates a measurement (504).
   * @returns its ID.
   * @throws AppError AUTH, NETWORK, SERVER, REFUSED (for example an unknown study), WIRE or CANCELLED.
   */
  async createMeasurement(measurement: NewMeasurement): Promise<string> {
    const { rest, serverName, onStep } = this.#connection;
    onStep("creating the measurement");
    const body = this.#api.createBody(measurement);
    const request = { method: "POST", path: "/measurements", bearer: this.#bearer, body } as const;
    const answer = await this.#connection.step(async (signal) => await rest.call(request, "once", signal));
    const reply = CreateMeasurementReply.safeParse(answer.json);
    if (isSuccess(answer) && reply.success) {
      this.#connection.connected();
      return reply.data.ID;
    }
    if (isSuccess(answer)) throw unreadable(serverName, "the new measurement");
    throw refusalError(serverName, `to create a measurement of study ${measurement.studyId}`, answer.refusal);
  }

  /**
   * Asks for the results of a measurement over the WebSocket (510). Resolves when the server has
   * confirmed; a lost connection is renewed together with the subscription. Each result comes once; a
   * failure of the service comes as a result with its code and without channels. When it fails, `fetchResult` still
   * passes results on.
   * @param begun what an earlier session has done with the measurement.
   * @throws AppError AUTH, NETWORK, SERVER, REFUSED or CANCELLED.
   */
  async subscribe(
    measurementId: string,
    onResult: (result: ChunkResult) => void,
    begun?: EarlierSession,
  ): Promise<void> {
    const measurement = new OpenMeasurement(measurementId, onResult, this.#connection.secrets, begun);
    this.#measurements.set(measurementId, measurement);
    this.#connection.onStep("subscribing to the results");
    await this.#socket.subscribe({ measurementId, onResult: (frame) => this.#takeResult(measurement, frame) });
    measurement.isSubscribed = true;
  }

  /**
   * Sends one chunk (506) and waits for its acknowledgement. Chunks go out in the order of the calls, one
   * at a time. What was acknowledged is never sent again; what may have been lost on the way is (see
   * `delivery.ts`).
   * @returns the time from sending to acknowledgement, in ms; undefined when the chunk was found to be stored.
   * @throws DfxError SERVER, REFUSED or AUTH with the service's code ("MEASUREMENT_CLOSED", ...); AppError
   * NETWORK or CANCELLED. The chunk then counts as not delivered; those before it are. Until it is delivered
   * by another call, chunks behind it are refused.
   */
  async addChunk(
    measurementId: string,
    chunk: ChunkPayload,
    action: ChunkAction,
    { mayBeStored = false }: AddChunkOptions = {},
  ): Promise<{ roundTripMs: number | undefined }> {
    const measurement = this.#measurementOf(measurementId);
    return { roundTripMs: await this.#courier.bring(measurement, { measurementId, chunk, action }, mayBeStored) };
  }

  /**
   * True when `count` chunks of the measurement have results; false when the time is over or the
   * connection is lost for good, and `fetchResult` and `retrieve` are what is left.
   * @throws AppError CANCELLED.
   */
  async waitForResults(measurementId: string, count: number, timeoutMs: number): Promise<boolean> {
    const measurement = this.#measurements.get(measurementId);
    if (!measurement?.isSubscribed) return false;
    const { inbox } = measurement;
    const { signal } = this.#connection;
    const isHopeless = (): boolean => signal.aborted || this.#socket.isLost;
    const reached = await inbox.wait(() => inbox.count >= count, isHopeless, timeoutMs);
    if (!reached && signal.aborted) throw cancelled();
    return reached;
  }

  /** Nobody waits for results of this measurement any more. */
  leave(measurementId: string): void {
    this.#socket.unsubscribe(measurementId);
  }

  /** True when the result of the chunk has come. */
  hasResult(measurementId: string, chunkNumber: number): boolean {
    return this.#measurements.get(measurementId)?.hasResult(chunkNumber) ?? false;
  }

  /** True when neither chunks nor results need the WebSocket. */
  get canDoWithoutSocket(): boolean {
    return this.canFetchResults && this.#connection.options.sendMethod === "REST";
  }

  /** True while results come by themselves. */
  hearsOf(measurementId: string): boolean {
    return this.#measurements.get(measurementId)?.isSubscribed === true && !this.#socket.isLost;
  }

  /** False where results of single chunks come over the WebSocket only. */
  get canFetchResults(): boolean {
    return this.#api.resultPath !== undefined;
  }

  /**
   * Asks for the result of one chunk by REST and passes it on as one that came over the WebSocket.
   * @returns false when there is none yet, or when this version of the protocol has no such request.
   * @throws AppError AUTH, NETWORK, SERVER, WIRE or CANCELLED.
   */
  async fetchResult(measurementId: string, chunkNumber: number): Promise<boolean> {
    const { rest, serverName, signal } = this.#connection;
    const measurement = this.#measurements.get(measurementId);
    if (this.#api.resultPath === undefined || measurement === undefined) return false;
    const order = measurement.orderOf(chunkNumber);
    const path = this.#api.resultPath(measurementId, order);
    const answer = await rest.call({ method: "GET", path, bearer: this.#bearer }, "read", signal);
    if (!isSuccess(answer)) {
      // Servers differ in whether a result that is not there yet is an empty answer or none.
      if (answer.status === 404) return false;
      throw refusalError(serverName, `the result of chunk ${chunkNumber}`, answer.refusal);
    }
    const message = readIntermediate(answer.json, measurementId, order);
    if (message === undefined) return false;
    const raw = new TextEncoder().encode(JSON.stringify(answer.json));
    measurement.put(chunkResult(message, raw));
    return true;
  }

  /**
   * The state and the results of a measurement as the server has them (500).
   * @param step what this is, for those who wait; nothing is told without it.
   * @throws AppError AUTH, NETWORK, SERVER, REFUSED, WIRE or CANCELLED.
   */
  async retrieve(measurementId: string, step?: string): Promise<Retrieved> {
    const { rest, serverName, signal, onStep } = this.#connection;
    if (step !== undefined) onStep(step);
    const path = this.#api.retrievePath(measurementId);
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

  /** Chunks may go out without a subscription. */
  #measurementOf(measurementId: string): OpenMeasurement {
    const known = this.#measurements.get(measurementId);
    if (known) return known;
    const measurement = new OpenMeasurement(measurementId, () => undefined, this.#connection.secrets);
    this.#measurements.set(measurementId, measurement);
    return measurement;
  }

  #takeResult(measurement: OpenMeasurement, frame: ResponseFrame): void {
    if (frame.status >= 400) {
      const { code } = this.#socket.refusalIn(frame);
      const errorCode = code === "" ? `STATUS_${frame.status}` : code;
      measurement.put({
        measurementId: measurement.id,
        chunkNumber: undefined,
        errorCode,
        channels: [],
        raw: frame.body,
      });
      return;
    }
    let result: ChunkResult;
    try {
      result = chunkResult(this.#api.bodies.decodeResult(frame.body), frame.body);
    } catch {
      this.#socket.noteStrange();
      return;
    }
    if (measurement.put(result)) this.#socket.noteProgress();
  }
}

function unreadable(serverName: string, what: string): AppError {
  return new AppError("WIRE", `Server ${serverName} sent an unreadable answer about ${what}.`);
}

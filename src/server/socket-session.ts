import type { RawData, WebSocket } from "ws";

import { AppError, failureOf } from "../domain/errors.js";
import { type Bodies, JSON_BODIES, PROTOBUF_BODIES } from "../wire/bodies.js";
import {
  ADD_DATA,
  decodeRequest,
  encodeResponse,
  LOGIN_WITH_TOKEN,
  type RequestFrame,
  SUBSCRIBE_RESULTS,
} from "../wire/frames.js";
import type { Owner } from "./accounts.js";
import { invalidRequest, invalidRoute, type Refusal, tooMany } from "./refusal.js";
import { resultBody } from "./result.js";
import type { Service } from "./service.js";
import type { Credentials } from "./tokens.js";

/** Answers a message whose own request ID cannot be read. */
const UNKNOWN_REQUEST_ID = "0000000000";
const REQUEST_ID = /^[\x21-\x7e]{10}$/;

/** One published client takes a message of more bytes for a result, whatever is in it. */
const ERROR_BYTES_MAX = 60;

/** One published client reads every acknowledgement as UTF-8, which the protobuf of a larger number is not. */
const ORDER_TOLD_MAX = 127;

const CLOSE_POLICY = 1008;

const KNOWN_ACTIONS: ReadonlySet<string> = new Set([ADD_DATA, SUBSCRIBE_RESULTS, LOGIN_WITH_TOKEN]);

/**
 * Serves one WebSocket connection: add data, subscribe, results. With the subprotocol `json` bodies are JSON and messages may
 * come as text, else they are protobuf; every answer is binary.
 * @param credentials those of the upgrade; without a token log-in by message must follow.
 */
export function startSession(socket: WebSocket, service: Service, credentials: Credentials): void {
  const session = new SocketSession(socket, service, credentials);
  socket.on("message", (data, isBinary) => session.receive(data, isBinary));
  socket.on("close", () => session.cancelSubscriptions());
  // Too large or malformed frames: ws closes with the right code, there is nothing to add.
  socket.on("error", (error) => service.log("warning", `WebSocket: ${failureOf(error).message}`));
  if (credentials.authorization !== undefined) return;
  const timer = setTimeout(() => session.endWithoutLogin(), service.limits.loginMsMax);
  socket.once("close", () => clearTimeout(timer));
}

class SocketSession {
  readonly #socket: WebSocket;
  readonly #service: Service;
  readonly #isJson: boolean;
  readonly #bodies: Bodies;
  /** Asked about at every message: a token may end, or its user be removed, while the socket is open. */
  #credentials: Credentials;
  #ownerId: string | undefined;
  /** By measurement and request ID. */
  readonly #subscriptions = new Map<string, () => boolean>();
  #unreadable = 0;

  constructor(socket: WebSocket, service: Service, credentials: Credentials) {
    this.#socket = socket;
    this.#service = service;
    this.#credentials = credentials;
    this.#isJson = socket.protocol === "json";
    this.#bodies = this.#isJson ? JSON_BODIES : PROTOBUF_BODIES;
  }

  endWithoutLogin(): void {
    if (this.#credentials.authorization === undefined) this.#socket.close(CLOSE_POLICY, "A token is needed.");
  }

  receive(data: RawData, isBinary: boolean): void {
    const frame = isBinary || this.#isJson ? requestOf(data as Buffer) : undefined;
    if (!frame) {
      this.#refuseUnreadable();
      return;
    }
    const action = KNOWN_ACTIONS.has(frame.action) ? frame.action : "other";
    try {
      this.#answer(frame);
      this.#service.metrics.messages.add({ action, status: 200 });
    } catch (thrown) {
      const refusal = this.#refusalOf(thrown);
      this.#refuse(frame.requestId, refusal);
      this.#service.metrics.messages.add({ action, status: refusal.status });
    }
  }

  #answer(frame: RequestFrame): void {
    switch (frame.action) {
      case ADD_DATA:
        this.#addData(frame);
        return;
      case SUBSCRIBE_RESULTS:
        this.#subscribe(frame);
        return;
      case LOGIN_WITH_TOKEN:
        this.#login(frame);
        return;
      default:
        throw invalidRoute(frame.action);
    }
  }

  #addData({ requestId, body }: RequestFrame): void {
    const owner = this.#loggedIn();
    const request = this.#bodies.decodeAddData(body);
    const { dataId, chunkOrder, startAnalysis } = this.#service.addData(owner, request);
    try {
      const ack = { id: dataId, chunkOrder: this.#toldOrder(chunkOrder) };
      this.#send(encodeResponse(requestId, 200, this.#bodies.encodeAddDataAck(ack)));
    } finally {
      startAnalysis();
    }
  }

  /** Clients of version 1 number their chunks themselves: they miss nothing when a number stays away. */
  #toldOrder(chunkOrder: number): number {
    return this.#socket.protocol === "" && chunkOrder > ORDER_TOLD_MAX ? 0 : chunkOrder;
  }

  /** The acknowledgement is 13 bytes in version 1: no body. Results carry the ID that stands inside the request. */
  #subscribe({ requestId, body }: RequestFrame): void {
    const owner = this.#loggedIn();
    const { measurementId, resultsRequestId } = this.#bodies.decodeSubscribe(body);
    const resultsId = resultsRequestId === "" ? requestId : resultsRequestId;
    if (!REQUEST_ID.test(resultsId)) throw invalidRequest("Bad RequestID.");
    const acknowledge = (): void => this.#send(encodeResponse(requestId, 200, this.#bodies.subscribeAck));
    const key = `${measurementId} ${resultsId}`;
    if (this.#subscriptions.has(key)) {
      acknowledge();
      return;
    }
    if (this.#subscriptions.size >= this.#service.limits.subscriptionsPerSocketMax) throw tooMany("Too many.");
    const deliver = (message: Uint8Array): void =>
      this.#send(encodeResponse(resultsId, 200, this.#isJson ? jsonResult(message) : resultBody(message)));
    const subscription = this.#service.subscribe(owner, measurementId, deliver);
    this.#subscriptions.set(key, subscription.cancel);
    acknowledge();
    for (const result of subscription.replay) deliver(result);
  }

  #login({ requestId, body }: RequestFrame): void {
    const token = this.#bodies.decodeToken(body);
    const credentials = { ...this.#credentials, authorization: token };
    const { ownerId } = this.#service.accounts.ownerOf(credentials, this.#isJson);
    if (this.#ownerId !== ownerId) this.cancelSubscriptions();
    this.#credentials = credentials;
    this.#ownerId = ownerId;
    this.#send(encodeResponse(requestId, 200, this.#bodies.encodeToken(token)));
  }

  #loggedIn(): Owner {
    const owner = this.#service.accounts.ownerOf(this.#credentials, this.#isJson);
    this.#ownerId = owner.ownerId;
    return owner;
  }

  cancelSubscriptions(): void {
    for (const cancel of this.#subscriptions.values()) cancel();
    this.#subscriptions.clear();
  }

  /** A socket is not closed for one bad message: a published client hangs when the server closes first. */
  #refuseUnreadable(): void {
    this.#unreadable += 1;
    this.#refuse(UNKNOWN_REQUEST_ID, invalidRequest("Unreadable message."));
    if (this.#unreadable >= this.#service.limits.unreadableMessagesMax) {
      this.#socket.close(CLOSE_POLICY, "Too many unreadable messages.");
    }
  }

  #refuse(requestId: string, refusal: Refusal): void {
    const { status, code } = refusal;
    this.#service.log("warning", `WebSocket: ${status} ${code}`, { status, code });
    this.#service.metrics.refusals.add({ code });
    this.#send(errorResponse(requestId, refusal, this.#bodies));
  }

  #refusalOf(thrown: unknown): Refusal {
    if (thrown instanceof AppError && thrown.code === "WIRE") return invalidRequest("Unreadable body.");
    return this.#service.refusalOf(thrown, "a message");
  }

  #send(message: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#service.limits.unsentBytesMax) {
      this.#service.log("warning", "WebSocket: dropped a client that does not read");
      this.#socket.terminate();
      return;
    }
    this.#socket.send(message);
  }
}

function jsonResult(message: Uint8Array): Uint8Array {
  return JSON_BODIES.encodeResult(PROTOBUF_BODIES.decodeResult(message));
}

/** A refusal as a message; in protobuf without its sentence when that would make it too long. */
export function errorResponse(requestId: string, { status, code, message }: Refusal, bodies: Bodies): Uint8Array {
  const full = encodeResponse(requestId, status, bodies.encodeError({ code, message }));
  if (full.length <= ERROR_BYTES_MAX || bodies === JSON_BODIES) return full;
  return encodeResponse(requestId, status, bodies.encodeError({ code, message: "" }));
}

function requestOf(message: Buffer): RequestFrame | undefined {
  try {
    return decodeRequest(message);
  } catch {
    return undefined;
  }
}

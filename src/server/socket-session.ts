import type { RawData, WebSocket } from "ws";

import { AppError, failureOf } from "../domain/errors.js";
import {
  ADD_DATA,
  decodeRequest,
  encodeResponse,
  LOGIN_WITH_TOKEN,
  type RequestFrame,
  SUBSCRIBE_RESULTS,
} from "../wire/frames.js";
import {
  decodeAddDataRequest,
  decodeSubscribeRequest,
  decodeTokenMessage,
  encodeAddDataResponse,
  encodeErrorMessage,
  encodeTokenMessage,
} from "../wire/v1-messages.js";
import type { User } from "./accounts.js";
import { internalError, invalidRequest, invalidRoute, Refusal, storeFailed, tooMany } from "./refusal.js";
import { resultBody } from "./result.js";
import type { Service } from "./service.js";

const NOTHING = new Uint8Array();

/** Answers a message whose own request ID cannot be read. */
const UNKNOWN_REQUEST_ID = "0000000000";
const REQUEST_ID = /^[\x21-\x7e]{10}$/;

/** One published client takes a message of more bytes for a result, whatever is in it. */
const ERROR_BYTES_MAX = 60;

const CLOSE_POLICY = 1008;

const KNOWN_ACTIONS: ReadonlySet<string> = new Set([ADD_DATA, SUBSCRIBE_RESULTS, LOGIN_WITH_TOKEN]);

/**
 * Serves one WebSocket connection of version 1: add data, subscribe, results; every message is binary.
 * @param token undefined when the socket was opened without one: log-in by message must follow.
 */
export function startSession(socket: WebSocket, service: Service, token: string | undefined): void {
  const session = new SocketSession(socket, service, token);
  socket.on("message", (data, isBinary) => session.receive(data, isBinary));
  socket.on("close", () => session.cancelSubscriptions());
  // Too large or malformed frames: ws closes with the right code, there is nothing to add.
  socket.on("error", (error) => service.log("warning", `WebSocket: ${failureOf(error).message}`));
  if (token !== undefined) return;
  const timer = setTimeout(() => session.endWithoutLogin(), service.limits.loginMsMax);
  socket.once("close", () => clearTimeout(timer));
}

class SocketSession {
  readonly #socket: WebSocket;
  readonly #service: Service;
  /** Asked about at every message: it may end, or its user be removed, while the socket is open. */
  #token: string | undefined;
  #userId: string | undefined;
  /** By measurement and request ID. */
  readonly #subscriptions = new Map<string, () => boolean>();
  #unreadable = 0;

  constructor(socket: WebSocket, service: Service, token: string | undefined) {
    this.#socket = socket;
    this.#service = service;
    this.#token = token;
  }

  endWithoutLogin(): void {
    if (this.#token === undefined) this.#socket.close(CLOSE_POLICY, "A token is needed.");
  }

  receive(data: RawData, isBinary: boolean): void {
    const frame = isBinary ? requestOf(data as Buffer) : undefined;
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
    const user = this.#loggedIn();
    const request = decodeAddDataRequest(body);
    const stored = this.#service.addData(user, request);
    const reply = encodeAddDataResponse({ id: stored.dataId, chunkOrder: request.chunkOrder });
    try {
      this.#send(encodeResponse(requestId, 200, reply));
    } finally {
      stored.startAnalysis();
    }
  }

  /** The acknowledgement is 13 bytes: no body. Results carry the ID that stands inside the request. */
  #subscribe({ requestId, body }: RequestFrame): void {
    const user = this.#loggedIn();
    const { measurementId, resultsRequestId } = decodeSubscribeRequest(body);
    const resultsId = resultsRequestId === "" ? requestId : resultsRequestId;
    if (!REQUEST_ID.test(resultsId)) throw invalidRequest("Bad RequestID.");
    const key = `${measurementId} ${resultsId}`;
    if (this.#subscriptions.has(key)) {
      this.#send(encodeResponse(requestId, 200, NOTHING));
      return;
    }
    if (this.#subscriptions.size >= this.#service.limits.subscriptionsPerSocketMax) throw tooMany("Too many.");
    const deliver = (message: Uint8Array): void => this.#send(encodeResponse(resultsId, 200, resultBody(message)));
    const subscription = this.#service.subscribe(user, measurementId, deliver);
    this.#subscriptions.set(key, subscription.cancel);
    this.#send(encodeResponse(requestId, 200, NOTHING));
    for (const result of subscription.replay) deliver(result);
  }

  #login({ requestId, body }: RequestFrame): void {
    const token = decodeTokenMessage(body);
    const user = this.#service.accounts.userOf(token);
    if (this.#userId !== user.userId) this.cancelSubscriptions();
    this.#token = token;
    this.#userId = user.userId;
    this.#send(encodeResponse(requestId, 200, encodeTokenMessage(token)));
  }

  #loggedIn(): User {
    const user = this.#service.accounts.userOf(this.#token);
    this.#userId = user.userId;
    return user;
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
    this.#send(errorResponse(requestId, refusal));
  }

  #refusalOf(thrown: unknown): Refusal {
    if (thrown instanceof Refusal) return thrown;
    if (thrown instanceof AppError && thrown.code === "WIRE") return invalidRequest("Unreadable body.");
    const failure = failureOf(thrown);
    this.#service.log("error", `a message failed: ${failure.message}`);
    return failure.code === "FILE" ? storeFailed() : internalError();
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

/** A refusal as a message; without its sentence when that would make it too long. */
export function errorResponse(requestId: string, { status, code, message }: Refusal): Uint8Array {
  const full = encodeResponse(requestId, status, encodeErrorMessage({ code, message }));
  if (full.length <= ERROR_BYTES_MAX) return full;
  return encodeResponse(requestId, status, encodeErrorMessage({ code, message: "" }));
}

function requestOf(message: Buffer): RequestFrame | undefined {
  try {
    return decodeRequest(message);
  } catch {
    return undefined;
  }
}

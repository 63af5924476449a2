import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { type WebSocket, WebSocketServer } from "ws";

import {
  ADD_DATA,
  decodeRequest,
  encodeResponse,
  type RequestFrame,
  SUBSCRIBE_RESULTS,
} from "../../src/wire/frames.js";
import {
  type AddDataRequest,
  decodeAddDataRequest,
  decodeSubscribeRequest,
  encodeAddDataResponse,
  encodeErrorMessage,
  encodeResultMessage,
} from "../../src/wire/v1-messages.js";

// A DFX server of a few lines, for the tests of the client: it keeps chunks in order, closes with LAST,
// and does everything else that a script tells it, wrong things above all.

export const MEASUREMENT = "00000000-0000-4000-8000-000000000001";
const DATA = "00000000-0000-4000-8000-0000000000aa";

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** What a script makes of a REST request: an answer, silence, or a cut connection. */
export type StubReply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | "hang"
  | "drop"
  /** The request is done, its answer is lost. */
  | "do-then-drop";

export interface StubScript {
  readonly password?: string;
  readonly users?: readonly string[];
  /** Undefined: answer as usual. `count` is how often this path was asked for, from 1. */
  readonly rest?: (request: StubRequest, count: number) => StubReply | undefined;
  /** True when the script has dealt with the frame. `count` counts frames of this action, from 1. */
  readonly frame?: (frame: RequestFrame, link: WebSocket, count: number, stub: Stub) => boolean;
  /** An HTTP status to refuse the upgrade with, or "hang". */
  readonly upgrade?: (count: number) => number | "hang" | undefined;
  readonly results?: "after" | "before" | "twice" | "none";
}

export interface Stub {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly requests: readonly StubRequest[];
  /** WebSocket messages as they came. */
  readonly frames: readonly Uint8Array[];
  readonly upgrades: readonly IncomingMessage["headers"][];
  /** Orders of the stored chunks, as stored. */
  readonly stored: readonly number[];
  /** Stores a chunk as if it had come; the answer's status and body. */
  store(order: number, action: string): { status: number; code: string };
  sendResult(order: number, link?: WebSocket): void;
  /** Cuts every WebSocket without a goodbye. */
  cutLinks(): void;
  /** From now on nothing is read from the WebSockets that are open: no answers, not even to pings. */
  freezeLinks(): void;
  close(): Promise<void>;
}

export async function startStub(script: StubScript = {}): Promise<Stub> {
  return await new StubServer(script).start();
}

class StubServer implements Stub {
  restUrl = "";
  wsUrl = "";
  readonly requests: StubRequest[] = [];
  readonly frames: Uint8Array[] = [];
  readonly upgrades: IncomingMessage["headers"][] = [];
  readonly stored: number[] = [];
  readonly #script: StubScript;
  readonly #users: Set<string>;
  #closed = false;
  readonly #counts = new Map<string, number>();
  readonly #subscribers = new Map<WebSocket, string>();
  readonly #connections = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #rest: Server;
  readonly #ws: Server;

  constructor(script: StubScript) {
    this.#script = script;
    this.#users = new Set(script.users ?? ["a@b.c"]);
    this.#rest = createServer((request, response) => this.#answerRest(request, response));
    this.#ws = createServer();
    this.#ws.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
  }

  async start(): Promise<this> {
    const ports = await Promise.all([this.#rest, this.#ws].map(async (server) => await this.#listen(server)));
    this.restUrl = `http://127.0.0.1:${ports[0]}`;
    this.wsUrl = `ws://127.0.0.1:${ports[1]}`;
    return this;
  }

  async #listen(server: Server): Promise<number> {
    server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await Promise.all(
      [this.#rest, this.#ws].map(
        async (server) =>
          await new Promise<void>((resolve) => {
            server.close(() => resolve());
          }),
      ),
    );
  }

  cutLinks(): void {
    for (const link of this.#webSockets.clients) link.terminate();
  }

  freezeLinks(): void {
    for (const link of this.#webSockets.clients) link.pause();
  }

  store(order: number, action: string): { status: number; code: string } {
    if (this.#closed) return { status: 405, code: "MEASUREMENT_CLOSED" };
    if (action.startsWith("FIRST")) this.stored.length = 0;
    if (order !== this.stored.length) return { status: 400, code: "MISALIGNED_CHUNK" };
    this.stored.push(order);
    this.#closed = action.startsWith("LAST");
    return { status: 200, code: "" };
  }

  sendResult(order: number, only?: WebSocket): void {
    const body = encodeResultMessage({
      measurementId: MEASUREMENT,
      measurementDataId: `${MEASUREMENT}:${order}`,
      measurementResultId: DATA,
      multiplier: 10_000,
      channels: [{ id: "HR_BPM", data: [720_000 + order * 10_000], notes: [] }],
      errorCode: "OK",
    });
    for (const [link, id] of this.#subscribers) {
      if (only === undefined || only === link) link.send(encodeResponse(id, 200, body));
    }
  }

  #count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  #answerRest(incoming: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const { method = "", url: path = "", headers } = incoming;
      const request: StubRequest = { method, path, headers, text: Buffer.concat(parts).toString("utf8") };
      this.requests.push(request);
      const scripted = this.#script.rest?.(request, this.#count(`${method} ${path}`));
      if (scripted === "hang") return;
      if (scripted === "drop") {
        incoming.socket.destroy();
        return;
      }
      if (scripted !== undefined && scripted !== "do-then-drop") {
        send(response, scripted.status, scripted.body, scripted.headers);
        return;
      }
      const { status, body } = this.#usual(request);
      if (scripted === "do-then-drop") incoming.socket.destroy();
      else send(response, status, body);
    });
  }

  #usual({ method, path, text, headers }: StubRequest): { status: number; body: unknown } {
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
    switch (`${method} ${path}`) {
      case "POST /organizations/licenses":
        if (body["Key"] !== "licence-key") return { status: 403, body: { Code: "INVALID_LICENSE" } };
        return { status: 200, body: { DeviceID: "d", Token: "device-token", UserID: "" } };
      case "POST /users/auth":
        if (headers.authorization !== "Bearer device-token") return { status: 401, body: { Code: "INVALID_TOKEN" } };
        if (!this.#users.has(body["Email"] ?? "")) return { status: 404, body: { Code: "INVALID_USER" } };
        if (body["Password"] !== (this.#script.password ?? "secret-word")) {
          return { status: 401, body: { Code: "INVALID_PASSWORD" } };
        }
        return { status: 200, body: { Token: "user-token" } };
      case "POST /users":
        if (this.#users.has(body["Email"] ?? "")) return { status: 409, body: { Code: "USER_ALREADY_EXISTS" } };
        this.#users.add(body["Email"] ?? "");
        return { status: 200, body: { ID: "user-id" } };
      case "POST /measurements":
        return { status: 200, body: { ID: MEASUREMENT } };
      case `POST /measurements/${MEASUREMENT}/data`:
        return this.#addByRest(JSON.parse(text) as { ChunkOrder: number; Action: string });
      case `GET /measurements/${MEASUREMENT}`:
        return {
          status: 200,
          body: { ID: MEASUREMENT, StatusID: this.#closed ? "COMPLETE" : "CAPTURING", Results: {} },
        };
      default:
        return { status: 404, body: { Code: "NOT_FOUND" } };
    }
  }

  #addByRest({ ChunkOrder, Action }: { ChunkOrder: number; Action: string }): { status: number; body: unknown } {
    const { status, code } = this.store(ChunkOrder, Action);
    if (status !== 200) return { status, body: { Code: code } };
    if (this.#script.results !== "none") this.sendResult(ChunkOrder);
    return { status, body: { ID: DATA, ChunkOrder } };
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.upgrades.push(request.headers);
    const refusal = this.#script.upgrade?.(this.upgrades.length);
    if (refusal === "hang") {
      // Read on, or the end of the connection would not be noticed.
      socket.on("error", () => undefined);
      socket.on("end", () => socket.destroy());
      socket.resume();
      return;
    }
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (link) => {
      link.on("error", () => undefined);
      link.on("message", (data: Buffer) => this.#takeFrame(new Uint8Array(data), link));
      link.on("close", () => this.#subscribers.delete(link));
    });
  }

  #takeFrame(bytes: Uint8Array, link: WebSocket): void {
    this.frames.push(bytes);
    const frame = decodeRequest(bytes);
    if (this.#script.frame?.(frame, link, this.#count(frame.action), this) === true) return;
    if (frame.action === SUBSCRIBE_RESULTS) {
      this.#subscribers.set(link, decodeSubscribeRequest(frame.body).resultsRequestId);
      link.send(encodeResponse(frame.requestId, 200, new Uint8Array()));
    }
    if (frame.action === ADD_DATA) this.#addByFrame(frame, decodeAddDataRequest(frame.body), link);
  }

  #addByFrame({ requestId }: RequestFrame, { chunkOrder, action }: AddDataRequest, link: WebSocket): void {
    const { results = "after" } = this.#script;
    const { status, code } = this.store(chunkOrder, action);
    if (status !== 200) {
      link.send(encodeResponse(requestId, status, encodeErrorMessage({ code, message: "" })));
      return;
    }
    if (results === "before") this.sendResult(chunkOrder);
    link.send(encodeResponse(requestId, 200, encodeAddDataResponse({ id: DATA, chunkOrder })));
    if (results === "after" || results === "twice") this.sendResult(chunkOrder);
    if (results === "twice") this.sendResult(chunkOrder);
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
}

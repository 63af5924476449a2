import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { type WebSocket, WebSocketServer } from "ws";

import { type Bodies, JSON_BODIES, PROTOBUF_BODIES } from "../../src/wire/bodies.js";
import {
  ADD_DATA,
  decodeRequest,
  encodeResponse,
  type RequestFrame,
  SUBSCRIBE_RESULTS,
} from "../../src/wire/frames.js";
import type { ResultMessage } from "../../src/wire/v1-messages.js";
import { resultJson } from "../../src/wire/v2-json.js";

// A DFX server of a few lines, for the tests of the client: it keeps chunks in order, closes with LAST,
// and does everything else that a script tells it, wrong things above all. It speaks version 1, and version 2 to
// those who ask for a subprotocol or leave the number of a chunk out.

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
  /** What to refuse the upgrade with, an HTTP status alone or with a body, or "hang". */
  readonly upgrade?: (
    count: number,
    headers: IncomingMessage["headers"],
  ) => number | { readonly status: number; readonly body: unknown } | "hang" | undefined;
  readonly results?: "after" | "before" | "twice" | "none";
  /** Who subscribes late is told what was ready before, as our own server does it. */
  readonly replays?: boolean;
  /** Every measurement takes so many chunks and is then closed. */
  readonly chunksMax?: number;
  /** A server that asks for no subprotocol and answers with none. */
  readonly subprotocols?: "none";
  /** Chunks of a measurement that goes on where another has ended are counted from 0 again. */
  readonly countsAnew?: boolean;
}

interface StubMeasurement {
  readonly id: string;
  /** Orders of the stored chunks, as stored. */
  readonly stored: number[];
  closed: boolean;
}

export interface Stub {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly requests: readonly StubRequest[];
  /** WebSocket messages as they came. */
  readonly frames: readonly Uint8Array[];
  readonly upgrades: readonly IncomingMessage["headers"][];
  readonly measurements: readonly StubMeasurement[];
  /** Orders of the stored chunks of the first measurement. */
  readonly stored: readonly number[];
  /** Stores a chunk in the first measurement as if it had come; the answer's status and body. */
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

/** Of the connection's subprotocol. */
export function bodiesOf(link: WebSocket): Bodies {
  return link.protocol === "json" ? JSON_BODIES : PROTOBUF_BODIES;
}

class StubServer implements Stub {
  restUrl = "";
  wsUrl = "";
  readonly requests: StubRequest[] = [];
  readonly frames: Uint8Array[] = [];
  readonly upgrades: IncomingMessage["headers"][] = [];
  readonly measurements: StubMeasurement[] = [];
  readonly #script: StubScript;
  readonly #users: Set<string>;
  readonly #counts = new Map<string, number>();
  readonly #subscribers = new Map<WebSocket, Map<string, string>>();
  readonly #connections = new Set<Socket>();
  readonly #webSockets: WebSocketServer;
  readonly #rest: Server;
  readonly #ws: Server;

  constructor(script: StubScript) {
    this.#script = script;
    this.#users = new Set(script.users ?? ["a@b.c"]);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => (script.subprotocols === "none" ? false : ([...offered][0] ?? false)),
    });
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

  get stored(): readonly number[] {
    return this.#measurement(MEASUREMENT).stored;
  }

  store(order: number, action: string): { status: number; code: string } {
    return this.#storeIn(this.#measurement(MEASUREMENT), order, action);
  }

  sendResult(order: number, only?: WebSocket): void {
    this.#sendResultOf(MEASUREMENT, order, only);
  }

  /** Tests that create none have the first all the same. */
  #measurement(id: string): StubMeasurement {
    const known = this.measurements.find((measurement) => measurement.id === id);
    if (known) return known;
    const measurement = { id, stored: [], closed: false };
    this.measurements.push(measurement);
    return measurement;
  }

  /** @param order undefined when the client leaves it to the server. */
  #storeIn(
    measurement: StubMeasurement,
    order: number | undefined,
    action: string,
  ): { status: number; code: string; order: number } {
    const { stored } = measurement;
    const { chunksMax = Number.POSITIVE_INFINITY, countsAnew = false } = this.#script;
    const isFull = stored.length >= chunksMax;
    if (measurement.closed || isFull) {
      measurement.closed = true;
      return { status: 405, code: "MEASUREMENT_CLOSED", order: 0 };
    }
    if (action.startsWith("FIRST")) stored.length = 0;
    const goesOn = stored.length === 0 && this.measurements[0] !== measurement;
    const next = (stored.at(-1) ?? -1) + 1;
    const kept = order === undefined || countsAnew || (!goesOn && order === next) ? next : order;
    if (kept !== next && !goesOn) return { status: 400, code: "MISALIGNED_CHUNK", order: 0 };
    stored.push(kept);
    measurement.closed = action.startsWith("LAST");
    return { status: 200, code: "", order: kept };
  }

  #resultOf(measurementId: string, order: number): ResultMessage {
    return {
      measurementId,
      measurementDataId: `${measurementId}:${order}`,
      measurementResultId: DATA,
      multiplier: 10_000,
      channels: [{ id: "HR_BPM", data: [720_000 + order * 10_000], notes: [] }],
      errorCode: "OK",
    };
  }

  #sendResultOf(measurementId: string, order: number, only?: WebSocket): void {
    for (const [link, subscriptions] of this.#subscribers) {
      const id = subscriptions.get(measurementId);
      if (id === undefined || (only !== undefined && only !== link)) continue;
      link.send(encodeResponse(id, 200, bodiesOf(link).encodeResult(this.#resultOf(measurementId, order))));
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
      case "GET /status":
        return { status: 200, body: { StatusID: "ACTIVE", Version: "2.0.0" } };
      case "GET /auth":
        return { status: 200, body: { ID: "user-id", Type: "User" } };
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
        return { status: 200, body: { ID: this.#create() } };
      default:
        return this.#ofMeasurement(method, path, text);
    }
  }

  #create(): string {
    const id = `${MEASUREMENT.slice(0, -1)}${this.#count("measurements")}`;
    this.#measurement(id);
    return id;
  }

  #ofMeasurement(method: string, path: string, text: string): { status: number; body: unknown } {
    const [, root, id = "", what, order] = path.split("?", 1)[0]?.split("/") ?? [];
    const isKnown = root === "measurements" && id.startsWith(MEASUREMENT.slice(0, -1));
    if (!isKnown) return { status: 404, body: { Code: "NOT_FOUND" } };
    const measurement = this.#measurement(id);
    switch (`${method} ${what ?? ""}`) {
      case "POST data":
        return this.#addByRest(measurement, JSON.parse(text) as { ChunkOrder?: number; Action: string });
      case "GET results": {
        const isThere = this.#script.results !== "none" && measurement.stored.includes(Number(order));
        return { status: 200, body: isThere ? resultJson(this.#resultOf(id, Number(order))) : {} };
      }
      case "GET ":
        return {
          status: 200,
          body: { ID: id, StatusID: measurement.closed ? "COMPLETE" : "CAPTURING", Results: {} },
        };
      default:
        return { status: 404, body: { Code: "NOT_FOUND" } };
    }
  }

  #addByRest(
    measurement: StubMeasurement,
    { ChunkOrder, Action }: { ChunkOrder?: number; Action: string },
  ): { status: number; body: unknown } {
    const { status, code, order } = this.#storeIn(measurement, ChunkOrder, Action);
    if (status !== 200) return { status, body: { Code: code } };
    if (this.#script.results !== "none") this.#sendResultOf(measurement.id, order);
    return { status, body: { ID: DATA, ChunkOrder: order } };
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.upgrades.push(request.headers);
    const scripted = this.#script.upgrade?.(this.upgrades.length, request.headers);
    if (scripted === "hang") {
      // Read on, or the end of the connection would not be noticed.
      socket.on("error", () => undefined);
      socket.on("end", () => socket.destroy());
      socket.resume();
      return;
    }
    if (scripted !== undefined) {
      const { status, body } = typeof scripted === "number" ? { status: scripted, body: "" } : scripted;
      const text = body === "" ? "" : JSON.stringify(body);
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
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
    const bodies = bodiesOf(link);
    if (frame.action === SUBSCRIBE_RESULTS) {
      const { measurementId, resultsRequestId } = bodies.decodeSubscribe(frame.body);
      const subscriptions = this.#subscribers.get(link) ?? new Map<string, string>();
      this.#subscribers.set(link, subscriptions.set(measurementId, resultsRequestId));
      link.send(encodeResponse(frame.requestId, 200, bodies.subscribeAck));
      if (this.#script.replays === true) {
        for (const order of this.#measurement(measurementId).stored) this.#sendResultOf(measurementId, order, link);
      }
    }
    if (frame.action === ADD_DATA) this.#addByFrame(frame, link);
  }

  #addByFrame({ requestId, body }: RequestFrame, link: WebSocket): void {
    const { results = "after" } = this.#script;
    const bodies = bodiesOf(link);
    const request = bodies.decodeAddData(body);
    const measurement = this.#measurement(request.measurementId);
    const { status, code, order } = this.#storeIn(measurement, request.chunkOrder, request.action);
    if (status !== 200) {
      link.send(encodeResponse(requestId, status, bodies.encodeError({ code, message: "" })));
      return;
    }
    const sendResult = (): void => this.#sendResultOf(measurement.id, order);
    if (results === "before") sendResult();
    link.send(encodeResponse(requestId, 200, bodies.encodeAddDataAck({ id: DATA, chunkOrder: order })));
    if (results === "after" || results === "twice") sendResult();
    if (results === "twice") sendResult();
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
}

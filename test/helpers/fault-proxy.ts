import {
  createServer,
  type IncomingMessage,
  request as requestUpstream,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { type RawData, WebSocket, WebSocketServer } from "ws";

import { ADD_DATA, decodeRequest, decodeResponse, SUBSCRIBE_RESULTS } from "../../src/wire/frames.js";
import { decodeAddDataRequest } from "../../src/wire/v1-messages.js";

// Stands between the program and a real DFX server: counts which chunks the server acknowledged, and fails where a
// test wants it to.
//
//   program  --->  proxy  --->  server
//            <---         <---
//                 "before"       the server has not seen the request
//                       "after"  the server has done it, the answer is on its way

/** What passes by. Over REST: one request. Over the WebSocket: opening it, and what is sent over it. */
export type Step = "register" | "log in" | "create user" | "create" | "add" | "retrieve" | "open socket" | "subscribe";

export type Moment = "before" | "after";

export type Fault =
  /** The connection ends. */
  | "cut"
  /** Nothing comes any more, but the connection stays. */
  | "hang"
  /** The server's process is gone for `downMs`, and comes back with all it had. */
  | "crash"
  /** 300 ms more. */
  | "slow";

export interface Passing {
  readonly step: Step;
  readonly moment: Moment;
  /** How often this step has begun, from 1. */
  readonly count: number;
  /** Of `add`. */
  readonly chunk: number | undefined;
}

export interface FaultProxyOptions {
  readonly server: { readonly restUrl: string; readonly wsUrl: string };
  /** Asked at every step and moment. */
  readonly fault?: (passing: Passing) => Fault | undefined;
  readonly downMs?: number;
  /** Makes the server crash for real and brings it back; without it, it is only out of reach for `downMs`. */
  readonly crash?: () => Promise<void>;
}

const SLOW_MS = 300;

export class FaultProxy {
  restUrl = "";
  wsUrl = "";
  /** Per measurement: numbers of the chunks that the server acknowledged, in its order. */
  readonly acknowledged = new Map<string, number[]>();
  /** Chunks that came again although their acknowledgement had been passed on. */
  readonly sentAgain: string[] = [];
  readonly #passedOn = new Set<string>();
  readonly #options: FaultProxyOptions;
  readonly #counts = new Map<Step, number>();
  readonly #sockets = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #rest: Server;
  readonly #ws: Server;
  #isDown = false;
  #comingBack: Promise<void> | undefined;
  #fault: FaultProxyOptions["fault"];

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#fault = options.fault;
    this.#rest = createServer((request, response) => void this.#relay(request, response));
    this.#ws = createServer();
    this.#ws.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    const [rest, ws] = await Promise.all([proxy.#listen(proxy.#rest), proxy.#listen(proxy.#ws)]);
    proxy.restUrl = `http://127.0.0.1:${rest}`;
    proxy.wsUrl = `ws://127.0.0.1:${ws}`;
    return proxy;
  }

  /** From now on nothing goes wrong any more; a server that has crashed is waited for. */
  async heal(): Promise<void> {
    this.#fault = undefined;
    await this.#comingBack;
  }

  async close(): Promise<void> {
    this.#cutAll();
    await Promise.all([this.#rest, this.#ws].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(server: Server): Promise<number> {
    server.on("connection", (socket: Socket) => {
      if (this.#isDown) socket.destroy();
      socket.on("error", () => undefined);
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Deals with the fault that belongs here. False: the step goes no further. */
  async #pass(passing: Passing, socket: Socket): Promise<boolean> {
    switch (this.#fault?.(passing)) {
      case undefined:
        return !this.#isDown;
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        return true;
      case "cut":
        socket.destroy();
        return false;
      case "hang":
        return false;
      case "crash":
        this.#isDown = true;
        this.#cutAll();
        this.#comingBack = this.#comeBack();
        return false;
    }
  }

  async #comeBack(): Promise<void> {
    const { crash, downMs = 1_500 } = this.#options;
    await (crash?.() ?? new Promise((resolve) => setTimeout(resolve, downMs)));
    this.#isDown = false;
  }

  #begin(step: Step): number {
    const count = (this.#counts.get(step) ?? 0) + 1;
    this.#counts.set(step, count);
    return count;
  }

  #came(measurementId: string, chunk: number | undefined): void {
    const key = `${measurementId}:${chunk}`;
    if (chunk !== undefined && this.#passedOn.has(key)) this.sentAgain.push(key);
  }

  #note(measurementId: string, chunk: number): void {
    this.acknowledged.set(measurementId, [...(this.acknowledged.get(measurementId) ?? []), chunk]);
  }

  async #relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const parts: Buffer[] = [];
    try {
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    } catch {
      // The program was ended in the middle of a request: the server sees none.
      return;
    }
    const body = Buffer.concat(parts);
    const step = stepOf(request);
    const chunk = step === "add" ? (JSON.parse(body.toString("utf8")) as { ChunkOrder: number }).ChunkOrder : undefined;
    const count = this.#begin(step);
    this.#came(measurementIn(request), chunk);
    if (!(await this.#pass({ step, moment: "before", count, chunk }, socket))) return;
    const answer = await this.#ask(request, body).catch(() => undefined);
    if (!answer) {
      socket.destroy();
      return;
    }
    if (chunk !== undefined && answer.status === 200) this.#note(measurementIn(request), chunk);
    if (!(await this.#pass({ step, moment: "after", count, chunk }, socket))) return;
    if (chunk !== undefined && answer.status === 200) this.#passedOn.add(`${measurementIn(request)}:${chunk}`);
    response.writeHead(answer.status, { "content-type": "application/json", "content-length": answer.body.length });
    response.end(answer.body);
  }

  async #ask({ method, url, headers }: IncomingMessage, body: Buffer): Promise<{ status: number; body: Buffer }> {
    return await new Promise((resolve, reject) => {
      const upstream = requestUpstream(
        `${this.#options.server.restUrl}${url ?? ""}`,
        { method, headers: { ...headers, connection: "close" } },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts) }));
          answer.on("error", reject);
        },
      );
      upstream.on("error", reject);
      upstream.end(body);
    });
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const count = this.#begin("open socket");
    if (!(await this.#pass({ step: "open socket", moment: "before", count, chunk: undefined }, socket))) return;
    const { authorization } = request.headers;
    const upstream = new WebSocket(this.#options.server.wsUrl, {
      headers: authorization === undefined ? {} : { authorization },
    });
    upstream.on("error", () => socket.destroy());
    upstream.on("open", () => {
      this.#webSockets.handleUpgrade(request, socket, head, (link) => this.#join(link, upstream, socket));
    });
  }

  #join(link: WebSocket, upstream: WebSocket, socket: Socket): void {
    const asked = new Map<string, { step: Step; count: number; chunk: number | undefined; measurementId: string }>();
    link.on("error", () => undefined);
    link.on("close", () => upstream.terminate());
    upstream.on("close", () => link.terminate());
    link.on("message", (data: RawData) => {
      const frame = decodeRequest(bytesOf(data));
      const isAdd = frame.action === ADD_DATA;
      const add = isAdd ? decodeAddDataRequest(frame.body) : undefined;
      const step: Step = isAdd ? "add" : "subscribe";
      if (!isAdd && frame.action !== SUBSCRIBE_RESULTS) throw new Error(`unknown action ${frame.action}`);
      const known = { step, count: this.#begin(step), chunk: add?.chunkOrder, measurementId: add?.measurementId ?? "" };
      asked.set(frame.requestId, known);
      this.#came(known.measurementId, known.chunk);
      void this.#forward({ ...known, moment: "before" }, socket, upstream, data);
    });
    upstream.on("message", (data: RawData) => {
      const frame = decodeResponse(bytesOf(data));
      const known = asked.get(frame.requestId);
      asked.delete(frame.requestId);
      if (!known) {
        link.send(data);
        return;
      }
      const { measurementId, chunk } = known;
      const isStored = chunk !== undefined && frame.status === 200;
      if (isStored) this.#note(measurementId, chunk);
      void this.#forward({ ...known, moment: "after" }, socket, link, data).then((goesOn) => {
        if (goesOn && isStored) this.#passedOn.add(`${measurementId}:${chunk}`);
        return goesOn;
      });
    });
  }

  async #forward(passing: Passing, socket: Socket, to: WebSocket, data: RawData): Promise<boolean> {
    const goesOn = (await this.#pass(passing, socket)) && to.readyState === WebSocket.OPEN;
    if (goesOn) to.send(data);
    return goesOn;
  }
}

function stepOf({ method, url = "" }: IncomingMessage): Step {
  if (url === "/organizations/licenses") return "register";
  if (url === "/users/auth") return "log in";
  if (url === "/users") return "create user";
  if (url === "/measurements") return "create";
  return method === "GET" ? "retrieve" : "add";
}

function measurementIn({ url = "" }: IncomingMessage): string {
  return /^\/measurements\/([^/]+)\/data$/.exec(url)?.[1] ?? "";
}

function bytesOf(data: RawData): Uint8Array {
  return new Uint8Array(Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer));
}

import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { type WebSocket, WebSocketServer } from "ws";

import { closing, notFound, Refusal } from "./refusal.js";
import type { Service } from "./service.js";
import { startSession } from "./socket-session.js";
import type { Credentials } from "./tokens.js";

const CLOSE_GOING_AWAY = 1001;

/** Upgrades HTTP connections to WebSocket sessions, watches that they live, and closes them. */
export class SocketServer {
  readonly #service: Service;
  readonly #sockets: WebSocketServer;
  /** Sockets that did not answer the last ping yet. */
  readonly #silent = new WeakSet<WebSocket>();
  readonly #pings: NodeJS.Timeout;

  constructor(service: Service) {
    this.#service = service;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: service.limits.socketMessageBytesMax,
      perMessageDeflate: false,
      // Without a subprotocol the bodies are protobuf; "proto" asks for the same.
      handleProtocols: (offered) => ["json", "proto"].find((name) => offered.has(name)) ?? false,
    });
    const count = (): number => this.#sockets.clients.size;
    service.metrics.gauge("dfxterm_sockets_open", "WebSocket connections.", count);
    this.#pings = setInterval(() => this.#pingAll(), service.limits.pingEveryMs);
  }

  /** For the "upgrade" event of an HTTP server. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    // A connection that breaks meanwhile is no matter of ours.
    connection.on("error", () => connection.destroy());
    try {
      this.#admit(request);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      const { status, code } = thrown;
      this.#service.log("warning", `WebSocket: ${status} ${code}`, { status, code });
      this.#service.metrics.refusals.add({ code });
      refuse(connection, thrown);
      return;
    }
    this.#sockets.handleUpgrade(request, connection, head, (socket) => {
      socket.on("pong", () => this.#silent.delete(socket));
      startSession(socket, this.#service, credentialsOf(request));
    });
  }

  /** Says goodbye to everybody and waits for it, at most `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    clearInterval(this.#pings);
    const sockets = [...this.#sockets.clients];
    const closed = sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once("close", () => resolve());
        }),
    );
    for (const socket of sockets) socket.close(CLOSE_GOING_AWAY, "The server is closing.");
    const done = new AbortController();
    const patience = sleep(patienceMs, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([Promise.all(closed), patience]);
    done.abort();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  /** Without a header the client logs in by message: browsers cannot set headers. */
  #admit(request: IncomingMessage): void {
    if (this.#service.closing) throw closing();
    if ((request.url ?? "/").split("?", 1)[0] !== "/") throw notFound();
    const credentials = credentialsOf(request);
    if (credentials.authorization === undefined) return;
    const isJson = (request.headers["sec-websocket-protocol"] ?? "").split(",").some((name) => name.trim() === "json");
    this.#service.accounts.ownerOf(credentials, isJson);
  }

  #pingAll(): void {
    for (const socket of this.#sockets.clients) {
      if (this.#silent.has(socket)) {
        this.#service.log("warning", "WebSocket: dropped a client that does not answer");
        socket.terminate();
        continue;
      }
      this.#silent.add(socket);
      socket.ping();
    }
  }
}

function credentialsOf({ headers }: IncomingMessage): Credentials {
  return { authorization: headers.authorization, referer: headers.origin };
}

/** Answers an upgrade request with an error instead. */
function refuse(connection: Duplex, refusal: Refusal): void {
  const body = JSON.stringify({ Code: refusal.code, Message: refusal.message });
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? "Error"}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  connection.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

import type { RequestListener, Server } from "node:http";

import { failureOf } from "../domain/errors.js";
import { analyse as analyseSignals } from "./analysis/analyse.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import { closeServer, httpServer, listen, urlOf } from "./listener.js";
import type { LogEntry } from "./log.js";
import { restListener } from "./rest.js";
import { type Analyse, Service, type Study } from "./service.js";
import { SocketServer } from "./socket-server.js";

export interface ServerOptions {
  /** Address to listen on. Default 127.0.0.1: nobody outside this machine. */
  readonly host?: string;
  /** 0 stands for any free port. The same number for both, not 0, is one listener for both. */
  readonly restPort: number;
  readonly wsPort: number;
  readonly licenseKeys: readonly string[];
  readonly studies: readonly Study[];
  readonly log?: (entry: LogEntry) => void;
  readonly analyse?: Analyse;
  readonly limits?: Partial<Limits>;
  readonly nowMs?: () => number;
}

export interface RunningServer {
  /** `http://127.0.0.1:9443` */
  readonly restUrl: string;
  /** `ws://127.0.0.1:9080` */
  readonly wsUrl: string;
  /** Finishes what was accepted, delivers it, says goodbye: within five seconds. May be called twice. */
  close(): Promise<void>;
}

/** Time for clients to answer the goodbye, and for requests that are being answered. */
const GOODBYE_MS = 400;

/**
 * Starts the local server: version 1 of the DFX protocol, REST and WebSocket, everything in memory.
 * @throws AppError PORT_IN_USE when a port is taken or not allowed, USAGE when the address is not ours.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", restPort, wsPort, nowMs = Date.now } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const service = new Service({
    licenseKeys: options.licenseKeys,
    studies: options.studies,
    analyse: options.analyse ?? analyseSignals,
    limits,
    log: (level, text) => options.log?.({ atMs: nowMs(), level, text }),
    nowMs,
  });
  const sockets = new SocketServer(service);
  const rest = httpServer(limits, restListener(service));
  const shared = restPort === wsPort && restPort !== 0;
  const ws = shared ? rest : httpServer(limits, upgradeRequired);
  ws.on("upgrade", (request, connection, head) => sockets.upgrade(request, connection, head));
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= closeAll(service, sockets, shared ? [rest] : [rest, ws]);
    return closed;
  };
  try {
    await listen(rest, host, restPort, "--rest-port");
    if (!shared) await listen(ws, host, wsPort, "--ws-port");
  } catch (error) {
    await close();
    throw error;
  }
  for (const server of new Set([rest, ws])) {
    server.on("error", (error) => service.log("error", `listening: ${failureOf(error).message}`));
  }
  return { restUrl: urlOf("http", rest), wsUrl: urlOf("ws", ws), close };
}

async function closeAll(service: Service, sockets: SocketServer, servers: readonly Server[]): Promise<void> {
  service.beginClosing();
  await service.drain();
  await sockets.close(GOODBYE_MS);
  await Promise.all(servers.map((server) => closeServer(server, GOODBYE_MS)));
}

/** What a listener answers that is for WebSocket only. */
const upgradeRequired: RequestListener = (_request, response) => {
  const body = JSON.stringify({ Code: "UPGRADE_REQUIRED", Message: "This port is for WebSocket." });
  response.writeHead(426, { "content-type": "application/json", "content-length": body.length, upgrade: "websocket" });
  response.end(body);
};

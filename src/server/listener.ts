import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import { createServer as createTlsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { AppError } from "../domain/errors.js";
import type { Limits } from "./limits.js";

const HEAD_BYTES_MAX = 16 * 1024;
const KEEP_ALIVE_MS = 30_000;
const CHECK_EVERY_MS = 1_000;
const PRIVILEGED_PORTS_END = 1024;
const PORT_MAX = 65_535;

export type WebServer = HttpServer | HttpsServer;

/** A certificate with its chain and its key, in PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** An HTTP server, with TLS or without, that does not wait for ever: a client must finish what it begins to send. */
export function httpServer(limits: Limits, listener: RequestListener, tls?: Tls): WebServer {
  const options = {
    headersTimeout: limits.headMsMax,
    requestTimeout: limits.requestMsMax,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, limits.headMsMax),
    maxHeaderSize: HEAD_BYTES_MAX,
    noDelay: true,
  };
  const server = tls
    ? createTlsServer({ ...options, ...tls, handshakeTimeout: limits.headMsMax, minVersion: "TLSv1.2" }, listener)
    : createServer(options, listener);
  server.maxConnections = limits.connectionsMax;
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (socket.destroyed || !socket.writable) return;
    const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    const [status, code] = late ? ["408 Request Timeout", "REQUEST_TIMEOUT"] : ["400 Bad Request", "BAD_REQUEST"];
    const body = JSON.stringify({ Code: code });
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
      () => socket.destroy(),
    );
  });
  return server;
}

/**
 * Listens, or says what to change.
 * @param option the command line option that sets the port.
 * @throws AppError PORT_IN_USE, USAGE
 */
export async function listen(server: WebServer, host: string, port: number, option: string): Promise<void> {
  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) {
    throw new AppError("USAGE", `${port} is no port: choose one from 0 to ${PORT_MAX} with ${option}.`);
  }
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port, option));
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

/** Ends a server that accepts nothing new: requests that are being answered get `patienceMs`. */
export async function closeServer(server: WebServer, patienceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const done = new AbortController();
  const patience = sleep(patienceMs, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([closed, patience]);
  done.abort();
  server.closeAllConnections();
  await closed;
}

/** `http://127.0.0.1:9443`, with brackets around an IPv6 address. */
export function urlOf(scheme: "http" | "https" | "ws" | "wss", server: WebServer): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number, option: string): AppError {
  const place = `Port ${port} on ${host}`;
  if (error.code === "EADDRINUSE") {
    const message = `${place} is in use: stop the other program or choose another with ${option}.`;
    return new AppError("PORT_IN_USE", message, { cause: error });
  }
  if (error.code === "EACCES") {
    const message = `${place} needs special rights: choose one from ${PRIVILEGED_PORTS_END} up with ${option}.`;
    return new AppError("PORT_IN_USE", message, { cause: error });
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    const message = `${host} is no address of this machine: choose another with --host.`;
    return new AppError("USAGE", message, { cause: error });
  }
  return new AppError("INTERNAL", `${place} cannot be used: ${error.message}`, { cause: error });
}

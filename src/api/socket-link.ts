import { WebSocket } from "ws";

import type { AppError } from "../domain/errors.js";
import { MESSAGE_BYTES_MAX } from "../wire/size-limits.js";
import { networkError, refusalError, type Trouble, troubleOf } from "./failures.js";
import { cancelled, type Timing } from "./timing.js";

export interface LinkOptions {
  readonly serverName: string;
  readonly wsUrl: string;
  readonly token: string;
  readonly timing: Timing;
  readonly onMessage: (bytes: Uint8Array) => void;
  /** Called once when an open connection ends by anything but `close` or `cut`. */
  readonly onDown: (why: string) => void;
}

/** One open WebSocket connection: pings, notices a dead peer, never comes back by itself. */
export interface Link {
  send(bytes: Uint8Array): void;
  /** Milliseconds since anything came from the server. */
  silentMs(): number;
  /** Ends the connection at once. */
  cut(): void;
  /** Says goodbye, then cuts. */
  close(): Promise<void>;
}

/**
 * Connects with the token in the head of the upgrade request and without a subprotocol, as version 1 wants.
 * @throws AppError AUTH when the server refuses the token; NETWORK; CANCELLED.
 */
export async function openLink(options: LinkOptions, signal: AbortSignal): Promise<Link> {
  if (signal.aborted) throw cancelled();
  const socket = new WebSocket(options.wsUrl, {
    headers: { authorization: `Bearer ${options.token}` },
    handshakeTimeout: options.timing.connectMs,
    maxPayload: MESSAGE_BYTES_MAX,
    // Payloads do not compress, and a compressed message could grow past any limit.
    perMessageDeflate: false,
  });
  return await opened(socket, options, signal);
}

async function opened(socket: WebSocket, options: LinkOptions, signal: AbortSignal): Promise<Link> {
  const { serverName, wsUrl } = options;
  return await new Promise<Link>((resolve, reject) => {
    const stop = (): void => fail(cancelled());
    const failed = (error: Error): void => fail(networkError(serverName, wsUrl, upgradeTrouble(error)));
    const fail = (error: AppError): void => {
      signal.removeEventListener("abort", stop);
      socket.off("error", failed);
      // An attempt that is cut reports an error of its own, which nobody needs any more.
      socket.on("error", () => undefined);
      socket.terminate();
      reject(error);
    };
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", failed);
    socket.once("unexpected-response", (_request, response) => {
      const refusal = { status: response.statusCode ?? 0, code: "", message: "" };
      fail(refusalError(serverName, "the connection for results", refusal));
    });
    socket.once("open", () => {
      signal.removeEventListener("abort", stop);
      socket.off("error", failed);
      // In this very turn: a message or an end that comes with the upgrade must find its listener.
      resolve(linkOver(socket, options));
    });
  });
}

/** `ws` reports its own handshake time-out without a code. */
function upgradeTrouble(error: Error): Trouble {
  if (error.message === "Opening handshake has timed out") return { code: "ETIMEDOUT", beforeSending: true };
  return troubleOf(error);
}

function linkOver(socket: WebSocket, { timing, onMessage, onDown }: LinkOptions): Link {
  let heardAtMs = performance.now();
  let ended = false;
  let deadline: NodeJS.Timeout | undefined;
  const heard = (): void => {
    heardAtMs = performance.now();
    clearTimeout(deadline);
    deadline = undefined;
  };
  const pinger = setInterval(() => {
    socket.ping();
    deadline ??= setTimeout(() => end("the server no longer answers"), timing.pongWithinMs);
  }, timing.pingEveryMs);
  const quiet = (): void => {
    ended = true;
    clearInterval(pinger);
    clearTimeout(deadline);
  };
  const end = (why: string): void => {
    if (ended) return;
    quiet();
    socket.terminate();
    onDown(why);
  };
  socket.on("message", (data) => {
    heard();
    if (!ended) onMessage(bytesOf(data));
  });
  socket.on("ping", heard);
  socket.on("pong", heard);
  socket.on("error", (error) => end(troubleOf(error).code));
  socket.on("close", (code) => end(`closed with code ${code}`));
  return {
    send: (bytes) => socket.send(bytes, () => undefined),
    silentMs: () => performance.now() - heardAtMs,
    cut: () => {
      quiet();
      socket.terminate();
    },
    close: async () => {
      quiet();
      await goodbye(socket, timing.closeMs);
    },
  };
}

async function goodbye(socket: WebSocket, closeMs: number): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.terminate(), closeMs);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(1000);
  });
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

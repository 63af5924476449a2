import type { Socket } from "node:net";

import { WebSocket } from "ws";

import { MESSAGE_BYTES_MAX } from "../wire/size-limits.js";
import { troubleOf } from "./network-failures.js";
import type { Timing } from "./timing.js";

export interface LinkEvents {
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

/** @param stream what is below the WebSocket: a long message is a sign of life before it is there as a whole. */
export function linkOver(
  socket: WebSocket,
  stream: Socket | undefined,
  { onMessage, onDown }: LinkEvents,
  timing: Timing,
): Link {
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
    if (!ended) onMessage(bytesOf(data));
  });
  stream?.on("data", heard);
  socket.on("error", (error) => end(brokenWhy(troubleOf(error).code)));
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

/** `ws` has codes of its own for what a server must not send. */
function brokenWhy(code: string): string {
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
    return `it sent a message of more than ${MESSAGE_BYTES_MAX / 1024 / 1024} MiB`;
  }
  return code.startsWith("WS_ERR_") ? `it sent what is no WebSocket message: ${code}` : code;
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

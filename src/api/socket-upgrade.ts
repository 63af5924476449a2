import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import { WebSocket } from "ws";

import { AppError } from "../domain/errors.js";
import { MESSAGE_BYTES_MAX, SMALL_BYTES_MAX } from "../wire/size-limits.js";
import { ErrorReply } from "../wire/v1-rest.js";
import { refusal, refusalError } from "./failures.js";
import { networkError, type Trouble, troubleOf } from "./network-failures.js";
import { type Link, type LinkEvents, linkOver } from "./socket-link.js";
import { cancelled, type Timing } from "./timing.js";

// Opening a WebSocket: the upgrade request and all the ways in which it can fail.

export interface LinkOptions extends LinkEvents {
  readonly serverName: string;
  readonly wsUrl: string;
  readonly token: string;
  readonly subprotocol: string | undefined;
  readonly timing: Timing;
}

/**
 * Connects with the token in the head of the upgrade request.
 * @throws AppError AUTH when the server refuses the token; SERVER when it does not speak the subprotocol; NETWORK;
 * CANCELLED.
 */
export async function openLink(options: LinkOptions, signal: AbortSignal): Promise<Link> {
  if (signal.aborted) throw cancelled();
  const { wsUrl, token, subprotocol, timing } = options;
  const socket = new WebSocket(wsUrl, subprotocol === undefined ? [] : [subprotocol], {
    headers: { authorization: `Bearer ${token}`, "user-agent": "dfxterm" },
    handshakeTimeout: timing.connectMs,
    maxPayload: MESSAGE_BYTES_MAX,
    // Payloads do not compress, and a compressed message could grow past any limit.
    perMessageDeflate: false,
    // Said here, NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
    rejectUnauthorized: true,
  });
  return await opened(socket, options, signal);
}

async function opened(socket: WebSocket, options: LinkOptions, signal: AbortSignal): Promise<Link> {
  const { serverName, wsUrl, timing } = options;
  return await new Promise<Link>((resolve, reject) => {
    const stop = (): void => fail(cancelled());
    const failed = (error: Error): void => fail(upgradeError(error, options));
    const fail = (error: AppError): void => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", stop);
      socket.off("error", failed);
      // An attempt that is cut reports an error of its own, which nobody needs any more.
      socket.on("error", () => undefined);
      socket.terminate();
      reject(error);
    };
    // `handshakeTimeout` begins anew with every byte.
    const late = { code: "ETIMEDOUT", beforeSending: true };
    const deadline = setTimeout(() => fail(networkError(serverName, wsUrl, late)), timing.connectMs + timing.idleMs);
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", failed);
    socket.once("unexpected-response", (_request, response) => {
      beginningOf(response, (text) => fail(upgradeRefusal(response.statusCode ?? 0, text, options)));
    });
    let stream: Socket | undefined;
    socket.once("upgrade", (response) => {
      stream = response.socket;
    });
    socket.once("open", () => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", stop);
      socket.off("error", failed);
      // In this very turn: a message or an end that comes with the upgrade must find its listener.
      resolve(linkOver(socket, stream, options, timing));
    });
  });
}

function upgradeError(error: Error, { serverName, wsUrl, subprotocol }: LinkOptions): AppError {
  // `ws` gives neither of these a code.
  if (subprotocol !== undefined && /^Server sent (?:no|an invalid) subprotocol$/.test(error.message)) {
    return new AppError(
      "SERVER",
      `Server ${serverName} does not speak version 2 of the protocol over its WebSocket (no subprotocol ${subprotocol}). ` +
        "Check the address and --api.",
    );
  }
  const late: Trouble = { code: "ETIMEDOUT", beforeSending: true };
  const isLate = error.message === "Opening handshake has timed out";
  return networkError(serverName, wsUrl, isLate ? late : troubleOf(error));
}

function upgradeRefusal(status: number, text: string, { serverName }: LinkOptions): AppError {
  const { data } = ErrorReply.safeParse(jsonOf(text));
  // Its sentence is left out: nothing here knows the secrets that it might repeat.
  const said = { code: data?.Code ?? "", message: "" };
  return refusalError(serverName, "the connection for results", refusal(status, said, []));
}

/** The first bytes of a body, as many as an error has. Calls back once, also when the body breaks off. */
function beginningOf(response: IncomingMessage, done: (text: string) => void): void {
  const parts: Buffer[] = [];
  let length = 0;
  let isDone = false;
  const end = (): void => {
    if (isDone) return;
    isDone = true;
    done(Buffer.concat(parts).toString("utf8"));
  };
  response.on("data", (part: Buffer) => {
    parts.push(part);
    length += part.length;
    if (length > SMALL_BYTES_MAX) end();
  });
  for (const event of ["end", "close", "error"]) response.on(event, end);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

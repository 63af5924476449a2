import http from "node:http";
import https from "node:https";

import { WebSocket } from "ws";
import { z } from "zod";

import { serverAddress } from "../../api/servers.js";
import { failureOf } from "../../domain/errors.js";
import type { ApiVersion } from "../../domain/measurement-terms.js";
import { startServerThread } from "../../server/server-thread.js";
import { serverLabel } from "../conversation.js";
import type { ServerChoice } from "../settings.js";
import { broken, type Check, ok, warning } from "./check.js";

const LIMIT_MS = 10_000;
/** Longer is no status. */
const REPLY_CHARS_MAX = 10_000;
/** Without a token there may be no socket: these refuse it, others are none of a WebSocket. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);
const StatusReply = z.object({ StatusID: z.string(), Version: z.string().optional() });

export interface ServerFound {
  readonly check: Check;
  /** Its clock minus ours, in ms; undefined when it is this computer's own or tells no time. */
  readonly aheadMs: number | undefined;
}

/**
 * Whether the chosen server answers, at both of its addresses; no other one is asked. Nothing of an account is sent.
 * @param limitMs how long it may take to answer.
 * @throws AppError USAGE for a server that is none.
 */
export async function serverCheck(
  choice: ServerChoice,
  api: ApiVersion,
  nowMs: () => number,
  limitMs = LIMIT_MS,
): Promise<ServerFound> {
  if (choice.kind === "own") return { check: await ownServerCheck(), aheadMs: undefined };
  const { restUrl, wsUrl } =
    choice.kind === "named"
      ? serverAddress(choice.name, api)
      : serverAddress({ restUrl: choice.restUrl, wsUrl: choice.wsUrl, plainAllowed: choice.plainAllowed });
  const name = serverLabel(choice);
  const [rest, socket] = await Promise.all([askRest(restUrl, nowMs, limitMs), askSocket(wsUrl, limitMs)]);
  const details = { name, restUrl, wsUrl, rest, webSocket: socket };
  const check = judged({ name, restUrl, wsUrl, rest, socket }, api, details);
  return { check, aheadMs: "aheadMs" in rest ? (rest.aheadMs ?? undefined) : undefined };
}

interface Answers {
  readonly name: string;
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly rest: RestAnswer;
  readonly socket: SocketAnswer;
}

function judged({ name, restUrl, wsUrl, rest, socket }: Answers, api: ApiVersion, details: Check["details"]): Check {
  const noSocket = "problem" in socket ? `${wsUrl} ${socket.problem}` : undefined;
  if ("problem" in rest || (noSocket !== undefined && api === "v1")) {
    const problems = [...("problem" in rest ? [`${restUrl} ${rest.problem}`] : []), ...(noSocket ? [noSocket] : [])];
    const advice = "check the network, a firewall or proxy between, and the address";
    return broken("server", "NETWORK", `${name}: ${problems.join("; ")}`, advice, details);
  }
  if (rest.httpStatus >= 500) {
    const found = `${name}: ${restUrl} answers with an error of its own (HTTP ${rest.httpStatus})`;
    return broken("server", "SERVER", found, "try again later, or ask who runs it", details);
  }
  if (rest.status === null) {
    const found = `${name}: ${restUrl} answers, but not as a DFX server does (HTTP ${rest.httpStatus})`;
    return warning("server", found, "check the address, its port and --api", details);
  }
  if (rest.status !== "ACTIVE") {
    return warning("server", `${name} answers, and says of itself: ${rest.status}`, "try again later", details);
  }
  if (noSocket !== undefined) {
    const advice = "version 2 by REST measures without it; results come later then";
    return warning("server", `${name} answers in ${rest.roundTripMs} ms (REST); ${noSocket}`, advice, details);
  }
  return ok("server", `${name} answers in ${rest.roundTripMs} ms (REST and WebSocket)`, details);
}

/** The local server, started and ended again: on free ports of the loopback interface, in memory. */
async function ownServerCheck(): Promise<Check> {
  try {
    const server = await startServerThread({ host: "127.0.0.1", restPort: 0, wsPort: 0, licenseKeys: [], studies: [] });
    await server.close();
    return ok("server", "local: it starts, and listens on this computer only; no other server was asked", {
      name: "local",
    });
  } catch (error) {
    const { code, message } = failureOf(error);
    return broken("server", code, `local: ${message}`, "see what is said of the engine and the folders", {
      name: "local",
    });
  }
}

interface Problem {
  readonly problem: string;
}

interface RestReply {
  readonly roundTripMs: number;
  readonly httpStatus: number;
  /** What it says of itself; null when it does not. */
  readonly status: string | null;
  readonly aheadMs: number | null;
}

type RestAnswer = RestReply | Problem;
type SocketAnswer = { readonly roundTripMs: number } | Problem;

/** GET /status, which needs no account. fetch would ask again and again when the connection is broken off at once. */
async function askRest(restUrl: string, nowMs: () => number, limitMs: number): Promise<RestAnswer> {
  const startedMs = performance.now();
  const { request } = restUrl.startsWith("https:") ? https : http;
  return await new Promise((resolve) => {
    const asked = request(`${restUrl}/status`, { agent: false }, (response) => {
      const roundTripMs = Math.round(performance.now() - startedMs);
      const { statusCode: httpStatus = 0, headers } = response;
      const dateMs = Date.parse(headers.date ?? "");
      const aheadMs = Number.isNaN(dateMs) ? null : dateMs - nowMs();
      let text = "";
      const read = (): void => {
        const { data } = StatusReply.safeParse(httpStatus === 200 ? parsed(text) : undefined);
        end({ roundTripMs, httpStatus, status: data?.StatusID ?? null, aheadMs });
      };
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > REPLY_CHARS_MAX) read();
      });
      response.on("end", read);
      response.on("error", (error) => end({ problem: problemOf(error) }));
    });
    const timer = setTimeout(() => end({ problem: tooSlow(limitMs) }), limitMs);
    const end = (answer: RestAnswer): void => {
      clearTimeout(timer);
      asked.destroy();
      resolve(answer);
    };
    asked.on("error", (error) => end({ problem: problemOf(error) }));
    asked.end();
  });
}

async function askSocket(wsUrl: string, limitMs: number): Promise<SocketAnswer> {
  const startedMs = performance.now();
  return await new Promise((resolve) => {
    const socket = new WebSocket(wsUrl);
    // Its own limit begins anew with every byte that comes.
    const timer = setTimeout(() => end({ problem: tooSlow(limitMs) }), limitMs);
    const end = (answer: SocketAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
      socket.terminate();
    };
    const there = (): void => end({ roundTripMs: Math.round(performance.now() - startedMs) });
    socket.on("open", there);
    socket.on("unexpected-response", (_, { statusCode = 0 }) => {
      if (REFUSALS.has(statusCode)) there();
      else end({ problem: `is no WebSocket (HTTP ${statusCode})` });
    });
    socket.on("error", (error) => end({ problem: problemOf(error) }));
  });
}

function tooSlow(limitMs: number): string {
  return `does not answer within ${limitMs / 1000} s`;
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, "cannot be found by its name"],
  [/ECONNREFUSED/, "refuses the connection: nothing listens there"],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|socket hang up/, "breaks the connection off"],
  [/ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL/, "cannot be reached from this network"],
  [/ETIMEDOUT/, "does not answer"],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|self-signed/i, "shows a certificate that is not accepted"],
  [/SSL|EPROTO|wrong version number/i, "does not speak TLS there"],
];

/** The system's reason in words; never the library's own text, which may hold the address with everything in it. */
function problemOf(error: unknown): string {
  const text =
    error instanceof Error ? `${"code" in error ? String(error.code) : ""} ${error.name} ${error.message}` : "";
  return WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? "does not answer as a server does";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

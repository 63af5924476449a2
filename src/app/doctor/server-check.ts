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
const StatusReply = z.object({ StatusID: z.string(), Version: z.string().optional() });

export interface ServerFound {
  readonly check: Check;
  /** Its clock minus ours, in ms; undefined when it is this computer's own or tells no time. */
  readonly aheadMs: number | undefined;
}

/**
 * Whether the chosen server answers, at both of its addresses; no other one is asked. Nothing of an account is sent.
 * @throws AppError USAGE for a server that is none.
 */
export async function serverCheck(choice: ServerChoice, api: ApiVersion, nowMs: () => number): Promise<ServerFound> {
  if (choice.kind === "own") return { check: await ownServerCheck(), aheadMs: undefined };
  const { restUrl, wsUrl } =
    choice.kind === "named"
      ? serverAddress(choice.name, api)
      : serverAddress({ restUrl: choice.restUrl, wsUrl: choice.wsUrl, plainAllowed: choice.plainAllowed });
  const name = serverLabel(choice);
  const [rest, socket] = await Promise.all([askRest(restUrl, nowMs), askSocket(wsUrl)]);
  const details = { name, restUrl, wsUrl, rest, webSocket: socket };
  const problems = [
    ...("problem" in rest ? [`${restUrl} ${rest.problem}`] : []),
    ...("problem" in socket ? [`${wsUrl} ${socket.problem}`] : []),
  ];
  if (problems.length > 0) {
    const advice = "check the network, a firewall or proxy between, and the address";
    return {
      check: broken("server", "NETWORK", `${name}: ${problems.join("; ")}`, advice, details),
      aheadMs: undefined,
    };
  }
  const aheadMs = "aheadMs" in rest ? (rest.aheadMs ?? undefined) : undefined;
  if ("status" in rest && rest.status !== null && rest.status !== "ACTIVE") {
    const found = `${name} answers, and says of itself: ${rest.status}`;
    return { check: warning("server", found, "try again later", details), aheadMs };
  }
  const ms = "roundTripMs" in rest ? rest.roundTripMs : 0;
  return { check: ok("server", `${name} answers in ${ms} ms (REST and WebSocket)`, details), aheadMs };
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

type RestAnswer =
  | { readonly roundTripMs: number; readonly status: string | null; readonly aheadMs: number | null }
  | { readonly problem: string };

/** GET /status needs no account; whatever answers in HTTP is there. */
async function askRest(restUrl: string, nowMs: () => number): Promise<RestAnswer> {
  const startedMs = performance.now();
  try {
    const response = await fetch(`${restUrl}/status`, { signal: AbortSignal.timeout(LIMIT_MS), redirect: "manual" });
    const roundTripMs = Math.round(performance.now() - startedMs);
    const dateMs = Date.parse(response.headers.get("date") ?? "");
    const text = (await response.text()).slice(0, 10_000);
    const { data } = StatusReply.safeParse(response.ok ? parsed(text) : undefined);
    return { roundTripMs, status: data?.StatusID ?? null, aheadMs: Number.isNaN(dateMs) ? null : dateMs - nowMs() };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

async function askSocket(wsUrl: string): Promise<{ readonly roundTripMs: number } | { readonly problem: string }> {
  const startedMs = performance.now();
  return await new Promise((resolve) => {
    const socket = new WebSocket(wsUrl, { handshakeTimeout: LIMIT_MS });
    const there = (): void => {
      resolve({ roundTripMs: Math.round(performance.now() - startedMs) });
      socket.terminate();
    };
    socket.on("open", there);
    // A refusal is an answer, too: without a token there may be no socket.
    socket.on("unexpected-response", there);
    socket.on("error", (error) => resolve({ problem: problemOf(error) }));
  });
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, "cannot be found by its name"],
  [/ECONNREFUSED/, "refuses the connection: nothing listens there"],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|socket hang up/, "breaks the connection off"],
  [/ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL/, "cannot be reached from this network"],
  [/TIMEOUT|ETIMEDOUT|timed out|aborted due to timeout/i, `does not answer within ${LIMIT_MS / 1000} s`],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|self-signed/i, "shows a certificate that is not accepted"],
  [/SSL|EPROTO|wrong version number/i, "does not speak TLS there"],
];

/** The system's reason in words; never the library's own text, which may hold the address with everything in it. */
function problemOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text =
    cause instanceof Error ? `${"code" in cause ? String(cause.code) : ""} ${cause.name} ${cause.message}` : "";
  return WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? "does not answer as a server does";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

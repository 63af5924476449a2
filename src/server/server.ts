import { createPrivateKey, X509Certificate } from "node:crypto";
import type { RequestListener } from "node:http";
import { createSecureContext } from "node:tls";

import { AppError, failureOf } from "../domain/errors.js";
import { type Analyse, type Analyser, InlineAnalyser } from "./analyser.js";
import { analyse as analyseSignals } from "./analysis/analyse.js";
import { ThreadedAnalyser } from "./analysis-threads.js";
import { tellDropped } from "./connection-limit.js";
import { ENDPOINTS } from "./endpoints.js";
import type { Guest } from "./guest.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import { closeServer, httpServer, listen, type Tls, urlOf, type WebServer } from "./listener.js";
import type { Log, LogEntry } from "./log.js";
import { restListener } from "./rest.js";
import { Service } from "./service.js";
import { SocketServer } from "./socket-server.js";
import { IN_MEMORY } from "./store/database.js";
import { Store } from "./store/store.js";
import type { NewStudy } from "./store/study-table.js";
import { sha256 } from "./tokens.js";

export interface ServerOptions {
  /** Address to listen on. Default 127.0.0.1: nobody outside this machine. */
  readonly host?: string;
  /** 0 stands for any free port. The same number for both, not 0, is one listener for both. */
  readonly restPort: number;
  readonly wsPort: number;
  /** The file of the store, made when it is not there. Default: in memory, gone with the server. */
  readonly db?: string;
  /** Licences and studies that are added when the store does not have them. */
  readonly licenseKeys: readonly string[];
  readonly studies: readonly NewStudy[];
  /** Added when the store has no study. */
  readonly defaultStudy?: NewStudy;
  /** For https and wss. */
  readonly tls?: Tls;
  /** What /status says. */
  readonly version?: string;
  /** An account that only this run knows. */
  readonly guest?: Guest;
  readonly log?: (entry: LogEntry) => void;
  readonly analyse?: Analyse;
  /** Threads for analyses; 0, the default: the calling one. They need the compiled program and a store in a file. */
  readonly analysisThreads?: number;
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
 * Starts the local server: version 1 of the DFX protocol, REST and WebSocket. It goes on with what the store holds.
 * @throws AppError PORT_IN_USE when a port is taken or not allowed, USAGE when the address is not ours, FILE when the store
 *   cannot be used.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer & { readonly store: Store }> {
  const { host = "127.0.0.1", restPort, wsPort, db = IN_MEMORY, nowMs = Date.now, version = "" } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  if (options.tls) checkTls(options.tls);
  // A guest's server goes on with nothing but its own.
  const store = options.guest ? Store.open(db) : Store.openAlone(db);
  addDefaults(store, options, nowMs());
  const analyser = analyserFor(store, options);
  const log: Log = (level, text, fields) => {
    options.log?.({ atMs: nowMs(), level, text, ...(fields ? { fields } : {}) });
  };
  const service = new Service({ store, analyser, limits, log, nowMs, version, guest: options.guest });
  const sockets = new SocketServer(service);
  const rest = httpServer(limits, restListener(service, ENDPOINTS), options.tls);
  const shared = restPort === wsPort && restPort !== 0;
  const ws = shared ? rest : httpServer(limits, upgradeRequired, options.tls);
  ws.on("upgrade", (request, connection, head) => sockets.upgrade(request, connection, head));
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= closeAll(service, sockets, shared ? [rest] : [rest, ws], analyser).finally(() => store.close());
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
    tellDropped(server, service);
  }
  if (!options.guest) service.recover();
  const [http, webSocket] = options.tls ? (["https", "wss"] as const) : (["http", "ws"] as const);
  return { restUrl: urlOf(http, rest), wsUrl: urlOf(webSocket, ws), close, store };
}

function analyserFor(store: Store, { analysisThreads = 0, analyse = analyseSignals }: ServerOptions): Analyser {
  if (analysisThreads > 0 && store.path !== IN_MEMORY) return new ThreadedAnalyser(store.path, analysisThreads);
  return new InlineAnalyser(store.measurements, analyse);
}

/** @throws AppError USAGE when certificate and key are none or do not belong together. */
function checkTls({ cert, key }: Tls): void {
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error("key values mismatch");
    createSecureContext({ cert, key });
  } catch (error) {
    throw new AppError("USAGE", tlsSentence(failureOf(error).message), { cause: error });
  }
}

function tlsSentence(reason: string): string {
  if (reason.includes("key values mismatch")) {
    return "the certificate and the key do not belong together: give the pair with --tls-cert and --tls-key";
  }
  if (/decrypt|passphrase|password/.test(reason)) {
    return "the TLS key is protected by a password: give one without with --tls-key";
  }
  return `the TLS certificate or its key cannot be used (${reason}): give others with --tls-cert and --tls-key`;
}

function addDefaults({ licences, studies }: Store, options: ServerOptions, nowMs: number): void {
  for (const key of options.licenseKeys) {
    licences.add(sha256(key), { name: "default", deviceSlots: null, expiresAtMs: null }, nowMs);
  }
  for (const study of options.studies) studies.add(study, nowMs);
  if (options.defaultStudy && studies.all().length === 0) studies.add(options.defaultStudy, nowMs);
}

async function closeAll(
  service: Service,
  sockets: SocketServer,
  servers: readonly WebServer[],
  analyser: Analyser,
): Promise<void> {
  service.beginClosing();
  await service.drain();
  await sockets.close(GOODBYE_MS);
  await Promise.all(servers.map((server) => closeServer(server, GOODBYE_MS)));
  await analyser.close();
}

/** What a listener answers that is for WebSocket only. */
const upgradeRequired: RequestListener = (_request, response) => {
  const body = JSON.stringify({ Code: "UPGRADE_REQUIRED", Message: "This port is for WebSocket." });
  response.writeHead(426, { "content-type": "application/json", "content-length": body.length, upgrade: "websocket" });
  response.end(body);
};

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

import { isLoopback } from "../api/servers.js";
import { AppError } from "../domain/errors.js";
import { connectionsFor } from "../server/connection-limit.js";
import { DEFAULT_LIMITS } from "../server/limits.js";
import type { LogEntry } from "../server/log.js";
import { type RunningServer, startServer } from "../server/server.js";
import type { Store } from "../server/store/store.js";
import { sha256 } from "../server/tokens.js";
import { reasonOf } from "./measurement-folder.js";
import { DEFAULT_STUDY } from "./server-defaults.js";

export interface ServeOptions {
  readonly host: string;
  readonly restPort: number;
  readonly wsPort: number;
  /** File of the store. */
  readonly db: string;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly jsonLogs: boolean;
  /** Seconds of data that a measurement may send in a second; undefined: any. */
  readonly rateLimit?: number | undefined;
  /** Measurements that are kept; undefined: all. */
  readonly keep?: number | undefined;
  /** Added to the store's licences. */
  readonly licenseKey?: string | undefined;
  /** Threads for analyses; undefined: all cores but one, at least one. */
  readonly analysisThreads?: number | undefined;
  readonly version: string;
}

/** Where the server's lines go: what it is and does, and what went wrong. */
export interface ServeOutput {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/**
 * Runs the local server until the signal is aborted; then it finishes what it accepted.
 * @throws AppError PORT_IN_USE, USAGE, FILE and others of the server's start.
 */
export async function serve(options: ServeOptions, output: ServeOutput, signal: AbortSignal): Promise<void> {
  const tell = options.jsonLogs ? jsonTeller(output) : plainTeller(output);
  const tls = tlsOf(options);
  const server = await startServer({
    host: options.host,
    restPort: options.restPort,
    wsPort: options.wsPort,
    db: options.db,
    version: options.version,
    analysisThreads: options.analysisThreads ?? Math.max(1, availableParallelism() - 1),
    licenseKeys: options.licenseKey === undefined ? [] : [options.licenseKey],
    studies: [],
    defaultStudy: DEFAULT_STUDY,
    log: (entry) => tell.entry(entry),
    limits: {
      connectionsMax: connectionsFor(DEFAULT_LIMITS.connectionsMax),
      ...(options.rateLimit === undefined ? {} : { dataRateMax: options.rateLimit }),
      ...(options.keep === undefined ? {} : { measurementsMax: options.keep }),
    },
    ...(tls ? { tls } : {}),
  });
  try {
    tell.started(server, options);
    if (!tls && !isLoopback(new URL(server.restUrl).hostname)) {
      const text =
        "keys, passwords and tokens travel unencrypted: give --tls-cert and --tls-key, or listen on 127.0.0.1";
      tell.entry({ atMs: Date.now(), level: "warning", text });
    }
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  } finally {
    await server.close();
  }
  tell.ended();
}

interface Teller {
  readonly started: (server: RunningServer & { store: Store }, options: ServeOptions) => void;
  readonly entry: (entry: LogEntry) => void;
  readonly ended: () => void;
}

/** Lines for people: what is to be known on stdout, what went wrong on stderr. */
function plainTeller({ out, err }: ServeOutput): Teller {
  return {
    started({ restUrl, wsUrl, store }, { db, licenseKey }) {
      out(`REST       ${restUrl}`);
      out(`WebSocket  ${wsUrl}`);
      out(`store      ${db}`);
      for (const { id, name } of store.studies.all()) out(`study      ${id}  ${name}`);
      const licences = store.licences.count;
      if (licences === 0) out(`licence    ${newLicence(store)}  (new, shown this once)`);
      else if (licenseKey === undefined) out(`licences   ${licences}  (dfxterm serve licence list)`);
      out("Ctrl-C ends it.");
    },
    entry({ atMs, level, text }) {
      if (level !== "info") err(`${new Date(atMs).toISOString().slice(11, 19)} UTC ${level}: ${text}`);
    },
    ended: () => undefined,
  };
}

/** One JSON object per line, nothing else, and never a secret: so no licence is made either. */
function jsonTeller({ out }: ServeOutput): Teller {
  const line = (atMs: number, level: string, text: string, fields: object): void =>
    out(JSON.stringify({ time: new Date(atMs).toISOString(), level, message: text, ...fields }));
  return {
    started({ restUrl, wsUrl, store }, { db }) {
      const ids = store.studies.all().map(({ id }) => id);
      line(Date.now(), "info", "listening", { event: "listening", restUrl, wsUrl, db, studies: ids });
      if (store.licences.count > 0) return;
      line(Date.now(), "warning", "there is no licence: dfxterm serve licence add", { event: "no-licence" });
    },
    entry: ({ atMs, level, text, fields = {} }) => line(atMs, level, text, fields),
    ended: () => line(Date.now(), "info", "closed", { event: "closed" }),
  };
}

function newLicence(store: Store): string {
  const key = randomBytes(16).toString("hex");
  store.licences.add(sha256(key), { name: "default", deviceSlots: null, expiresAtMs: null }, Date.now());
  return key;
}

function tlsOf({ tlsCert, tlsKey }: ServeOptions): { cert: string; key: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new AppError("USAGE", "TLS needs both, the certificate and its key: give --tls-cert and --tls-key");
  }
  return { cert: textOf(tlsCert, "--tls-cert"), key: textOf(tlsKey, "--tls-key") };
}

function textOf(path: string, option: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new AppError("FILE", `${path} cannot be read (${reasonOf(error)}): give another with ${option}`, {
      cause: error,
    });
  }
}

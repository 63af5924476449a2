import { AppError } from "../domain/errors.js";
import type { ApiVersion } from "../domain/measurement-terms.js";

/** Where a DFX server is. URLs have no slash at the end. */
export interface ServerAddress {
  /** "prod", or the host of an address that was given as URLs. */
  readonly name: string;
  readonly restUrl: string;
  readonly wsUrl: string;
  /** On this computer. */
  readonly isLocal: boolean;
}

/**
 * The table of SimpleClient 1.2.0. Version 1: REST on port 9443, WebSocket on port 9080. Version 2: both on 443; its
 * Python client used the same hosts when it left those ports. All over TLS.
 */
const HOSTS: Readonly<Record<string, string>> = {
  qa: "qa.api.deepaffex.ai",
  dev: "dev.api.deepaffex.ai",
  demo: "demo.api.deepaffex.ai",
  prod: "api.deepaffex.ai",
  "prod-cn": "api.deepaffex.cn",
  "demo-cn": "demo.api.deepaffex.cn",
};

export const SERVER_NAMES: readonly string[] = Object.keys(HOSTS);

export interface ServerUrls {
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Shown to people; the host when absent. */
  readonly name?: string;
}

/**
 * The address behind a name (any case), which depends on the version, or a pair of URLs. Plain http and ws are for loopback hosts only:
 * the licence key, the password and the tokens would travel readable.
 * @throws AppError USAGE for an unknown name or a URL that cannot be used.
 */
export function serverAddress(server: string | ServerUrls, version: ApiVersion = "v1"): ServerAddress {
  if (typeof server === "string") return named(server.trim().toLowerCase(), version);
  const rest = checkedUrl(server.restUrl, "https:", "http:");
  const ws = checkedUrl(server.wsUrl, "wss:", "ws:");
  const isLocal = isLoopback(rest.hostname) && isLoopback(ws.hostname);
  return { name: server.name ?? rest.host, restUrl: withoutSlash(rest), wsUrl: withoutSlash(ws), isLocal };
}

function named(name: string, version: ApiVersion): ServerAddress {
  const host = Object.hasOwn(HOSTS, name) ? HOSTS[name] : undefined;
  if (host === undefined) throw new AppError("USAGE", unknownName(name));
  const [restPort, wsPort] = version === "v1" ? [":9443", ":9080"] : ["", ""];
  return { name, restUrl: `https://${host}${restPort}`, wsUrl: `wss://${host}${wsPort}`, isLocal: false };
}

function unknownName(name: string): string {
  const near = SERVER_NAMES.filter((known) => distance(known, name) <= 2);
  const guess = near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : "";
  return `There is no server "${name}".${guess} The servers are ${SERVER_NAMES.join(", ")}.`;
}

function checkedUrl(text: string, safe: string, plain: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== safe && url.protocol !== plain)) {
    throw new AppError("USAGE", `"${shown(text)}" is not a server address; give one like ${safe}//host:port.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new AppError("USAGE", `The address of ${url.host} must not contain a user name or a password.`);
  }
  if (url.search !== "" || url.hash !== "") {
    throw new AppError("USAGE", `The address of ${url.host} must end with its path, without "?" or "#".`);
  }
  if (url.protocol === plain && !isLoopback(url.hostname)) {
    throw new AppError(
      "USAGE",
      `${plain}//${url.host} would send the licence key and the password unencrypted; use ${safe}// ` +
        "(without encryption only this computer itself can be reached).",
    );
  }
  return url;
}

/** A text that is no URL may still hold a password: it is shown only when it cannot. */
function shown(text: string): string {
  return text.includes("@") ? "..." : text.slice(0, 80);
}

/** The URL parser has already turned 127.1 and the like into four numbers. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function withoutSlash(url: URL): string {
  return url.href.replace(/\/+$/, "");
}

/** Levenshtein distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

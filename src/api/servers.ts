import { AppError } from "../domain/errors.js";
import type { ApiVersion } from "../domain/measurement-terms.js";

/** Where a DFX server is. URLs have no slash at the end. */
export interface ServerAddress {
  /** "prod", or the host of an address that was given as URLs. */
  readonly name: string;
  readonly restUrl: string;
  readonly wsUrl: string;
}

/** The hosts of SimpleClient 1.2.0's table. Version 1 is on ports 9443 and 9080, version 2 on the usual one; all TLS. */
const HOSTS: Readonly<Record<string, string>> = {
  qa: "qa.api.deepaffex.ai",
  dev: "dev.api.deepaffex.ai",
  demo: "demo.api.deepaffex.ai",
  prod: "api.deepaffex.ai",
  "prod-cn": "api.deepaffex.cn",
  "demo-cn": "demo.api.deepaffex.cn",
};

/** A `dfxterm serve` on this computer with its usual ports. */
const LOCAL = "local";
const LOCAL_ADDRESS: ServerAddress = { name: LOCAL, restUrl: "http://127.0.0.1:9443", wsUrl: "ws://127.0.0.1:9080" };

export const SERVER_NAMES: readonly string[] = Object.keys(HOSTS);

/**
 * The version that is spoken when nobody says which: 2 to the service, whose own clients left the ports of version 1 in
 * 2021, and to `dfxterm serve`, which speaks both; 1, as the original does, to servers that are given by address.
 */
export function usualApi(server: string | undefined): ApiVersion {
  const name = server?.trim().toLowerCase();
  return name !== undefined && (name === LOCAL || Object.hasOwn(HOSTS, name)) ? "v2" : "v1";
}

/** True for an address of the usual local server, which somebody at this computer can start. */
export function isUsualLocal(url: string): boolean {
  return url === LOCAL_ADDRESS.restUrl || url === LOCAL_ADDRESS.wsUrl;
}

export interface ServerUrls {
  readonly restUrl: string;
  /** Absent: the REST address with the scheme changed and without its path, as the version 2 demo does it. */
  readonly wsUrl?: string | undefined;
  /** Shown to people; the host when absent. */
  readonly name?: string;
  /** True when plain http and ws may reach other computers, too. */
  readonly plainAllowed?: boolean | undefined;
}

/**
 * The address behind a name (any case) or URLs. Plain http and ws are for loopback hosts only, unless `plainAllowed`:
 * the licence key, the password and the tokens would travel readable.
 * @throws AppError USAGE for an unknown name or a URL that cannot be used.
 */
export function serverAddress(server: string | ServerUrls, api: ApiVersion = "v1"): ServerAddress {
  if (typeof server === "string") return named(serverName(server), api);
  const { plainAllowed = false } = server;
  const rest = checkedUrl(server.restUrl, "https:", "http:", plainAllowed);
  const ws = server.wsUrl === undefined ? socketUrl(rest) : checkedUrl(server.wsUrl, "wss:", "ws:", plainAllowed);
  return { name: server.name ?? rest.host, restUrl: withoutSlash(rest), wsUrl: withoutSlash(ws) };
}

/**
 * A server's name in the spelling of the table.
 * @throws AppError USAGE for an unknown one, with those that are near.
 */
export function serverName(text: string): string {
  const name = text.trim().toLowerCase();
  if (name === LOCAL || Object.hasOwn(HOSTS, name)) return name;
  throw new AppError("USAGE", unknownName(name));
}

function named(name: string, api: ApiVersion): ServerAddress {
  if (name === LOCAL) return LOCAL_ADDRESS;
  const host = HOSTS[name] ?? name;
  if (api === "v2") return { name, restUrl: `https://${host}`, wsUrl: `wss://${host}` };
  return { name, restUrl: `https://${host}:9443`, wsUrl: `wss://${host}:9080` };
}

function unknownName(name: string): string {
  const all = [LOCAL, ...SERVER_NAMES];
  const near = all.filter((known) => distance(known, name) <= 2);
  const guess = near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : "";
  return `There is no server "${shown(name)}".${guess} The servers are ${all.join(", ")}.`;
}

function checkedUrl(text: string, safe: string, plain: string, plainAllowed: boolean): URL {
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
  if (url.protocol === plain && !plainAllowed && !isLoopback(url.hostname)) {
    throw new AppError(
      "USAGE",
      `${plain}//${url.host} would send the licence key and the password unencrypted; use ${safe}// ` +
        "(without encryption only this computer itself can be reached, unless --allow-plaintext is given).",
    );
  }
  return url;
}

function socketUrl(rest: URL): URL {
  const url = new URL(rest.href);
  url.protocol = rest.protocol === "https:" ? "wss:" : "ws:";
  url.pathname = "";
  return url;
}

/** A text that is no URL may still hold a password: it is shown only when it cannot. */
function shown(text: string): string {
  return text.includes("@") ? "..." : text.slice(0, 80);
}

/** The URL parser has already turned 127.1 and the like into four numbers. */
export function isLoopback(hostname: string): boolean {
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
